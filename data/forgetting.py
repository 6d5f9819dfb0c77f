"""Removing a person: everything in the database that is of them or names them."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from data.tables import idempotency, opt_outs, plans, predictions, profile_views, tickets

__all__ = ["Holdings", "forget", "holdings_of"]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the database holds of a customer, in rows.

    Attributes:
        n_tickets: with their texts and what was decided on them.
        n_predictions: about these tickets.
        n_plans: agreed for them.
        n_profile_views: of others, of their profile.
        n_opt_outs: 1 if they had opted out.
        n_answers: kept for repeated requests, that name them; each may be about others, too.
    """

    n_tickets: int
    n_predictions: int
    n_plans: int
    n_profile_views: int
    n_opt_outs: int
    n_answers: int

    @property
    def is_nothing(self) -> bool:
        """Whether the customer is unknown."""
        return not any((self.n_tickets, self.n_plans, self.n_profile_views, self.n_opt_outs, self.n_answers))


def holdings_of(connection: Connection, customer_id: str, asked_as: str) -> Holdings:
    """What there is to remove.

    Args:
        connection: to ask.
        customer_id: as it is stored.
        asked_as: as callers know it, and as answers name it.
    """
    theirs = select(tickets.c.id).where(tickets.c.customer_id == customer_id)
    return Holdings(
        n_tickets=_count(connection, tickets, tickets.c.customer_id == customer_id),
        n_predictions=_count(connection, predictions, predictions.c.ticket_id.in_(theirs)),
        n_plans=_count(connection, plans, plans.c.customer_id == customer_id),
        n_profile_views=_count(connection, profile_views, profile_views.c.customer_id == customer_id),
        n_opt_outs=_count(connection, opt_outs, opt_outs.c.customer_id == customer_id),
        n_answers=len(_answers(connection, asked_as)),
    )


def forget(connection: Connection, customer_id: str, asked_as: str) -> Holdings:
    """Removes the customer and says what was removed; of an unknown one nothing. See `holdings_of`."""
    held = holdings_of(connection, customer_id, asked_as)
    for table in (tickets, plans, profile_views, opt_outs):  # predictions go with their tickets
        connection.execute(delete(table).where(table.c.customer_id == customer_id))
    for api_key_id, route, key in _answers(connection, asked_as):
        columns = idempotency.c
        connection.execute(
            delete(idempotency).where(columns.api_key_id == api_key_id, columns.route == route, columns.key == key)
        )
    return held


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(condition)) or 0


def _answers(connection: Connection, asked_as: str) -> list[tuple[str, str, str]]:
    """The kept answers that name a customer, by their keys."""
    columns = idempotency.c
    written = json.dumps(asked_as, ensure_ascii=False)[1:-1]
    rows = connection.execute(
        # narrows down what has to be read; a database may take upper and lower case for the same here
        select(columns.api_key_id, columns.route, columns.key, columns.response).where(
            columns.response.contains(written, autoescape=True)
        )
    )
    return [(id_, route, key) for id_, route, key, response in rows if _names(json.loads(response), asked_as)]


def _names(answer: Any, customer_id: str) -> bool:  # noqa: ANN401  (any JSON)
    """Whether an answer, or one of a batch, is about a ticket of the customer."""
    results = answer.get("results", [answer])
    return any((result.get("customer") or {}).get("id") == customer_id for result in results)
