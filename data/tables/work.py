"""What waits for a worker: from and to ticketing systems, for subscribers, and what is done now and then."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text

from data.database import Json, RowId, UtcDateTime
from data.tables.metadata import metadata

__all__ = ["deliveries", "digests", "events", "jobs", "outbox"]

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source", Text, nullable=False),
    Column("delivery_id", Text, nullable=False),
    Column("reference", Text, nullable=False),
    # whose ticket it is, where the delivery itself tells: before it is read there is no ticket to find that by
    Column("customer_id", Text),
    Column("headers", Json, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    # `waiting`, `done`, `ignored` with a reason, `dead` with an error, or `dropped` by hand
    Column("state", String(10), nullable=False),
    Column("reason", Text),
    Column("n_attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    # who works on it now, and until when nobody else does
    Column("lease_token", String(32)),
    Column("leased_until", UtcDateTime),
    Column("last_error", Text),
    Column("settled_at", UtcDateTime),
    Index(None, "source", "delivery_id", unique=True),
    Index(None, "source", "reference", "state"),
    Index(None, "state", "next_attempt_at", "id"),
    Index(None, "customer_id"),
    Index(None, "settled_at"),
)
"""What ticketing systems sent: stored once, worked on at least once."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    Column("mark", Text, nullable=False),
    # fields, tags, note, version
    Column("change", Json, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # `waiting`, `written`, `unchanged` with a reason, `dead` with an error, or `dropped` by hand
    Column("state", String(10), nullable=False),
    Column("reason", Text),
    Column("n_attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    # as for deliveries
    Column("lease_token", String(32)),
    Column("leased_until", UtcDateTime),
    Column("last_error", Text),
    Column("settled_at", UtcDateTime),
    Index(None, "mark", unique=True),
    Index(None, "source", "reference", "state"),
    Index(None, "state", "next_attempt_at", "id"),
    Index(None, "ticket_id"),
)
"""What is to be written to ticketing systems, and what became of it."""

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    # the desk's name for who is told
    Column("subscriber", Text, nullable=False),
    # stays the same from attempt to attempt: `webhook-id`
    Column("message_id", String(40), nullable=False),
    # such as `prediction.completed`
    Column("type", Text, nullable=False),
    # what comes in order: a ticket, a customer, a model
    Column("subject", Text, nullable=False),
    # of the ticket that it tells about, where it does
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE")),
    # of the customer whom it tells about, where it does
    Column("customer_id", Text),
    Column("payload", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # `waiting`, `delivered`, `dead` with an error, or `dropped` by hand
    Column("state", String(10), nullable=False),
    Column("reason", Text),
    Column("n_attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    # as for deliveries
    Column("lease_token", String(32)),
    Column("leased_until", UtcDateTime),
    Column("last_error", Text),
    Column("settled_at", UtcDateTime),
    Index(None, "message_id", unique=True),
    Index(None, "subscriber", "subject", "state"),
    Index(None, "state", "next_attempt_at", "id"),
    Index(None, "ticket_id"),
    Index(None, "customer_id"),
    Index(None, "settled_at"),
)
"""What other programs are told, and what became of it."""

jobs = Table(
    "jobs",
    metadata,
    Column("name", String(40), primary_key=True),
    # when it was last done to its end
    Column("done_at", UtcDateTime),
    # what the next time has to know of the last one
    Column("content", Json, nullable=False),
    # who does it now, and until when nobody else does
    Column("lease_token", String(32)),
    Column("leased_until", UtcDateTime),
)
"""What one of all processes does now and then, beside the requests."""

digests = Table(
    "digests",
    metadata,
    # the Monday that the week begins with
    Column("week", Date, primary_key=True),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("n_recipients", Integer, nullable=False),
)
"""For which weeks the lead was written to."""
