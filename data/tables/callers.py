"""Who may call or sign in, what they changed, how much they asked, and what they were answered."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from data.database import Json, RowId, UtcDateTime
from data.tables.metadata import metadata

__all__ = ["api_keys", "audit_entries", "idempotency", "request_counts", "sessions", "users"]

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
