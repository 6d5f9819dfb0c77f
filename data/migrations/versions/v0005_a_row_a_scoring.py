"""What was answered about a ticket in one scoring is one row, where it was one for each target.

Rows of one scoring share the ticket, the model and the moment. Two scorings that share all three cannot be told apart
but by a target that comes twice, which begins another row.

The index of a customer's tickets also tells when they were changed last.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_N_ROWS = 5_000
"""So many are in memory, and those of one more ticket."""

_SAID = ("value", "confidence", "threshold", "decision", "reason", "top")
_stored = sa.table(
    "predictions",
    sa.column("id", sa.BigInteger()),
    sa.column("ticket_id", sa.Text()),
    sa.column("target", sa.Text()),
    *(sa.column(name) for name in _SAID[:-1]),
    sa.column("top", _JSON),
    sa.column("model_version", sa.Text()),
    sa.column("created_at"),
    sa.column("answers", _JSON),
)

_FIRST: sa.BindParameter[int] = sa.bindparam("first")
_KEEP = _stored.update().where(_stored.c.id == _FIRST)


def upgrade() -> None:
    """Writes the answers of each scoring into its first row and removes the others; widens the index."""
    op.add_column("predictions", sa.Column("answers", _JSON))
    bind = op.get_bind()
    for rows in _portions(bind):
        kept = [{"first": first, "answers": answers} for first, answers in _scorings(rows)]
        bind.execute(_KEEP.values(answers=sa.bindparam("answers", type_=_JSON)), kept)
    bind.execute(_stored.delete().where(_stored.c.answers.is_(sa.null())))
    with op.batch_alter_table("predictions") as table:
        table.alter_column("answers", existing_type=_JSON, nullable=False)
        for name in ("target", *_SAID):
            table.drop_column(name)
    op.drop_index("ix_tickets_customer_id_opened_at", "tickets")
    op.create_index(
        "ix_tickets_customer_id_opened_at_updated_at", "tickets", ["customer_id", "opened_at", "updated_at"]
    )


def _portions(bind: sa.Connection) -> Iterator[Sequence[sa.Row[Any]]]:
    """All rows, those of a ticket together, in order of id."""
    ticket_id = _stored.c.ticket_id
    asked = sa.select(*(each for each in _stored.c if each.name != "answers"))
    rest: sa.ColumnElement[bool] = sa.true()
    while True:
        next_ids = sa.select(ticket_id).where(rest).order_by(ticket_id).limit(_N_ROWS).subquery()
        last = bind.scalar(sa.select(sa.func.max(next_ids.c.ticket_id)))
        if last is None:
            return
        # sorted here: a database may take the order of ids for a reason to read the whole table each time
        yield sorted(bind.execute(asked.where(rest, ticket_id <= last)), key=attrgetter("id"))
        rest = ticket_id > last


def _scorings(rows: Iterable[sa.Row[Any]]) -> list[tuple[int, dict[str, Any]]]:
    """The answers of each scoring by target, with the id of its first row."""
    scorings: list[tuple[int, dict[str, Any]]] = []
    latest: dict[tuple[str, str, object], dict[str, Any]] = {}
    for row in rows:
        key = (row.ticket_id, row.model_version, row.created_at)
        if key not in latest or row.target in latest[key]:
            latest[key] = {}
            scorings.append((row.id, latest[key]))
        latest[key][row.target] = {name: getattr(row, name) for name in _SAID}
    return scorings
