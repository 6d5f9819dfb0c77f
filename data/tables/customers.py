"""What is stored of customers beside their tickets, and which ids are one person."""

from sqlalchemy import Column, Date, Index, String, Table, Text, text

from data.database import Json, RowId, UtcDateTime
from data.tables.metadata import metadata

__all__ = [
    "aliases",
    "joined_spellings",
    "known_segments",
    "opt_outs",
    "plans",
    "profile_views",
    "same_persons",
    "vips",
]

plans = Table(
    "plans",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("segment", Text),
    Column("owner", Text, nullable=False),
    Column("next_step", Text, nullable=False),
    Column("review_on", Date, nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("note", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "customer_id", "id"),
    # of two who agree on a plan at the same moment, the second finds the first one's
    Index(
        "ix_plans_open",
        "customer_id",
        unique=True,
        sqlite_where=text("outcome = 'open'"),
        postgresql_where=text("outcome = 'open'"),
    ),
)

profile_views = Table(
    "profile_views",
    metadata,
    Column("id", RowId, primary_key=True),
    # `key:ID` or `user:ID`
    Column("caller", String(20), nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "customer_id", "at"),
    Index(None, "at"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
)

vips = Table(
    "vips",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    # `key:ID` or `user:ID`
    Column("marked_by", String(20), nullable=False),
    Column("marked_at", UtcDateTime, nullable=False),
)
"""Customers whom people are to know by sight. Nothing that is predicted or decided asks this table."""

known_segments = Table(
    "known_segments",
    metadata,
    # the stored id that the person goes by
    Column("customer_id", Text, primary_key=True),
    # their names, in the order of the alphabet
    Column("segments", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
"""What held of customers when they were last looked at, so that others are told of a change; kept where some want it.
"""

same_persons = Table(
    "same_persons",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("one", Text, nullable=False),
    Column("other", Text, nullable=False),
    # `hand`, or `spelling` where the id came in a spelling that it was hashed in before
    Column("told_by", String(10), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),  # null while it holds
    Index(None, "one"),
    Index(None, "other"),
)
"""What was said about two ids being one person, and when it was taken back."""

aliases = Table(
    "aliases",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Index(None, "person"),
)
"""What follows from `same_persons`: every id that is joined with others, and the one of them that they go by."""

joined_spellings = Table(
    "joined_spellings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("spelling", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("customer_id", Text),
    Column("content", Json, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Index(None, "customer_id"),
)
"""What a migration brought together: each spelling with its key, and what stood under it if that had to give way."""
