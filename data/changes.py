"""The store of what was changed at the services of which incidents tell, as files and pipelines tell of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from data.database import insert, storable
from data.tables import changes
from triage.errors import InvalidInput
from triage.problems.causes import Change

__all__ = ["KINDS", "Change", "ChangeCount", "changes_between", "count", "keep", "latest"]

KINDS = ("change", "release")

_CHUNK = 500
_COLUMNS = (changes.c.id, changes.c.kind, changes.c.title, changes.c.service, changes.c.at)


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """What keeping changes did."""

    n_new: int = 0
    n_changed: int = 0
    n_unchanged: int = 0

    def __add__(self, other: "ChangeCount") -> "ChangeCount":
        """Both together."""
        return ChangeCount(
            self.n_new + other.n_new, self.n_changed + other.n_changed, self.n_unchanged + other.n_unchanged
        )


def keep(connection: Connection, told: Iterable[Change]) -> ChangeCount:
    """Brings the stored changes up to these; the same again change nothing, and of two by one id the later counts.

    Raises:
        InvalidInput: one has no id, or its kind is none of `KINDS`.
    """
    rows = {row.id: row for row in map(_storable, told)}
    ids, counted = sorted(rows), ChangeCount()
    for begin in range(0, len(ids), _CHUNK):
        part = ids[begin : begin + _CHUNK]
        known = {row.id: _change(row) for row in connection.execute(select(*_COLUMNS).where(changes.c.id.in_(part)))}
        written = [rows[id_] for id_ in part if known.get(id_) != rows[id_]]
        if written:
            statement = insert(connection, changes)
            new = {name: statement.excluded[name] for name in ("kind", "title", "service", "at")}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["id"], set_=new),
                [
                    {"id": one.id, "kind": one.kind, "title": one.title, "service": one.service, "at": one.at}
                    for one in written
                ],
            )
        n_changed = sum(one.id in known for one in written)
        counted += ChangeCount(len(written) - n_changed, n_changed, len(part) - len(written))
    return counted


def changes_between(connection: Connection, since: datetime, until: datetime) -> list[Change]:
    """The changes that came into effect from `since` on and before `until`, in order of time."""
    asked = select(*_COLUMNS).where(changes.c.at >= since, changes.c.at < until).order_by(changes.c.at, changes.c.id)
    return [_change(row) for row in connection.execute(asked)]


def latest(
    connection: Connection, most: int, *, before: datetime | None = None, service: str | None = None
) -> list[Change]:
    """The latest changes, newest first.

    Args:
        connection: to read from.
        most: so many at most.
        before: only those that came into effect before this moment.
        service: only those of this service.
    """
    asked = select(*_COLUMNS).order_by(changes.c.at.desc(), changes.c.id.desc()).limit(most)
    if before is not None:
        asked = asked.where(changes.c.at < before)
    if service is not None:
        asked = asked.where(changes.c.service == service)
    return [_change(row) for row in connection.execute(asked)]


def count(connection: Connection) -> int:
    """How many changes are stored."""
    return connection.scalar(select(func.count()).select_from(changes)) or 0


def _storable(change: Change) -> Change:
    id_, kind = storable(change.id).strip(), change.kind
    if not id_:
        raise InvalidInput("A change needs an id, by which it is known when it is told of again.")
    if kind not in KINDS:
        raise InvalidInput(f"A change is one of {', '.join(KINDS)}, not {kind!r}.")
    service = None if change.service is None else storable(change.service).strip() or None
    return Change(id_, kind, storable(change.title).strip() or id_, service, change.at)


def _change(row: Any) -> Change:  # noqa: ANN401  (a row of these columns)
    return Change(row.id, row.kind, row.title, row.service, row.at)
