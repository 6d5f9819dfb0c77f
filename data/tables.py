"""The tables, as the stores see them; every change here is a migration in `migrations/versions/` too.

Columns that people decide later follow `WorkedTicket`, name by name; those read off the text follow `Contact`. A new
table is a value here and a store beside it.
"""

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, text

from data.database import Json, RowId, UtcDateTime

__all__ = [
    "aliases",
    "api_keys",
    "deliveries",
    "idempotency",
    "joined_spellings",
    "metadata",
    "opt_outs",
    "outbox",
    "outcomes",
    "plans",
    "predictions",
    "profile_views",
    "same_persons",
    "sourced_tickets",
    "tickets",
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
    Index(None, "opened_at"),
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
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("api_key_id", String(12), ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True),
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
    Column("api_key_id", String(12), ForeignKey("api_keys.id"), nullable=False),
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
    # `waiting`, `done`, `ignored` with a reason, or `dead` with an error
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
)
"""Which values tickets were given for their targets, by people and by models; a later one is another row."""
