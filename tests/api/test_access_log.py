"""One line a request, under an id that the caller knows too, without a word of a ticket."""

from collections.abc import Callable

import anyio
import pytest
import structlog
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from api.access_log import AccessLog


def test_a_request_keeps_the_id_it_brought(client: TestClient) -> None:
    """A ticketing system can then find its own call in this log."""
    answer = client.get("/healthz", headers={"X-Request-ID": "helpdesk/4711"})

    assert answer.headers["x-request-id"] == "helpdesk/4711"


@pytest.mark.parametrize("brought", ["", "x" * 129, "two words", "ключ".encode(), "new\tline"])
def test_an_id_that_could_spoil_the_log_is_replaced(client: TestClient, brought: str | bytes) -> None:
    """Ids are written into lines that other programs read."""
    answer = client.get("/healthz", headers={"X-Request-ID": brought})

    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers.get_list("x-request-id") == [answer.headers["x-request-id"]]


def test_a_refused_request_has_an_id_too(stranger: TestClient) -> None:
    """Those are the ones people ask about."""
    answer = stranger.get("/nope", headers={"X-Request-ID": "r-1"})

    assert answer.headers["x-request-id"] == "r-1"


def test_a_request_is_logged_in_one_line_without_its_content(client: TestClient, new_key: Callable[..., str]) -> None:
    """Who asked what, when, how long: enough to run it, nothing about a customer."""
    key = new_key("score")

    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        client.post(
            "/v1/score?top_n=2&note=hunter2",
            json={"subject": "VPN hunter2", "customer_id": "hunter2"},
            headers={"X-Request-ID": "r-1", "Authorization": f"Bearer {key}"},
        )

    (line,) = logged
    milliseconds = line.pop("milliseconds")
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": "r-1",
        "caller": "key:" + key.split("_")[1],
        "method": "POST",
        "path": "/v1/score",
        "status": 200,
    }
    assert milliseconds > 0


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/v1/customers", "/v1/customers"),
        ("/v1/customers/hunter2", "/v1/customers/…"),
        ("/v1/customers/hunter2%2Fx%0Ay", "/v1/customers/…"),
        ("/v1/customers/hunter2/plan", "/v1/customers/…/plan"),
    ],
)
def test_a_customer_who_was_asked_about_is_not_named(
    client: TestClient, stranger: TestClient, path: str, logged: str
) -> None:
    """Logs are read by more people than profiles are; not even one who is denied may write a name into it."""
    with structlog.testing.capture_logs() as lines:
        client.get(path)
        stranger.get(path)

    assert [line["path"] for line in lines] == [logged, logged]
    assert "hunter2" not in repr(lines)


def test_one_request_leaves_nothing_in_the_line_of_the_next() -> None:
    """A line that names the wrong key would accuse the wrong helpdesk; some servers run all requests in one context."""

    async def binding(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/first":
            structlog.contextvars.bind_contextvars(caller="key:k1")
        await Response()(scope, receive, send)

    async def two_requests() -> None:
        log = AccessLog(binding)
        for path in ("/first", "/second"):
            await log({"type": "http", "method": "GET", "path": path, "headers": []}, nothing, nowhere)

    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        anyio.run(two_requests)

    assert ["caller" in line for line in logged] == [True, False]


async def nothing() -> Message:
    """A request without a body."""
    return {"type": "http.request"}


async def nowhere(message: Message) -> None:
    """A client that does not listen."""
