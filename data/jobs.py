"""What one of all processes does now and then beside the requests: by whom, and when it was last done to its end."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, or_, select, update

from data.database import insert, reading, writing
from data.tables import jobs

__all__ = ["Claim", "Done", "claim", "finish", "last_done"]


@dataclass(frozen=True, slots=True)
class Done:
    """When a job was last done, and what that time left for the next; None and nothing where it never was."""

    at: datetime | None
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a job for a while.

    Attributes:
        name: of the job.
        token: of this claim alone, so that a process that was too slow changes nothing.
        last: when it was done before.
    """

    name: str
    token: str
    last: Done


def last_done(connection: Connection, name: str) -> Done:
    """When a job was last done."""
    row = connection.execute(select(jobs.c.done_at, jobs.c.content).where(jobs.c.name == name)).first()
    return Done(None, {}) if row is None else Done(row.done_at, row.content)


def claim(engine: Engine, name: str, every: timedelta, now: datetime, duration: timedelta) -> Claim | None:
    """The right to do a job; None where it is not due, or another process does it.

    Args:
        engine: of the database; the claim is committed when this returns.
        name: of the job, the same in all processes.
        every: how long after its last end it is due again.
        now: the moment.
        duration: after which another process may do it, should this one have ended.
    """
    with reading(engine) as connection:  # mostly it is not due, and no writer is kept waiting
        found = connection.execute(select(jobs).where(jobs.c.name == name)).first()
    if found is not None and (
        (found.done_at is not None and found.done_at > now - every)
        or (found.leased_until is not None and found.leased_until > now)
    ):
        return None
    token = secrets.token_hex(16)
    with writing(engine) as connection:
        connection.execute(
            insert(connection, jobs).values(name=name, content={}).on_conflict_do_nothing(index_elements=["name"])
        )
        is_free = (
            jobs.c.name == name,
            or_(jobs.c.done_at.is_(None), jobs.c.done_at <= now - every),
            or_(jobs.c.leased_until.is_(None), jobs.c.leased_until <= now),
        )
        held = update(jobs).where(*is_free).values(lease_token=token, leased_until=now + duration)
        if connection.execute(held).rowcount != 1:
            return None
        return Claim(name, token, last_done(connection, name))


def finish(connection: Connection, held: Claim, content: Mapping[str, Any], now: datetime) -> bool:
    """Says that a job was done; False, and nothing changed, where another process has taken it over."""
    is_held = (jobs.c.name == held.name, jobs.c.lease_token == held.token)
    done = {"done_at": now, "content": dict(content), "lease_token": None, "leased_until": None}
    return connection.execute(update(jobs).where(*is_held).values(**done)).rowcount == 1
