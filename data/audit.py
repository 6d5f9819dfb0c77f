"""The audit log: who changed who may do what, and what answers; entries are only ever added.

They are numbered without gaps. Each is sealed with a SHA-256 of all it says and of the seal of the one before it, so
that nobody changes, removes, adds or moves one without all later seals telling. Two things it cannot tell: that entries
are missing at the end, and that somebody has written everything anew from some entry on. Against both helps a seal that
was kept elsewhere, see `verify`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, CursorResult, Row, insert, select

from data.database import alone, storable
from data.tables import audit_entries

__all__ = ["FIRST_SEAL", "Entry", "Fault", "Head", "Verification", "append", "entries", "verify"]

FIRST_SEAL = "0" * 64
"""What stands in the first entry for the seal of the one before."""

_LOCK = 0x7472_6962  # as in `database.py`: any number that nobody else locks on this server
_UNREADABLE = (AttributeError, TypeError, ValueError)  # of values that no entry was written with

Way = Literal["changed", "removed", "inserted", "reordered", "cut off"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done.

    Attributes:
        number: 1 for the first.
        at: when.
        actor: `key:ID`, `user:ID` or `command`.
        action: such as `key.created`.
        object: what it was done to, such as `key:ID`.
        details: whatever else there is to know, as JSON has it.
        previous_sha256: the seal of the entry before.
        sha256: its own seal.
    """

    number: int
    at: datetime
    actor: str
    action: str
    object: str
    details: Mapping[str, Any]
    previous_sha256: str
    sha256: str

    def holds_as(self, number: int) -> bool:
        """Whether its seal is right, were this its number."""
        said = (self.at, self.actor, self.action, self.object, self.details)
        return self.sha256 == _seal(number, *said, self.previous_sha256)

    @property
    def holds(self) -> bool:
        """Whether its seal is right."""
        return self.holds_as(self.number)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry: what to keep elsewhere, so that nobody cuts off or rewrites the log unseen."""

    number: int
    sha256: str

    def __str__(self) -> str:
        """As `--expect` takes it."""
        return f"{self.number}:{self.sha256}"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that does not hold, in which way, and a sentence on it."""

    number: int
    way: Way
    sentence: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at the whole log found.

    Attributes:
        n_holding: how many entries hold, from the first on.
        head: the last entry; None in an empty log.
        fault: the first that does not hold; None where all do.
    """

    n_holding: int
    head: Head | None
    fault: Fault | None


def append(
    connection: Connection, actor: str, action: str, object_: str, details: Mapping[str, object], now: datetime
) -> None:
    """Adds an entry, in the transaction of what it tells of: neither is kept without the other.

    From here to its end no other transaction adds one, so let this be the last that a transaction does.

    Args:
        connection: to write to.
        actor: who did it: `key:ID`, `user:ID` or `command`.
        action: what, such as `key.created`.
        object_: to what, such as `key:ID`; no customer, who may ask to be forgotten while entries stay.
        details: whatever else there is to know; no secret and no text of a ticket. Fractions are kept as text.
        now: the moment.

    Raises:
        TypeError: for details that are no JSON.
    """
    alone(connection, _LOCK)
    columns = audit_entries.c
    last = connection.execute(select(columns.id, columns.sha256).order_by(columns.id.desc()).limit(1)).first()
    number, previous = (1, FIRST_SEAL) if last is None else (last.id + 1, last.sha256)
    plain: dict[str, Any] = _plain(details)
    said = (now, storable(actor), storable(action), storable(object_), plain)
    names = ("at", "actor", "action", "object", "details")
    seals = {"previous_sha256": previous, "sha256": _seal(number, *said, previous)}
    connection.execute(insert(audit_entries), {"id": number} | dict(zip(names, said, strict=True)) | seals)


def entries(
    connection: Connection, *, since: datetime | None = None, actor: str | None = None, most: int | None = None
) -> list[Entry]:
    """Entries, newest first.

    Args:
        connection: to read from.
        since: none from before this moment.
        actor: none of anybody else's.
        most: so many at most.
    """
    columns = audit_entries.c
    asked = select(audit_entries).order_by(columns.id.desc()).limit(most)
    if since is not None:
        asked = asked.where(columns.at >= since)
    if actor is not None:
        asked = asked.where(columns.actor == actor)
    return [_entry_of(row) for row in connection.execute(asked)]


def verify(connection: Connection, expected: Head | None = None) -> Verification:
    """Holds every entry against its seal and against the one before it.

    Args:
        connection: to read from.
        expected: an entry's number and seal as they were kept elsewhere.
    """
    rows = _read(connection)
    fault = _first_fault(rows)
    if fault is None and expected is not None:
        fault = _unexpected(rows, expected)
    last = rows[-1] if rows else None
    head = None if last is None or last.entry is None else Head(last.number, last.entry.sha256)
    return Verification(len(rows) if fault is None else max(fault.number - 1, 0), head, fault)


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands under a number; no entry where that cannot even be read, as SQLite keeps anything."""

    number: int
    entry: Entry | None


