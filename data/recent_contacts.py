"""The contacts of customers who called lately, kept in memory: a profile needs hundreds, and most were there last time.

What is kept is held against the database before it is used, by two numbers an index has. So it makes no difference who
stored something meanwhile: an import, another process, or whoever removed a person.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from data.customers import MOST_CONTACTS, contact_from, contacts_of, contacts_of_all
from data.persons import Person
from data.statements import Statement, as_rows, one_of
from data.tables import tickets
from triage.customers.contact import Contact
from triage.customers.contact_columns import ContactColumns
from triage.customers.profile import YEAR

__all__ = ["RecentContacts"]

MOST_REMEMBERED = 100_000
"""Contacts in memory, about 130 bytes each; the customers who called last are kept."""

_MOST_OF_ONE = 2 * MOST_CONTACTS
_STATES = Statement(
    select(tickets.c.customer_id, func.count(), func.max(tickets.c.updated_at))
    .where(one_of(tickets.c.customer_id, "ids"), tickets.c.opened_at > bindparam("since"))
    .group_by(tickets.c.customer_id)
)
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(slots=True, eq=False)
class _Known:
    """What is kept of a person.

    Attributes:
        ids: theirs, when it was read.
        columns: every contact after `since`.
        since: a moment.
        n: rows after `since`.
        newest: the latest `updated_at` among them.
    """

    ids: tuple[str, ...]
    columns: ContactColumns
    since: datetime
    n: int
    newest: datetime | None

    def is_good_for(self, ids: tuple[str, ...]) -> bool:
        """Whether it is of this person, and not so much that it is better read anew."""
        return self.ids == ids and len(self.columns) <= _MOST_OF_ONE

    def is_in(self, states: Mapping[str, tuple[int, datetime]]) -> bool:
        """Whether the database has the same, given how many rows each id has after `since`, and the latest change."""
        found = [states[id_] for id_ in self.ids if id_ in states]
        n, newest = sum(n for n, _ in found), max((newest for _, newest in found), default=None)
        return (n, newest) == (self.n, self.newest)


class RecentContacts:
    """Contacts by person, for the one thread that scores.

    Args:
        most: contacts in memory.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._n = 0
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def bring_up(self, connection: Connection, persons: Iterable[Person], now: datetime) -> None:
        """Make sure that what is kept of these persons is what the database has; reads what it is not.

        What this transaction has stored so far counts in, so whoever undoes it calls `clear`.
        """
        asked = {person.id: person.ids for person in persons}
        known = {id_: kept for id_, ids in asked.items() if (kept := self._known.get(id_)) and kept.is_good_for(ids)}
        missing = {id_: ids for id_, ids in asked.items() if id_ not in known}
        missing |= {id_: asked[id_] for id_ in self._outdated(connection, known)}
        self._read(connection, missing, _earliest(now))
        for id_ in asked:
            self._known.move_to_end(id_)

    def of(self, connection: Connection, person: Person, moment: datetime) -> ContactColumns:
        """The contacts that make a person's profile as of a moment; of one who was brought up."""
        kept = self._known[person.id]
        found = kept.columns.until(moment, MOST_CONTACTS)
        if kept.since <= moment - YEAR or len(found) == MOST_CONTACTS:
            return found
        return ContactColumns.of(contacts_of(connection, person.ids, moment - YEAR, moment, MOST_CONTACTS))

    def add(self, person: Person, contact: Contact, stored_at: datetime) -> None:
        """Count in a contact of a person who was brought up, which this transaction has stored."""
        kept = self._known[person.id]
        if contact.opened_at > kept.since:
            kept.columns.plus(contact)
            kept.n += 1
            kept.newest = stored_at if kept.newest is None else max(kept.newest, stored_at)
            self._n += 1

    def trim(self) -> None:
        """Let go of who called longest ago."""
        while self._n > self._most:
            self._forget(next(iter(self._known)))

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
        self._n = 0

    def _outdated(self, connection: Connection, known: Mapping[str, _Known]) -> Iterator[str]:
        """Those of whom the database has something else by now."""
        asked: dict[datetime, list[str]] = defaultdict(list)
        for kept in known.values():
            asked[kept.since] += kept.ids
        for since, ids in asked.items():
            rows = _STATES.rows(connection, {"ids": as_rows(ids), "since": since})
            states = {customer_id: (n, newest) for customer_id, n, newest in rows}
            for id_, kept in known.items():
                if kept.since == since and not kept.is_in(states):
                    yield id_

    def _read(self, connection: Connection, persons: Mapping[str, tuple[str, ...]], since: datetime) -> None:
        for id_, rows in contacts_of_all(connection, persons, since, _EVER, MOST_CONTACTS).items():
            self._forget(id_)
            contacts = [contact_from(row) for row in rows]
            # of more than are read nothing is known before the oldest
            begins = contacts[0].opened_at if len(rows) == MOST_CONTACTS else since
            updated = [row[-1] for row in rows if row[0] > begins]
            self._known[id_] = _Known(
                persons[id_], ContactColumns.of(contacts), begins, len(updated), max(updated, default=None)
            )
            self._n += len(rows)

    def _forget(self, id_: str) -> None:
        if (kept := self._known.pop(id_, None)) is not None:
            self._n -= len(kept.columns)


def _earliest(now: datetime) -> datetime:
    """From when on contacts are kept: the same for a day, so that one question is enough for many customers."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - YEAR - timedelta(days=1)
