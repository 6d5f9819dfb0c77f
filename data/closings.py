"""The store's end of a ticket that a ticketing system tells of, by webhook; an import brings its own moments."""

from datetime import datetime

from sqlalchemy import Connection, update

from data.counted_days import mark_tickets
from data.tables import tickets

__all__ = ["note_state"]


def note_state(connection: Connection, ticket_id: str, now: datetime, *, is_closed: bool) -> None:
    """Keeps that a ticket is closed since now, or open again; what is so already changes nothing.

    A moment that an import has brought stays: a system that tells of a change again is no later end.

    Args:
        connection: to write to.
        ticket_id: of the ticket, as it is stored.
        now: when that was learned, which is seconds after it happened.
        is_closed: as the system has it now.
    """
    is_it = tickets.c.id == ticket_id
    if is_closed:
        changes = (is_it, tickets.c.closed_at.is_(None), tickets.c.resolved_at.is_(None))
    else:
        changes = (is_it, tickets.c.closed_at.is_not(None), tickets.c.resolved_at.is_(None))
    mark_tickets(connection, *changes)  # the day that it is no longer closed on
    asked = update(tickets).where(*changes).values(closed_at=now if is_closed else None, updated_at=now)
    if connection.execute(asked).rowcount:
        mark_tickets(connection, is_it)
