"""Surges for programs: listed for readers, decided on by reviewers, on record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data import audit
from data.database import reading, writing
from data.surges import begin, keep
from data.tickets import file
from triage.surges.seen import Kind
from triage.surges.surge import Surge
from triage.ticket import NewTicket

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)

SURGE = Surge(
    kind=Kind("service", "VPN"),
    raised_by=(Kind("service", "VPN"),),
    window=timedelta(minutes=15),
    started_at=NINE,
    raised_at=NINE + timedelta(minutes=4),
    last_at=NINE + timedelta(minutes=30),
    n_observed=14,
    n_expected=0.2512345,
    name="VPN: tunnel",
    words=("tunnel",),
    place="VPN",
    tickets=("INC1", "INC2"),
)


@pytest.fixture
def surge(app: FastAPI) -> int:
    """A surge that is on, with one ticket that is stored."""
    with writing(app.state.desk.engine) as connection:
        file(connection, [NewTicket(id="inc1", subject="tunnel drops", id_as_filed="INC1")], NINE)
        return begin(connection, replace(SURGE, tickets=("inc1", "inc2")), [(NINE, 14, 0.25)])


def test_a_surge_is_told_with_what_came_and_what_was_expected(reader: TestClient, surge: int) -> None:
    """A dashboard shows it without asking for anything else."""
    answer = reader.get("/v1/surges").json()

    assert answer["n"] == 1
    assert answer["surges"] == [
        {
            "id": surge,
            "name": "VPN: tunnel",
            "state": "open",
            "dimension": "service",
            "value": "VPN",
            "started_at": "2026-03-02T09:00:00Z",
            "raised_at": "2026-03-02T09:04:00Z",
            "last_at": "2026-03-02T09:30:00Z",
            "ended_at": None,
            "n_observed": 14,
            "n_expected": 0.251,
            "words": ["tunnel"],
            "tickets": ["INC1"],
            "hours": [{"hour": "2026-03-02T09:00:00Z", "observed": 14, "expected": 0.25}],
            "decided_by": None,
            "decided_at": None,
        }
    ]


def test_a_state_is_asked_for_and_parts_follow_each_other(reader: TestClient, app: FastAPI, surge: int) -> None:
    """A program that asks for what is on must not get what is over."""
    with writing(app.state.desk.engine) as connection:
        keep(connection, replace(SURGE, id=surge, ended_at=NINE + timedelta(hours=2)), [])
        begin(connection, replace(SURGE, started_at=NINE + timedelta(hours=4)), [])

    def ids(**asked: Any) -> list[int]:  # noqa: ANN401  (any parameter)
        return [each["id"] for each in reader.get("/v1/surges", params=asked).json()["surges"]]

    assert ids(state="over") == [surge]
    assert ids(limit=1) == [surge + 1]
    assert ids(limit=1, start=1) == [surge]
    assert reader.get("/v1/surges", params={"state": "gone"}).status_code == 422


@pytest.mark.parametrize(
    ("said", "state", "name"),
    [
        ({"state": "major"}, "major", "VPN: tunnel"),
        ({"state": "dismissed"}, "dismissed", "VPN: tunnel"),
        ({"name": "Gateway"}, "open", "Gateway"),
        ({"state": "major", "name": "Gateway"}, "major", "Gateway"),
    ],
)
def test_what_a_person_says_is_kept_with_who_said_it(
    reader: TestClient, app: FastAPI, surge: int, said: dict[str, str], state: str, name: str
) -> None:
    """In the review afterwards somebody asks who called it a major incident, and when."""
    answer = reader.patch(f"/v1/surges/{surge}", json=said).json()

    assert (answer["state"], answer["name"]) == (state, name)
    assert answer["decided_by"].startswith("key:")
    assert answer["decided_at"] is not None
    with reading(app.state.desk.engine) as connection:
        entry = audit.entries(connection)[-1]
    assert (entry.action, entry.object, entry.actor) == ("surge.decided", f"surge:{surge}", answer["decided_by"])
    assert entry.details == {"state": said.get("state"), "is_named": "name" in said}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, 200),
        ({"state": None}, 200),
        ({"state": "over"}, 422),
        ({"name": " "}, 422),
        ({"owner": "x"}, 422),
        ({"state": "major"}, 200),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_said_changes_nothing(
    reader: TestClient, surge: int, said: dict[str, str], status: int
) -> None:
    """Whoever wrote the program sees what it would have to send."""
    assert reader.patch(f"/v1/surges/{surge}", json=said).status_code == status


def test_what_is_over_and_what_is_unknown_are_told_apart(reader: TestClient, app: FastAPI, surge: int) -> None:
    """One comes too late, the other is a wrong link."""
    with writing(app.state.desk.engine) as connection:
        keep(connection, replace(SURGE, id=surge, ended_at=NINE), [])

    over = reader.patch(f"/v1/surges/{surge}", json={"state": "major"})

    assert over.status_code == 422
    assert over.json()["detail"] == f"Surge {surge} is over: only one that is on can be a major incident."
    assert reader.patch("/v1/surges/99", json={"state": "major"}).status_code == 404


def test_a_key_that_only_reads_decides_nothing(app: FastAPI, new_key: Callable[..., str], surge: int) -> None:
    """A dashboard's key in the wrong hands must not silence alarms."""
    with TestClient(app, headers={"X-API-Key": new_key("read")}) as client:
        assert client.get("/v1/surges").status_code == 200
        assert client.patch(f"/v1/surges/{surge}", json={"state": "dismissed"}).status_code == 403
