"""The store of tickets: worked ones from exports, new ones as they are scored; what is personal in them is redacted.

Whatever profiles are to know of a text is read off it as it came, since a mark says less than what it stands for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from data.counted_days import days_of, mark
from data.database import insert, storable, to_json
from data.handovers import store_groups
from data.statements import BulkInsert, Statement, as_rows, one_of
from data.tables import tickets as tickets_table
from triage.customers.contact import Contact, contact_of
from triage.identity import person_key, ticket_key
from triage.redaction import EVERYTHING, RedactionRules, redact_ticket, redact_worked
from triage.ticket import FILED_COLUMNS, SPELLINGS, WORKED_COLUMNS, NewTicket, WorkedTicket

__all__ = ["ImportCount", "KeptTicket", "as_kept", "file", "file_kept", "import_worked", "is_stored"]

_CHUNK_ROWS = 1000
_NOTHING = "{}"
_FILED = (*FILED_COLUMNS, *SPELLINGS)
_CONTENT = (*FILED_COLUMNS, "attributes", *WORKED_COLUMNS, "outcome_attributes", *SPELLINGS)
_READ_OFF = ("writing_precision", "asks_how", "is_automatic")
_KNOWN = select(*(tickets_table.c[name] for name in (*_CONTENT, *_READ_OFF))).where(
    tickets_table.c.id.in_(bindparam("ids", expanding=True))
)
_THERE = Statement(select(tickets_table.c.id).where(one_of(tickets_table.c.id, "ids")))
_FILE = BulkInsert(
    tickets_table,
    [*_FILED, "attributes", *_READ_OFF],
    ["outcome_attributes", "first_seen_at", "updated_at"],
    unless=["id"],
)

_filed_values = attrgetter(*_FILED)
_read_off_values = attrgetter(*_READ_OFF)

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


class KeptTicket(NamedTuple):
    """A ticket as it is stored, and the contact that it is; see `as_kept`."""

    ticket: NewTicket
    contact: Contact


def import_worked(
    connection: Connection, tickets: Iterable[WorkedTicket], now: datetime, rules: RedactionRules = EVERYTHING
) -> ImportCount:
    """Brings the stored tickets up to these; the same ones again change nothing, not even `updated_at`.

    The export is the desk's own record, so what it says also replaces what was stored when a ticket was scored. What
    it does not say, for want of a column or of a value, stays as it is stored. Where an id, in whatever spelling, comes
    twice within a thousand rows, the later row counts. A transaction keeps other writers waiting: give a long import
    in parts.
    """
    count = ImportCount()
    for chunk in _chunks(tickets):
        rows, bodies, groups = {}, {}, {}
        for ticket in chunk:
            row = _worked_row(redact_worked(ticket, rules).ticket)
            rows[row["id"]], bodies[row["id"]] = row, storable(ticket.filed.body)
            if ticket.groups:
                groups[row["id"]] = ticket.groups
        known = {row["id"]: row for row in map(dict, connection.execute(_KNOWN, {"ids": list(rows)}).mappings())}
        new = [row | _read_off(row, bodies[id_]) for id_, row in rows.items() if id_ not in known]
        merged = {id_: known[id_] | _said(row) for id_, row in rows.items() if id_ in known}
        merged = {id_: row | _read_off_again(row, bodies[id_], known[id_]) for id_, row in merged.items()}
        changed = [row for id_, row in merged.items() if row != known[id_]]
        _write(connection, new + changed, now)
        store_groups(connection, groups)
        # also the days that a ticket has left
        mark(connection, _days_of([*new, *changed, *(known[row["id"]] for row in changed)]))
        count += ImportCount(len(new), len(changed), len(rows) - len(new) - len(changed))
    return count


def as_kept(ticket: NewTicket, now: datetime, rules: RedactionRules = EVERYTHING) -> KeptTicket:
    """A ticket as it will be stored, and what profiles are to know of it. Without `opened_at` it is of `now`.

    A long text takes a while: call this before there is a transaction.

    Args:
        ticket: as filed, with its customer's id as it is stored.
        now: the moment, aware.
        rules: what is redacted where.
    """
    moment = ticket.opened_at or now
    came = _stored(ticket, moment)
    kept = redact_ticket(came, rules).ticket
    # facts are read back from the database later, and must be the same then
    read = came if kept is came else replace(came, attributes=kept.attributes)
    return KeptTicket(kept, contact_of(WorkedTicket(filed=read), moment))


def file(
    connection: Connection, tickets: Sequence[NewTicket], now: datetime, rules: RedactionRules = EVERYTHING
) -> dict[str, Contact]:
    """Keeps tickets as they were filed, see `as_kept` and `file_kept`."""
    return file_kept(connection, [as_kept(ticket, now, rules) for ticket in tickets], now)


def file_kept(connection: Connection, tickets: Sequence[KeptTicket], now: datetime) -> dict[str, Contact]:
    """Keeps tickets; one that is there already stays as it is.

    Returns:
        The contact that each new ticket is, by its key. One that another process files at this very moment is new to
        both.
    """
    ids = [ticket.id for ticket, _ in tickets]
    there = {row[0] for row in _THERE.rows(connection, {"ids": as_rows(ids)})} if tickets else set()
    rows, contacts = [], {}
    for ticket, contact in tickets:
        if ticket.id in there or ticket.id in contacts:
            continue
        attributes = to_json(ticket.attributes) if ticket.attributes else _NOTHING
        rows.append((*_filed_values(ticket), attributes, *_read_off_values(contact)))
        contacts[ticket.id] = contact
    _FILE.write(connection, sorted(rows, key=_first), (_NOTHING, now, now))
    return contacts


def is_stored(connection: Connection, id_: str) -> bool:
    """Whether there is a ticket of this key."""
    return bool(_THERE.rows(connection, {"ids": as_rows([id_])}))


def find(connection: Connection, id_: str) -> NewTicket | None:
    """The ticket of this key as it was filed; None where there is none."""
    columns = [tickets_table.c[name] for name in (*_FILED, "attributes")]
    row = connection.execute(select(*columns).where(tickets_table.c.id == id_)).mappings().first()
    return None if row is None else NewTicket(**row)


def _said(row: _Row) -> _Row:
    """The part of a row that says something; a spelling says something beside its key, also that it is the key."""
    said = {name: value for name, value in row.items() if value not in (None, "", {})} | {
        "id_as_filed": row["id_as_filed"]
    }
    if "customer_id" in said:
        said["customer_as_filed"] = row["customer_as_filed"]
    return said


def _days_of(rows: Iterable[_Row]) -> set[date]:
    return {day for row in rows for day in days_of(row["opened_at"], row["resolved_at"], row["closed_at"])}


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


_first: Callable[[Sequence[str]], str] = itemgetter(0)
"""The same of a row whose id comes first."""


def _worked_row(ticket: WorkedTicket) -> _Row:
    row = _filed_row(ticket.filed)
    for name in WORKED_COLUMNS:
        value = getattr(ticket, name)
        row[name] = storable(value) if isinstance(value, str) else value
    row["outcome_attributes"] = _sorted(ticket.attributes)
    return row


def _filed_row(ticket: NewTicket) -> _Row:
    stored = _stored(ticket, ticket.opened_at)
    return {name: getattr(stored, name) for name in (*_FILED, "attributes")}


def _stored(ticket: NewTicket, opened_at: datetime | None) -> NewTicket:
    """The ticket as it is kept: with the keys that it is found by, whoever read it, and text that a database keeps."""
    id_, customer_id = _key(ticket), ticket.customer_id
    key = None if customer_id is None else person_key(customer_id)
    return NewTicket(
        id=id_,
        subject=storable(ticket.subject),
        body=storable(ticket.body),
        opened_at=opened_at,
        customer_id=key,
        channel=None if ticket.channel is None else storable(ticket.channel),
        language=None if ticket.language is None else storable(ticket.language),
        attributes=_sorted(ticket.attributes) if ticket.attributes else {},
        id_as_filed=_unlike(id_, ticket.id_as_filed or ticket.id),
        customer_as_filed=_unlike(key, ticket.customer_as_filed or customer_id),
    )


def _key(ticket: NewTicket) -> str:
    return ticket_key(ticket.id) or ticket.id


def _unlike(key: str | None, spelling: str | None) -> str | None:
    """The spelling where it is not the key."""
    return None if spelling is None or (kept := storable(spelling)) == key else kept


def _read_off(row: _Row, body: str) -> _Row:
    """What profiles are to know of the text, its body as it came."""
    filed = NewTicket(id=row["id"], subject=row["subject"], body=body, channel=row["channel"])
    contact = contact_of(WorkedTicket(filed=filed), _ANY_MOMENT)
    return dict(zip(_READ_OFF, _read_off_values(contact), strict=True))


def _read_off_again(row: _Row, body: str, known: _Row) -> _Row:
    """The same of a ticket that was stored before; what was read off a body that does not come again stays."""
    if body:
        return _read_off(row, body)
    read = _read_off(row, row["body"])
    if known["writing_precision"] is not None:
        read["writing_precision"] = known["writing_precision"]
    # an address such as noreply@… says it, and a mark may stand there now
    was_said_by_redacted = known["is_automatic"] and not _read_off(known, known["body"])["is_automatic"]
    return read | ({"is_automatic": True} if was_said_by_redacted else {})


def _sorted(attributes: Mapping[str, str]) -> dict[str, str]:
    return {storable(name): storable(value) for name, value in sorted(attributes.items())}
