"""What is ordinary at the desk is computed once a day, as of that day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event

from api.desk import NormsByDay
from data.database import writing
from data.tickets import file
from triage.ticket import NewTicket

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def norms(app: FastAPI) -> NormsByDay:
    """The norms of a desk where one customer called yesterday and one this morning."""
    with writing(app.state.desk.engine) as connection:
        yesterday = NewTicket(id="1", customer_id="u1", opened_at=NOON - timedelta(days=1))
        file(connection, [yesterday, NewTicket(id="2", customer_id="u2", opened_at=NOON)], NOON)
    return NormsByDay(app.state.desk.engine)


@pytest.fixture
def statements(app: FastAPI) -> list[str]:
    """What the database is asked from now on."""
    asked: list[str] = []

    @event.listens_for(app.state.desk.engine, "before_cursor_execute")
    def remember(*args: Any) -> None:  # noqa: ANN401
        asked.append(args[2])

    return asked


def test_norms_are_those_of_the_beginning_of_the_day(norms: NormsByDay) -> None:
    """Two equal tickets of one day get the same answer, whatever came in between."""
    assert norms.on(NOON).n_customers == 1
    assert norms.on(NOON + timedelta(days=1)).n_customers == 2


def test_norms_are_computed_once_a_day(norms: NormsByDay, statements: list[str]) -> None:
    """They look at every ticket of a month."""
    norms.on(NOON)
    n_asked = len(statements)

    norms.on(NOON + timedelta(hours=11))

    assert n_asked > 0
    assert len(statements) == n_asked


def test_norms_follow_an_import_within_minutes(
    norms: NormsByDay, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the first day the history comes after the first ticket."""
    before = norms.on(NOON)
    with writing(app.state.desk.engine) as connection:
        file(connection, [NewTicket(id="3", customer_id="u3", opened_at=NOON - timedelta(days=2))], NOON)
    monkeypatch.setattr(norms, "fresh_for_seconds", 0.0)

    after = norms.on(NOON)

    assert (before.n_customers, after.n_customers) == (1, 2)


def test_only_so_many_days_are_remembered(norms: NormsByDay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Years of history may be scored in one night."""
    monkeypatch.setattr(norms, "n_days_kept", 3)

    for day in range(10):
        norms.on(NOON - timedelta(days=day))

    assert len(norms._known) <= 3
