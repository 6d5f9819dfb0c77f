"""The store of changes that are to be written to ticketing systems, and of what became of them.

An entry is put here in the transaction that decides on it, and written afterwards, at least once: its mark tells
whether it was written before. Those about one ticket are written one after the other, in the order of their ids.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Engine, Row, exists, select, update

from data import leases
from data.connectors.connector import Change
from data.database import storable, to_json
from data.leases import WAITING, Lease, release, short
from data.statements import BulkInsert
from data.tables import outbox
from triage.errors import Conflict, NotFound

__all__ = [
    "STATES",
    "Claim",
    "Entry",
    "State",
    "StoredEntry",
    "bury",
    "claim",
    "counts",
    "drop",
    "fields_in_writing",
    "listed",
    "of_ticket",
    "oldest_waiting",
    "put",
    "renew",
    "retry",
    "retry_all_dead",
    "retry_later",
    "settle",
    "shown",
]

State = Literal["waiting", "written", "unchanged", "dead", "dropped"]
"""What became of an entry: `unchanged` was right not to write, `dead` failed for good, `dropped` was taken out by hand.
"""

STATES: tuple[State, ...] = get_args(State)

_DONE = ("written", "unchanged")
_AS_NEW = {"state": WAITING, "n_attempts": 0, "settled_at": None}

_INSERT = BulkInsert(
    outbox,
    ["source", "reference", "ticket_id", "mark", "change", "model_version"],
    ["created_at", "state", "n_attempts", "next_attempt_at"],
    unless=["mark"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A change that is to be written.

    Attributes:
        source: the ticketing system, by the desk's name for it.
        reference: what its API is asked with.
        ticket_id: of our ticket, which is stored.
        change: what is to be written.
        model_version: of the model that said so.
        reviews: of the people who decided on it, by their numbers; none where the model did.
        link: kind and other of the link whose end it tells, a note and nothing else; None for any other entry.
    """

    source: str
    reference: str
    ticket_id: str
    change: Change
    model_version: str
    reviews: tuple[int, ...] = ()
    link: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry that a worker has for a while."""

    lease: Lease
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as people look at it.

    Attributes:
        id: to ask for it by.
        entry: what is to be written where.
        state: what became of it.
        reason: why nothing was written, where it is unchanged.
        n_attempts: begun since it was put here, or since somebody retried it.
        next_attempt_at: not before that.
        leased_until: when another worker may get it, where one has it.
        last_error: what went wrong last.
        created_at: when it was put here.
        settled_at: when it was no longer waiting.
    """

    id: int
    entry: Entry
    state: State
    reason: str | None
    n_attempts: int
    next_attempt_at: datetime
    leased_until: datetime | None
    last_error: str | None
    created_at: datetime
    settled_at: datetime | None


def put(connection: Connection, entries: Iterable[Entry], now: datetime) -> int:
    """Adds entries, to be written from now on; one whose mark is known is left out.

    Returns:
        How many are new.
    """
    rows = [
        (
            entry.source,
            entry.reference,
            entry.ticket_id,
            entry.change.mark,
            to_json(_stored(entry)),
            entry.model_version,
        )
        for entry in entries
    ]
    return _INSERT.write(connection, rows, (now, WAITING, 0, now))


def claim(engine: Engine, now: datetime, most: int, lease: timedelta, leave_out: Collection[str] = ()) -> list[Claim]:
    """Takes entries to write, of each ticket of a source the oldest; see `lease_due`."""
    leased = leases.lease_due(engine, outbox.c.created_at, now, most, lease, leave_out=leave_out)
    return [Claim(held, _entry(row)) for held, row in leased]


def renew(connection: Connection, held: Collection[Lease], until: datetime) -> int:
    """Keeps other workers from what is still being written; see `data/leases.py`."""
    return leases.renew(connection, outbox, held, until)


def fields_in_writing(connection: Connection, source: str, reference: str) -> dict[str, str]:
    """What waiting entries are about to set, or may have set already, at a ticket."""
    found: dict[str, str] = {}
    waiting = select(outbox.c.change).where(
        outbox.c.source == source, outbox.c.reference == reference, outbox.c.state == WAITING
    )
    for change in connection.scalars(waiting.order_by(outbox.c.id)):
        found |= change["fields"]
    return found


def settle(
    connection: Connection,
    lease: Lease,
    state: Literal["written", "unchanged"],
    now: datetime,
    reason: str | None = None,
) -> bool:
    """Says that it is done.

    Args:
        connection: to write to.
        lease: the worker's.
        state: whether anything was written.
        now: the moment.
        reason: why nothing was, such as `human_set` or `inactive_label`.

    Returns:
        False, and nothing is changed, where another worker has it by now, or its customer was forgotten.
    """
    return release(connection, outbox, lease, {"state": state, "reason": reason, "last_error": None, "settled_at": now})


def retry_later(connection: Connection, lease: Lease, at: datetime, error: str) -> bool:
    """Puts it back until a moment; the sentence holds nothing of a ticket and no secret. Returns as `settle` does."""
    return release(connection, outbox, lease, {"next_attempt_at": at, "last_error": short(error)})


