"""Removing a person: everything in the database that is of them or names them."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, or_, select

from data.counted_days import mark_tickets
from data.database import storable
from data.persons import find
from data.pseudonyms import earlier_ids, stored_id
from data.tables import (
    aliases,
    deliveries,
    events,
    idempotency,
    joined_spellings,
    known_segments,
    opt_outs,
    plans,
    predictions,
    profile_views,
    same_persons,
    sourced_tickets,
    tickets,
    vips,
)

__all__ = ["Holdings", "answers_naming", "delivered_about", "forget", "holdings_of", "stored_ids"]

_TABLES = (tickets, plans, profile_views, opt_outs, vips)
"""What names a customer and is counted."""

_TRACES = (
    (joined_spellings, "customer_id"),
    (aliases, "customer_id"),
    (same_persons, "one"),
    (same_persons, "other"),
    (known_segments, "customer_id"),
)
"""What names a customer beside it: which spellings and ids were joined, and what held of them last."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the database holds of a customer, in rows.

    Attributes:
        n_tickets: with their texts, what was decided on them, and what was or is to be written about them elsewhere.
        n_predictions: scorings of these tickets, each with the answers to all questions.
        n_plans: agreed for them.
        n_profile_views: of others, of their profile.
        n_opt_outs: 1 if they had opted out.
        n_vips: 1 if they were marked as a VIP.
        n_deliveries: of ticketing systems about their tickets, also those that nobody has worked on yet.
        n_events: that others were or are to be told about them or their tickets.
        n_answers: kept for repeated requests, that name them; each may be about others, too.
    """

    n_tickets: int
    n_predictions: int
    n_plans: int
    n_profile_views: int
    n_opt_outs: int
    n_vips: int
    n_deliveries: int
    n_events: int
    n_answers: int

    @property
    def is_nothing(self) -> bool:
        """Whether the customer is unknown."""
        return not any(
            (
                self.n_tickets,
                self.n_plans,
                self.n_profile_views,
                self.n_opt_outs,
                self.n_vips,
                self.n_deliveries,
                self.n_events,
                self.n_answers,
            )
        )


def holdings_of(connection: Connection, customer_id: str, key: SecretStr | None) -> Holdings:
    """What there is to remove.

    Args:
        connection: to ask.
        customer_id: as callers know it in any spelling, or as a list shows it. What is joined with it is theirs, too.
        key: the installation's, that stored ids are hashed with. What was stored before there was one is theirs, too.
    """
    ids = stored_ids(connection, customer_id, key)
    of = {table: table.c.customer_id.in_(ids) for table in _TABLES}
    theirs = select(tickets.c.id).where(of[tickets])
    return Holdings(
        n_tickets=_count(connection, tickets, of[tickets]),
        n_predictions=_count(connection, predictions, predictions.c.ticket_id.in_(theirs)),
        n_plans=_count(connection, plans, of[plans]),
        n_profile_views=_count(connection, profile_views, of[profile_views]),
        n_opt_outs=_count(connection, opt_outs, of[opt_outs]),
        n_vips=_count(connection, vips, of[vips]),
        n_deliveries=_count(connection, deliveries, delivered_about(ids)),
        n_events=_count(connection, events, or_(events.c.customer_id.in_(ids), events.c.ticket_id.in_(theirs))),
        n_answers=len(answers_naming(connection, ids, key)),
    )


def forget(connection: Connection, customer_id: str, key: SecretStr | None) -> Holdings:
    """Removes the customer and says what was removed; of an unknown one nothing. See `holdings_of`."""
    held, ids = holdings_of(connection, customer_id, key), stored_ids(connection, customer_id, key)
    for caller, route, answer in answers_naming(connection, ids, key):
        columns = idempotency.c
        connection.execute(
            delete(idempotency).where(columns.caller == caller, columns.route == route, columns.key == answer)
        )
    connection.execute(delete(deliveries).where(delivered_about(ids)))  # before the tickets that they are found by
    connection.execute(delete(events).where(events.c.customer_id.in_(ids)))  # others about their tickets go with those
    mark_tickets(connection, tickets.c.customer_id.in_(ids))  # what is counted of a day no longer counts them
    for table in _TABLES:  # predictions, outcomes, reviews and what the outbox holds go with their tickets
        connection.execute(delete(table).where(table.c.customer_id.in_(ids)))
    for table, column in _TRACES:
        connection.execute(delete(table).where(table.c[column].in_(ids)))
    return held


def stored_ids(connection: Connection, customer_id: str, key: SecretStr | None) -> list[str]:
    """The ids that the customer may be stored under.

    These are today's, the plain one of before there was a secret, the one that this very spelling was hashed to before
    there were keys, and whatever any of them was joined with.
    """
    ids = {
        stored_id(customer_id, key),
        stored_id(customer_id, None),
        storable(customer_id),
        *earlier_ids([customer_id], key),
    }
    persons = find(connection, sorted(id_ for id_ in ids if id_ is not None))
    return sorted({id_ for person in persons.values() for id_ in person.ids})


def delivered_about(ids: Collection[str]) -> ColumnElement[bool]:
    """Whether a delivery is of a ticket of theirs, or says that it is theirs."""
    is_of_their_ticket = exists().where(
        sourced_tickets.c.source == deliveries.c.source,
        sourced_tickets.c.reference == deliveries.c.reference,
        sourced_tickets.c.ticket_id == tickets.c.id,
        tickets.c.customer_id.in_(ids),
    )
    return or_(deliveries.c.customer_id.in_(ids), is_of_their_ticket)


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(condition)) or 0


def answers_naming(connection: Connection, ids: Collection[str], key: SecretStr | None) -> list[tuple[str, str, str]]:
    """The kept answers that name a customer or show a ticket of theirs as similar; they are kept for a day.

    They name customers by callers' own ids, and tickets as they were filed.
    """
    columns = idempotency.c
    filed = select(func.coalesce(tickets.c.id_as_filed, tickets.c.id)).where(tickets.c.customer_id.in_(ids))
    theirs = set(connection.scalars(filed))
    kept = select(columns.caller, columns.route, columns.key, columns.response)
    return [
        (caller, route, name)
        for caller, route, name, response in connection.execute(kept)
        if not theirs.isdisjoint(_similar(answer := json.loads(response)))
        or any(stored_id(named, key) in ids for named in _named(answer))
    ]


def _named(answer: Any) -> list[str]:  # noqa: ANN401  (any JSON)
    """The customers whom an answer, or a batch of them, is about."""
    customers = [result.get("customer") or {} for result in answer.get("results", [answer])]
    return [customer["id"] for customer in customers if "id" in customer]


def _similar(answer: Any) -> list[str]:  # noqa: ANN401  (any JSON)
    """The tickets that an answer, or a batch of them, shows as similar."""
    return [shown["ticket_id"] for result in answer.get("results", [answer]) for shown in result.get("similar", [])]
