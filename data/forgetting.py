"""Removing a person: everything in the database that is of them or names them."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from data.database import storable
from data.pseudonyms import stored_id
from data.tables import idempotency, opt_outs, plans, predictions, profile_views, tickets

__all__ = ["Holdings", "forget", "holdings_of"]

_TABLES = (tickets, plans, profile_views, opt_outs)
"""What names a customer."""


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


def holdings_of(connection: Connection, customer_id: str, key: SecretStr | None) -> Holdings:
    """What there is to remove.

    Args:
        connection: to ask.
        customer_id: as callers know it, or as a list shows it.
        key: the installation's, that stored ids are hashed with. What was stored before there was one is theirs, too.
    """
    of = {table: table.c.customer_id.in_(_stored(customer_id, key)) for table in _TABLES}
    theirs = select(tickets.c.id).where(of[tickets])
    return Holdings(
        n_tickets=_count(connection, tickets, of[tickets]),
        n_predictions=_count(connection, predictions, predictions.c.ticket_id.in_(theirs)),
        n_plans=_count(connection, plans, of[plans]),
        n_profile_views=_count(connection, profile_views, of[profile_views]),
        n_opt_outs=_count(connection, opt_outs, of[opt_outs]),
        n_answers=len(_answers(connection, customer_id, key)),
    )


def forget(connection: Connection, customer_id: str, key: SecretStr | None) -> Holdings:
    """Removes the customer and says what was removed; of an unknown one nothing. See `holdings_of`."""
    held = holdings_of(connection, customer_id, key)
    for table in _TABLES:  # predictions go with their tickets
        connection.execute(delete(table).where(table.c.customer_id.in_(_stored(customer_id, key))))
    for api_key_id, route, answer in _answers(connection, customer_id, key):
        columns = idempotency.c
        connection.execute(
            delete(idempotency).where(columns.api_key_id == api_key_id, columns.route == route, columns.key == answer)
        )
    return held


def _stored(customer_id: str, key: SecretStr | None) -> set[str]:
    """The ids that the customer may be stored under: the keyed hash, and the plain one of before there was a key."""
    return {stored_id(customer_id, key), storable(customer_id)}


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(condition)) or 0


def _answers(connection: Connection, customer_id: str, key: SecretStr | None) -> list[tuple[str, str, str]]:
    """The kept answers that name a customer, by their keys; they name callers' own ids, and are kept for a day."""
    columns = idempotency.c
    kept = select(columns.api_key_id, columns.route, columns.key, columns.response)
    if key is None:
        # narrows down what has to be read; a database may take upper and lower case for the same here
        written = json.dumps(storable(customer_id), ensure_ascii=False)[1:-1]
        kept = kept.where(columns.response.contains(written, autoescape=True))
    asked = stored_id(customer_id, key)
    return [
        (api_key_id, route, name)
        for api_key_id, route, name, response in connection.execute(kept)
        if any(stored_id(named, key) == asked for named in _named(json.loads(response)))
    ]


def _named(answer: Any) -> list[str]:  # noqa: ANN401  (any JSON)
    """The customers whom an answer, or a batch of them, is about."""
    customers = [result.get("customer") or {} for result in answer.get("results", [answer])]
    return [customer["id"] for customer in customers if "id" in customer]
