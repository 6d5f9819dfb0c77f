"""A history as a table of contacts, from which the profiles of all customers are computed at once.

A new field of `Contact` is a column here, of the same name. What `contact_of` does for one ticket is done here for the
columns of many, by the same rules; a contract test holds the two equal.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import TypeVar

import pyarrow as pa

from data.exports.ticket_columns import TicketColumns
from triage.customers.contact import DEVICES, SERVICES, TOPICS, Contact, is_automatic
from triage.customers.writing import Writing, read_writing
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["CONTACTS", "DECIDED", "contact_batch", "contact_columns", "contact_table"]

_Value = TypeVar("_Value")

_UTC_TIME = pa.timestamp("us")  # without a zone: what a day and an hour is must not hang on where it is asked

CONTACTS = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("opened_at", _UTC_TIME, nullable=False),
        pa.field("ticket_type", pa.string()),
        pa.field("settled_at", _UTC_TIME),
        pa.field("service", pa.string()),
        pa.field("topic", pa.string()),
        pa.field("device", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("writing_precision", pa.float64()),
        pa.field("asks_how", pa.bool_(), nullable=False),
        pa.field("is_automatic", pa.bool_(), nullable=False),
        pa.field("resolved_at", _UTC_TIME),
        pa.field("reopens", pa.int64()),
        pa.field("reassignments", pa.int64()),
        pa.field("first_contact_resolution", pa.bool_()),
        pa.field("satisfaction", pa.float64()),
        pa.field("used_knowledge", pa.bool_()),
    ]
)
"""The columns of contacts: whose, and the fields of `Contact`; times are UTC."""


DECIDED = (
    "ticket_type",
    "category",
    "resolved_at",
    "closed_at",
    "reassignments",
    "reopens",
    "knowledge_article",
    "satisfaction",
    "first_contact_resolution",
)
"""The columns that people decided later of which contacts are made; the others need not be read."""


def contact_columns(chunks: Iterable[TicketColumns], until: datetime) -> pa.Table:
    """The contacts of a history, in its order; tickets without a customer or a date, or of later, are none.

    Args:
        chunks: the history, with the columns of `DECIDED`. A chunk is let go when its contacts are made: a million
            tickets with their texts would need gigabytes, their contacts need a tenth.
        until: the moment up to which tickets count, aware.
    """
    return pa.Table.from_batches((_contacts(chunk, until) for chunk in chunks), CONTACTS)


def contact_table(chunks: Iterable[Sequence[WorkedTicket]], until: datetime) -> pa.Table:
    """The same of tickets that were made already."""
    return contact_columns(map(TicketColumns.of, chunks), until)


def contact_batch(named: Sequence[tuple[str, Contact]]) -> pa.RecordBatch:
    """Contacts, each with its customer, as rows."""
    columns: list[list[object]] = [[customer_id for customer_id, _ in named]]
    columns += [[getattr(contact, name) for _, contact in named] for name in CONTACTS.names[1:]]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, CONTACTS.types, strict=True)]
    return pa.record_batch(arrays, schema=CONTACTS)


def _contacts(chunk: TicketColumns, until: datetime) -> pa.RecordBatch:
    whose, when = chunk.filed["customer_id"], chunk.filed["opened_at"]
    chunk = chunk.only(
        [who is not None and at is not None and at <= until for who, at in zip(whose, when, strict=True)]
    )
    filed, decided, facts = chunk.filed, chunk.worked, chunk.filed_attributes
    writings = list(map(_writing, filed["subject"], filed["body"]))
    service = _first_said([*_named(facts, SERVICES), decided["category"]])
    columns = {
        "customer_id": filed["customer_id"],
        "opened_at": filed["opened_at"],
        "ticket_type": decided["ticket_type"],
        "settled_at": _first_said([decided["closed_at"], decided["resolved_at"]]),
        "service": service,
        "topic": _first_said([*_named(facts, TOPICS), service]),
        "device": _first_said([[None] * len(chunk), *_named(facts, DEVICES)]),
        "channel": filed["channel"],
        "writing_precision": [None if writing is None else writing.precision for writing in writings],
        "asks_how": [writing is not None and writing.asks_how for writing in writings],
        "is_automatic": list(map(_is_automatic, filed["channel"], filed["body"])),
        "resolved_at": _first_said([decided["resolved_at"], decided["closed_at"]]),
        "reopens": decided["reopens"],
        "reassignments": decided["reassignments"],
        "first_contact_resolution": decided["first_contact_resolution"],
        "satisfaction": decided["satisfaction"],
        "used_knowledge": [None if article is None else article != "false" for article in decided["knowledge_article"]],
    }
    arrays = [pa.array(columns[name], kind) for name, kind in zip(CONTACTS.names, CONTACTS.types, strict=True)]
    return pa.record_batch(arrays, schema=CONTACTS)


def _writing(subject: str | None, body: str | None) -> Writing | None:
    return read_writing(subject or "", body or "") if subject or body else None


def _is_automatic(channel: str | None, body: str | None) -> bool:
    return is_automatic(NewTicket(id="", channel=channel, body=body or ""))


def _named(facts: Mapping[str, Sequence[str | None]], names: Iterable[str]) -> list[Sequence[str | None]]:
    return [facts[name] for name in names if name in facts]


def _first_said(columns: Sequence[Sequence[_Value | None]]) -> Sequence[_Value | None]:
    """At each place what the first column says that says anything there."""
    return reduce(lambda found, other: [a or b for a, b in zip(found, other, strict=True)], columns)
