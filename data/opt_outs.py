"""The store of who wants no profile."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from data.database import insert
from data.tables import opt_outs

__all__ = ["all_out", "are_out", "opt_in", "opt_out"]

_AMONG = select(opt_outs.c.customer_id).where(opt_outs.c.customer_id.in_(bindparam("ids", expanding=True)))


def opt_out(connection: Connection, customer_id: str, now: datetime) -> bool:
    """Remembers that a customer wants no profile; False if that was known."""
    told = connection.execute(
        insert(connection, opt_outs).on_conflict_do_nothing(index_elements=["customer_id"]).returning(opt_outs.c.since),
        {"customer_id": customer_id, "since": now},
    )
    return told.first() is not None


def opt_in(connection: Connection, customer_id: str) -> bool:
    """Forgets that again; False if the customer had not opted out."""
    return connection.execute(delete(opt_outs).where(opt_outs.c.customer_id == customer_id)).rowcount > 0


def are_out(connection: Connection, customer_ids: Iterable[str]) -> frozenset[str]:
    """Those of the customers who want no profile."""
    asked = list(customer_ids)
    return frozenset(connection.scalars(_AMONG, {"ids": asked})) if asked else frozenset()


def all_out(connection: Connection) -> frozenset[str]:
    """Everybody who wants no profile."""
    return frozenset(connection.scalars(select(opt_outs.c.customer_id)))
