"""What subscribers hear of tickets and customers when they are scored: the answers, and never a text."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.scoring import Options, ScoreRequest, answer_all
from api.waiting import Origin
from data import events, opt_outs
from data.database import reading, writing
from data.events import StoredEvent
from data.pseudonyms import shown_id, stored_id
from data.tables import events as table
from data.tables import known_segments
from tests.data.test_events_page import example
from tests.triage.test_subscribers import make_subscriber
from triage.subscribers import EventType
from triage.ticket import NewTicket

KEY = SecretStr("a key of at least thirty-two characters")
MARK = "zebra-unlikely-word"


class Desk:
    """An application that tells others."""

    def __init__(self, app: FastAPI, client: TestClient) -> None:
        self.app, self.client = app, client

    def tells(self, *types: EventType, names: tuple[str, ...] = ("warehouse",), **changes: Any) -> None:  # noqa: ANN401
        """From now on."""
        told = tuple(make_subscriber(name, *types) for name in names)
        self.app.state.desk = replace(self.app.state.desk, subscribers=told, **changes)

    def score(self, *tickets: dict[str, object]) -> list[dict[str, Any]]:
        """What is answered."""
        answer = self.client.post("/v1/score/batch", json={"tickets": list(tickets)})
        assert answer.status_code == 200
        return answer.json()["results"]

    def told(self) -> list[StoredEvent]:
        """What waits for them, the oldest first."""
        with reading(self.app.state.desk.engine) as connection:
            return events.listed(connection, None, 100)[::-1]

    def data(self) -> list[dict[str, Any]]:
        """What these events say."""
        return [json.loads(event.payload)["data"] for event in self.told()]


@pytest.fixture
def desk(app: FastAPI, client: TestClient) -> Desk:
    """An application whose subscribers are told by nobody: the events stay where they are."""
    return Desk(app, client)


def ticket(number: int, customer: str | None = "U42", **more: object) -> dict[str, object]:
    """A ticket of today."""
    return {
        "id": f"inc{number}",
        "subject": f"VPN {MARK}",
        "body": MARK,
        "customer_id": customer,
        "opened_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "attributes": {"location": MARK},
    } | more


def test_an_answer_is_told_as_it_was_given(desk: Desk) -> None:
    """Value, confidence and decision of every target; the rest is asked for by whoever may."""
    desk.tells("prediction.completed")

    (answer,) = desk.score(ticket(1))
    (event,) = desk.told()

    said = answer["predictions"]["assignment_group"]
    told = {name: said[name] for name in ("value", "confidence", "threshold", "decision", "reason")}
    assert desk.data() == [
        {
            "ticket_id": "inc1",
            "customer_id": "U42",
            "model": {"version": "7"},
            "predictions": {"assignment_group": told},
        }
    ]
    assert (event.type, event.subject) == ("prediction.completed", "ticket:inc1")
    assert desk.data()[0].keys() == example("prediction.completed").keys()


def test_a_ticket_is_told_as_it_was_filed_and_ordered_by_its_key(desk: Desk) -> None:
    """Two spellings of a number are one ticket."""
    desk.tells("prediction.completed")

    desk.score(ticket(1, id="2 553"))
    desk.score(ticket(1, id="2553"))

    assert [data["ticket_id"] for data in desk.data()] == ["2 553", "2553"]
    assert {event.subject for event in desk.told()} == {"ticket:2553"}


def test_nothing_of_a_ticket_s_text_is_told(desk: Desk) -> None:
    """Neither its words nor what was read off them, whoever asked for an explanation."""
    desk.tells("prediction.completed", "profile.changed")

    desk.client.post("/v1/score?explain=true", json=ticket(1))

    with reading(desk.app.state.desk.engine) as connection:
        rows = " ".join(str(tuple(row)) for row in connection.execute(select(table)))
    assert "prediction.completed" in rows
    assert MARK not in rows
    assert "vpn" not in rows.lower()


def test_where_nobody_wants_to_know_nothing_is_kept(desk: Desk) -> None:
    """Scoring costs what it did."""
    desk.tells("model.promoted")

    desk.score(ticket(1), ticket(2))

    with reading(desk.app.state.desk.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(known_segments)) == 0
    assert desk.told() == []


def test_every_ticket_of_a_batch_is_told_to_everybody(desk: Desk) -> None:
    """One without a customer too; a bad one is no answer."""
    desk.tells("prediction.completed", names=("a", "b"))

    desk.score(ticket(1), {"id": "bad", "opened_at": "yesterday"}, ticket(2, None))

    assert [(event.subscriber, event.subject) for event in desk.told()] == [
        ("a", "ticket:inc1"),
        ("b", "ticket:inc1"),
        ("a", "ticket:inc2"),
        ("b", "ticket:inc2"),
    ]
    assert [data["customer_id"] for data in desk.data()] == ["U42", "U42", None, None]


@pytest.mark.parametrize(("is_blind", "n_told"), [(True, 0), (False, 1)])
def test_of_the_blind_sample_nothing_is_told(desk: Desk, is_blind: bool, n_told: int) -> None:
    """A program that shows it to somebody would spoil what the sample is for."""
    desk.tells("prediction.completed")
    origin = Origin("desk", is_blind, False, lambda _: ())

    answer_all(desk.app.state.desk, [ScoreRequest([NewTicket(id="1")], Options(), None, lambda _: "", origin=origin)])

    assert len(desk.told()) == n_told


def test_a_review_is_told_and_so_is_its_taking_back(desk: Desk, reader: TestClient) -> None:
    """What people say is what another program learns from; who they are is nobody's business."""
    desk.tells("review.recorded")
    desk.score(ticket(1, id="2 553"))
    given = {"ticket_id": "2553", "target": "assignment_group", "verdict": "corrected", "value": "Desk"}

    first, again = (reader.post("/v1/reviews", json=given) for _ in range(2))
    for _ in range(2):
        reader.post(f"/v1/reviews/{first.json()['id']}/undo")

    recorded, undone = desk.data()
    assert (first.status_code, again.status_code) == (200, 200)
    assert recorded == {
        "review_id": first.json()["id"],
        "ticket_id": "2 553",
        "target": "assignment_group",
        "suggested": "Network",
        "confidence": 0.97,
        "verdict": "corrected",
        "value": "Desk",
        "reason": None,
        "model": {"version": "7"},
        "undone_at": None,
    }
    assert undone | {"undone_at": None} == recorded
    assert undone["undone_at"] is not None
    assert recorded.keys() == example("review.recorded").keys()
    assert {event.subject for event in desk.told()} == {"ticket:2553"}
    assert first.json()["reviewer"] not in desk.told()[0].payload


