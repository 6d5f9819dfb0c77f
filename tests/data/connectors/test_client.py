"""How a ticketing system is asked: where to, signed how, and how far an answer is believed."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from data.connectors import client as module
from data.connectors import standard_webhooks
from data.connectors.client import READS_AT_ONCE, OAuthPassword, Token, UserPassword, WebhookSecret, ask, open_client
from data.connectors.connector import Delivery, Secrets
from data.connectors.errors import PeerError, Refused, TryLater
from tests.data.connectors.peers import FakeGlpi, FakeTokens
from triage.errors import InvalidInput

OAUTH = OAuthPassword(
    token_url="/api.php/token",  # noqa: S106 - an address
    client_id="c",
    client_secret="hidden",  # noqa: S106 - a test's
    user="triage",
    password="right",  # noqa: S106 - a test's
)


def opened(
    answer: Callable[[httpx.Request], httpx.Response], credentials: module.Credentials, path: str = ""
) -> httpx.Client:
    """A client whose system is a function."""
    return open_client(f"https://desk.example.org{path}", credentials, transport=httpx.MockTransport(answer))


def seen(credentials: module.Credentials) -> httpx.Request:
    """The request that a system gets."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={})

    with opened(answer, credentials, "/desk/") as client:
        ask(client, "POST", "/tickets/1", body={"a": 1})
    return requests[0]


@pytest.mark.parametrize(
    "address",
    ["http://desk.example.org", "desk.example.org", "", "https://", "ftp://desk.example.org", "https://u:p@desk.example.org",
     "https://desk.example.org?x=1", "https://desk.example.org#x", "file:///etc/passwd", "https://[::1"],
)  # fmt: skip
def test_an_address_that_gives_something_away_is_refused(address: str) -> None:
    """Credentials and tickets go there."""
    with pytest.raises(InvalidInput):
        open_client(address, Token("t"))


def test_plain_http_has_to_be_allowed() -> None:
    """As in one's own network."""
    with open_client("http://desk.example.org", Token("t"), allow_plain_http=True) as client:
        assert client.base_url.scheme == "http"

    with pytest.raises(InvalidInput):
        open_client(
            "https://desk.example.org", OAuthPassword(**{**_fields(OAUTH), "token_url": "http://x.example.org/t"})
        )


def _fields(account: OAuthPassword) -> dict[str, str]:
    return {name: getattr(account, name) for name in account.__slots__}


def test_a_client_waits_so_long_and_trusts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment would read every ticket; a redirect would get the credentials."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")

    with open_client("https://desk.example.org", Token("t")) as client:
        assert (client.timeout.connect, client.timeout.read) == (5, 10)
        assert (client.follow_redirects, client.trust_env, client._mounts) == (False, False, {})


def test_a_request_says_who_asks_and_stays_below_the_address() -> None:
    """Administrators look for us in their logs; some systems stand below a path."""
    request = seen(Token("t"))

    assert request.url.path == "/desk/tickets/1"
    assert request.headers["user-agent"].startswith("triage/")
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        (Token("t"), "Bearer t"),
        (Token("t", "token"), "token t"),
        (Token("t", "Token token="), "Token token=t"),
        (UserPassword("a", "b"), "Basic YTpi"),
    ],
)
def test_each_system_is_signed_in_to_its_own_way(credentials: module.Credentials, header: str) -> None:
    """RT and Zammad have schemes of their own."""
    assert seen(credentials).headers["authorization"] == header


def test_a_program_of_ones_own_gets_standard_webhooks() -> None:
    """It can verify us by any library."""
    request = seen(WebhookSecret("whsec_c2VjcmV0"))

    delivery = Delivery(dict(request.headers), request.content)
    standard_webhooks.verify(delivery, Secrets("whsec_c2VjcmV0"), datetime.now(UTC))


def test_credentials_are_not_shown() -> None:
    """What is logged by accident is logged for years."""
    shown = repr((Token("hidden"), UserPassword("a", "hidden"), WebhookSecret("hidden"), OAUTH))

    assert "hidden" not in shown
    assert "right" not in shown


