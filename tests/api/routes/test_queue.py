"""Tickets that wait for a person, over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

NOW = datetime.now(UTC)


@pytest.fixture
def scored(client: TestClient) -> Callable[..., None]:
    """Scores tickets; the model is sure where a text says VPN."""

    def score(id_: str, subject: str = "printer", **values: object) -> None:
        assert client.post("/v1/score", json={"id": id_, "subject": subject, **values}).status_code == 200

    return score


def ids(client: TestClient, **asked: object) -> list[str]:
    """Of the tickets that wait, in their order."""
    answer = client.get("/v1/queue", params=asked)
    assert answer.status_code == 200
    return [ticket["ticket_id"] for ticket in answer.json()["tickets"]]


def test_what_is_not_sure_enough_waits_with_what_is_suggested(reader: TestClient, scored: Callable[..., None]) -> None:
    """Enough to decide on, without a second question."""
    scored("INC 1", "printer", body="It is jammed", customer_id="u42")
    scored("INC2", "VPN is down")

    answer = reader.get("/v1/queue").json()

    assert answer["waiting"] == 1
    (ticket,) = answer["tickets"]
    assert (ticket["ticket_id"], ticket["subject"], ticket["body"]) == ("INC 1", "printer", "It is jammed")
    assert ticket["targets"] == ["assignment_group"]
    suggestion = ticket["predictions"]["assignment_group"]
    assert (suggestion["value"], suggestion["confidence"], suggestion["decision"]) == ("Network", 0.6, "suggest")
    assert [label["value"] for label in suggestion["top"]] == ["Network", "Desk", "Apps"]
    assert (ticket["customer"]["id"], ticket["model_version"], ticket["blind"]) == ("u42", "7", False)


def test_the_oldest_of_equal_tickets_comes_first(reader: TestClient, scored: Callable[..., None]) -> None:
    """By when they were filed, not by when they came."""
    scored("new", opened_at=NOW.isoformat())
    scored("old", opened_at=(NOW - timedelta(days=1)).isoformat())

    assert ids(reader) == ["old", "new"]
    assert ids(reader, older_than_hours=12) == ["old"]
    assert ids(reader, limit=1) == ["old"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"target": "assignment_group"}, 1),
        ({"target": "priority"}, 0),
        ({"group": "Network"}, 1),
        ({"group": "Desk"}, 0),
        ({"source": "desk"}, 0),
        ({"segment": "newcomer"}, 1),
        ({"segment": "quiet"}, 0),
    ],
)
def test_only_what_is_asked_for_is_shown(
    reader: TestClient, scored: Callable[..., None], asked: dict[str, str], found: int
) -> None:
    """And counted."""
    scored("INC1", customer_id="u42")

    assert len(ids(reader, **asked)) == reader.get("/v1/queue", params=asked).json()["waiting"] == found


def test_a_ticket_that_somebody_has_taken_is_not_shown_to_others(
    reader: TestClient, app: FastAPI, new_key: Callable[..., str], scored: Callable[..., None]
) -> None:
    """Until they give it back."""
    scored("INC1")
    other = TestClient(app, headers={"X-API-Key": new_key("review")})

    assert [one["ticket_id"] for one in reader.post("/v1/queue/claim").json()["tickets"]] == ["INC1"]
    assert other.post("/v1/queue/claim").json() == {"waiting": 1, "tickets": []}
    assert ids(other) == []
    assert ids(reader) == ["INC1"]
    assert reader.post("/v1/queue/release").status_code == 204
    assert ids(other) == ["INC1"]


def test_a_ticket_that_is_decided_waits_no_more(
    client: TestClient, reader: TestClient, scored: Callable[..., None]
) -> None:
    """Wherever people decide it; what a model sets is no decision."""
    scored("INC1")
    scored("INC2")

    client.put("/v1/tickets/INC1/outcome", json={"values": {"assignment_group": "Desk"}, "provenance": "human"})
    client.put("/v1/tickets/INC2/outcome", json={"values": {"assignment_group": "Desk"}, "provenance": "automatic"})

    assert ids(reader) == ["INC2"]


def test_scoring_again_what_people_decided_asks_nobody(
    client: TestClient, reader: TestClient, scored: Callable[..., None]
) -> None:
    """A ticketing system may send a ticket whenever it changes."""
    scored("INC1")
    client.put("/v1/tickets/INC1/outcome", json={"values": {"assignment_group": "Desk"}, "provenance": "human"})

    scored("INC1", "scanner")

    assert ids(reader) == []


def test_the_queue_is_for_those_who_review(
    client: TestClient, stranger: TestClient, new_key: Callable[..., str]
) -> None:
    """It shows what tickets say."""
    reads = {"X-API-Key": new_key("read")}

    assert client.get("/v1/queue").status_code == 403
    assert stranger.get("/v1/queue", headers=reads).status_code == 403
    assert stranger.get("/v1/queue").status_code == 401
