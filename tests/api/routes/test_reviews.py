"""What people make of answers, as a page or a program sends it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data import audit, sourced_tickets
from data.database import reading, writing
from tests.api.conftest import FakeModel
from triage.errors import NoModel

PATH = "/v1/reviews"
ONE = {"ticket_id": "INC001", "target": "assignment_group"}
ACCEPTED = ONE | {"verdict": "accepted"}
CORRECTED = ONE | {"verdict": "corrected", "value": "Desk"}


@pytest.fixture(autouse=True)
def scored(client: TestClient) -> None:
    """A ticket of which the network is suggested."""
    client.post("/v1/score", json={"id": "INC001", "subject": "VPN down", "customer_id": "u42"})


@pytest.fixture
def lead(app: FastAPI, new_key: Callable[..., str]) -> Iterator[TestClient]:
    """Another person who may review."""
    with TestClient(app, headers={"X-API-Key": new_key("review")}) as client:
        yield client


def row(reader: TestClient, ticket: str = "INC001") -> dict[str, Any]:
    """The group's row of a ticket."""
    (found,) = reader.get(f"/v1/tickets/{ticket}").json()["decisions"]
    return dict(found)


def test_an_accepted_answer_is_the_outcome(reader: TestClient) -> None:
    """And the row says by whose word."""
    answer = reader.post(PATH, json=ACCEPTED | {"seconds": 2.5})

    assert answer.status_code == 200
    assert (answer.json()["suggested"], answer.json()["value"], answer.json()["seconds"]) == ("Network", "Network", 2.5)
    assert answer.json()["reviewer"].startswith("key:")
    assert answer.json()["queued_for"] == []
    found = row(reader)
    assert (found["value"], found["provenance"], found["origin"]) == ("Network", "human", "accepted")
    assert (found["model_version"], found["review"]["id"]) == ("7", answer.json()["id"])


def test_a_value_takes_the_models_spelling(reader: TestClient) -> None:
    """A model would else learn two labels of one."""
    answer = reader.post(PATH, json=CORRECTED | {"value": " desk "})

    assert (answer.json()["value"], answer.json()["note"]) == ("Desk", None)


def test_a_group_that_the_model_does_not_know_may_be_named(reader: TestClient) -> None:
    """A desk's new group is right before any model knows it; the answer says so."""
    answer = reader.post(PATH, json=CORRECTED | {"value": "Cloud"})

    assert (answer.status_code, answer.json()["value"]) == (200, "Cloud")
    assert answer.json()["note"].startswith("The model does not know this value yet")


def test_people_review_while_no_model_may_answer(reader: TestClient, model: FakeModel) -> None:
    """What was answered is there, whatever became of the model."""
    model.fault = NoModel("none")

    assert reader.post(PATH, json=CORRECTED | {"value": "Cloud"}).json()["note"] is None


def test_what_is_no_longer_so_is_told(
    reader: TestClient, lead: TestClient, model: FakeModel, client: TestClient
) -> None:
    """409, with what is newer; naming what was seen overrules it."""
    first = lead.post(PATH, json=CORRECTED).json()

    late = reader.post(PATH, json=ACCEPTED)

    assert (late.status_code, late.json()["type"]) == (409, "urn:triage:problem:outdated")
    newer = late.json()["newer"]
    assert (newer["kind"], newer["id"], newer["verdict"], newer["value"]) == (
        "review",
        first["id"],
        "corrected",
        "Desk",
    )
    assert row(reader)["value"] == "Desk"

    assert reader.post(PATH, json=ACCEPTED | {"replaces": first["id"]}).status_code == 200
    assert row(reader)["value"] == "Network"

    model.version = "8"
    client.post("/v1/score", json={"id": "INC001", "subject": "VPN down"})
    stale = reader.post(PATH, json=CORRECTED | {"model_version": "7"})

    assert (stale.status_code, stale.json()["newer"]["kind"]) == (409, "prediction")
    assert stale.json()["newer"]["model_version"] == "8"


