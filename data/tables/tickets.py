"""What is stored of tickets: as filed and decided, what was answered about them, and what became of them."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from data.database import Json, RowId, UtcDateTime
from data.tables.metadata import metadata

__all__ = ["handovers", "outcomes", "predictions", "sourced_tickets", "ticket_links", "tickets"]

tickets = Table(
    "tickets",
    metadata,
    Column("id", Text, primary_key=True),
    # as filed
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("opened_at", UtcDateTime),
    Column("customer_id", Text),
    Column("channel", Text),
    Column("language", Text),
    Column("attributes", Json, nullable=False),
    # decided later
    Column("ticket_type", Text),
    Column("assignment_group", Text),
    Column("priority", Text),
    Column("impact", Text),
    Column("urgency", Text),
    Column("category", Text),
    Column("resolved_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("reassignments", Integer),
    Column("reopens", Integer),
    Column("resolved_by", Text),
    Column("resolution", Text),
    Column("knowledge_article", Text),
    Column("satisfaction", Float),
    Column("made_sla", Boolean),
    Column("first_contact_resolution", Boolean),
    Column("effort_minutes", Float),
    Column("problem_id", Text),
    Column("change_id", Text),
    Column("outcome_attributes", Json, nullable=False),
    # read off the text once, so that no profile has to read it; null for what was stored before these columns were
    Column("writing_precision", Float),
    Column("asks_how", Boolean),
    Column("is_automatic", Boolean),
    # how the keys were spelled where they came; null where that is the key itself
    Column("id_as_filed", Text),
    Column("customer_as_filed", Text),
    # ours
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # with `updated_at`, so that the index alone tells whether anything of a customer has changed
    Index(None, "customer_id", "opened_at", "updated_at"),
    # with all that a workload counts, so that texts need not be read for it
    Index("ix_tickets_window", "opened_at", "customer_id", "ticket_type", "resolved_at", "closed_at", "effort_minutes"),
    # by which the days are found that have to be counted again, and the tickets that were resolved or closed on them
    Index(None, "updated_at"),
    Index(None, "resolved_at"),
    Index(None, "closed_at"),
    # by which what was resolved on a day is found, and what is open
    Index(None, "resolved_at", "closed_at"),
)

predictions = Table(
    "predictions",
    metadata,
    Column("id", RowId, primary_key=True),
    # whoever erases a ticket erases what was said about it
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    Column("model_version", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # by target: value, confidence, threshold, decision, reason, top
    Column("answers", Json, nullable=False),
    # what may go wrong with the ticket, as `triage/risk.py` has it; null where the model cannot tell
    Column("risk", Json),
    Index(None, "ticket_id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    Column("target", Text, nullable=False),
    Column("value", Text, nullable=False),
    # `human` or `automatic`
    Column("provenance", String(10), nullable=False),
    Column("source", Text, nullable=False),
    Column("model_version", Text),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "ticket_id", "target", "at"),
    Index(None, "at"),
)
"""Which values tickets were given for their targets, by people and by models; a later one is another row."""

sourced_tickets = Table(
    "sourced_tickets",
    metadata,
    Column("source", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    # its fields as no person has changed them: as they were filed, with what we wrote since
    Column("baseline", Json, nullable=False),
    # whether it is one of the blind sample; null for what came before that was kept
    Column("is_blind", Boolean),
    Index(None, "ticket_id"),
)
"""Which ticket of ours a ticketing system means by a reference."""

handovers = Table(
    "handovers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    # which one of the ticket's, from 0
    Column("place", Integer, nullable=False),
    Column("from_group", Text, nullable=False),
    Column("to_group", Text, nullable=False),
    # null where nobody wrote it down
    Column("at", UtcDateTime),
    Index(None, "ticket_id", "place", unique=True),
)
"""From which group to which tickets were handed on."""

ticket_links = Table(
    "ticket_links",
    metadata,
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
    # `duplicate` of a ticket, or part of an open `surge` or a known `problem`
    Column("kind", String(10), primary_key=True),
    # the ticket's id, or the number of the other
    Column("other", Text, primary_key=True),
    # the same id for a duplicate, so that it goes when that ticket goes
    Column("other_ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE")),
    # `suggested`, `linked` or `dismissed`
    Column("state", String(10), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("reason", Text, nullable=False),
    # `key:ID` or `user:ID` of who linked or dismissed it
    Column("decided_by", String(20)),
    Column("at", UtcDateTime, nullable=False),
    # when the end of the other one was told to this one's system
    Column("told_at", UtcDateTime),
    Index(None, "kind", "other", "state"),
    Index(None, "other_ticket_id"),
)
"""What a ticket belongs to, as was seen on its arrival."""
