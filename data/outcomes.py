"""The store of outcomes: the values that tickets have for their targets, who gave them, and when.

People win: a model's value never takes the place of one that a person gave. What was replaced stays on record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from data import review_queue
from data.database import insert, storable
from data.tables import outcomes

__all__ = ["Outcome", "Provenance", "history_of", "outcomes_of", "record"]

Provenance = Literal["human", "automatic"]
"""Who gave a value: a person, or a model without one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value that a ticket has for a target.

    Attributes:
        value: the label.
        provenance: who gave it.
        source: where it was given: a ticketing system by the desk's name for it, or a part of this program.
        at: when.
        model_version: of the model that gave it; None for a person's.
    """

    value: str
    provenance: Provenance
    source: str
    at: datetime
    model_version: str | None = None


def record(
    connection: Connection,
    ticket_id: str,
    values: Mapping[str, str],
    provenance: Provenance,
    source: str,
    at: datetime,
    *,
    model_version: str | None = None,
) -> None:
    """Keeps what a ticket's targets are given; what is so already changes nothing, and neither does a model a person's.

    What a person has decided waits for nobody any more.

    Args:
        connection: to write to.
        ticket_id: of a stored ticket.
        values: by target.
        provenance: who gives them.
        source: see `Outcome`.
        at: when they were given, which may be earlier than what is known already.
        model_version: of the model that gives them.
    """
    columns = outcomes.c
    known = select(columns.target, columns.value, columns.provenance).where(columns.ticket_id == ticket_id)
    before: dict[tuple[str, str], str] = {}
    for target, value, given_by in connection.execute(known.where(columns.at <= at).order_by(columns.at, columns.id)):
        before[target, given_by] = value
    rows = [
        {
            "ticket_id": ticket_id,
            "target": target,
            "value": value,
            "provenance": provenance,
            "source": source,
            "model_version": model_version,
            "at": at,
        }
        for target, value in ((storable(target), storable(value)) for target, value in values.items())
        if before.get((target, provenance)) != value and (provenance == "human" or (target, "human") not in before)
    ]
    if rows:
        connection.execute(insert(connection, outcomes), rows)
    if provenance == "human":
        review_queue.settle(connection, ticket_id, values)


def outcomes_of(connection: Connection, ticket_id: str) -> dict[str, Outcome]:
    """The ticket's values by target: the latest that a person gave, else the latest of a model."""
    columns = outcomes.c
    asked = select(outcomes).where(columns.ticket_id == ticket_id)
    # later rows take the place of earlier ones
    rows = connection.execute(asked.order_by(columns.provenance == "human", columns.at, columns.id))
    return {row.target: Outcome(row.value, row.provenance, row.source, row.at, row.model_version) for row in rows}


def history_of(connection: Connection, ticket_id: str) -> list[tuple[str, Outcome]]:
    """Every value that the ticket was given, with its target, the oldest first."""
    columns = outcomes.c
    rows = connection.execute(select(outcomes).where(columns.ticket_id == ticket_id).order_by(columns.at, columns.id))
    return [(row.target, Outcome(row.value, row.provenance, row.source, row.at, row.model_version)) for row in rows]
