"""Customers, as the stored tickets show them: who contacted the desk, and each of their contacts.

What a profile is to know of a ticket is a field of `Contact`, filled here from a row; a test holds these contacts
against those that `contact_of` makes of the tickets themselves.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, cast, func, or_, select

from data.persons import Ids, Person, all_ids
from data.statements import Statement, as_rows, latest_of_each, listed, one_of
from data.tables import aliases, tickets
from triage.customers.contact import Contact, device_of, service_of, topic_of

__all__ = [
    "MOST_CONTACTS",
    "Caller",
    "ContactRow",
    "FiledTicket",
    "callers",
    "contact_from",
    "contact_moments",
    "contacts_of",
    "contacts_of_all",
    "latest_tickets",
    "moments_of",
    "n_tickets_of",
    "spellings",
    "weekly_contacts",
]

MOST_CONTACTS = 500
"""So many contacts make a profile, the latest; only machines and shared mailboxes have more in a year."""

_COLUMNS = (
    "opened_at",
    "attributes",
    "channel",
    "category",
    "ticket_type",
    "resolved_at",
    "closed_at",
    "reopens",
    "reassignments",
    "first_contact_resolution",
    "satisfaction",
    "knowledge_article",
    "writing_precision",
    "asks_how",
    "is_automatic",
    "updated_at",
)
"""What is read of a ticket, in the order in which `contact_from` takes it."""

_IN_TIME = (tickets.c.opened_at > bindparam("since"), tickets.c.opened_at <= bindparam("until"))

# made once: building them anew would take longer than asking them
_NEWEST = (tickets.c.opened_at.desc(), tickets.c.id.desc())
_LATEST = latest_of_each(
    listed("ids", "customer_id"),
    tickets.c.customer_id,
    tickets.c.opened_at,
    [tickets.c.id, *(tickets.c[name] for name in _COLUMNS)],
    most="most",
)
_MOMENTS = (
    select(tickets.c.customer_id, tickets.c.opened_at)
    .where(tickets.c.customer_id.is_not(None), *_IN_TIME)
    .where(tickets.c.is_automatic.is_not(True))
    .order_by(tickets.c.opened_at)
)
_WEEKLY = Statement(
    select(tickets.c.customer_id, tickets.c.opened_at).where(one_of(tickets.c.customer_id, "ids"), *_IN_TIME)
)
_SPELLING = (
    select(tickets.c.customer_as_filed, tickets.c.customer_id)
    .where(tickets.c.customer_id.in_(bindparam("ids", expanding=True)))
    .order_by(*_NEWEST)
    .limit(1)
)


ContactRow = tuple[Any, ...]
"""What is stored of a contact: when it was, its attributes, channel, category and so on, as `contact_from` takes it."""

_opened_at_and_id = itemgetter(2, 1)


@dataclass(frozen=True, slots=True)
class Caller:
    """A customer who contacted the desk, by the id that they go by, and how often."""

    customer_id: str
    n_contacts: int


@dataclass(frozen=True, slots=True)
class FiledTicket:
    """One of a customer's tickets, as a list shows it.

    Attributes:
        id: as it was filed.
        opened_at: -
        subject: as it is stored: what is personal in it is redacted.
        ticket_type: as people decided; None so far.
        assignment_group: -
        is_open: whether nobody has resolved or closed it.
    """

    id: str
    opened_at: datetime
    subject: str
    ticket_type: str | None
    assignment_group: str | None
    is_open: bool


def contacts_of(
    connection: Connection, person: Ids, since: datetime, until: datetime, most: int = MOST_CONTACTS
) -> list[Contact]:
    """The customer's contacts after `since` and up to `until`, oldest first; of more than `most` the latest."""
    return [contact_from(row) for row in contacts_of_all(connection, {"": person}, since, until, most)[""]]


def contacts_of_all(
    connection: Connection,
    persons: Mapping[str, Ids],
    since: datetime,
    until: datetime,
    most: int = MOST_CONTACTS,
) -> dict[str, list[ContactRow]]:
    """The same of several persons, by whatever name is given with each, as rows of which `contact_from` makes contacts.

    Making a contact takes as long as reading it, so it is left to those who need one.
    """
    ids = sorted({id_ for person in persons.values() for id_ in all_ids(person)})
    asked = {"ids": as_rows(ids), "since": since, "until": until, "most": most}
    rows_of: dict[str, list[tuple[Any, ...]]] = {id_: [] for id_ in ids}
    for row in _LATEST.rows(connection, asked) if ids else ():
        rows_of[row[0]].append(row)
    found = {}
    for name, person in persons.items():
        rows = [row for id_ in all_ids(person) for row in rows_of[id_]]
        rows.sort(key=_opened_at_and_id)
        found[name] = [row[2:] for row in rows[-most:]]
    return found