def bury(connection: Connection, lease: Lease, error: str, now: datetime) -> bool:
    """Says that it will not be tried again unless somebody asks for it; the sentence is as for `retry_later`."""
    return release(connection, outbox, lease, {"state": "dead", "last_error": short(error), "settled_at": now})


def counts(connection: Connection) -> dict[State, int]:
    """How many entries there are in each state, 0 where there are none."""
    found = leases.counts(connection, outbox)
    return {state: found.get(state, 0) for state in STATES}


def oldest_waiting(connection: Connection) -> datetime | None:
    """When the oldest entry was put here that is still to be written; None where there is none."""
    return leases.oldest_waiting(connection, outbox.c.created_at)


def listed(connection: Connection, state: State | None, most: int) -> list[StoredEntry]:
    """The newest entries, of one state or all."""
    asked = select(outbox).order_by(outbox.c.id.desc()).limit(most)
    if state is not None:
        asked = asked.where(outbox.c.state == state)
    return [_stored_entry(row) for row in connection.execute(asked)]


def of_ticket(connection: Connection, ticket_id: str) -> list[StoredEntry]:
    """The entries about one of our tickets, the oldest first."""
    asked = select(outbox).where(outbox.c.ticket_id == ticket_id).order_by(outbox.c.id)
    return [_stored_entry(row) for row in connection.execute(asked)]


def shown(connection: Connection, id_: int) -> StoredEntry:
    """One entry.

    Raises:
        NotFound: there is none of this id.
    """
    row = connection.execute(select(outbox).where(outbox.c.id == id_)).first()
    if row is None:
        raise NotFound(f"No entry {id_} in the outbox: `triage outbox list` says which there are.")
    return _stored_entry(row)


def retry(connection: Connection, id_: int, now: datetime) -> StoredEntry:
    """Lets an entry be tried from now on as if it were new, whatever became of it before.

    Raises:
        Conflict: nothing is left to do, or a later change of the same ticket was written.
        NotFound: there is none of this id.
    """
    change = update(outbox).where(outbox.c.id == id_, outbox.c.state.not_in(_DONE), ~_is_outdated())
    if connection.execute(change.values(next_attempt_at=now, **_AS_NEW)).rowcount == 0:
        state = shown(connection, id_).state
        if state in _DONE:
            raise Conflict(f"Entry {id_} is {state}: there is nothing to retry.")
        raise Conflict(f"A later change of the ticket of entry {id_} was written, which this one would undo: drop it.")
    return shown(connection, id_)


def retry_all_dead(connection: Connection, now: datetime) -> int:
    """Does the same for every dead entry, and says for how many; those that a later change has overtaken stay dead."""
    change = update(outbox).where(outbox.c.state == "dead", ~_is_outdated())
    return connection.execute(change.values(next_attempt_at=now, **_AS_NEW)).rowcount


def drop(connection: Connection, id_: int, now: datetime) -> StoredEntry:
    """Takes an entry out: it is not written. `retry` takes that back.

    Raises:
        Conflict: it is done, or a worker is at it.
        NotFound: there is none of this id.
    """
    is_free = outbox.c.lease_token.is_(None) | (outbox.c.leased_until <= now)
    change = update(outbox).where(outbox.c.id == id_, outbox.c.state.not_in(_DONE), is_free)
    values = {"state": "dropped", "lease_token": None, "leased_until": None, "settled_at": now}
    if connection.execute(change.values(**values)).rowcount == 0:
        entry = shown(connection, id_)
        if entry.state in _DONE:
            raise Conflict(f"Entry {id_} is {entry.state}: there is nothing to drop.")
        raise Conflict(f"Entry {id_} is being written at this moment: look again when that is over.")
    return shown(connection, id_)


def _is_outdated() -> ColumnElement[bool]:
    """Whether a later change of the same ticket was written, which an older one would undo."""
    later = outbox.alias("later")
    return exists().where(
        later.c.source == outbox.c.source,
        later.c.reference == outbox.c.reference,
        later.c.id > outbox.c.id,
        later.c.state == "written",
    )


def _stored(entry: Entry) -> dict[str, Any]:
    change = entry.change
    return {
        "fields": {storable(name): storable(value) for name, value in change.fields.items()},
        "tags": [storable(tag) for tag in change.tags],
        "note": None if change.note is None else storable(change.note),
        "version": change.version,
        **({"reviews": list(entry.reviews)} if entry.reviews else {}),
        **({"link": list(entry.link)} if entry.link else {}),
    }


def _entry(row: Row[Any]) -> Entry:
    stored = row.change
    return Entry(
        source=row.source,
        reference=row.reference,
        ticket_id=row.ticket_id,
        change=Change(
            fields=stored["fields"],
            tags=tuple(stored["tags"]),
            note=stored["note"],
            mark=row.mark,
            version=stored["version"],
        ),
        model_version=row.model_version,
        reviews=tuple(stored.get("reviews", ())),
        link=(stored["link"][0], stored["link"][1]) if "link" in stored else None,
    )


def _stored_entry(row: Row[Any]) -> StoredEntry:
    return StoredEntry(
        id=row.id,
        entry=_entry(row),
        state=row.state,
        reason=row.reason,
        n_attempts=row.n_attempts,
        next_attempt_at=row.next_attempt_at,
        leased_until=row.leased_until,
        last_error=row.last_error,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )
