"""What ticketing systems send, what is to be written to them, and which values tickets were given there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "sourced_tickets",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("baseline", _JSON, nullable=False),
        _goes_with_its_ticket("sourced_tickets"),
        sa.PrimaryKeyConstraint("source", "reference", name="pk_sourced_tickets"),
    )
    op.create_index("ix_sourced_tickets_ticket_id", "sourced_tickets", ["ticket_id"])
    op.create_table(
        "deliveries",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("headers", _JSON, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        *_what_becomes_of_it(),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_source_delivery_id", "deliveries", ["source", "delivery_id"], unique=True)
    op.create_index("ix_deliveries_source_reference_state", "deliveries", ["source", "reference", "state"])
    op.create_index("ix_deliveries_state_next_attempt_at_id", "deliveries", ["state", "next_attempt_at", "id"])
    op.create_index("ix_deliveries_customer_id", "deliveries", ["customer_id"])
    op.create_index("ix_deliveries_settled_at", "deliveries", ["settled_at"])
    op.create_table(
        "outbox",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("change", _JSON, nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        *_what_becomes_of_it(),
        _goes_with_its_ticket("outbox"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_mark", "outbox", ["mark"], unique=True)
    op.create_index("ix_outbox_source_reference_state", "outbox", ["source", "reference", "state"])
    op.create_index("ix_outbox_state_next_attempt_at_id", "outbox", ["state", "next_attempt_at", "id"])
    op.create_index("ix_outbox_ticket_id", "outbox", ["ticket_id"])
    op.create_table(
        "outcomes",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("provenance", sa.String(10), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text()),
        sa.Column("at", _MOMENT, nullable=False),
        _goes_with_its_ticket("outcomes"),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_ticket_id_target_at", "outcomes", ["ticket_id", "target", "at"])


def _what_becomes_of_it() -> list[sa.Column[object]]:
    return [
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", _MOMENT, nullable=False),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("leased_until", _MOMENT),
        sa.Column("last_error", sa.Text()),
        sa.Column("settled_at", _MOMENT),
    ]


def _goes_with_its_ticket(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["ticket_id"], ["tickets.id"], name=f"fk_{table}_ticket_id_tickets", ondelete="CASCADE"
    )
