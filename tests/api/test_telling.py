"""Subscribers are told: at least once, in order, and none waits for another."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import httpx
import pytest
from fastapi import FastAPI

from api.announcements import tell_of_predictions
from api.hooks import Hooks
from api.telling import LEASE, Telling
from data import events
from data.database import reading, writing
from data.events import StoredEvent
from data.sources import connect, parse_sources
from data.tickets import file
from tests.data.receivers import FakeReceiver, make_receiver
from tests.data.test_subscribers import secret
from tests.triage.test_subscribers import make_subscriber
from triage.errors import InvalidInput
from triage.retries import MOST_ATTEMPTS, MOST_FAILURES, PATIENCE, PAUSE_SECONDS
from triage.ticket import NewTicket

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SOON = NOW + timedelta(hours=2)


class Told:
    """An application's events, and who is told of them."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.seconds = 0.0

    def telling(self, receiver: Callable[[httpx.Request], httpx.Response], name: str = "warehouse") -> Telling:
        """The worker of a process for one subscriber."""
        to, client = make_receiver(make_subscriber(name)), httpx.Client(transport=httpx.MockTransport(receiver))
        return Telling(lambda: self.app.state.desk, to, client, lambda: self.seconds)

    def publish(self, *names: str, subject: str = "model", to: str = "warehouse") -> None:
        """Things happen."""
        with writing(self.app.state.desk.engine) as connection:
            for name in names:
                events.publish(connection, [make_subscriber(to)], "model.promoted", subject, {"n": name}, NOW)

    def events(self) -> list[StoredEvent]:
        """What became of them, the oldest first."""
        with reading(self.app.state.desk.engine) as connection:
            return events.listed(connection, None, 100)[::-1]

    def states(self) -> list[str]:
        """The same in a word each."""
        return [event.progress.state for event in self.events()]


@pytest.fixture
def told(app: FastAPI) -> Iterator[Told]:
    """An application that does not run; its workers are asked by hand."""
    yield Told(app)
    app.state.queue.stop()
    app.state.desk.engine.dispose()


def test_what_happened_is_told_once_and_signed(told: Told) -> None:
    """The receiver verifies it as the standard says, and the rest is done."""
    told.publish("a")
    receiver = FakeReceiver()
    telling = told.telling(receiver)

    done = [telling.work(SOON), telling.work(SOON)]

    ((id_, signed_at, body),) = receiver.messages
    assert done == [1, 0]
    assert (id_, signed_at) == (told.events()[0].message_id, SOON)
    assert body == {"type": "model.promoted", "timestamp": NOW.isoformat(), "data": {"n": "a"}}
    assert told.states() == ["delivered"]


@pytest.mark.parametrize("answer", [503, 429, 409, 401, httpx.ReadTimeout("slow"), httpx.ConnectError("nobody")])
def test_what_fails_for_a_while_is_told_later_with_the_same_id(told: Told, answer: int | Exception) -> None:
    """Also where the secret is being changed on the other side."""
    told.publish("a")
    receiver = FakeReceiver(answers=[answer])
    telling = told.telling(receiver)

    telling.work(NOW)
    waiting = told.events()[0].progress
    told.seconds += 3600
    telling.work(NOW + timedelta(hours=1))

    assert (waiting.state, waiting.n_attempts, waiting.last_error is not None) == ("waiting", 1, True)
    assert waiting.next_attempt_at > NOW
    assert told.states() == ["delivered"]
    (first, first_at, _), (second, second_at, _) = receiver.messages
    assert (first, second_at - first_at) == (second, timedelta(hours=1))


def test_the_receiver_s_own_wish_is_heeded(told: Told) -> None:
    """Retry-After counts beside the wait, so that not everybody comes back at that very moment."""
    told.publish("a")
    receiver = FakeReceiver(answers=[httpx.Response(429, headers={"retry-after": "600"}, content=iter((b"",)))])
    telling = told.telling(receiver)

    telling.work(NOW)
    told.seconds += 599
    early = telling.work(NOW + timedelta(seconds=599))
    told.seconds += 10
    late = telling.work(NOW + timedelta(seconds=609))

    assert (early, late, told.states()) == (0, 1, ["delivered"])


@pytest.mark.parametrize("status", [302, 400, 404, 410, 422])
def test_what_will_never_be_taken_is_dead_at_once_and_holds_nothing_back(told: Told, status: int) -> None:
    """Public reports: a 400 that is tried for ever keeps all others waiting."""
    told.publish("a", "b")
    receiver = FakeReceiver(answers=[status])
    telling = told.telling(receiver)

    telling.work(NOW)
    telling.work(NOW)

    assert told.states() == ["dead", "delivered"]
    assert receiver.subjects == ["a", "b"]
    assert f"({status})" in (told.events()[0].progress.last_error or "")


def test_what_is_about_one_subject_stays_in_order_while_another_goes_on(told: Told) -> None:
    """Public reports: after a failure the second event arrived first."""
    told.publish("1a", "1b", subject="ticket:1")
    told.publish("2a", subject="ticket:2")
    receiver = FakeReceiver(answers=[503])
    telling = told.telling(receiver)

    for _ in range(3):
        telling.work(NOW)
    for _ in range(3):
        telling.work(SOON)

    assert receiver.subjects == ["1a", "2a", "1a", "1b"]


