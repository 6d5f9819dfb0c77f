"""What takes the fast path is answered as if it had taken the other one."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from api import fast_path
from triage.errors import NoModel, Overloaded, StoreUnusable

TICKET = {"id": "INC001", "subject": "VPN down", "body": "error 809", "opened_at": "2026-11-21T09:00:00Z"}

BODIES: dict[str, bytes] = {
    "everything": json.dumps(TICKET | {"customer_id": "u42", "channel": "email", "attributes": {"a": 1}}).encode(),
    "nothing": b"{}",
    "empty": b"",
    "no object": b"[1, 2]",
    "a text": b'"{}"',
    "cut off": b'{"subject": "VPN',
    "unknown field": b'{"subjct": "VPN"}',
    "a number as id": b'{"id": 2553, "subject": "VPN"}',
    "a whole number with a point": b'{"id": 2553.0, "subject": "VPN"}',
    "a fraction as id": b'{"id": 2.5}',
    "a huge number": b'{"id": 123456789012345678901234567890}',
    "a number without end": b'{"id": 1e999}',
    "NaN": b'{"attributes": {"a": NaN}}',
    "a field twice": b'{"subject": "VPN", "subject": "printer"}',
    "an attribute twice": b'{"subject": "VPN", "attributes": {"a": "1", "a": "2"}}',
    "half a pair": b'{"subject": "VPN \\ud800"}',
    "a zero": b'{"subject": "VPN \\u0000 down"}',
    "a control character": b'{"subject": "VPN \x01 down"}',
    "a byte order mark": b'\xef\xbb\xbf{"subject": "VPN"}',
    "UTF-16": '{"subject": "VPN"}'.encode("utf-16"),
    "no UTF-8": b'{"subject": "\xff"}',
    "too deep": b'{"subject": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "no offset": b'{"opened_at": "2026-11-21T09:00:00"}',
    "another offset": b'{"opened_at": "2026-11-21T10:00:00+0100"}',
    "a number as moment": b'{"opened_at": 1700000000}',
    "a flag as text": b'{"subject": true}',
    "an empty id": b'{"id": " ", "customer_id": "Guest", "subject": "VPN"}',
    "null": b'{"id": null, "subject": null, "attributes": null}',
    "too long": json.dumps({"subject": "x" * 10_001}).encode(),
    "blanks around": b' \r\n\t{"subject": "VPN"}  ',
    "more behind": b'{"subject": "VPN"} {}',
    "a comment": b'{"subject": "VPN"} // by hand',
}


def told(answer: Response) -> tuple[int, Any]:
    """What was answered, without what is new in every answer."""
    said = answer.json()
    said.pop("request_id", None)
    if answer.status_code == 200 and len(said["ticket_id"]) == 32:
        said["ticket_id"] = "new"
    if said.get("customer") and said["customer"]["profile"]:
        said["customer"].pop("profile")
    return answer.status_code, said


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request took the fast path."""
    seen: list[bool] = []
    real = fast_path._ordinary

    def watched(scope: Scope, body: bytes) -> Any:  # noqa: ANN401
        found = real(scope, body)
        seen.append(found is not None)
        return found

    monkeypatch.setattr(fast_path, "_ordinary", watched)
    monkeypatch.setattr(fast_path, "_options", dict(fast_path._options))
    return seen


