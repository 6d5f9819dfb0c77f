"""The articles beside a ticket: of those that are alike, with their record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from api.beside.knowledge import N_NEIGHBOURS, knowledge_beside
from api.pages.rendering import _ENVIRONMENT
from api.similar import NearTicket
from data.database import reading, writing
from data.tickets import import_worked
from tests.builders import make_ticket, make_worked
from triage.errors import NoModel
from triage.ticket import NewTicket

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Alike:
    """Finds the same tickets for every one."""

    def nearest(self, _model: object, tickets: Sequence[NewTicket], k: int) -> list[list[NearTicket]]:
        """More than were asked for, as the real one does."""
        return [[NearTicket(f"A{n}", 0.9) for n in range(k + 10)] for _ in tickets]


@pytest.fixture(autouse=True)
def worked(app: FastAPI) -> None:
    """Sixteen tickets that used an article, two of which came back."""
    closed = NOW - timedelta(days=2)
    tickets = [
        make_worked(
            filed=make_ticket(id=f"A{n}", opened_at=closed - timedelta(hours=2)),
            closed_at=closed,
            reopens=int(n < 2),
            knowledge_article="KB<1>" if n < 16 or n >= N_NEIGHBOURS else "true",
        )
        for n in range(N_NEIGHBOURS + 10)
    ]
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, tickets, NOW)


def test_an_article_is_suggested_with_its_record_among_similar_tickets(app: FastAPI) -> None:
    """And what is alike beyond those that are looked at does not count."""
    desk = replace(app.state.desk, similar=Alike())
    with reading(desk.engine) as connection:
        found = knowledge_beside(desk, connection, make_ticket(), NOW)
    assert found is not None
    shown = str(_ENVIRONMENT.get_template("beside/knowledge.html").module.knowledge(found, ""))  # type: ignore[attr-defined]

    assert [(one.article, one.used, one.closed) for one in found] == [("KB<1>", 16, 14)]
    assert "It closed 14 of 16 similar tickets; the last was 2 days ago." in shown
    assert "KB&lt;1&gt;" in shown


def test_where_nobody_finds_similar_tickets_nothing_is_said(app: FastAPI) -> None:
    """Nor without a model."""
    without_model = replace(app.state.desk, similar=Alike())
    with reading(app.state.desk.engine) as connection:
        nobody = knowledge_beside(replace(app.state.desk, similar=None), connection, make_ticket(), NOW)
        app.state.desk.models.fault = NoModel("none")
        no_model = knowledge_beside(without_model, connection, make_ticket(), NOW)

    assert nobody is None
    assert no_model is None
