"""A desk whose work is counted: three teams, of which one is small, and what there is to see of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from data.daily_work import Counting, refresh
from data.database import writing
from data.tickets import import_worked
from triage.strain import read_working_hours
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["NOW", "bring_desk", "count", "worked"]

NOW = datetime(2026, 6, 29, 6, tzinfo=UTC)  # a Monday, so that the week before has just ended

HOURS = read_working_hours("mon-fri 08:00-18:00")


def worked(id_: str, ended_at: datetime, **changes: Any) -> WorkedTicket:  # noqa: ANN401  (any field)
    """A ticket about mail that the Desk solved at once."""
    service = changes.pop("service", "mail")
    filed = NewTicket(
        id=id_, opened_at=ended_at - timedelta(hours=2), attributes={"service": service} if service else {}
    )
    given: dict[str, Any] = {"assignment_group": "Desk", "resolved_at": ended_at, "reopens": 0, "reassignments": 0}
    return WorkedTicket(filed=filed, **given | {"resolved_by": f"agent{len(id_) % 2}@example.org"} | changes)


def bring_desk(engine: Engine, *, individuals: bool = False) -> None:
    """Fifteen weeks of thirty tickets a team, and the last one with more at night than ever.

    The Desk has six people, Network has five, and Vault has two. The Desk solves nine of ten tickets about mail at
    once, Network every second one. In the last week a customer thanked `agent3@example.org` with words.
    """
    tickets = []
    for week in range(15):
        monday = NOW.replace(hour=10) - timedelta(weeks=15 - week)
        for n in range(30):
            ended_at = monday + timedelta(days=n % 5, hours=12 if week == 14 and n % 2 else 0)
            for team, people, every in (("Desk", 6, 10), ("Network", 5, 2), ("Vault", 2, 3)):
                number = f"{team}{week}-{n}"
                person = f"{'' if team == 'Desk' else team.lower()}agent{n % people}@example.org"
                changes = {"assignment_group": team, "resolved_by": person, "reopens": int(n % every == 0)}
                tickets.append(worked(number, ended_at, satisfaction=float(3 + n % 2), **changes))
    words = {"satisfaction_comment": "agent3 was wonderful, thank you <b>so</b> much"}
    tickets.append(
        worked("thanks", NOW - timedelta(days=3), satisfaction=5.0, attributes=words, resolved_by="agent3@example.org")
    )
    with writing(engine) as connection:
        import_worked(connection, tickets, NOW)
    count(engine, individuals=individuals)


def count(engine: Engine, *, individuals: bool = False, now: datetime = NOW) -> None:
    """Counts all days."""
    refresh(engine, Counting(HOURS, individuals=individuals), now, every=timedelta(0))
