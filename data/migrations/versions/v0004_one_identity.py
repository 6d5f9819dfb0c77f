"""One key for every spelling of a ticket and of a person; what is stored under several is brought together.

Nothing is lost by it. A ticket keeps how its ids were spelled. What had to give way, such as the older of two rows of
one ticket, is kept whole in `joined_spellings`, beside every spelling of a person with its key. The log says how many
there were.

Ids that were stored as keyed hashes stay apart where they were hashed from different spellings: nobody can turn them
back. The log says how many ids look like one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import structlog
from alembic import op
from sqlalchemy.dialects import postgresql

from triage.identity import person_key, ticket_key

revision = "0004"
down_revision = "0003"

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_HASH = re.compile(r"[0-9a-f]{32}")
_READ_OFF = ("writing_precision", "asks_how", "is_automatic")
_ENDED = "Ended when two spellings of this customer were joined, of which each had an open plan."
_REFERENCE = "fk_predictions_ticket_id_tickets"
_NAMING = ("tickets", "plans", "profile_views", "opt_outs")

_WAS: sa.BindParameter[str] = sa.bindparam("was")
_KEY: sa.BindParameter[str | None] = sa.bindparam("key")

_Row = dict[str, Any]


def upgrade() -> None:
    """Makes room for spellings and joins by hand, brings together what is one, and says what that was."""
    _make_tables()
    bind = op.get_bind()
    stored = sa.MetaData()
    stored.reflect(bind, only=[*_NAMING, "predictions", "joined_spellings"])
    keep = _Keeper(bind, stored.tables["joined_spellings"])
    tickets = _join_tickets(bind, stored, keep)
    persons = _join_persons(bind, stored, keep)
    if any((tickets | persons).values()):
        structlog.get_logger(__name__).warning("spellings_joined", **tickets, **persons)


def _make_tables() -> None:
    op.add_column("tickets", sa.Column("id_as_filed", sa.Text()))
    op.add_column("tickets", sa.Column("customer_as_filed", sa.Text()))
    op.create_table(
        "same_persons",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("one", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("told_by", sa.String(10), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_same_persons"),
    )
    op.create_index("ix_same_persons_one", "same_persons", ["one"])
    op.create_index("ix_same_persons_other", "same_persons", ["other"])
    op.create_table(
        "aliases",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_aliases"),
    )
    op.create_index("ix_aliases_person", "aliases", ["person"])
    op.create_table(
        "joined_spellings",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("joined_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_joined_spellings"),
    )
    op.create_index("ix_joined_spellings_customer_id", "joined_spellings", ["customer_id"])


class _Keeper:
    """Keeps what gives way."""

    def __init__(self, bind: sa.Connection, table: sa.Table) -> None:
        self._bind, self._table = bind, table
        self._now = datetime.now(UTC) if bind.dialect.name == "postgresql" else datetime.now(UTC).replace(tzinfo=None)

    def __call__(self, kind: str, spelling: str, key: str, customer_id: str | None, content: _Row) -> None:
        """Keeps one row."""
        written = {
            name: value if value is None or isinstance(value, str | int | float | dict) else value.isoformat()
            for name, value in content.items()
        }
        row = {"kind": kind, "spelling": spelling, "key": key, "customer_id": customer_id, "content": written}
        self._bind.execute(self._table.insert(), row | {"joined_at": self._now})


def _join_tickets(bind: sa.Connection, stored: sa.MetaData, keep: "_Keeper") -> dict[str, int]:
    tickets, predictions = stored.tables["tickets"], stored.tables["predictions"]
    spelled = defaultdict(list)
    for id_ in bind.scalars(sa.select(tickets.c.id)):
        if (key := ticket_key(id_)) not in ("", id_):
            spelled[key].append(id_)
    if not spelled:
        return {"n_tickets_renamed": 0, "n_tickets_joined": 0}
    taken = set()
    for some in _portions(list(spelled)):
        taken |= set(bind.scalars(sa.select(tickets.c.id).where(tickets.c.id.in_(some))))
    apart = [key for key, ids in spelled.items() if len(ids) > 1 or key in taken]
    renamed = [{"was": ids[0], "key": key} for key, ids in spelled.items() if len(ids) == 1 and key not in taken]

    is_postgresql = bind.dialect.name == "postgresql"  # SQLite checks no references during a migration
    if is_postgresql:
        op.drop_constraint(_REFERENCE, "predictions", type_="foreignkey")
    if renamed:
        bind.execute(tickets.update().where(tickets.c.id == _WAS).values(id=_KEY, id_as_filed=_WAS), renamed)
        bind.execute(predictions.update().where(predictions.c.ticket_id == _WAS).values(ticket_id=_KEY), renamed)
    for key in apart:
        _join_ticket(bind, stored, keep, key, [key, *spelled[key]])
    if is_postgresql:
        op.create_foreign_key(_REFERENCE, "predictions", "tickets", ["ticket_id"], ["id"], ondelete="CASCADE")
    n_spellings = sum(len(spelled[key]) + (key in taken) for key in apart)
    return {"n_tickets_renamed": len(renamed), "n_tickets_joined": n_spellings - len(apart)}


def _join_ticket(bind: sa.Connection, stored: sa.MetaData, keep: "_Keeper", key: str, ids: Sequence[str]) -> None:
    """Makes one row of those of one ticket: what the newest says counts, what it does not say an older one does."""
    tickets, predictions = stored.tables["tickets"], stored.tables["predictions"]
    asked = sa.select(tickets).where(tickets.c.id.in_(ids)).order_by(tickets.c.updated_at, tickets.c.first_seen_at)
    rows: list[_Row] = [dict(row) for row in bind.execute(asked.order_by(tickets.c.id)).mappings()]
    merged = rows[0]
    for row in rows[1:]:
        merged = merged | {name: value for name, value in row.items() if _says(name, value)}
        if row["subject"] or row["body"]:
            merged |= {name: row[name] for name in _READ_OFF}
    newest = rows[-1]["id"]
    merged |= {"id": key, "id_as_filed": None if newest == key else newest}
    merged["first_seen_at"] = min(row["first_seen_at"] for row in rows)
    for row in rows[:-1]:
        keep("ticket", row["id"], key, _person(row["customer_id"]) or _person(merged["customer_id"]), row)
    others = [row["id"] for row in rows[:-1]]
    bind.execute(predictions.update().where(predictions.c.ticket_id.in_([*others, newest])).values(ticket_id=key))
    bind.execute(tickets.delete().where(tickets.c.id.in_(others)))
    bind.execute(tickets.update().where(tickets.c.id == newest).values(**merged))


def _join_persons(bind: sa.Connection, stored: sa.MetaData, keep: "_Keeper") -> dict[str, int]:
    counts: dict[str, Counter[str]] = {}
    for name in _NAMING:
        column = stored.tables[name].c.customer_id
        asked = sa.select(column, sa.func.count()).where(column.is_not(None)).group_by(column)
        counts[name] = Counter({row[0]: row[1] for row in bind.execute(asked)})
    known = set().union(*counts.values())
    key_of = {id_: person_key(id_) for id_ in known}
    renamed = {id_: key for id_, key in key_of.items() if key is not None and key != id_}
    nobody = sorted(id_ for id_, key in key_of.items() if key is None and counts["tickets"][id_])
    for id_ in sorted(renamed):
        keep("person", id_, renamed[id_], renamed[id_], {name: counts[name][id_] for name in _NAMING})
    for id_ in nobody:
        keep("nobody", id_, "", None, {name: counts[name][id_] for name in _NAMING})

    _end_open_plans(bind, stored.tables["plans"], keep, renamed)
    _join_opt_outs(bind, stored.tables["opt_outs"], keep, renamed)
    _rename(bind, stored.tables["plans"], renamed)
    _rename(bind, stored.tables["profile_views"], renamed)
    _rename(bind, stored.tables["tickets"], renamed | dict.fromkeys(nobody), keeps_spelling=True)
    one = Counter(key for key in key_of.values() if key is not None)
    return {
        "n_customers_renamed": sum(one[key] == 1 for key in renamed.values()),
        "n_customers_joined": sum(n - 1 for n in one.values()),
        "n_placeholders": len(nobody),
        "n_hashes_left_apart": sum(_HASH.fullmatch(id_) is not None for id_ in known),
    }


def _rename(
    bind: sa.Connection, table: sa.Table, renamed: Mapping[str, str | None], *, keeps_spelling: bool = False
) -> None:
    if not renamed:
        return
    change = table.update().where(table.c.customer_id == _WAS).values(customer_id=_KEY)
    if keeps_spelling:
        change = change.values(customer_as_filed=_WAS)
    bind.execute(change, [{"was": id_, "key": renamed[id_]} for id_ in sorted(renamed)])


def _end_open_plans(bind: sa.Connection, plans: sa.Table, keep: "_Keeper", renamed: Mapping[str, str]) -> None:
    """Of several open plans of one person the one that was changed last stays open; there can be but one."""
    open_plans: dict[str, list[_Row]] = defaultdict(list)
    asked = sa.select(plans).where(plans.c.outcome == "open").order_by(plans.c.updated_at, plans.c.id)
    for row in map(dict, bind.execute(asked).mappings()):
        open_plans[renamed.get(row["customer_id"], row["customer_id"])].append(row)
    for key, rows in open_plans.items():
        for row in rows[:-1]:
            keep("plan", row["customer_id"], key, key, row)
            note = f"{row['note']} {_ENDED}" if row["note"] else _ENDED
            bind.execute(plans.update().where(plans.c.id == row["id"]).values(outcome="dropped", note=note))


def _join_opt_outs(bind: sa.Connection, opt_outs: sa.Table, keep: "_Keeper", renamed: Mapping[str, str]) -> None:
    """Whoever opted out in any spelling is out in every one, since the first of them."""
    since: dict[str, datetime] = {}
    rows = bind.execute(sa.select(opt_outs).order_by(opt_outs.c.since)).all()
    for row in rows:
        key = renamed.get(row.customer_id, row.customer_id)
        since.setdefault(key, row.since)
        if row.customer_id in renamed:
            keep("opt_out", row.customer_id, key, key, {"since": row.since})
    gone = [row.customer_id for row in rows if row.customer_id in renamed]
    for some in _portions(gone):
        bind.execute(opt_outs.delete().where(opt_outs.c.customer_id.in_(some)))
    kept = {row.customer_id for row in rows} - set(gone)
    for key in sorted({renamed[id_] for id_ in gone}):
        change = opt_outs.update().where(opt_outs.c.customer_id == key) if key in kept else opt_outs.insert()
        bind.execute(change.values(customer_id=key, since=since[key]))


def _says(name: str, value: object) -> bool:
    if name == "customer_id" and value is not None:
        return person_key(str(value)) is not None
    return value not in (None, "", {}) and name not in _READ_OFF


def _person(customer_id: str | None) -> str | None:
    return None if customer_id is None else person_key(customer_id)


def _portions(ids: Sequence[str], most: int = 1_000) -> Iterable[Sequence[str]]:
    """As many at a time as a statement may name."""
    return (ids[at : at + most] for at in range(0, len(ids), most))
