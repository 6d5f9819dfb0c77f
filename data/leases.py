"""Rows that wait for a worker: each is leased to one for a while, and settled only by whoever holds the lease.

A worker renews its leases while it is at work. One that is killed gives nothing back; its leases run out soon and the
rows are leased again. Of the waiting rows about
one ticket of a source only the oldest is leased, so that their order holds however many workers there are.

`deliveries`, `outbox` and `events` are such tables; another one has the same columns from `state` to `settled_at`, and
a line in `_IN_ORDER`.
"""

import functools
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    Row,
    Select,
    Table,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from data.database import reading, storable, writing
from triage.retries import MOST_ATTEMPTS, is_given_up

__all__ = ["WAITING", "Lease", "counts", "lease_due", "oldest_waiting", "release", "renew", "short"]

WAITING = "waiting"
"""The state of a row that is to be worked on."""

_FREE: dict[str, Any] = {"lease_token": None, "leased_until": None}
_IN_ORDER = {
    "deliveries": ("source", "reference"),
    "outbox": ("source", "reference"),
    "events": ("subscriber", "subject"),
}
"""By table what is worked on in order: a source, and what it is about."""

_LONGEST_SENTENCE = 1000
_STOPPED = "The worker that had it stopped before it was done."


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to settle a row.

    Attributes:
        id: of the row.
        token: of this lease alone, so that a worker that was too slow changes nothing.
        until: when another worker may get the row.
        n_attempts: that were begun, this one included.
        since: when the row was put there.
    """

    id: int
    token: str
    until: datetime
    n_attempts: int
    since: datetime


def lease_due(
    engine: Engine,
    since: Column[datetime],
    now: datetime,
    most: int,
    duration: timedelta,
    *,
    leave_out: Collection[str] = (),
    only: str | None = None,
) -> list[tuple[Lease, Row[Any]]]:
    """Leases the rows whose turn has come, those that have waited longest first.

    A row that was begun so often and has waited so long that it is given up is dead now. So is one that was begun as
    often and has just ended two workers one after the other: it would end them for ever.

    Args:
        engine: of the database; the leases are committed when this returns.
        since: the column of such a table that tells when a row was put there.
        now: the moment.
        most: rows to lease.
        duration: of a lease; a worker that needs longer renews it.
        leave_out: sources of which nothing is leased.
        only: the one source of which anything is; None for all.
    """
    table = since.table
    looking, claiming = _due(table, is_limited=bool(leave_out), is_of_one=only is not None)
    asked = {"now": now, "most": most}
    asked |= {"leave_out": list(leave_out)} if leave_out else {}
    asked |= {} if only is None else {"only": only}
    with reading(engine) as connection:  # an empty queue keeps no writer waiting
        if connection.execute(looking, asked | {"most": 1}).first() is None:
            return []
    token, until = secrets.token_hex(16), now + duration
    with writing(engine) as connection:
        rows = connection.execute(claiming, asked).all()
        stopped = [row.id for row in rows if row.leased_until is not None]
        if stopped:
            connection.execute(update(table).where(table.c.id.in_(stopped)).values(last_error=_STOPPED))
        given_up = [row.id for row in rows if _is_given_up(row, now - getattr(row, since.name))]
        if given_up:
            buried = {"state": "dead", "settled_at": now} | _FREE
            connection.execute(update(table).where(table.c.id.in_(given_up)).values(**buried))
        leased = [row for row in rows if row.id not in given_up]
        if leased:
            held = {"lease_token": token, "leased_until": until, "n_attempts": table.c.n_attempts + 1}
            connection.execute(update(table).where(table.c.id.in_([row.id for row in leased])).values(**held))
    return [(Lease(row.id, token, until, row.n_attempts + 1, getattr(row, since.name)), row) for row in leased]


def renew(connection: Connection, table: Table, held: Collection[Lease], until: datetime) -> int:
    """Prolongs leases, and says how many: the others are another worker's by now, or settled."""
    tokens = {lease.token for lease in held}
    is_held = (table.c.id.in_([lease.id for lease in held]), table.c.lease_token.in_(tokens))
    return connection.execute(update(table).where(*is_held).values(leased_until=until)).rowcount


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


def _is_given_up(row: Row[Any], age: timedelta) -> bool:
    has_ended_two = row.leased_until is not None and row.last_error in (None, _STOPPED)
    return is_given_up(row.n_attempts, age) or (has_ended_two and row.n_attempts >= MOST_ATTEMPTS)


@functools.cache
def _due(table: Table, *, is_limited: bool, is_of_one: bool) -> tuple[Select[Any], Select[Any]]:
    """The question whether anything is due, and the one that locks it: put together once, as threads ask all day."""
    now, source = bindparam("now", type_=table.c.next_attempt_at.type), table.c[_IN_ORDER[table.name][0]]
    other = table.alias("other")
    is_behind_another = exists().where(
        *(other.c[name] == table.c[name] for name in _IN_ORDER[table.name]),
        other.c.state == WAITING,
        # one that was retried by hand may be older than the one that is being worked on
        or_(other.c.id < table.c.id, other.c.leased_until > now),
    )
    due = (
        select(table)
        .where(
            table.c.state == WAITING,
            table.c.next_attempt_at <= now,
            or_(table.c.leased_until.is_(None), table.c.leased_until <= now),
            ~is_behind_another,
        )
        .order_by(table.c.next_attempt_at, table.c.id)
        .limit(bindparam("most", type_=Integer()))
    )
    if is_limited:
        due = due.where(source.not_in(bindparam("leave_out", expanding=True)))
    if is_of_one:
        due = due.where(source == bindparam("only"))
    return due.with_only_columns(table.c.id), due.with_for_update(skip_locked=True)
