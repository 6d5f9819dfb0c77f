"""Rows that wait for a worker: each is leased to one for a while, and settled only by whoever holds the lease.

A worker that is killed gives nothing back; its leases run out and the rows are leased again. Of the waiting rows about
one ticket of a source only the oldest is leased, so that their order holds however many workers there are.

`deliveries` and `outbox` are such tables; another one has the same columns from `state` to `settled_at`, and `source`
and `reference`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Engine, Row, Select, Table, case, exists, func, or_, select, update

from data.database import reading, storable, writing
from triage.retries import MOST_ATTEMPTS

__all__ = ["WAITING", "Lease", "counts", "lease_due", "oldest_waiting", "release", "short"]

WAITING = "waiting"
"""The state of a row that is to be worked on."""

_FREE: dict[str, Any] = {"lease_token": None, "leased_until": None}
_LONGEST_SENTENCE = 1000
_NEVER_ENDED = "Every worker that began with it stopped before it was done."


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to settle a row.

    Attributes:
        id: of the row.
        token: of this lease alone, so that a worker that was too slow changes nothing.
        until: when another worker may get the row.
        n_attempts: that were begun, this one included.
    """

    id: int
    token: str
    until: datetime
    n_attempts: int


def lease_due(
    engine: Engine, table: Table, now: datetime, most: int, duration: timedelta
) -> list[tuple[Lease, Row[Any]]]:
    """Leases the rows whose turn has come, those that have waited longest first.

    A row that is still waiting after `MOST_ATTEMPTS` leases is dead now: whatever is wrong with it may have ended its
    workers before they could say so.

    Args:
        engine: of the database; the leases are committed when this returns.
        table: with such rows.
        now: the moment.
        most: rows to lease.
        duration: of a lease; longer than what a worker needs for all that it is given.
    """
    due = _due(table, now, most)
    with reading(engine) as connection:  # an empty queue keeps no writer waiting
        if connection.execute(due.with_only_columns(table.c.id).limit(1)).first() is None:
            return []
    token, until = secrets.token_hex(16), now + duration
    with writing(engine) as connection:
        rows = connection.execute(due.with_for_update(skip_locked=True)).all()
        given_up = [row.id for row in rows if row.n_attempts >= MOST_ATTEMPTS]
        leased = [row for row in rows if row.n_attempts < MOST_ATTEMPTS]
        if given_up:
            error = case((table.c.leased_until.is_not(None), _NEVER_ENDED), else_=table.c.last_error)
            buried = {"state": "dead", "last_error": error, "settled_at": now} | _FREE
            connection.execute(update(table).where(table.c.id.in_(given_up)).values(**buried))
        if leased:
            held = {"lease_token": token, "leased_until": until, "n_attempts": table.c.n_attempts + 1}
            connection.execute(update(table).where(table.c.id.in_([row.id for row in leased])).values(**held))
    return [(Lease(row.id, token, until, row.n_attempts + 1), row) for row in leased]


def release(connection: Connection, table: Table, lease: Lease, values: Mapping[str, Any]) -> bool:
    """Gives a row back with these values; False, and nothing changed, where the lease is another worker's by now."""
    is_held = (table.c.id == lease.id, table.c.lease_token == lease.token)
    return connection.execute(update(table).where(*is_held).values(**{**values, **_FREE})).rowcount == 1


def short(sentence: str) -> str:
    """The sentence as it is kept: in a length that somebody reads."""
    return storable(sentence)[:_LONGEST_SENTENCE]


def counts(connection: Connection, table: Table) -> dict[str, int]:
    """How many rows there are in each state that has any."""
    state = table.c.state
    return {row[0]: row[1] for row in connection.execute(select(state, func.count()).group_by(state))}


def oldest_waiting(connection: Connection, since: Column[datetime]) -> datetime | None:
    """Since when the oldest waiting row has been there, by this column of its table; None where none waits."""
    moment: datetime | None = connection.scalar(select(func.min(since)).where(since.table.c.state == WAITING))
    return moment


def _due(table: Table, now: datetime, most: int) -> Select[Any]:
    other = table.alias("other")
    is_behind_another = exists().where(
        other.c.source == table.c.source,
        other.c.reference == table.c.reference,
        other.c.state == WAITING,
        # one that was retried by hand may be older than the one that is being worked on
        or_(other.c.id < table.c.id, other.c.leased_until > now),
    )
    return (
        select(table)
        .where(
            table.c.state == WAITING,
            table.c.next_attempt_at <= now,
            or_(table.c.leased_until.is_(None), table.c.leased_until <= now),
            ~is_behind_another,
        )
        .order_by(table.c.next_attempt_at, table.c.id)
        .limit(most)
    )
