"""What recurs and what a desk is measured by."""

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, String, Table, Text

from data.database import Json, RowId, UtcDateTime
from data.tables.metadata import metadata

__all__ = ["changes", "daily_counts", "daily_work", "problem_tickets", "problems", "surges"]

problems = Table(
    "problems",
    metadata,
    Column("id", RowId, primary_key=True),
    # of its own words, or what a person has called it
    Column("name", Text, nullable=False),
    Column("is_named_by_hand", Boolean, nullable=False),
    # `new`, `under_investigation`, `known_error` or `resolved`
    Column("state", String(20), nullable=False),
    Column("owner", Text),
    # what people are told to do until it is resolved
    Column("workaround", Text),
    Column("service", Text),
    # what it is recognised by, the next time that problems are looked for
    Column("centre", Json, nullable=False),
    # its measures, as `triage/problems/` has them
    Column("content", Json, nullable=False),
    Column("n_tickets", Integer, nullable=False),
    Column("hours_lost", Float, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    # the problem that a person has made it part of
    Column("merged_into", RowId),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "state"),
)
"""Incidents that recur, and what people make of them."""

problem_tickets = Table(
    "problem_tickets",
    metadata,
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
    Column("problem_id", RowId, ForeignKey("problems.id", ondelete="CASCADE"), nullable=False),
    # `found`, or `hand` where a person has put it there, which stays
    Column("told_by", String(10), nullable=False),
    Index(None, "problem_id"),
)
"""Which incidents belong to which problem."""

changes = Table(
    "changes",
    metadata,
    Column("id", Text, primary_key=True),
    # `change` or `release`
    Column("kind", String(10), nullable=False),
    Column("title", Text, nullable=False),
    # what was changed; null where nobody says
    Column("service", Text),
    # when it was in effect
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)
"""What was changed at the services of which incidents tell."""

surges = Table(
    "surges",
    metadata,
    Column("id", RowId, primary_key=True),
    # what more incidents than usual have in common: `all`, `service`, `group`, `topic`
    Column("dimension", String(20), nullable=False),
    Column("value", Text, nullable=False),
    # `open`, `major` once a person has said so, `dismissed` by a person, or `over`
    Column("state", String(10), nullable=False),
    Column("name", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("n_observed", Integer, nullable=False),
    Column("n_expected", Float, nullable=False),
    # the words that its tickets have in common, and other measures
    Column("content", Json, nullable=False),
    # `key:ID` or `user:ID` of who said what it is
    Column("decided_by", String(20)),
    Column("decided_at", UtcDateTime),
    Index(None, "state"),
    Index(None, "started_at"),
)
"""More incidents of one kind than were to be expected, each of which may be a major incident."""

daily_counts = Table(
    "daily_counts",
    metadata,
    # of UTC; see `triage/measures.py`
    Column("day", Date, primary_key=True),
    # `all`, `group`, `channel`, `service` and so on
    Column("dimension", String(20), primary_key=True),
    # empty for `all`, and where a ticket does not say
    Column("value", Text, primary_key=True),
    # sums that add up over days
    Column("counts", Json, nullable=False),
    Index(None, "dimension", "day"),
)
"""What the desk's measures are made of, counted by day, so that no page has to read tickets."""

daily_work = Table(
    "daily_work",
    metadata,
    # on which tickets were resolved
    Column("day", Date, primary_key=True),
    # a person of the desk, or its group where single persons are not counted
    Column("resolver", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("counts", Json, nullable=False),
)
"""Who resolved what, counted by day."""
