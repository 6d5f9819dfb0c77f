"""What became of a ticket, as a ticketing system or a person tells it."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.database import reading
from data.outcomes import outcomes_of

PATH = "/v1/tickets/INC001/outcome"
HUMAN = {"values": {"assignment_group": "Network", "ticket_type": "incident"}}


@pytest.fixture
def scored(client: TestClient) -> TestClient:
    """A client whose ticket was scored."""
    client.post("/v1/score", json={"id": "INC001", "subject": "VPN down"})
    return client


def values(answer: Any) -> dict[str, tuple[str, str]]:  # noqa: ANN401
    """What is known by target."""
    return {target: (found["value"], found["provenance"]) for target, found in answer.json()["outcomes"].items()}


def test_what_people_decided_is_kept(scored: TestClient, app: FastAPI) -> None:
    """With who said so."""
    answer = scored.put(PATH, json=HUMAN)

    assert answer.status_code == 200
    assert answer.json()["ticket_id"] == "INC001"
    assert values(answer) == {"assignment_group": ("Network", "human"), "ticket_type": ("incident", "human")}
    with reading(app.state.desk.engine) as connection:
        assert outcomes_of(connection, "INC001")["assignment_group"].source == "api"


def test_people_win(scored: TestClient) -> None:
    """Whatever a machine says afterwards."""
    scored.put(PATH, json=HUMAN)

    answer = scored.put(PATH, json={"values": {"assignment_group": "Desk"}, "provenance": "automatic"})

    assert values(answer)["assignment_group"] == ("Network", "human")


def test_a_person_may_change_their_mind(scored: TestClient) -> None:
    """The later word counts."""
    scored.put(PATH, json=HUMAN | {"at": "2026-11-21T09:00:00Z"})

    answer = scored.put(PATH, json={"values": {"assignment_group": "Desk"}, "at": "2026-11-21T10:00:00Z"})

    assert values(answer)["assignment_group"] == ("Desk", "human")


@pytest.mark.parametrize("path", ["/v1/tickets/ INC001 /outcome", "/v1/tickets/INC001/outcome"])
def test_a_ticket_is_found_in_any_spelling(scored: TestClient, path: str) -> None:
    """As everywhere."""
    assert scored.put(path, json=HUMAN).status_code == 200


def test_a_ticket_that_nobody_knows_is_none(client: TestClient) -> None:
    """A typo would otherwise vanish."""
    answer = client.put("/v1/tickets/INC404/outcome", json=HUMAN)

    assert answer.status_code == 404
    assert answer.json()["detail"] == "No ticket with this number was scored or imported."


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"values": {}},
        {"values": {"assignment_group": None}},
        {"values": {"assignment_group": 7}},
        {"values": {" ": "Network"}},
        {"values": {"assignment_group": "Network"}, "provenance": "guess"},
        {"values": {"assignment_group": "Network"}, "at": "2026-11-21"},
        {"value": {"assignment_group": "Network"}},
    ],
)
def test_what_does_not_fit_is_refused(scored: TestClient, body: dict[str, Any]) -> None:
    """With a sentence each."""
    answer = scored.put(PATH, json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_reading_alone_does_not_allow_it(scored: TestClient, reader: TestClient) -> None:  # noqa: ARG001
    """A key for reading changes nothing; one for reviews may."""
    assert reader.put(PATH, json=HUMAN).status_code == 200