def test_of_a_page_each_review_stands_for_itself(reader: TestClient, client: TestClient) -> None:
    """In the order they were sent; one that is refused keeps no other."""
    client.post("/v1/score", json={"id": "INC002", "subject": "VPN slow"})
    sent = [
        {"ticket_id": "INC002", "target": "assignment_group", "verdict": "accepted"},
        ONE | {"verdict": "accepted", "value": "Apps"},
        {"ticket_id": "INC404", "target": "assignment_group", "verdict": "accepted"},
        {"ticket_id": "INC001", "verdict": "guess"},
        CORRECTED,
    ]

    answer = reader.post(f"{PATH}/batch", json={"reviews": sent})

    found = answer.json()["results"]
    assert answer.status_code == 200
    assert [each.get("status", 200) for each in found] == [200, 409, 404, 422, 200]
    assert [each.get("ticket_id") for each in found] == ["INC002", None, None, None, "INC001"]
    assert found[1]["instance"] == "/v1/reviews/batch#/reviews/1"
    assert {part["pointer"] for part in found[3]["errors"]} == {"#/reviews/3/target", "#/reviews/3/verdict"}
    assert (row(reader)["value"], row(reader, "INC002")["value"]) == ("Desk", "Network")


@pytest.mark.parametrize("path", [PATH, f"{PATH}/batch"])
def test_a_request_that_is_sent_again_is_answered_the_same(reader: TestClient, path: str) -> None:
    """A client whose connection broke cannot know whether it was heard."""
    key = {"Idempotency-Key": "4711"}
    body: dict[str, Any] = CORRECTED if path == PATH else {"reviews": [CORRECTED]}

    first = reader.post(path, json=body, headers=key)
    reader.post(PATH, json=ACCEPTED)
    again = reader.post(path, json=body, headers=key)
    other = reader.post(path, json=ACCEPTED if path == PATH else {"reviews": [ACCEPTED]}, headers=key)

    assert (again.text, again.headers["Idempotency-Replayed"]) == (first.text, "true")
    assert "Idempotency-Replayed" not in first.headers
    assert other.status_code == 422
    assert row(reader)["value"] == "Network"


def test_a_refusal_may_be_sent_again_under_its_key(reader: TestClient, client: TestClient) -> None:
    """It stored nothing."""
    body = {"ticket_id": "INC009", "target": "assignment_group", "verdict": "accepted"}
    key = {"Idempotency-Key": "4712"}

    assert reader.post(PATH, json=body, headers=key).status_code == 404

    client.post("/v1/score", json={"id": "INC009", "subject": "VPN"})

    assert reader.post(PATH, json=body, headers=key).status_code == 200


def test_a_review_is_taken_back_once(reader: TestClient, app: FastAPI) -> None:
    """With its value; the log says who did it."""
    id_ = reader.post(PATH, json=CORRECTED).json()["id"]

    first, again = (reader.post(f"{PATH}/{id_}/undo") for _ in range(2))

    assert (first.status_code, first.json()["note"]) == (200, None)
    assert first.json()["undone_at"] == again.json()["undone_at"] is not None
    assert (row(reader)["value"], row(reader)["review"]) == (None, None)
    with reading(app.state.desk.engine) as connection:
        told = [entry for entry in audit.entries(connection) if entry.action == "review.undone"]
    assert [(entry.object, entry.details["verdict"]) for entry in told] == [(f"review:{id_}", "corrected")]
    assert reader.post(f"{PATH}/999/undo").status_code == 404


