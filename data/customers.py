"""Customers, as the stored tickets show them: who contacted the desk, and each of their contacts.

What a profile is to know of a ticket is a field of `Contact`, filled here from a row; a test holds these contacts
against those that `contact_of` makes of the tickets themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from data.tables import tickets
from triage.customers.contact import Contact, device_of, service_of, topic_of

__all__ = ["MOST_CONTACTS", "Caller", "callers", "contact_moments", "contacts_of"]

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
)
"""What is read of a ticket, in the order in which `_contact` takes it."""

_READ = select(*(tickets.c[name] for name in _COLUMNS))
_IN_TIME = (tickets.c.opened_at > bindparam("since"), tickets.c.opened_at <= bindparam("until"))

# made once: building them anew would take longer than asking them
_LATEST = (
    _READ.where(tickets.c.customer_id == bindparam("customer_id"), *_IN_TIME)
    .order_by(tickets.c.opened_at.desc(), tickets.c.id.desc())
    .limit(bindparam("most"))
)
_MOMENTS = (
    select(tickets.c.customer_id, tickets.c.opened_at)
    .where(tickets.c.customer_id.is_not(None), *_IN_TIME)
    .where(tickets.c.is_automatic.is_not(True))
    .order_by(tickets.c.opened_at)
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A customer who contacted the desk, and how often."""

    customer_id: str
    n_contacts: int


def contacts_of(
    connection: Connection, customer_id: str, since: datetime, until: datetime, most: int = MOST_CONTACTS
) -> list[Contact]:
    """The customer's contacts after `since` and up to `until`, oldest first; of more than `most` the latest."""
    asked = {"customer_id": customer_id, "since": since, "until": until, "most": most}
    return [_contact(row) for row in connection.execute(_LATEST, asked)][::-1]


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
    n_contacts = func.count()
    asked = (
        select(tickets.c.customer_id, n_contacts)
        .where(tickets.c.customer_id.is_not(None), *_IN_TIME)
        .group_by(tickets.c.customer_id)
        .order_by(n_contacts.desc(), tickets.c.customer_id)
        .limit(most)
    )
    if after is not None:
        asked = asked.having(
            or_(
                n_contacts < after.n_contacts,
                (n_contacts == after.n_contacts) & (tickets.c.customer_id > after.customer_id),
            )
        )
    return [Caller(*row) for row in connection.execute(asked, {"since": since, "until": until})]


def contact_moments(connection: Connection, since: datetime, until: datetime) -> dict[str, list[datetime]]:
    """When each customer contacted the desk, oldest first; what a machine wrote is not counted."""
    found: dict[str, list[datetime]] = {}
    for customer_id, opened_at in connection.execute(_MOMENTS, {"since": since, "until": until}):
        found.setdefault(customer_id, []).append(opened_at)
    return found


def _contact(row: Sequence[Any]) -> Contact:
    # taken apart at once: asking a row for its values one by one takes three times as long
    opened_at, attributes, channel, category, ticket_type, resolved_at, closed_at, *counted = row
    reopens, reassignments, at_first, satisfaction, article, writing_precision, asks_how, is_automatic = counted
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
