"""The store of days (UTC) that are to be counted again: whoever changes or removes a ticket marks the days it was on.

A mark is a row of `daily_counts`, in a dimension of its own, written in the transaction that makes the change. So no
day that a ticket has left is forgotten, whatever happens next.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select

from data.database import insert
from data.tables import daily_counts, tickets

__all__ = [
    "DUE",
    "DUE_MONTH",
    "days_of",
    "days_on",
    "due",
    "first_of_month",
    "mark",
    "mark_tickets",
    "n_due",
    "unmark",
]

DUE, DUE_MONTH = "due", "due month"
"""Dimensions that nothing is counted by: a day, or the first of a month, is to be counted again."""

FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
"""What is dated before or after is a slip of the keyboard or of a program, and counts on no day."""

_ROWS = 2_000


def days_of(opened_at: datetime | None, resolved_at: datetime | None, closed_at: datetime | None) -> set[date]:
    """The days that a ticket counts on."""
    return {at.astimezone(UTC).date() for at in (opened_at, resolved_at or closed_at, closed_at) if at is not None}


def days_on(connection: Connection, *conditions: ColumnElement[bool]) -> set[date]:
    """The days that these tickets count on."""
    columns = tickets.c
    asked = select(columns.opened_at, columns.resolved_at, columns.closed_at).where(*conditions)
    found: set[date] = set()
    for row in connection.execute(asked, execution_options={"yield_per": _ROWS}):
        found |= days_of(*row)
    return found


def mark(connection: Connection, days: Iterable[date], dimension: str = DUE) -> None:
    """Says that days are to be counted again.

    A mark that is there is written again, so that whoever counts meanwhile waits for the end of this transaction and
    sees what it changed.
    """
    known = sorted(day for day in days if FIRST <= day <= LAST)
    rows = [{"day": day, "dimension": dimension, "value": "", "counts": {}} for day in known]
    if rows:
        statement = insert(connection, daily_counts)
        again = {"counts": statement.excluded.counts}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["day", "dimension", "value"], set_=again), rows
        )


def mark_tickets(connection: Connection, *conditions: ColumnElement[bool]) -> None:
    """The same of the days that these tickets count on; before they are changed or removed."""
    mark(connection, days_on(connection, *conditions))


def unmark(connection: Connection, days: Iterable[date], dimension: str = DUE) -> None:
    """Says that days are counted; waits for transactions that mark one of them."""
    columns = daily_counts.c
    connection.execute(delete(daily_counts).where(columns.day.in_(sorted(days)), columns.dimension == dimension))


def due(connection: Connection, dimension: str = DUE, *, most: int | None = None) -> list[date]:
    """The days that are to be counted, the earliest first."""
    columns = daily_counts.c
    asked = select(columns.day).where(columns.dimension == dimension).order_by(columns.day).limit(most)
    return list(connection.scalars(asked))


def n_due(connection: Connection) -> int:
    """How many days are to be counted."""
    asked = select(func.count()).select_from(daily_counts).where(daily_counts.c.dimension == DUE)
    return connection.scalar(asked) or 0


def first_of_month(day: date) -> date:
    """Of the month that a day is in."""
    return day.replace(day=1)
