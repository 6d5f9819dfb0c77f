"""A program is told what the desk is measured by; every figure with its number, and null where nothing is recorded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.database import writing
from data.measures import refresh
from data.tickets import import_worked
from tests.builders import make_ticket, make_worked
from triage.ticket import WorkedTicket


@pytest.fixture
def keep(app: FastAPI) -> Callable[..., None]:
    """Imports tickets and counts their days."""

    def keep(*found: WorkedTicket) -> None:
        now = datetime.now(UTC)
        with writing(app.state.desk.engine) as connection:
            import_worked(connection, found, now)
        refresh(app.state.desk.engine, now)

    return keep


def lately(number: int, **changes: object) -> WorkedTicket:
    """A ticket of yesterday that took an hour."""
    opened = datetime.now(UTC) - timedelta(days=1)
    filed = make_ticket(id=f"T{number}", opened_at=opened, customer_id=f"u{number % 3}")
    return make_worked(filed=filed, **{"resolved_at": opened + timedelta(hours=1)} | changes)


def test_an_empty_desk_is_told_so(reader: TestClient) -> None:
    """Neither a failure nor zeros that look like figures."""
    answer = reader.get("/v1/measures")

    assert answer.status_code == 200
    found = answer.json()
    assert (found["counted_at"], found["rows"], found["backlog"]) == (None, [], None)
    assert found["total"]["incident_share"] is None
    assert found["forecast"]["days"] == []
    assert found["stands_out"] == "No ticket was opened or resolved in this time."


def test_every_share_has_its_number_and_its_interval(reader: TestClient, keep: Callable[..., None]) -> None:
    """Two of three is no two thirds."""
    keep(lately(1), lately(2), lately(3, ticket_type="request"))

    found = reader.get("/v1/measures").json()["total"]

    assert (found["opened"], found["resolved"], found["closed"]) == (3, 3, 0)
    share = found["incident_share"]
    assert (share["hits"], share["n"], share["share"]) == (2, 3, 0.666667)
    assert share["low"] < 0.4
    assert share["high"] > 0.9
    assert found["time_to_resolve_hours"]["median"] == pytest.approx(1, rel=0.01)
    assert found["sla_met"] is None


@pytest.mark.parametrize(
    ("by", "values"),
    [("group", ["Network", "Apps"]), ("channel", ["email"]), ("type", ["incident"]), ("service", [""])],
)
def test_it_is_divided_by_what_is_asked_for(
    reader: TestClient, keep: Callable[..., None], by: str, values: list[str]
) -> None:
    """Most tickets first."""
    keep(lately(1), lately(2), lately(3, assignment_group="Apps"))

    rows = reader.get(f"/v1/measures?by={by}").json()["rows"]

    assert [row["value"] for row in rows] == values
    assert sum(row["opened"] for row in rows) == 3


def test_weeks_are_rows_in_their_order(reader: TestClient, keep: Callable[..., None]) -> None:
    """Also those without any ticket."""
    keep(lately(1))

    rows = reader.get("/v1/measures?by=week").json()["rows"]

    assert [row["value"] for row in rows] == sorted(row["value"] for row in rows)
    assert len(rows) in (5, 6)
    assert sum(row["opened"] for row in rows) == 1


def test_handovers_and_what_goes_along_with_them(reader: TestClient, keep: Callable[..., None]) -> None:
    """The pair with its way back, and the hours of tickets that were handed on beside the others'."""
    there = lately(1, reassignments=2, groups=("Desk", "Apps", "Desk"))
    slow = there.filed.opened_at + timedelta(hours=20)  # type: ignore[operator]
    keep(
        lately(2, reassignments=0),
        make_worked(filed=there.filed, reassignments=2, resolved_at=slow, groups=there.groups),
    )

    found = reader.get("/v1/measures").json()

    assert [(each["from_group"], each["to_group"], each["n"], each["n_back"]) for each in found["handovers"]] == [
        ("Apps", "Desk", 1, 1),
        ("Desk", "Apps", 1, 1),
    ]
    routes = {each["reassignments"]: each for each in found["wrong_routes"]}
    assert routes["0"]["extra_hours"] == 0
    assert routes["2"]["extra_hours"] == pytest.approx(19, rel=0.02)


def test_what_is_open_is_told_whatever_the_window(reader: TestClient, keep: Callable[..., None]) -> None:
    """A cupboard of last year's tickets stands there today."""
    old = make_worked(filed=make_ticket(id="old", opened_at=datetime.now(UTC) - timedelta(days=200)))
    keep(old, lately(1))

    found = reader.get("/v1/measures").json()["backlog"]

    assert (found["n"], found["median_days"], found["ages"]["over 3 months"]) == (1, 200, 1)


def test_a_window_of_other_days_is_theirs(reader: TestClient, keep: Callable[..., None]) -> None:
    """Last quarter's report is not today's."""
    keep(lately(1))
    first = (datetime.now(UTC) - timedelta(days=60)).date()

    found = reader.get(f"/v1/measures?since={first}&until={first + timedelta(days=9)}").json()

    assert (found["since"], found["until"]) == (str(first), str(first + timedelta(days=9)))
    assert found["total"]["opened"] == 0
    assert found["concentration"] is None


@pytest.mark.parametrize(
    "query", ["by=person", "since=yesterday", "since=2026-03-02&until=2026-03-01", "since=1971-01-01&until=2026-01-01"]
)
def test_a_window_that_is_none_is_refused(reader: TestClient, query: str) -> None:
    """With a sentence, and no ten thousand days of work."""
    assert reader.get(f"/v1/measures?{query}").status_code == 422


def test_where_people_are_not_told_apart_few_customers_are_not_told(
    app: FastAPI, reader: TestClient, keep: Callable[..., None]
) -> None:
    """The top two percent of three customers is one person."""
    keep(*(lately(n) for n in range(9)))
    until = datetime.now(UTC).date()
    path = f"/v1/measures?since={until - timedelta(days=29)}"
    assert reader.get(path).json()["concentration"]["customers"] == 3

    app.state.desk = replace(app.state.desk, is_aggregate=True)

    assert reader.get(path).json()["concentration"] is None