def test_a_repeated_request_is_no_second_answer(desk: Desk) -> None:
    """The key says that it is the same."""
    desk.tells("prediction.completed")

    for _ in range(2):
        desk.client.post("/v1/score", json=ticket(1), headers={"Idempotency-Key": "k1"})

    assert len(desk.told()) == 1


def test_a_hashed_customer_is_told_as_a_list_shows_them(desk: Desk) -> None:
    """The plain id stays nowhere, not even in what waits to be told."""
    desk.tells("prediction.completed", customer_key=KEY)

    desk.score(ticket(1, "u4711"))

    (event,) = desk.told()
    assert desk.data()[0]["customer_id"] == shown_id(stored_id("u4711", KEY) or "", KEY)
    assert "u4711" not in event.payload + event.subject


def test_a_change_of_what_holds_of_a_customer_is_told_once(desk: Desk) -> None:
    """Not at the first look: nobody knows what held before."""
    desk.tells("profile.changed")

    desk.score(ticket(1))
    first = desk.data()
    desk.score(*(ticket(n) for n in range(2, 40)))
    changed = desk.data()
    desk.score(ticket(40))

    assert first == []
    (told,) = changed
    assert told.keys() == example("profile.changed").keys()
    assert told["customer_id"] == "U42"
    assert "frequent_flyer" in told["gained"]
    assert set(told["gained"]) <= set(told["segments"])
    assert len(desk.data()) == 1
    assert desk.told()[0].subject == "customer:u42"


def test_a_ticket_of_long_ago_says_nothing_of_a_change(desk: Desk) -> None:
    """An import of old tickets would tell of what held last year."""
    desk.tells("profile.changed")
    desk.score(*(ticket(n) for n in range(1, 40)))

    long_ago = (datetime.now(UTC) - timedelta(days=300)).isoformat()
    desk.score(ticket(99, opened_at=long_ago))

    assert desk.told() == []


def test_of_who_wants_no_profile_no_change_is_told(desk: Desk) -> None:
    """That was promised to them."""
    desk.tells("profile.changed")
    desk.score(ticket(1))
    with writing(desk.app.state.desk.engine) as connection:
        opt_outs.opt_out(connection, "u42", datetime.now(UTC))

    desk.score(*(ticket(n) for n in range(2, 40)))

    assert desk.told() == []


def test_what_could_not_be_stored_is_not_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event and the answer are kept together, or neither is."""
    desk.tells("prediction.completed")

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("api.scoring._follow_up", broken)
    answer = desk.client.post("/v1/score", json=ticket(1))

    assert (answer.status_code, desk.told()) == (500, [])
