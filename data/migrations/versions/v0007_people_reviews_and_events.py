"""People who sign in, keys that end, a sealed log of changes, what people made of suggestions, and events for others.

What was kept for the holder of a key is kept for a caller, who is a key or a person: `ID` becomes `key:ID`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_MOMENT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates the tables, and lets keys and people be callers alike."""
    op.add_column("api_keys", sa.Column("expires_at", _MOMENT))
    op.add_column("api_keys", sa.Column("last_used_at", _MOMENT))
    op.add_column("sourced_tickets", sa.Column("is_blind", sa.Boolean()))
    op.add_column("api_keys", sa.Column("replaced_by", sa.String(12)))
    op.drop_index("ix_tickets_opened_at", "tickets")
    columns = ["opened_at", "customer_id", "ticket_type", "resolved_at", "closed_at", "effort_minutes"]
    op.create_index("ix_tickets_window", "tickets", columns)
    _create_people()
    _create_log()
    _create_reviews()
    _create_events()
    _create_vips()
    _let_callers_take_the_place_of_keys()


def _create_people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("oidc_subject", sa.Text()),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("removed_at", _MOMENT),
        sa.Column("last_seen_at", _MOMENT),
        sa.Column("n_failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_index("ix_users_email", "users", ["email"], unique=True)
    op.create_index("ix_users_oidc_subject", "users", ["oidc_subject"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(12), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_sessions"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def _create_log() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", _ROW_ID, nullable=False, autoincrement=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("details", _JSON, nullable=False),
        sa.Column("previous_sha256", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])
    op.create_table(
        "request_counts",
        sa.Column("caller", sa.String(20), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "minute", name="pk_request_counts"),
    )
    op.create_index("ix_request_counts_minute", "request_counts", ["minute"])


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("suggested", sa.Text()),
        sa.Column("confidence", sa.Float()),
        sa.Column("model_version", sa.Text()),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("reviewer", sa.String(20), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("seconds", sa.Float()),
        sa.Column("undone_at", _MOMENT),
        _goes_with_its_ticket("reviews"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_ticket_id_target_id", "reviews", ["ticket_id", "target", "id"])
    op.create_index("ix_reviews_at", "reviews", ["at"])
    op.create_index("ix_outcomes_at", "outcomes", ["at"])
    op.create_table(
        "review_queue",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("rank", sa.Float(), nullable=False),
        sa.Column("targets", _JSON, nullable=False),
        sa.Column("settled", _JSON, nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("assignment_group", sa.Text()),
        sa.Column("segments", sa.Text(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.String(20)),
        sa.Column("claimed_until", _MOMENT),
        _goes_with_its_ticket("review_queue"),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_review_queue"),
    )
    waits = sa.text("waits")
    for name, columns in (("rank", ["rank"]), ("group", ["assignment_group", "rank"])):
        op.create_index(f"ix_review_queue_{name}", "review_queue", columns, sqlite_where=waits, postgresql_where=waits)
    is_claimed = sa.text("claimed_by IS NOT NULL")
    op.create_index(
        "ix_review_queue_claimed", "review_queue", ["claimed_by"], sqlite_where=is_claimed, postgresql_where=is_claimed
    )


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text()),
        sa.Column("customer_id", sa.Text()),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", _MOMENT, nullable=False),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("leased_until", _MOMENT),
        sa.Column("last_error", sa.Text()),
        sa.Column("settled_at", _MOMENT),
        _goes_with_its_ticket("events"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_message_id", "events", ["message_id"], unique=True)
    op.create_index("ix_events_subscriber_subject_state", "events", ["subscriber", "subject", "state"])
    op.create_index("ix_events_state_next_attempt_at_id", "events", ["state", "next_attempt_at", "id"])
    op.create_index("ix_events_ticket_id", "events", ["ticket_id"])
    op.create_index("ix_events_customer_id", "events", ["customer_id"])
    op.create_index("ix_events_settled_at", "events", ["settled_at"])
    op.create_table(
        "known_segments",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("segments", _JSON, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_known_segments"),
    )


def _create_vips() -> None:
    op.create_table(
        "vips",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.String(20), nullable=False),
        sa.Column("marked_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_vips"),
    )


def _let_callers_take_the_place_of_keys() -> None:
    # answers are kept for a day: whoever repeats a request across the upgrade is still answered from them
    for table in ("idempotency", "profile_views"):
        with op.batch_alter_table(table) as altered:
            altered.drop_constraint(f"fk_{table}_api_key_id_api_keys", type_="foreignkey")
            altered.alter_column("api_key_id", new_column_name="caller", type_=sa.String(20))
        op.execute(f"UPDATE {table} SET caller = 'key:' || caller")  # noqa: S608  (the two names above)


def _goes_with_its_ticket(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["ticket_id"], ["tickets.id"], name=f"fk_{table}_ticket_id_tickets", ondelete="CASCADE"
    )
