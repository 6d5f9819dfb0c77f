"""Every refusal is a problem of RFC 9457, and none holds what a customer wrote."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.errors import _BRANCHES
from triage import errors
from triage.errors import TriageError

SECRET = "my password is hunter2"  # noqa: S105  (a ticket's words)


def test_every_branch_of_the_error_tree_has_a_status() -> None:
    """A branch without one would come out as 500, as if the program were at fault."""
    branches = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, TriageError) and value.__base__ is TriageError
    }

    assert {row[0] for row in _BRANCHES} == branches


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "kind"),
    [
        ("POST", "/v1/score", "{", 400, "malformed"),
        ("POST", "/v1/score", '{"id": ' + "9" * 5000 + "}", 400, "malformed"),
        ("POST", "/v1/score", b'{"id": "\xff"}', 400, "malformed"),
        ("POST", "/v1/score", "[" * 100_000, 400, "malformed"),
        ("POST", "/v1/score", '{"attributes": {"\\ud83d": []}}', 422, "invalid-input"),
        ("POST", "/v1/score", "", 422, "invalid-input"),
        ("POST", "/v1/score", "null", 422, "invalid-input"),
        ("GET", "/nope", "", 404, "not-found"),
        ("GET", "/docs/nope", "", 404, "not-found"),
        ("GET", "/v1/score", "", 405, "wrong-method"),
        ("OPTIONS", "/v1/score", "", 405, "wrong-method"),
    ],
)
def test_a_refusal_is_a_problem(
    client: TestClient, method: str, path: str, content: str | bytes, status: int, kind: str
) -> None:
    """A client reads all of them in one way."""
    answer = client.request(method, path, content=content, headers={"Content-Type": "application/json"})

    found = answer.json()
    assert answer.status_code == found["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert found["type"] == f"urn:triage:problem:{kind}"
    assert found["instance"] == path
    assert found["request_id"] == answer.headers["x-request-id"]
    assert found["title"]
    assert found["detail"]


def test_a_body_that_is_not_declared_as_json_is_told_what_to_send(client: TestClient) -> None:
    """Curl sends forms unless it is told otherwise."""
    answer = client.post("/v1/score", content='{"subject": "VPN"}', headers={"Content-Type": "text/plain"})

    assert answer.status_code == 422
    assert "application/json" in answer.json()["errors"][0]["detail"]


def test_a_wrong_method_is_told_the_right_one(client: TestClient) -> None:
    """The header exists for that."""
    answer = client.get("/v1/score")

    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "body",
    [
        {"subject": [SECRET]},
        {"subject": {"text": SECRET}},
        {"opened_at": SECRET},
        {"attributes": SECRET},
        {"attributes": {"note": [SECRET]}},
        {"attributes": {"note": SECRET * 1000}},
        {"id": SECRET * 100},
        SECRET,
        [SECRET],
    ],
)
@pytest.mark.parametrize("path", ["/v1/score", "/v1/score/batch"])
def test_what_was_sent_is_not_echoed(client: TestClient, body: Any, path: str) -> None:  # noqa: ANN401  (any JSON)
    """Answers land in the logs of other systems, which have not been asked to keep customers' words."""
    answer = client.post(path, json={"tickets": [body]} if "batch" in path else body)

    assert "hunter2" not in answer.text
    assert "422" in answer.text


def test_an_unexpected_failure_says_nothing_but_where_to_look(
    client: TestClient,
    model: Any,  # noqa: ANN401
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its message may quote a ticket, and the caller could do nothing with it; the log has where it happened."""
    model.fault = KeyError(SECRET)

    answer = client.post("/v1/score", json={"subject": SECRET}, headers={"X-Request-ID": "r-1"})

    logged = capsys.readouterr()
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.json()["detail"] == "Something went wrong here; the log has it under r-1."
    assert "hunter2" not in answer.text + logged.out + logged.err
    assert "KeyError" in logged.out + logged.err
    assert "conftest.py" in logged.out + logged.err
