"""Plans that were agreed for customers, who looked at their profiles, and who wants none."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_MOMENT = sa.DateTime(timezone=True)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_IS_OPEN = sa.text("outcome = 'open'")


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "plans",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text()),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_index("ix_plans_customer_id_id", "plans", ["customer_id", "id"])
    op.create_index(
        "ix_plans_open", "plans", ["customer_id"], unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN
    )
    op.create_table(
        "profile_views",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("api_key_id", sa.String(12), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_profile_views_api_key_id_api_keys"),
        sa.PrimaryKeyConstraint("id", name="pk_profile_views"),
    )
    op.create_index("ix_profile_views_customer_id_at", "profile_views", ["customer_id", "at"])
    op.create_index("ix_profile_views_at", "profile_views", ["at"])
    op.create_table(
        "opt_outs",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_opt_outs"),
    )
