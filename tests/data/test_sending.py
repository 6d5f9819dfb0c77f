"""What is sent to a receiver, and what its answers mean."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from data.connectors.connector import Delivery, Options, Secrets
from data.connectors.errors import NotInTime, PeerError, Refused, TryLater
from data.connectors.generic import Generic
from data.connectors.standard_webhooks import verify
from data.sending import MAX_BYTES, Message, open_receiver, send
from tests.data.receivers import FakeReceiver, make_receiver
from tests.data.test_subscribers import secret
from tests.triage.test_subscribers import make_subscriber
from triage.errors import NotAllowed

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
MESSAGE = Message("msg_1", b'{"type":"test.sent","timestamp":"2026-11-21T09:00:00+00:00","data":{}}')


def sent(answer: int | httpx.Response | Exception) -> int:
    """The status of what a receiver answers."""
    with FakeReceiver(answers=[answer]).client() as client:
        return send(client, make_receiver(), MESSAGE, NOW)


def failure(answer: int | httpx.Response | Exception) -> PeerError:
    """What is made of another answer."""
    with pytest.raises(PeerError) as failed:
        sent(answer)
    return failed.value


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_success_is_one(status: int) -> None:
    """Whatever the receiver says besides."""
    assert sent(httpx.Response(status, content=iter((b"<p>Thank you",)))) == status


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_later(status: int) -> None:
    """And how much later, if the receiver says so."""
    error = failure(httpx.Response(status, headers={"retry-after": "120"}, content=iter((b"secret text",))))

    assert type(error) is TryLater
    assert error.retry_after_seconds == 120
    assert f"({status})" in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 405, 410, 413, 422])
def test_what_will_not_pass_is_refused(status: int) -> None:
    """Public reports tell of queues that stood still because a 400 was tried for ever."""
    error = failure(
        httpx.Response(status, headers={"location": "https://other.example.org"}, content=iter((b"secret text",)))
    )

    assert isinstance(error, Refused)
    assert (error.status, f"({status})" in str(error), "secret" in str(error)) == (status, True, False)


def test_a_receiver_that_is_gone_says_what_to_do() -> None:
    """That is what 410 means by Standard Webhooks; only a person can take it out of the file."""
    assert "take it out of triage.toml" in str(failure(410))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ReadTimeout("slow"), NotInTime),
        (httpx.ConnectTimeout("slow"), NotInTime),
        (httpx.ConnectError("nobody"), TryLater),
        (httpx.ReadError("broken"), TryLater),
        (httpx.RemoteProtocolError("odd"), TryLater),
    ],
)
def test_no_answer_is_tried_later(fault: Exception, kind: type[TryLater]) -> None:
    """The receiver may be restarting."""
    assert type(failure(fault)) is kind


def test_both_secrets_sign_so_that_either_side_may_change_first() -> None:
    """Public reports of rotation: a receiver that knows only one of the two must find a signature it knows."""
    both = make_receiver(secrets=Secrets(secret(letter=b"n"), secret(letter=b"o")))
    for knows in both.secrets.both:
        with FakeReceiver(knows=knows).client() as client:
            assert send(client, both, MESSAGE, NOW) == 204
    with FakeReceiver(knows=secret(letter=b"x")).client() as client, pytest.raises(NotAllowed):
        send(client, both, MESSAGE, NOW)


def test_every_attempt_is_signed_for_its_own_moment() -> None:
    """Public reports: retries with the first moment's signature are refused as too old by every receiver."""
    taken: list[httpx.Request] = []

    def receiver(request: httpx.Request) -> httpx.Response:
        taken.append(request)
        return httpx.Response(204, content=iter((b"",)))

    with httpx.Client(transport=httpx.MockTransport(receiver)) as client:
        for hours in (0, 20):
            at = NOW + timedelta(hours=hours)
            send(client, make_receiver(), MESSAGE, at)
            verify(Delivery(dict(taken[-1].headers), taken[-1].content), Secrets(secret()), at + timedelta(minutes=4))

    first, second = taken
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_another_triage_takes_the_signature() -> None:
    """Both ends speak the same standard."""
    taken: list[Delivery] = []

    def receiver(request: httpx.Request) -> httpx.Response:
        taken.append(Delivery(dict(request.headers), request.content))
        return httpx.Response(202, content=iter((b"",)))

    with httpx.Client(transport=httpx.MockTransport(receiver)) as client:
        send(client, make_receiver(), MESSAGE, NOW)

    generic = Generic(Options())
    generic.verify(taken[0], Secrets(secret()), NOW)
    with pytest.raises(NotAllowed):
        generic.verify(Delivery(taken[0].headers, taken[0].body + b" "), Secrets(secret()), NOW)


def test_an_endless_answer_is_read_only_so_far() -> None:
    """A receiver that keeps on talking must not fill the memory."""
    given = [0]

    def endless() -> Iterator[bytes]:
        while True:
            given[0] += 1
            yield b"x" * 10_000

    assert sent(httpx.Response(200, content=endless())) == 200
    assert given[0] * 10_000 <= MAX_BYTES + 20_000


def test_an_answer_that_breaks_off_was_an_answer() -> None:
    """The status came; asking again would tell the receiver twice."""

    def broken() -> Iterator[bytes]:
        yield b"{"
        raise httpx.ReadError("broken")

    assert sent(httpx.Response(200, content=broken())) == 200
    assert "(503)" in str(failure(httpx.Response(503, content=broken())))


def test_the_network_is_the_checked_one() -> None:
    """An address that may not be called is refused at once, and said so."""
    receiver = make_receiver(make_subscriber(url="https://127.0.0.1/"))
    with open_receiver(receiver) as client, pytest.raises(Refused, match="is loopback"):
        send(client, receiver, MESSAGE, NOW)
