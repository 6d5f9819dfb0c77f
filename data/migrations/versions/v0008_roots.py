"""What recurs and what it belongs to: problems, changes, surges, links; what a desk is measured by, counted by day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

_MOMENT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Creates the tables. Days are counted and problems looked for by the service, not here: both take a while."""
    op.add_column("predictions", sa.Column("risk", _JSON))
    op.create_index("ix_tickets_updated_at", "tickets", ["updated_at"])
    op.create_index("ix_tickets_resolved_at", "tickets", ["resolved_at"])
    op.create_index("ix_tickets_closed_at", "tickets", ["closed_at"])
    op.create_index("ix_tickets_resolved_at_closed_at", "tickets", ["resolved_at", "closed_at"])
    op.create_table(
        "jobs",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("done_at", _MOMENT),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("leased_until", _MOMENT),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
    )
    _create_counts()
    _create_problems()
    _create_surges()
    _create_links()


def _create_counts() -> None:
    op.create_table(
        "daily_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(20), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("day", "dimension", "value", name="pk_daily_counts"),
    )
    op.create_index("ix_daily_counts_dimension_day", "daily_counts", ["dimension", "day"])
    op.create_table(
        "daily_work",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("resolver", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("day", "resolver", "topic", name="pk_daily_work"),
    )
    op.create_table(
        "handovers",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("from_group", sa.Text(), nullable=False),
        sa.Column("to_group", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT),
        _goes_with_its_ticket("handovers"),
        sa.PrimaryKeyConstraint("id", name="pk_handovers"),
    )
    op.create_index("ix_handovers_ticket_id_place", "handovers", ["ticket_id", "place"], unique=True)
    op.create_table(
        "digests",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=False),
        sa.Column("n_recipients", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week", name="pk_digests"),
    )


def _create_problems() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("service", sa.Text()),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_at", "changes", ["at"])
    op.create_table(
        "problems",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_named_by_hand", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("workaround", sa.Text()),
        sa.Column("service", sa.Text()),
        sa.Column("centre", _JSON, nullable=False),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("n_tickets", sa.Integer(), nullable=False),
        sa.Column("hours_lost", sa.Float(), nullable=False),
        sa.Column("first_seen_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
        sa.Column("merged_into", _ROW_ID),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_problems"),
    )
    op.create_index("ix_problems_state", "problems", ["state"])
    op.create_table(
        "problem_tickets",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("problem_id", _ROW_ID, nullable=False),
        sa.Column("told_by", sa.String(10), nullable=False),
        _goes_with_its_ticket("problem_tickets"),
        sa.ForeignKeyConstraint(
            ["problem_id"], ["problems.id"], name="fk_problem_tickets_problem_id_problems", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_problem_tickets"),
    )
    op.create_index("ix_problem_tickets_problem_id", "problem_tickets", ["problem_id"])


def _create_surges() -> None:
    op.create_table(
        "surges",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("dimension", sa.String(20), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("n_observed", sa.Integer(), nullable=False),
        sa.Column("n_expected", sa.Float(), nullable=False),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("decided_by", sa.String(20)),
        sa.Column("decided_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_surges"),
    )
    op.create_index("ix_surges_state", "surges", ["state"])
    op.create_index("ix_surges_started_at", "surges", ["started_at"])


def _create_links() -> None:
    op.create_table(
        "ticket_links",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("other_ticket_id", sa.Text()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(20)),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT),
        _goes_with_its_ticket("ticket_links"),
        sa.ForeignKeyConstraint(
            ["other_ticket_id"], ["tickets.id"], name="fk_ticket_links_other_ticket_id_tickets", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "kind", "other", name="pk_ticket_links"),
    )
    op.create_index("ix_ticket_links_kind_other_state", "ticket_links", ["kind", "other", "state"])
    op.create_index("ix_ticket_links_other_ticket_id", "ticket_links", ["other_ticket_id"])


def _goes_with_its_ticket(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["ticket_id"], ["tickets.id"], name=f"fk_{table}_ticket_id_tickets", ondelete="CASCADE"
    )