@pytest.mark.parametrize("name", BODIES)
def test_both_paths_answer_alike(client: TestClient, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Two readings of one body would be two products."""
    headers = {"Content-Type": "application/json"}

    fast = client.post("/v1/score", content=BODIES[name], headers=headers)
    monkeypatch.setattr(fast_path, "_ordinary", lambda _scope, _body: None)
    thorough = client.post("/v1/score", content=BODIES[name], headers=headers)

    assert told(fast) == told(thorough)


@pytest.mark.parametrize(
    ("sent", "is_taken"),
    [
        ({}, True),
        ({"headers": {"Content-Type": "application/json; charset=utf-8"}}, True),
        ({"headers": {"Idempotency-Key": "k1"}}, True),
        ({"headers": {"Idempotency-Key": "x" * 201}}, False),
        ({"headers": {"Content-Type": "text/plain"}}, False),
        ({"params": {"top_n": 0}}, False),
        ({"params": {"similar": 11}}, False),
        ({"json": {"subjct": "VPN"}}, False),
    ],
)
def test_only_the_ordinary_is_taken(
    client: TestClient, taken: list[bool], sent: dict[str, Any], is_taken: bool
) -> None:
    """Whatever needs a word of explanation has it in one place."""
    client.post("/v1/score", **({"json": TICKET} | sent))

    assert taken == [is_taken]


def test_options_are_ordinary_once_they_were_read(client: TestClient, taken: list[bool]) -> None:
    """A ticketing system sends the same ones all day."""
    answers = [client.post("/v1/score?top_n=1&explain=true", json=TICKET) for _ in range(2)]

    assert taken == [False, True]
    assert told(answers[0]) == told(answers[1])
    assert len(answers[1].json()["predictions"]["assignment_group"]["top"]) == 1
    assert answers[1].json()["predictions"]["assignment_group"]["explanation"]


def test_options_that_were_refused_stay_refused(client: TestClient, taken: list[bool]) -> None:
    """Nothing is remembered of them."""
    answers = [client.post("/v1/score?top_n=99", json=TICKET) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert taken == [False, False]


@pytest.mark.usefixtures("taken")
def test_strangers_cannot_fill_the_memory(client: TestClient) -> None:
    """Every query string is another one if somebody wants it to be."""
    for i in range(300):
        client.post(f"/v1/score?note={i}", json=TICKET)
    client.post(f"/v1/score?note={'x' * 1_000}", json=TICKET)

    assert len(fast_path._options) == 256


def test_a_key_without_the_scope_is_refused_there_too(reader: TestClient) -> None:
    """Whoever may read may not score."""
    assert reader.post("/v1/score", json=TICKET).status_code == 403


@pytest.mark.parametrize(
    ("fault", "kind", "seconds"),
    [
        (NoModel("No model was promoted yet."), "model-unusable", "5"),
        (StoreUnusable("gone"), "store-unusable", "5"),
        (Overloaded("4,000 tickets are waiting."), "overloaded", "1"),
    ],
)
def test_a_refusal_is_a_problem(client: TestClient, model: Any, fault: Exception, kind: str, seconds: str) -> None:  # noqa: ANN401
    """With the seconds after which to ask again."""
    model.fault = fault

    answer = client.post("/v1/score", json=TICKET)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, seconds)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:triage:problem:{kind}"


def test_an_unexpected_error_is_answered_and_logged_once(client: TestClient, model: Any) -> None:  # noqa: ANN401
    """Under the request's id, as anywhere."""
    model.fault = ZeroDivisionError("secret text")

    answer = client.post("/v1/score", json=TICKET)

    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_a_body_beyond_the_limit_is_refused(client: TestClient) -> None:
    """Also one in pieces, which does not say how long it is."""
    pieces: Callable[[], Iterator[bytes]] = lambda: iter([b'{"body": "', *[b"x" * 1_000_000] * 4, b'"}'])  # noqa: E731

    answer = client.post("/v1/score", content=pieces(), headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:triage:problem:too-large"


def test_a_body_in_pieces_is_read_whole(client: TestClient, taken: list[bool]) -> None:
    """Proxies cut where they like, also inside a character."""
    body = '{"subject": "VPN für Köln"}'.encode()

    answer = client.post(
        "/v1/score", content=iter([body[:18], body[18:]]), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 200
    assert taken == [True]


def test_who_hangs_up_in_the_middle_of_a_body_is_not_scored(
    app: FastAPI,
    model: Any,  # noqa: ANN401
    new_key: Callable[..., str],
) -> None:
    """What came may look whole by chance."""
    sent: list[Message] = []
    waiting: list[Message] = [
        {"type": "http.request", "body": b'{"subject": "VPN"}', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/score",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"x-api-key", new_key("score").encode())],
        "app": app,
    }
    anyio.run(app, scope, receive, send)

    assert model.seen == []