def test_a_token_is_asked_for_once_and_again_when_it_is_taken_back() -> None:
    """GLPI's tokens live for an hour."""
    peer = FakeGlpi()
    tokens = FakeTokens(peer)
    with opened(tokens, OAUTH) as client:
        for _ in range(3):
            ask(client, "GET", "/api.php/v2/Assistance/Ticket/507")
        assert tokens.n_given == 1

        peer.failures = [httpx.Response(401)]
        ask(client, "GET", "/api.php/v2/Assistance/Ticket/507")

    assert tokens.n_given == 2
    assert peer.requests[-1].headers["authorization"] == "Bearer token-2"


def test_a_token_is_asked_for_below_the_address() -> None:
    """Where the system stands below a path."""
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return httpx.Response(200, json={"access_token": "t"})

    with opened(answer, OAUTH, "/glpi") as client:
        ask(client, "GET", "/api.php/v2/x")

    assert paths == ["/glpi/api.php/token", "/glpi/api.php/v2/x"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(401, json={"error": "invalid_grant"}), Refused),
        (httpx.Response(503), TryLater),
        (httpx.Response(200, json={}), TryLater),
        (httpx.Response(200, html="<h1>Log in</h1>"), TryLater),
    ],
)
def test_without_a_token_nothing_is_asked(answer: httpx.Response, kind: type[Exception]) -> None:
    """And the sentence has neither name nor password."""
    with opened(lambda _: answer, OAUTH) as client, pytest.raises(kind) as error:
        ask(client, "GET", "/api.php/v2/x")

    assert "triage" not in str(error.value)
    assert "hidden" not in str(error.value)


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the whole never ends."""
    monkeypatch.setattr(module, "WHOLE_SECONDS", -1.0)

    with opened(lambda _: httpx.Response(200, json={}), Token("t")) as client, pytest.raises(TryLater, match="finish"):
        ask(client, "GET", "/x")


@pytest.mark.parametrize(
    ("method", "failure", "n_asked"),
    [
        ("GET", httpx.Response(500), READS_AT_ONCE),
        ("GET", httpx.ConnectError("…"), READS_AT_ONCE),
        ("GET", httpx.Response(200, content=b'{"ticket": {"id'), READS_AT_ONCE),
        ("GET", httpx.Response(503, headers={"retry-after": "1"}), 1),
        ("GET", httpx.Response(429, headers={"retry-after": "1"}), 1),
        ("GET", httpx.ReadTimeout("…"), 1),
        ("GET", httpx.Response(404), 1),
        ("POST", httpx.Response(500), 1),
        ("PUT", httpx.ConnectError("…"), 1),
    ],
)
def test_only_what_changes_nothing_is_asked_again_at_once(
    method: str, failure: httpx.Response | Exception, n_asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write may have been made; and who says when to come back, or is slow, has enough to do."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        if isinstance(failure, Exception):
            raise failure
        return failure

    with opened(answer, Token("t")) as client, pytest.raises(PeerError):
        ask(client, method, "/x")

    assert len(asked) == n_asked
    assert len(pauses) == n_asked - 1
    assert sum(pauses) < 1


def test_what_is_read_at_the_second_time_is_read() -> None:
    """Most systems stumble for a moment now and then."""
    answers = [httpx.Response(502), httpx.Response(200, json={"a": 1})]

    with opened(lambda _: answers.pop(0), Token("t")) as client:
        assert ask(client, "GET", "/x").data == {"a": 1}


def test_a_refusal_repeats_codes_and_fields_and_no_sentence() -> None:
    """What the system quotes may be somebody's ticket."""
    said = {
        "error": "RecordInvalid",
        "description": "Ann Lee is not a group",
        "details": {"group_id": [{"description": "Ann Lee"}], "Ann Lee": []},
        "errors": [{"field": "priority", "code": "invalid_value", "message": "Ann Lee"}],
    }
    with opened(lambda _: httpx.Response(422, json=said), Token("t")) as client, pytest.raises(Refused) as error:
        ask(client, "GET", "/x")

    assert error.value.status == 422
    assert str(error.value).endswith("(422): RecordInvalid, group_id, priority, invalid_value.")
