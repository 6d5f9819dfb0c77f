"""For which weeks the lead was written to, so that a week is sent once, by whichever process comes first."""

from datetime import date, datetime

from sqlalchemy import Connection, select

from data.database import insert
from data.tables import digests

__all__ = ["is_sent", "note_sent"]


def is_sent(connection: Connection, week: date) -> bool:
    """Whether the week that begins on a Monday was sent."""
    return connection.scalar(select(digests.c.week).where(digests.c.week == week)) is not None


def note_sent(connection: Connection, week: date, n_recipients: int, now: datetime) -> None:
    """Keeps that a week was sent; a week that was sent again by hand stays as it was first."""
    row = {"week": week, "sent_at": now, "n_recipients": n_recipients}
    connection.execute(insert(connection, digests).values(row).on_conflict_do_nothing(index_elements=["week"]))
