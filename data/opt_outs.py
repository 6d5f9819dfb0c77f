"""The store of who wants no profile; told of one id of a person, it holds for all of them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, select

from data.database import insert
from data.known_segments import forget_profile
from data.persons import Ids, all_ids, find
from data.tables import aliases, opt_outs

__all__ = ["all_out", "are_out", "opt_in", "opt_out"]


def opt_out(connection: Connection, person: Ids, now: datetime) -> bool:
    """Remembers that a customer wants no profile, and lets go of what others were to hear of it; False if known before.

    It is kept for each of their ids: should these be taken apart again, it was said by both.
    """
    ids = all_ids(person)
    forget_profile(connection, person)
    was_out = connection.scalar(select(opt_outs.c.customer_id).where(opt_outs.c.customer_id.in_(ids)).limit(1))
    told = insert(connection, opt_outs).on_conflict_do_nothing(index_elements=["customer_id"])
    connection.execute(told, [{"customer_id": id_, "since": now} for id_ in sorted(ids)])
    return was_out is None


def opt_in(connection: Connection, person: Ids) -> bool:
    """Forgets that again; False if the customer had not opted out."""
    return connection.execute(delete(opt_outs).where(opt_outs.c.customer_id.in_(all_ids(person)))).rowcount > 0


def are_out(connection: Connection, customer_ids: Iterable[str]) -> frozenset[str]:
    """Those of the stored ids whose person wants no profile."""
    return frozenset(id_ for id_, person in find(connection, customer_ids).items() if person.is_out)


def all_out(connection: Connection) -> frozenset[str]:
    """Every stored id of everybody who wants no profile."""
    told = frozenset(connection.scalars(select(opt_outs.c.customer_id)))
    persons = select(aliases.c.person).join(opt_outs, opt_outs.c.customer_id == aliases.c.customer_id)
    return told | frozenset(connection.scalars(select(aliases.c.customer_id).where(aliases.c.person.in_(persons))))
