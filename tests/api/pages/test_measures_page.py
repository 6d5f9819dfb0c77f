"""The page of measures: every chart with a sentence and its numbers, nothing of zeros that nobody counted."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.database import writing
from data.measures import refresh
from data.tickets import import_worked
from tests.builders import make_ticket, make_worked

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def desk_of_months(app: FastAPI) -> None:
    """Four months of tickets, two a day, every third handed on."""
    now = datetime.now(UTC)
    found = []
    for n in range(240):
        opened = now - timedelta(days=120 - n / 2)
        is_handed = n % 3 == 0
        filed = make_ticket(id=f"T{n}", opened_at=opened, customer_id=f"u{n % 20}", attributes={"service": "=1+1"})
        found.append(
            make_worked(
                filed=filed,
                ticket_type="request" if n % 4 == 0 else "incident",
                assignment_group="<b>Apps</b>" if n % 5 == 0 else "Network",
                resolved_at=opened + timedelta(hours=30 if is_handed else 3) if n < 230 else None,
                reassignments=int(is_handed),
                groups=("Desk", "Network") if is_handed else (),
                satisfaction=4.0 if n % 2 else None,
            )
        )
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, found, now)
    refresh(app.state.desk.engine, now)


def test_before_anything_is_counted_the_page_says_so(signed_in: SignedIn) -> None:
    """A row of zeros on the first day would frighten whoever has just installed it."""
    shown = signed_in("lead").get("/measures").text

    assert "Nothing was counted yet" in shown
    assert "SLA met" not in shown


@pytest.mark.usefixtures("desk_of_months")
def test_every_part_has_a_sentence_and_its_numbers(signed_in: SignedIn) -> None:
    """Who cannot see a chart reads what it says."""
    shown = signed_in("lead").get("/measures?days=90").text

    for title in ("Volume and what to expect", "Week by week", "What a wrong route costs", "Who hands on to whom"):
        assert title in shown
    assert "are expected in the seven days from" in shown
    assert "Most often <bdi>Desk</bdi> hands on to <bdi>Network</bdi>" in shown
    assert "took 30." in shown or "took 29." in shown
    assert "10 tickets are open" in shown
    assert shown.count("<svg") >= 4
    assert shown.count('role="img"') + shown.count('aria-hidden="true"') >= shown.count("<svg")
    assert "54 %, the share that surveys give" in shown
    assert 'href="/measures" aria-current="page"' in shown


@pytest.mark.usefixtures("desk_of_months")
def test_what_is_not_recorded_is_no_zero(signed_in: SignedIn) -> None:
    """No SLA is recorded here: the desk has not met it never."""
    shown = signed_in("lead").get("/measures").text

    tile = shown[shown.index("SLA met") :][:80]
    assert "not recorded" in tile
    assert "%" not in tile


@pytest.mark.usefixtures("desk_of_months")
def test_names_of_groups_are_text(signed_in: SignedIn) -> None:
    """A group may be called anything."""
    shown = signed_in("lead").get("/measures?by=group").text

    assert "&lt;b&gt;Apps&lt;/b&gt;" in shown
    assert "<b>Apps" not in shown


@pytest.mark.usefixtures("desk_of_months")
@pytest.mark.parametrize("query", ["by=channel", "by=service&days=7", "by=type&days=365", "by=week&days=30"])
def test_windows_and_divisions_can_be_chosen(signed_in: SignedIn, query: str) -> None:
    """Each by an address that can be sent to somebody."""
    answer = signed_in("lead").get(f"/measures?{query}")

    assert answer.status_code == 200
    assert "By " in answer.text


@pytest.mark.usefixtures("desk_of_months")
def test_an_empty_window_leads_to_the_last_day_with_tickets(signed_in: SignedIn) -> None:
    """An imported history ends before today, and its measures are of interest all the same."""
    old = (datetime.now(UTC) - timedelta(days=400)).date()

    shown = signed_in("lead").get(f"/measures?until={old}").text

    assert "No ticket was opened or resolved in this time." in shown
    assert f"until={datetime.now(UTC).date()}" in shown
    assert "A forecast takes 84 days of history" in shown


@pytest.mark.usefixtures("desk_of_months")
def test_days_that_are_due_are_told(signed_in: SignedIn, app: FastAPI) -> None:
    """A figure that is about to change is said to be."""
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, [make_worked(filed=make_ticket(id="new"))], datetime.now(UTC))

    assert "1 day has changed and is being counted again" in signed_in("lead").get("/measures").text


@pytest.mark.usefixtures("desk_of_months")
def test_a_table_can_be_downloaded(signed_in: SignedIn) -> None:
    """With the same columns in every row, empty where nothing is recorded, and no formula in a name."""
    answer = signed_in("lead").get("/measures/table?by=service&days=90")

    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert header[:2] == ["service", "opened"]
    assert {len(row) for row in rows} == {len(header)}
    cells = dict(zip(header, rows[0], strict=True))
    assert cells["service"] == "'=1+1"
    assert cells["sla_met_share"] == ""
    assert float(cells["incident_share_share"]) == pytest.approx(0.75, abs=0.02)


def test_an_unknown_division_is_refused(signed_in: SignedIn) -> None:
    """By person is nobody's business here."""
    assert signed_in("lead").get("/measures?by=person").status_code == 422
