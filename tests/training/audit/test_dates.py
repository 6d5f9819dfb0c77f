"""Tickets whose dates lie apart."""

from dataclasses import replace
from datetime import timedelta

from tests.builders import MONDAY, make_history, make_ticket, make_worked
from training.audit.dates import find_stray_dates
from training.audit.excerpt import read_excerpt
from training.audit.finding import Finding
from triage.ticket import WorkedTicket


def found(tickets: list[WorkedTicket]) -> list[Finding]:
    """What is found of their dates."""
    return list(find_stray_dates(read_excerpt(tickets, seed=0, on_progress=lambda _: None)))


def opened(ticket_id: str, days: float) -> WorkedTicket:
    """A ticket of so many days after that Monday."""
    return make_worked(filed=make_ticket(id=ticket_id, opened_at=MONDAY + timedelta(days=days)))


def test_tickets_that_lie_apart_are_named() -> None:
    """A ticket of 1970 made the window half a century long, and nobody saw why."""
    (finding,) = found([*make_history(100), opened("LATE", 900), opened("EPOCH", -20_000)])

    assert (finding.kind, finding.severity, finding.n_rows, finding.examples) == (
        "stray_dates",
        "note",
        2,
        ("EPOCH", "LATE"),
    )
    assert finding.sentence.endswith("The history is taken to begin on 2026-03-02 and to end on 2026-03-06.")


def test_without_dates_or_without_strays_there_is_nothing_to_say() -> None:
    """An export need not have dates."""
    assert found(make_history(100)) == []
    assert found([replace(t, filed=replace(t.filed, opened_at=None)) for t in make_history(20)]) == []
