"""What the database holds of one person, counted for them to read: which fields of tickets, which rows, from when.

A new table that names customers is a row in `_ROWS`; a test holds these, and the fields, to the tables.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import Column, ColumnElement, Connection, String, Table, case, func, or_, select

from data.forgetting import answers_naming, delivered_about, stored_ids
from data.tables import (
    deliveries,
    events,
    handovers,
    idempotency,
    joined_spellings,
    known_segments,
    opt_outs,
    outbox,
    outcomes,
    plans,
    predictions,
    problem_tickets,
    profile_views,
    review_queue,
    reviews,
    same_persons,
    sourced_tickets,
    ticket_links,
    tickets,
    vips,
)

__all__ = ["FIELDS", "ROWS", "Held", "HeldPart", "held_of"]

FIELDS = tuple(
    column.name
    for column in tickets.columns
    if column.name not in ("attributes", "outcome_attributes", "first_seen_at", "updated_at")
)
"""What is held of a ticket, field by field; further attributes have the desk's own names."""

MOST_READ = 10_000
"""The names of attributes are looked for in so many tickets, the latest."""

_OF_TICKETS: dict[Table, Column[datetime] | None] = {
    predictions: predictions.c.created_at,
    outcomes: outcomes.c.at,
    reviews: reviews.c.at,
    review_queue: review_queue.c.opened_at,
    outbox: outbox.c.created_at,
    sourced_tickets: None,
    handovers: handovers.c.at,
    problem_tickets: None,
    ticket_links: ticket_links.c.at,
}
_OF_CUSTOMERS: dict[Table, Column[datetime] | None] = {
    tickets: tickets.c.opened_at,
    plans: plans.c.created_at,
    vips: vips.c.marked_at,
    opt_outs: opt_outs.c.since,
    profile_views: profile_views.c.at,
    known_segments: known_segments.c.at,
    joined_spellings: joined_spellings.c.joined_at,
}
_OTHERWISE = (same_persons, deliveries, events, idempotency)

ROWS = tuple(table.name for table in (*_OF_CUSTOMERS, *_OF_TICKETS, *_OTHERWISE))
"""The tables in which something of a person may be."""


@dataclass(frozen=True, slots=True)
class HeldPart:
    """How often something is held, and of when the first and the last of it is; None where that is not kept."""

    name: str
    n: int
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a person.

    Attributes:
        rows: by table, those left out in which there is nothing.
        fields: of their tickets, those left out that are always empty.
        attributes: names of what else was filed with their tickets or decided on them.
    """

    rows: tuple[HeldPart, ...]
    fields: tuple[HeldPart, ...]
    attributes: tuple[str, ...]


def held_of(connection: Connection, customer_id: str, key: SecretStr | None) -> Held:
    """What is held of whoever goes by an id; all that `forget` would remove.

    Args:
        connection: to ask.
        customer_id: in any spelling, or as a list shows it.
        key: the installation's, that stored ids are hashed with.
    """
    ids = stored_ids(connection, customer_id, key)
    theirs = select(tickets.c.id).where(tickets.c.customer_id.in_(ids))
    parts = [_part(connection, table, at, table.c.customer_id.in_(ids)) for table, at in _OF_CUSTOMERS.items()]
    parts += [_part(connection, table, at, table.c.ticket_id.in_(theirs)) for table, at in _OF_TICKETS.items()]
    joined = or_(same_persons.c.one.in_(ids), same_persons.c.other.in_(ids))
    told = or_(events.c.customer_id.in_(ids), events.c.ticket_id.in_(theirs))
    parts += [
        _part(connection, same_persons, same_persons.c.since, joined),
        _part(connection, deliveries, deliveries.c.received_at, delivered_about(ids)),
        _part(connection, events, events.c.created_at, told),
        HeldPart(idempotency.name, len(answers_naming(connection, ids, key))),
    ]
    return Held(tuple(part for part in parts if part.n), _fields(connection, ids), _attributes(connection, ids))


def _part(
    connection: Connection, table: Table, at: Column[datetime] | None, condition: ColumnElement[bool]
) -> HeldPart:
    dates = () if at is None else (func.min(at), func.max(at))
    asked = select(func.count(), *dates).select_from(table).where(condition)
    return HeldPart(table.name, *connection.execute(asked).one())


def _fields(connection: Connection, ids: Collection[str]) -> tuple[HeldPart, ...]:
    at, asked = tickets.c.opened_at, []
    for name in FIELDS:
        column = tickets.c[name]
        is_said = column.is_not(None) & (column != "") if isinstance(column.type, String) else column.is_not(None)
        asked += [func.count(case((is_said, 1))), func.min(case((is_said, at))), func.max(case((is_said, at)))]
    found = connection.execute(select(*asked).where(tickets.c.customer_id.in_(ids))).one()
    parts = (HeldPart(name, *found[3 * place : 3 * place + 3]) for place, name in enumerate(FIELDS))
    return tuple(part for part in parts if part.n)


def _attributes(connection: Connection, ids: Collection[str]) -> tuple[str, ...]:
    asked = select(tickets.c.attributes, tickets.c.outcome_attributes).where(tickets.c.customer_id.in_(ids))
    rows = connection.execute(asked.order_by(tickets.c.opened_at.desc()).limit(MOST_READ))
    return tuple(sorted({name for pair in rows for attributes in pair for name in attributes}))
