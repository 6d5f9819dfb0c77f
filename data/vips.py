"""The store of who is marked as a VIP, with the reason; told of one id of a person, it holds for all of them.

The mark is for people to see. Nothing that predicts, decides or puts in order may ask this module; a test holds that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from data.database import insert, storable
from data.persons import Ids, Person, all_ids
from data.tables import vips

__all__ = ["Vip", "mark", "marks_of", "unmark"]


@dataclass(frozen=True, slots=True)
class Vip:
    """A mark: why, by whom as `Caller.reference`, and since when."""

    reason: str
    marked_by: str
    marked_at: datetime


def mark(connection: Connection, person: Ids, reason: str, caller: str, now: datetime) -> Vip:
    """Marks a customer, or gives the mark another reason; the same reason again changes nothing."""
    kept = storable(reason).strip()
    ids = all_ids(person)
    known = _newest(connection, ids)
    if known is not None and known.reason == kept:
        return known
    unmark(connection, person)
    content = {"customer_id": ids[0], "reason": kept, "marked_by": caller, "marked_at": now}
    marked = insert(connection, vips)
    # of two who mark at the same moment, the later one's reason stands
    renewed = {name: marked.excluded[name] for name in content if name != "customer_id"}
    connection.execute(marked.on_conflict_do_update(index_elements=["customer_id"], set_=renewed), content)
    return Vip(kept, caller, now)


def unmark(connection: Connection, person: Ids) -> bool:
    """Takes the mark away; False if there was none."""
    return connection.execute(delete(vips).where(vips.c.customer_id.in_(all_ids(person)))).rowcount > 0


def marks_of(connection: Connection, persons: Iterable[Person]) -> Mapping[str, Vip]:
    """The marks of those who have one, by the id that each goes by; of who wants no profile none is told."""
    of_id = {id_: person.id for person in persons if not person.is_out for id_ in person.ids}
    columns = vips.c
    asked = select(columns.customer_id, columns.reason, columns.marked_by, columns.marked_at)
    asked = asked.where(columns.customer_id.in_(list(of_id))).order_by(columns.marked_at)
    return {of_id[id_]: Vip(*said) for id_, *said in connection.execute(asked)} if of_id else {}


def _newest(connection: Connection, ids: tuple[str, ...]) -> Vip | None:
    return marks_of(connection, [Person(ids)]).get(ids[0])