def contact_from(row: ContactRow) -> Contact:
    """The contact that a row is."""
    # taken apart at once: asking a row for its values one by one takes three times as long
    opened_at, attributes, channel, category, ticket_type, resolved_at, closed_at, *counted = row
    reopens, reassignments, at_first, satisfaction, article, writing_precision, asks_how, is_automatic, _ = counted
    service = service_of(attributes) or category
    return Contact(
        opened_at=opened_at,
        ticket_type=ticket_type,
        settled_at=closed_at or resolved_at,
        service=service,
        topic=topic_of(attributes) or service,
        device=device_of(attributes),
        channel=channel,
        writing_precision=writing_precision,
        asks_how=bool(asks_how),
        is_automatic=bool(is_automatic),
        resolved_at=resolved_at or closed_at,
        reopens=reopens,
        reassignments=reassignments,
        first_contact_resolution=at_first,
        satisfaction=satisfaction,
        used_knowledge=None if article is None else article != "false",
    )


def callers(
    connection: Connection, since: datetime, until: datetime, *, most: int, after: Caller | None = None
) -> list[Caller]:
    """Who contacted the desk after `since` and up to `until`, most contacts first; of equals by id.

    Args:
        connection: to ask.
        since: after this moment.
        until: up to this one.
        most: how many to name.
        after: the last one known already.
    """
    # counted by id first, which an index answers; few ids are joined with others
    counted = (
        select(tickets.c.customer_id, func.count().label("n"))
        .where(tickets.c.customer_id.is_not(None), *_IN_TIME)
        .group_by(tickets.c.customer_id)
        .subquery()
    )
    person = func.coalesce(aliases.c.person, counted.c.customer_id)
    n_contacts = cast(func.sum(counted.c.n), Integer)
    asked = (
        select(person, n_contacts)
        .join_from(counted, aliases, aliases.c.customer_id == counted.c.customer_id, isouter=True)
        .group_by(person)
        .order_by(n_contacts.desc(), person)
        .limit(most)
    )
    if after is not None:
        asked = asked.having(
            or_(n_contacts < after.n_contacts, (n_contacts == after.n_contacts) & (person > after.customer_id))
        )
    return [Caller(*row) for row in connection.execute(asked, {"since": since, "until": until})]


def contact_moments(connection: Connection, since: datetime, until: datetime) -> dict[str, list[datetime]]:
    """When each customer contacted the desk, oldest first; what a machine wrote is not counted."""
    person_of = {row.customer_id: row.person for row in connection.execute(select(aliases))}
    found: dict[str, list[datetime]] = {}
    for customer_id, opened_at in connection.execute(_MOMENTS, {"since": since, "until": until}):
        found.setdefault(person_of.get(customer_id, customer_id), []).append(opened_at)
    return found


def moments_of(connection: Connection, person: Ids, since: datetime, until: datetime) -> list[datetime]:
    """When the customer contacted the desk after `since` and up to `until`, oldest first."""
    asked = select(tickets.c.opened_at).where(tickets.c.customer_id.in_(all_ids(person)), *_IN_TIME)
    return list(connection.scalars(asked.order_by(tickets.c.opened_at), {"since": since, "until": until}))


def weekly_contacts(
    connection: Connection, persons: Collection[Person], until: datetime, n_weeks: int
) -> dict[str, list[int]]:
    """Contacts of each of the last weeks up to a moment, the oldest first, by the id that each person goes by."""
    person_of = {id_: person.id for person in persons for id_ in person.ids}
    found = {person.id: [0] * n_weeks for person in persons}
    week, since = timedelta(days=7), until - timedelta(days=7 * n_weeks)
    asked = {"ids": as_rows(person_of), "since": since, "until": until}
    for customer_id, opened_at in _WEEKLY.rows(connection, asked) if person_of else ():
        # a week ends with its last moment, as windows do
        found[person_of[customer_id]][n_weeks - 1 - (until - opened_at) // week] += 1
    return found


def latest_tickets(connection: Connection, person: Ids, until: datetime, most: int) -> list[FiledTicket]:
    """The customer's latest tickets up to a moment, newest first."""
    columns = tickets.c
    asked = (
        select(
            func.coalesce(columns.id_as_filed, columns.id),
            columns.opened_at,
            columns.subject,
            columns.ticket_type,
            columns.assignment_group,
            columns.resolved_at.is_(None) & columns.closed_at.is_(None),
        )
        .where(columns.customer_id.in_(all_ids(person)), columns.opened_at <= until)
        .order_by(*_NEWEST)
        .limit(most)
    )
    return [
        FiledTicket(id_, opened_at, subject, ticket_type, group, bool(is_open))
        for id_, opened_at, subject, ticket_type, group, is_open in connection.execute(asked)
    ]


def n_tickets_of(connection: Connection, person: Ids) -> int:
    """How many tickets of the customer are stored."""
    asked = select(func.count()).select_from(tickets).where(tickets.c.customer_id.in_(all_ids(person)))
    return connection.scalar(asked) or 0


def spellings(connection: Connection, persons: Iterable[Person]) -> dict[str, str]:
    """How each person was named in their newest ticket, by the id that they go by."""
    found = {}
    for person in persons:
        row = connection.execute(_SPELLING, {"ids": person.ids}).first()
        found[person.id] = person.id if row is None else row.customer_as_filed or row.customer_id
    return found
