"""The store of which ids are one person, where no rule can know: two addresses, a number and a name.

Every row keeps the id that it came with. Whoever reads asks here first which ids a person has, so that taking a join
back leaves everything as it was. What is agreed while two are one goes to the id that they go by.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import SecretStr
from sqlalchemy import Connection, Text, cast, delete, null, or_, select, union_all, update

from data.database import insert
from data.pseudonyms import earlier_ids, stored_id
from data.statements import Statement, as_rows, one_of
from data.tables import aliases, opt_outs, plans, same_persons
from triage.errors import InvalidInput

__all__ = ["Ids", "Person", "all_ids", "find", "join", "join_earlier", "part", "person_named"]

Ids = str | tuple[str, ...]
"""A stored id, or all stored ids of a person, the one that they go by first."""

_KNOWN = Statement(
    union_all(
        select(opt_outs.c.customer_id, cast(null(), Text)).where(one_of(opt_outs.c.customer_id, "ids")),
        select(aliases.c.customer_id, aliases.c.person).where(one_of(aliases.c.customer_id, "ids")),
    )
)
_MEMBERS = Statement(
    select(aliases.c.person, aliases.c.customer_id, opt_outs.c.customer_id.is_not(None))
    .join_from(aliases, opt_outs, opt_outs.c.customer_id == aliases.c.customer_id, isouter=True)
    .where(one_of(aliases.c.person, "persons"))
    .order_by(aliases.c.customer_id)
)
_PROMISED = Statement(
    union_all(*(select(table.c.customer_id).where(one_of(table.c.customer_id, "ids")) for table in (opt_outs, plans)))
)


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the database knows them.

    Attributes:
        ids: their stored ids, the one that they go by first.
        is_out: whether they want no profile; told of one id, it holds for all.
    """

    ids: tuple[str, ...]
    is_out: bool = False

    @property
    def id(self) -> str:
        """The id that they go by."""
        return self.ids[0]


def all_ids(person: Ids) -> tuple[str, ...]:
    """The stored ids, also of one who was named by one."""
    return (person,) if isinstance(person, str) else person


def find(connection: Connection, customer_ids: Iterable[str]) -> dict[str, Person]:
    """Who is behind each of these stored ids; one that was never heard of is a person, too."""
    asked = list(customer_ids)
    if not asked:
        return {}
    out, person_of = set(), {}
    for customer_id, person in _KNOWN.rows(connection, {"ids": as_rows(asked)}):
        if person is None:
            out.add(customer_id)
        else:
            person_of[customer_id] = person
    joined = _joined(connection, set(person_of.values()))
    return {id_: joined[person_of[id_]] if id_ in person_of else Person((id_,), id_ in out) for id_ in asked}


def person_named(connection: Connection, spelling: str, key: SecretStr | None, now: datetime) -> Person | None:
    """Whoever is named in whatever spelling, or as a list shows them; None for nobody.

    Args:
        connection: to write to, as a promise may hang on an earlier hash of this very spelling.
        spelling: of an id.
        key: the installation's, that stored ids are hashed with.
        now: the moment.
    """
    id_ = stored_id(spelling, key)
    if id_ is None:
        return None
    join_earlier(connection, earlier_ids([spelling], key), now)
    return find(connection, [id_])[id_]


def join(
    connection: Connection, one: str, other: str, now: datetime, told_by: Literal["hand", "spelling"] = "hand"
) -> bool:
    """Remembers that two stored ids are one person, who goes by what the first one goes by; False if that was known."""
    persons = find(connection, (one, other))
    if other in persons[one].ids:
        return False
    said = {"one": one, "other": other, "told_by": told_by, "since": now, "until": None}
    connection.execute(insert(connection, same_persons), said)
    _write(connection, (*persons[one].ids, *persons[other].ids))
    return True


def part(connection: Connection, one: str, other: str, now: datetime) -> bool:
    """Takes back that two stored ids are one person; False if they are none.

    Raises:
        InvalidInput: they are one only because each is one with a third, and what was not said cannot be taken back.
    """
    ids = find(connection, (one,))[one].ids
    if other not in ids:
        return False
    columns = same_persons.c
    pair = or_((columns.one == one) & (columns.other == other), (columns.one == other) & (columns.other == one))
    if not connection.execute(update(same_persons).where(pair, columns.until.is_(None)).values(until=now)).rowcount:
        raise InvalidInput(
            "These two were not joined with each other, but each with a third; take back one of those joins."
        )
    connection.execute(delete(aliases).where(aliases.c.customer_id.in_(ids)))
    holding = select(columns.one, columns.other).where(columns.until.is_(None), columns.one.in_(ids))
    for group in _groups((row.one, row.other) for row in connection.execute(holding.order_by(columns.id))):
        _write(connection, group)
    return True


def join_earlier(connection: Connection, earlier: dict[str, str], now: datetime) -> None:
    """Joins ids with those that the same spelling was hashed to before there were keys, where a promise hangs on it.

    Args:
        connection: to write to.
        earlier: by the earlier id the one of today.
        now: the moment.
    """
    if not earlier:
        return
    promised = {row[0] for row in _PROMISED.rows(connection, {"ids": as_rows(earlier)})}
    for id_ in sorted(promised):
        join(connection, earlier[id_], id_, now, "spelling")


def _joined(connection: Connection, persons: set[str]) -> dict[str, Person]:
    if not persons:
        return {}
    ids: dict[str, list[str]] = {person: [person] for person in persons}
    out = set()
    for person, customer_id, is_out in _MEMBERS.rows(connection, {"persons": as_rows(persons)}):
        if customer_id != person:
            ids[person].append(customer_id)
        if is_out:
            out.add(person)
    return {person: Person(tuple(found), person in out) for person, found in ids.items()}


def _write(connection: Connection, ids: Sequence[str]) -> None:
    """Lets these ids go by the first of them."""
    connection.execute(delete(aliases).where(aliases.c.customer_id.in_(ids)))
    connection.execute(insert(connection, aliases), [{"customer_id": id_, "person": ids[0]} for id_ in sorted(ids)])


def _groups(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The ids that hang together, each group as it came to be: the second of a pair goes by what the first goes by."""
    group_of: dict[str, list[str]] = {}
    for one, other in pairs:
        group, joining = group_of.setdefault(one, [one]), group_of.setdefault(other, [other])
        group += joining
        group_of |= dict.fromkeys(joining, group)
    return [tuple(group) for group in {id(group): group for group in group_of.values()}.values()]
