"""What waits for a person, and what people made of suggestions."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, String, Table, Text, text

from data.database import Json, RowId, UtcDateTime
from data.tables.metadata import metadata

__all__ = ["review_queue", "reviews"]

review_queue = Table(
    "review_queue",
    metadata,
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
    # see `triage/review_queue.py`
    Column("rank", Float, nullable=False),
    # those on which a person has the last word
    Column("targets", Json, nullable=False),
    # those that a person has decided since
    Column("settled", Json, nullable=False),
    # whether any target is left
    Column("waits", Boolean, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    # the ticketing system that it came from; null where a program asked
    Column("source", Text),
    # which group is suggested, if any
    Column("assignment_group", Text),
    # of who wrote it, each between commas
    Column("segments", Text, nullable=False),
    # whether it is one of the blind sample, of which nothing is shown
    Column("is_blind", Boolean, nullable=False),
    # who looks at it now, and until when nobody else does
    Column("claimed_by", String(20)),
    Column("claimed_until", UtcDateTime),
    Index("ix_review_queue_rank", "rank", sqlite_where=text("waits"), postgresql_where=text("waits")),
    Index(
        "ix_review_queue_group", "assignment_group", "rank", sqlite_where=text("waits"), postgresql_where=text("waits")
    ),
    Index(
        "ix_review_queue_claimed",
        "claimed_by",
        sqlite_where=text("claimed_by IS NOT NULL"),
        postgresql_where=text("claimed_by IS NOT NULL"),
    ),
)
"""Tickets that wait for a person."""

reviews = Table(
    "reviews",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    Column("target", Text, nullable=False),
    # what was suggested, by which model and how surely; null where nothing was
    Column("suggested", Text),
    Column("confidence", Float),
    Column("model_version", Text),
    # `accepted`, `corrected`, `rejected` or `skipped`
    Column("verdict", String(10), nullable=False),
    # what it is instead, or the same; null where nobody said
    Column("value", Text),
    # why it was rejected, such as `wrong_group`
    Column("reason", Text),
    # `key:ID` or `user:ID`
    Column("reviewer", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # how long the reviewer looked at it
    Column("seconds", Float),
    # when it was taken back
    Column("undone_at", UtcDateTime),
    Index(None, "ticket_id", "target", "id"),
    Index(None, "at"),
)
"""What people made of suggestions. A later review of the same target is another row."""