def test_all_reviews_of_a_ticket_are_listed(reader: TestClient) -> None:
    """Also those that were taken back."""
    id_ = reader.post(PATH, json=CORRECTED).json()["id"]
    reader.post(f"{PATH}/{id_}/undo")
    reader.post(PATH, json=ACCEPTED)

    found = reader.get(PATH, params={"ticket_id": "INC001"}).json()

    assert [(each["verdict"], each["undone_at"] is None) for each in found["reviews"]] == [
        ("corrected", False),
        ("accepted", True),
    ]
    assert reader.get(PATH, params={"ticket_id": "INC404"}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        ONE,
        ONE | {"verdict": "maybe"},
        ONE | {"verdict": "corrected"},
        ONE | {"verdict": "corrected", "value": "network"},
        ONE | {"verdict": "rejected", "value": "Desk"},
        ONE | {"verdict": "rejected", "reason": "dunno"},
        ACCEPTED | {"seconds": -1},
        ACCEPTED | {"replaces": 0},
        ACCEPTED | {"comment": "fine"},
    ],
)
def test_what_does_not_fit_is_refused(reader: TestClient, body: dict[str, Any]) -> None:
    """And nothing is kept."""
    assert reader.post(PATH, json=body).status_code == 422
    assert reader.get(PATH, params={"ticket_id": "INC001"}).json()["reviews"] == []


def test_only_who_may_review_reviews(client: TestClient, new_key: Callable[..., str]) -> None:
    """A program that asks for answers does not judge them."""
    only_reads = {"X-API-Key": new_key("read"), "Authorization": ""}

    assert client.post(PATH, json=ACCEPTED).status_code == 403
    assert client.post(f"{PATH}/1/undo").status_code == 403
    assert client.post(PATH, json=ACCEPTED, headers=only_reads).status_code == 403
    assert client.get("/v1/tickets/INC001").status_code == 403


def test_a_ticket_is_shown_with_what_became_of_it(reader: TestClient, client: TestClient) -> None:
    """As it was filed, and every value that it was given."""
    client.put("/v1/tickets/INC001/outcome", json={"values": {"assignment_group": "Apps"}, "provenance": "automatic"})
    reader.post(PATH, json=CORRECTED | {"reason": "wrong_group"})

    found = reader.get("/v1/tickets/ INC001 ").json()

    assert (found["subject"], found["customer_id"]) == ("VPN down", "u42")
    assert [(each["value"], each["provenance"], each["source"]) for each in found["outcomes"]] == [
        ("Apps", "automatic", "api"),
        ("Desk", "human", "review"),
    ]
    assert [each["reason"] for each in found["reviews"]] == ["wrong_group"]
    (decision,) = found["decisions"]
    assert (decision["suggested"], decision["confidence"], decision["decision"]) == ("Network", 0.97, "auto")
    assert (decision["value"], decision["is_evidence"], decision["is_blind"]) == ("Desk", True, False)
    assert reader.get("/v1/tickets/INC404").status_code == 404


def test_a_blind_ticket_shows_no_answer_before_people_have_decided(reader: TestClient, app: FastAPI) -> None:
    """Whoever looks it up first decides unprompted all the same."""
    with writing(app.state.desk.engine) as connection:
        sourced_tickets.link(connection, "INC001", "desk", "77", {}, is_blind=True)

    before = row(reader)
    text = reader.get("/v1/tickets/INC001").text

    assert before["is_blind"] is True
    assert [before[name] for name in ("suggested", "confidence", "decision", "model_version")] == [None] * 4
    assert "Network" not in text

    reader.post(PATH, json=CORRECTED | {"value": "Network"})

    assert (row(reader)["suggested"], row(reader)["origin"]) == ("Network", "decided")


def test_what_is_scored_is_answered_the_same_for_a_blind_ticket(client: TestClient, app: FastAPI) -> None:
    """Who asks is a program; the sample is of what people are shown by us."""
    before = client.post("/v1/score", json={"id": "INC001", "subject": "VPN down"}).json()
    with writing(app.state.desk.engine) as connection:
        sourced_tickets.link(connection, "INC001", "desk", "77", {}, is_blind=True)

    assert client.post("/v1/score", json={"id": "INC001", "subject": "VPN down"}).json() == before