def test_an_event_is_given_up_after_many_attempts_and_days(told: Told) -> None:
    """A weekend costs nothing; for ever is too long."""
    told.publish("a")
    receiver = FakeReceiver(answers=[500] * 100)
    telling = told.telling(receiver)
    at = NOW

    while told.states() == ["waiting"]:
        at += timedelta(hours=1, minutes=1)
        told.seconds += 3660
        telling.work(at)

    assert at - NOW >= PATIENCE
    assert len(receiver.messages) >= MOST_ATTEMPTS
    assert told.states() == ["dead"]


def test_a_receiver_that_fails_and_fails_is_left_alone_for_a_moment(told: Told) -> None:
    """Public reports of retry storms: every new event knocks again at a door that nobody opens."""
    for n in range(40):
        told.publish(str(n), subject=f"ticket:{n}")
    receiver = FakeReceiver(answers=[503] * 40)
    telling = told.telling(receiver)

    done = [telling.work(NOW) for _ in range(40)]
    while_resting = len(receiver.messages)
    told.seconds += PAUSE_SECONDS
    telling.work(NOW)
    telling.work(NOW)

    assert (sum(done), while_resting) == (MOST_FAILURES, MOST_FAILURES)
    assert len(receiver.messages) == MOST_FAILURES + 1
    assert sum(event.progress.n_attempts for event in told.events()) == MOST_FAILURES + 1


def test_a_slow_subscriber_holds_up_nobody_else(told: Told) -> None:
    """Public reports: one endpoint that took thirty seconds kept everybody's events waiting for hours."""
    told.publish("slow", to="slow")
    told.publish("fast", to="fast")
    has_begun, may_end = Event(), Event()

    def hang(_request: httpx.Request) -> httpx.Response:
        has_begun.set()
        may_end.wait(30)
        return httpx.Response(204, content=iter((b"",)))

    slow = told.telling(hang, "slow")
    receiver = FakeReceiver()
    fast = told.telling(receiver, "fast")
    thread = Thread(target=slow.work, args=(NOW,))
    thread.start()
    try:
        assert has_begun.wait(10)
        assert fast.work(NOW) == 1
        states_meanwhile = told.states()
    finally:
        may_end.set()
        thread.join()

    assert (states_meanwhile, told.states()) == (["waiting", "delivered"], ["delivered", "delivered"])


def test_a_worker_that_is_killed_before_it_is_written_down_tells_again(told: Told) -> None:
    """At least once; the receiver knows the message by its id."""

    class Killed(BaseException):
        """Ends the thread."""

    told.publish("a")
    receiver = FakeReceiver()

    def taken_and_killed(request: httpx.Request) -> httpx.Response:
        receiver(request)
        raise Killed

    doomed = told.telling(taken_and_killed)
    with pytest.raises(Killed):
        doomed.work(NOW)
    other = told.telling(receiver)

    done = [other.work(NOW + timedelta(seconds=1)), other.work(NOW + LEASE), other.work(NOW + LEASE)]

    (first, first_at, _), (second, second_at, _) = receiver.messages
    assert done == [0, 1, 0]
    assert (first, second_at - first_at) == (second, LEASE)
    assert told.states() == ["delivered"]


def test_leases_are_renewed_while_a_receiver_thinks(told: Told) -> None:
    """Or another process would tell it the same meanwhile."""
    told.publish("a")
    receiver = FakeReceiver()
    other = told.telling(FakeReceiver())
    seen: list[int] = []

    def think(request: httpx.Request) -> httpx.Response:
        telling.leases.work(NOW + LEASE * 0.9)
        seen.append(other.work(NOW + LEASE * 1.5))
        return receiver(request)

    telling = told.telling(think)
    telling.work(NOW)

    assert (seen, told.states()) == ([0], ["delivered"])


def test_an_event_that_comes_back_to_ourselves_is_no_ticket(told: Told) -> None:
    """Public reports of loops: an address that leads back to the sender makes an event of every event."""
    text = """
[sources.own]
system = "generic"
url = "https://triage.example.org"
credentials = { signing_secret = "OWN_SECRET" }
webhook_secrets = "OWN_SECRET"
account = "triage"
"""
    (source,) = parse_sources(text, "triage.toml")
    connections = {"own": connect(source, {"OWN_SECRET": secret()})}
    hooks = Hooks(lambda: told.app.state.desk, connections, lambda: None)

    def back(request: httpx.Request) -> httpx.Response:
        with pytest.raises(InvalidInput):
            hooks.take("own", dict(request.headers), request.content, NOW)
        return httpx.Response(422, content=iter((b"",)))

    with writing(told.app.state.desk.engine) as connection:
        file(connection, [NewTicket(id="INC1")], NOW)
        desk = replace(told.app.state.desk, subscribers=(make_subscriber(),))
        tell_of_predictions(connection, desk, [(NewTicket(id="INC1"), None, ())], "7", NOW)
    told.telling(back).work(NOW)

    assert told.states() == ["dead"]
