"""Customers, as the stored tickets show them: their contacts, and how many every one of them made."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from data.tables import tickets
from triage.customers.contact import Contact

__all__ = ["contacts_30d", "contacts_of"]


# made once: building it anew would take longer than asking it
_CONTACTS = (
    select(tickets.c.opened_at, tickets.c.ticket_type)
    .where(
        tickets.c.customer_id == bindparam("customer_id"),
        tickets.c.opened_at > bindparam("since"),
        tickets.c.opened_at <= bindparam("until"),
    )
    .order_by(tickets.c.opened_at)
)


def contacts_of(connection: Connection, customer_id: str, since: datetime, until: datetime) -> list[Contact]:
    """The customer's contacts after `since` and up to `until`, oldest first."""
    rows = connection.execute(_CONTACTS, {"customer_id": customer_id, "since": since, "until": until})
    return [Contact(opened_at=opened_at, ticket_type=ticket_type) for opened_at, ticket_type in rows]


def contacts_30d(connection: Connection, as_of: datetime) -> list[int]:
    """How many contacts each customer made in the thirty days up to `as_of`, of those who made any; in no order."""
    counts = (
        select(func.count())
        .where(
            tickets.c.customer_id.is_not(None),
            tickets.c.opened_at > as_of - timedelta(days=30),
            tickets.c.opened_at <= as_of,
        )
        .group_by(tickets.c.customer_id)
    )
    return list(connection.scalars(counts))
