"""A stored desk with one problem in it, for the tests of what is kept of problems."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine

from data.changes import Change, keep
from data.database import writing
from data.found_problems import KeptProblems, find_and_keep
from data.tickets import import_worked
from tests.triage.problems.incidents import START, burst, everyday
from triage.problems.incident import Incident
from triage.ticket import NewTicket, WorkedTicket

NOW = datetime(2026, 10, 28, tzinfo=UTC)
"""The end of the desks of `incidents.py`."""

DOOR = ("badge reader refuses door46", "door46 stays shut badge", "badge reader shows door46")


def as_ticket(incident: Incident) -> WorkedTicket:
    """The ticket that an incident was."""
    filed = NewTicket(
        id=incident.id,
        subject=" ".join(incident.words[:6]),
        body=" ".join(incident.words[6:]),
        opened_at=incident.opened_at,
        customer_id=incident.customer_id,
        channel="monitoring" if incident.is_automatic else "email",
        attributes={} if incident.service is None else {"service": incident.service},
    )
    return WorkedTicket(
        filed=filed,
        ticket_type="incident",
        assignment_group=incident.group,
        resolved_at=incident.opened_at + timedelta(hours=incident.hours_lost or 0),
        reopens=incident.n_reopens,
    )


def store(connection: Connection, *incidents: Incident) -> None:
    """Imports incidents."""
    import_worked(connection, map(as_ticket, incidents), NOW)


def store_desk(engine: Engine, *more: Incident) -> None:
    """The everyday, a burst of twenty, and the change behind it."""
    with writing(engine) as connection:
        store(connection, *everyday(), *burst(20), *more)
        keep(connection, [Change("C1", "release", "Client 5.1", "VPN", START + timedelta(days=99.5))])


def look(engine: Engine, now: datetime = NOW) -> KeptProblems:
    """Looks for problems, with nobody to tell."""
    return find_and_keep(engine, (), now, 5)
