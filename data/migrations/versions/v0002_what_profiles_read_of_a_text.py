"""What profiles are to know of a ticket's text, read off when it is stored; null for tickets that are there already.

Importing an export again fills it in for the tickets of that export.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("tickets", sa.Column("writing_precision", sa.Float()))
    op.add_column("tickets", sa.Column("asks_how", sa.Boolean()))
    op.add_column("tickets", sa.Column("is_automatic", sa.Boolean()))
