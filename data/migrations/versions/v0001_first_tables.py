"""The first tables: tickets, predictions, API keys and answers kept for repeated requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates them."""
    op.create_table(
        "tickets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT),
        sa.Column("customer_id", sa.Text()),
        sa.Column("channel", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("attributes", _JSON, nullable=False),
        sa.Column("ticket_type", sa.Text()),
        sa.Column("assignment_group", sa.Text()),
        sa.Column("priority", sa.Text()),
        sa.Column("impact", sa.Text()),
        sa.Column("urgency", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("resolved_at", _MOMENT),
        sa.Column("closed_at", _MOMENT),
        sa.Column("reassignments", sa.Integer()),
        sa.Column("reopens", sa.Integer()),
        sa.Column("resolved_by", sa.Text()),
        sa.Column("resolution", sa.Text()),
        sa.Column("knowledge_article", sa.Text()),
        sa.Column("satisfaction", sa.Float()),
        sa.Column("made_sla", sa.Boolean()),
        sa.Column("first_contact_resolution", sa.Boolean()),
        sa.Column("effort_minutes", sa.Float()),
        sa.Column("problem_id", sa.Text()),
        sa.Column("change_id", sa.Text()),
        sa.Column("outcome_attributes", _JSON, nullable=False),
        sa.Column("first_seen_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
    )
    op.create_index("ix_tickets_customer_id_opened_at", "tickets", ["customer_id", "opened_at"])
    op.create_index("ix_tickets_opened_at", "tickets", ["opened_at"])
    op.create_table(
        "predictions",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("top", _JSON, nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_predictions_ticket_id_tickets", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
    )
    op.create_index("ix_predictions_ticket_id", "predictions", ["ticket_id"])
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("scopes", _JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    op.create_table(
        "idempotency",
        sa.Column("api_key_id", sa.String(12), nullable=False),
        sa.Column("route", sa.String(200), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name="fk_idempotency_api_key_id_api_keys", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_key_id", "route", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
