"""What people do by hand to rows that wait for a worker: look at them, try them again, take them out.

The tables are those of `data/leases.py`; what else is in a row is known to its own store.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, select, update

from data.leases import WAITING
from triage.errors import Conflict, NotFound

__all__ = ["Progress", "RowKind"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a row has come.

    Attributes:
        id: to ask for it by.
        state: what became of it.
        reason: why nothing was to be done, where that is so.
        n_attempts: begun since it was put there, or since somebody retried it.
        next_attempt_at: not before that.
        leased_until: when another worker may get it, where one has it.
        last_error: what went wrong last.
        settled_at: when it was no longer waiting.
    """

    id: int
    state: str
    reason: str | None
    n_attempts: int
    next_attempt_at: datetime
    leased_until: datetime | None
    last_error: str | None
    settled_at: datetime | None

    @classmethod
    def of(cls, row: Row[Any]) -> "Progress":
        """That of a row."""
        return cls(
            row.id,
            row.state,
            row.reason,
            row.n_attempts,
            row.next_attempt_at,
            row.leased_until,
            row.last_error,
            row.settled_at,
        )


@dataclass(frozen=True, slots=True)
class RowKind:
    """The rows of one table, as people handle them.

    Attributes:
        table: where they are.
        noun: what one is called, such as `event`.
        command: that lists them.
        done: states in which nothing is left to do.
    """

    table: Table
    noun: str
    command: str
    done: Collection[str]

    def newest(self, connection: Connection, state: str | None, most: int) -> list[Row[Any]]:
        """The newest rows, of one state or all."""
        asked = select(self.table).order_by(self.table.c.id.desc()).limit(most)
        if state is not None:
            asked = asked.where(self.table.c.state == state)
        return list(connection.execute(asked))

    def row(self, connection: Connection, id_: int) -> Row[Any]:
        """One row.

        Raises:
            NotFound: there is none of this id.
        """
        found = connection.execute(select(self.table).where(self.table.c.id == id_)).first()
        if found is None:
            raise NotFound(f"No {self.noun} {id_}: `{self.command}` says which there are.")
        return found

    def retry(self, connection: Connection, id_: int, now: datetime) -> Row[Any]:
        """Lets a row be tried from now on as if it were new, whatever became of it before.

        Raises:
            Conflict: nothing is left to do.
            NotFound: there is none of this id.
        """
        is_open = (self.table.c.id == id_, self.table.c.state.not_in(self.done))
        if connection.execute(update(self.table).where(*is_open).values(_as_new(now))).rowcount == 0:
            raise Conflict(f"{self._named(id_)} is {self.row(connection, id_).state}: there is nothing to retry.")
        return self.row(connection, id_)

    def retry_all_dead(self, connection: Connection, now: datetime) -> int:
        """Does the same for every dead row, and says for how many."""
        return connection.execute(update(self.table).where(self.table.c.state == "dead").values(_as_new(now))).rowcount

    def drop(self, connection: Connection, id_: int, now: datetime) -> Row[Any]:
        """Takes a row out: it is not worked on. `retry` takes that back.

        Raises:
            Conflict: it is done, or a worker is at it.
            NotFound: there is none of this id.
        """
        columns = self.table.c
        is_free = columns.lease_token.is_(None) | (columns.leased_until <= now)
        is_open = (columns.id == id_, columns.state.not_in(self.done), is_free)
        values = {"state": "dropped", "lease_token": None, "leased_until": None, "settled_at": now}
        if connection.execute(update(self.table).where(*is_open).values(values)).rowcount == 0:
            state = self.row(connection, id_).state
            if state in self.done:
                raise Conflict(f"{self._named(id_)} is {state}: there is nothing to drop.")
            raise Conflict(f"{self._named(id_)} is at work at this moment: look again when that is over.")
        return self.row(connection, id_)

    def _named(self, id_: int) -> str:
        return f"{self.noun.capitalize()} {id_}"


def _as_new(now: datetime) -> dict[str, Any]:
    return {"state": WAITING, "reason": None, "n_attempts": 0, "settled_at": None, "next_attempt_at": now}