def _read(connection: Connection) -> list[_Row]:
    columns = audit_entries.c
    numbers = connection.scalars(select(columns.id).order_by(columns.id)).all()
    found = connection.execute(select(audit_entries).order_by(columns.id))
    return [_Row(number, _next_entry(found)) for number in numbers]


def _next_entry(found: CursorResult[Any]) -> Entry | None:
    try:
        row = found.fetchone()
    except _UNREADABLE:
        return None
    return None if row is None else _entry_of(row)


def _first_fault(rows: Sequence[_Row]) -> Fault | None:
    before = FIRST_SEAL
    for place, row in enumerate(rows):
        number = place + 1
        if row.number < number:
            return Fault(row.number, "inserted", f"Entry {row.number} was put before the first one.")
        entry = row.entry
        if row.number == number and entry is not None and entry.previous_sha256 == before and entry.holds:
            before = entry.sha256
            continue
        return _explained(rows, place, before)
    return None


def _explained(rows: Sequence[_Row], place: int, before: str) -> Fault:
    """In which way the first entry that does not hold came to be so; everything before it does."""
    number, row = place + 1, rows[place]
    own = None if row.entry is None else _sealed_as(row.entry, 2 * rows[-1].number)
    if _is_further_down(rows[place + 1 :], number, before):
        if own is None:
            return Fault(number, "inserted", f"Entry {number} was put where another one was written.")
        return Fault(number, "reordered", f"Entry {own} stands before entry {number}, which was written before it.")
    if row.number > number:
        return _missing(number, row.number - 1)
    if row.entry is None or own is None:
        return Fault(number, "changed", f"Entry {number} says something else than when it was written.")
    return _missing(number, own - 1) if own > number else _out_of_line(rows, place, row.entry, own)


def _out_of_line(rows: Sequence[_Row], place: int, entry: Entry, own: int) -> Fault:
    """What is wrong before an entry that says what it said when it was written."""
    number = place + 1
    if not place:
        return Fault(number, "removed", "What was written before entry 1 is missing.")
    if own < number or entry.previous_sha256 == _seal_before(rows, place - 1):
        first = min(own, number - 1)
        return Fault(first, "inserted", f"Entry {first} was put before one that knows nothing of it.")
    return Fault(number - 1, "changed", f"Entry {number - 1} has another seal than the one that entry {number} knows.")


def _is_further_down(rows: Sequence[_Row], number: int, before: str) -> bool:
    """Whether the entry that was written under a number is there, under another one."""
    found = (row.entry for row in rows if row.entry is not None and row.entry.previous_sha256 == before)
    return any(entry.holds_as(number) for entry in found)


def _sealed_as(entry: Entry, most: int) -> int | None:
    """The number that an entry was written under; None where it says something else now."""
    return next((number for number in (entry.number, *range(1, most + 1)) if entry.holds_as(number)), None)


def _seal_before(rows: Sequence[_Row], place: int) -> str:
    entry = rows[place - 1].entry if place else None
    return FIRST_SEAL if entry is None else entry.sha256


def _missing(first: int, last: int) -> Fault:
    which = f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
    return Fault(first, "removed", f"{which} missing.")


def _unexpected(rows: Sequence[_Row], expected: Head) -> Fault | None:
    """What speaks against a log that holds by itself: a seal that was kept elsewhere."""
    if expected.number > len(rows):
        sentence = f"Entry {expected.number} was written and is not there: the log was cut off after entry {len(rows)}."
        return Fault(len(rows) + 1, "cut off", sentence)
    entry = rows[expected.number - 1].entry
    if entry is not None and entry.sha256 == expected.sha256:
        return None
    sentence = (
        f"Entry {expected.number} has another seal than the one that was kept: it, or one before it, is not as it was."
    )
    return Fault(expected.number, "changed", sentence)


def _seal(
    number: int,
    at: datetime,
    actor: str,
    action: str,
    object_: str,
    details: Mapping[str, Any],
    previous: str,
) -> str:
    said = {
        "action": action,
        "actor": actor,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),  # as both kinds of database keep it
        "details": details,
        "id": number,
        "object": object_,
        "previous": previous,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: object) -> Any:  # noqa: ANN401  (any JSON)
    """What comes back of a value as it went in, whatever a database makes of JSON.

    PostgreSQL spells fractions in its own way and refuses halves of surrogate pairs.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            return storable(value)
        case float():
            return repr(value)
        case Mapping():
            return {storable(str(name)): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
    raise TypeError(f"A {type(value).__name__} is no JSON; say it in an entry as text.")


def _entry_of(row: Row[Any]) -> Entry:
    return Entry(
        number=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        object=row.object,
        details=row.details,
        previous_sha256=row.previous_sha256,
        sha256=row.sha256,
    )
