"""A history as a table of contacts, from which the profiles of all customers are computed at once.

A new field of `Contact` is a column here, of the same name.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import pyarrow as pa

from triage.customers.contact import Contact, contact_of
from triage.ticket import WorkedTicket

__all__ = ["CONTACTS", "contact_batch", "contact_table"]

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


def contact_table(chunks: Iterable[Sequence[WorkedTicket]], until: datetime) -> pa.Table:
    """The contacts of a history, in its order; tickets without a customer or a date, or of later, are none.

    Args:
        chunks: the history. A chunk's tickets are let go when its contacts are made: a million tickets with their
            texts would need gigabytes, their contacts need a tenth.
        until: the moment up to which tickets count, aware.
    """
    return pa.Table.from_batches((_contacts(chunk, until) for chunk in chunks), CONTACTS)


def contact_batch(named: Sequence[tuple[str, Contact]]) -> pa.RecordBatch:
    """Contacts, each with its customer, as rows."""
    columns: list[list[object]] = [[customer_id for customer_id, _ in named]]
    columns += [[getattr(contact, name) for _, contact in named] for name in CONTACTS.names[1:]]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, CONTACTS.types, strict=True)]
    return pa.record_batch(arrays, schema=CONTACTS)


def _contacts(tickets: Sequence[WorkedTicket], until: datetime) -> pa.RecordBatch:
    named = []
    for ticket in tickets:
        customer_id, opened_at = ticket.filed.customer_id, ticket.filed.opened_at
        if customer_id is not None and opened_at is not None and opened_at <= until:
            named.append((customer_id, contact_of(ticket, opened_at)))
    return contact_batch(named)
