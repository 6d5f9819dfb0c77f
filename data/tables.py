"""The tables, as the stores see them; every change here is a migration in `migrations/versions/` too.

Columns that people decide later follow `WorkedTicket`, name by name; those read off the text follow `Contact`. A new
table is a value here and a store beside it.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from data.database import Json, RowId, UtcDateTime

__all__ = [
    "aliases",
    "api_keys",
    "audit_entries",
    "changes",
    "daily_counts",
    "daily_work",
    "deliveries",
    "digests",
    "events",
    "handovers",
    "idempotency",
    "jobs",
    "joined_spellings",
    "known_segments",
    "metadata",
    "opt_outs",
    "outbox",
    "outcomes",
    "plans",
    "predictions",
    "problem_tickets",
    "problems",
    "profile_views",
    "request_counts",
    "review_queue",
    "reviews",
    "same_persons",
    "sessions",
    "sourced_tickets",
    "surges",
    "ticket_links",
    "tickets",
    "users",
    "vips",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Names for every constraint, so that a later migration can speak of them on any database."""

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

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    # to the minute or so: not every request writes it
    Column("last_used_at", UtcDateTime),
    # the key that has the same name and scopes since this one was rotated
    Column("replaced_by", String(12)),
)

users = Table(
    "users",
    metadata,
    Column("id", String(12), primary_key=True),
    # in lower case
    Column("email", Text, nullable=False),
    # `agent`, `lead` or `admin`
    Column("role", String(10), nullable=False),
    # argon2id; null for who signs in elsewhere only
    Column("password_hash", Text),
    # who they are where they sign in elsewhere: issuer and subject
    Column("oidc_subject", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("last_seen_at", UtcDateTime),
    # wrong passwords since the last right one, and until when no further one is tried
    Column("n_failures", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    Index(None, "email", unique=True),
    Index(None, "oidc_subject", unique=True),
)
"""Who may sign in. A person who was removed keeps their row, so that what they did keeps its name."""

sessions = Table(
    "sessions",
    metadata,
    # of the cookie's value
    Column("token_sha256", String(64), primary_key=True),
    Column("user_id", String(12), ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "user_id"),
    Index(None, "expires_at"),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    # `key:ID`, `user:ID` or `command`
    Column("actor", Text, nullable=False),
    # such as `key.created`
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("details", Json, nullable=False),
    # of the entry before, and of this one with that in it
    Column("previous_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Index(None, "at"),
)
"""Who changed who may do what, and what answers; numbered without gaps, each entry sealed with the one before it."""

request_counts = Table(
    "request_counts",
    metadata,
    Column("caller", String(20), primary_key=True),
    # a minute since 1970
    Column("minute", Integer, primary_key=True),
    Column("n", Integer, nullable=False),
    Index(None, "minute"),
)
"""How many requests each caller has sent in a minute, to all processes together."""

idempotency = Table(
    "idempotency",
    metadata,
    # `key:ID` or `user:ID`
    Column("caller", String(20), primary_key=True),
    Column("route", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    # text, not JSON: the second answer is the first one, byte for byte
    Column("response", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "created_at"),
)

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

digests = Table(
    "digests",
    metadata,
    # the Monday that the week begins with
    Column("week", Date, primary_key=True),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("n_recipients", Integer, nullable=False),
)
"""For which weeks the lead was written to."""
