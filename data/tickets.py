"""The store of tickets: worked ones from exports, new ones as they are scored."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, bindparam, select

from data.database import insert, storable
from data.tables import tickets as tickets_table
from triage.customers.contact import contact_of
from triage.identity import person_key, ticket_key
from triage.ticket import FILED_COLUMNS, SPELLINGS, WORKED_COLUMNS, NewTicket, WorkedTicket

__all__ = ["ImportCount", "file", "import_worked"]

_CHUNK_ROWS = 1000
_CONTENT = (*FILED_COLUMNS, "attributes", *WORKED_COLUMNS, "outcome_attributes", *SPELLINGS)
_READ_OFF = ("writing_precision", "asks_how", "is_automatic")
_KNOWN = select(*(tickets_table.c[name] for name in (*_CONTENT, *_READ_OFF))).where(
    tickets_table.c.id.in_(bindparam("ids", expanding=True))
)

_ANY_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)  # what is read off a text does not depend on when

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ImportCount:
    """What an import did; counts add up, so that a long one can be done in several transactions."""

    n_new: int = 0
    n_changed: int = 0
    n_unchanged: int = 0

    def __add__(self, other: "ImportCount") -> "ImportCount":
        """Both together."""
        return ImportCount(
            self.n_new + other.n_new, self.n_changed + other.n_changed, self.n_unchanged + other.n_unchanged
        )


def import_worked(connection: Connection, tickets: Iterable[WorkedTicket], now: datetime) -> ImportCount:
    """Brings the stored tickets up to these; the same ones again change nothing, not even `updated_at`.

    The export is the desk's own record, so what it says also replaces what was stored when a ticket was scored. What
    it does not say, for want of a column or of a value, stays as it is stored. Where an id, in whatever spelling, comes
    twice within a thousand rows, the later row counts. A transaction keeps other writers waiting: give a long import
    in parts.
    """
    count = ImportCount()
    for chunk in _chunks(tickets):
        rows = {row["id"]: row for row in map(_worked_row, chunk)}
        known = {row["id"]: row for row in map(dict, connection.execute(_KNOWN, {"ids": list(rows)}).mappings())}
        new = [row | _read_off(row) for id_, row in rows.items() if id_ not in known]
        merged = {id_: known[id_] | _said(row) for id_, row in rows.items() if id_ in known}
        merged = {id_: row | _read_off(row) for id_, row in merged.items()}
        changed = [row for id_, row in merged.items() if row != known[id_]]
        _write(connection, new + changed, now)
        count += ImportCount(len(new), len(changed), len(rows) - len(new) - len(changed))
    return count


def file(connection: Connection, tickets: Sequence[NewTicket], now: datetime) -> None:
    """Keeps tickets as they were filed; one that is there already stays as it is. Without `opened_at` it is `now`."""
    if not tickets:
        return
    rows = [
        (filed := _filed_row(ticket))
        | _read_off(filed)
        | {"opened_at": ticket.opened_at or now, "outcome_attributes": {}, "first_seen_at": now, "updated_at": now}
        for ticket in tickets
    ]
    rows.sort(key=_id)
    connection.execute(insert(connection, tickets_table).on_conflict_do_nothing(index_elements=["id"]), rows)


def _said(row: _Row) -> _Row:
    """The part of a row that says something; a spelling says something beside its key, also that it is the key."""
    said = {name: value for name, value in row.items() if value not in (None, "", {})} | {
        "id_as_filed": row["id_as_filed"]
    }
    if "customer_id" in said:
        said["customer_as_filed"] = row["customer_as_filed"]
    return said


def _chunks(tickets: Iterable[WorkedTicket]) -> Iterator[list[WorkedTicket]]:
    remaining = iter(tickets)
    while chunk := list(islice(remaining, _CHUNK_ROWS)):
        yield chunk


def _write(connection: Connection, rows: list[_Row], now: datetime) -> None:
    if not rows:
        return
    statement = insert(connection, tickets_table)
    replaced = {name: statement.excluded[name] for name in (*_CONTENT[1:], *_READ_OFF, "updated_at")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_=replaced),
        [row | {"first_seen_at": now, "updated_at": now} for row in sorted(rows, key=_id)],
    )


_id: Callable[[_Row], str] = itemgetter("id")
"""What rows are written in the order of, so that two writers never wait for each other crosswise."""


def _worked_row(ticket: WorkedTicket) -> _Row:
    row = _filed_row(ticket.filed)
    for name in WORKED_COLUMNS:
        value = getattr(ticket, name)
        row[name] = storable(value) if isinstance(value, str) else value
    row["outcome_attributes"] = _sorted(ticket.attributes)
    return row


def _filed_row(ticket: NewTicket) -> _Row:
    row: _Row = {}
    for name in FILED_COLUMNS:
        value = getattr(ticket, name)
        row[name] = storable(value) if isinstance(value, str) else value
    row["attributes"] = _sorted(ticket.attributes)
    return row | _identity(ticket)


def _identity(ticket: NewTicket) -> _Row:
    """The keys that a ticket is found by, whoever read it, and how they were spelled."""
    id_, customer_id = ticket_key(ticket.id) or ticket.id, ticket.customer_id
    key = None if customer_id is None else person_key(customer_id)
    return {
        "id": id_,
        "customer_id": key,
        "id_as_filed": _unlike(id_, ticket.id_as_filed or ticket.id),
        "customer_as_filed": _unlike(key, ticket.customer_as_filed or customer_id),
    }


def _unlike(key: str | None, spelling: str | None) -> str | None:
    """The spelling where it is not the key."""
    return None if spelling is None or (kept := storable(spelling)) == key else kept


def _read_off(row: _Row) -> _Row:
    """What profiles are to know of the text as it is stored."""
    filed = NewTicket(id=row["id"], subject=row["subject"], body=row["body"], channel=row["channel"])
    contact = contact_of(WorkedTicket(filed=filed), _ANY_MOMENT)
    return {name: getattr(contact, name) for name in _READ_OFF}


def _sorted(attributes: Mapping[str, str]) -> dict[str, str]:
    return {storable(name): storable(value) for name, value in sorted(attributes.items())}
