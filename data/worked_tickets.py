"""Tickets that people have worked, for finding the like: which there are, their texts, and what is shown of them.

Worked is a ticket with a resolution, or with a moment at which it was resolved or closed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from data.tables import outcomes, tickets
from triage.ticket import NewTicket

__all__ = ["ChangedTicket", "ShownTicket", "still_worked", "texts_of", "worked_since", "worked_tickets"]

_AT_ONCE = 500
"""Ids in one question: every database takes so many parameters."""

_DECIDED = ("assignment_group", "category")
"""What of a ticket is shown as people decided it here, where they did."""

_IS_WORKED = or_(tickets.c.resolved_at.is_not(None), tickets.c.closed_at.is_not(None), tickets.c.resolution != "")
_TEXTS = ("id", "subject", "body", "opened_at", "customer_id", "channel", "language", "attributes")
_SHOWN = (
    "id",
    "id_as_filed",
    "customer_id",
    "assignment_group",
    "category",
    "resolution",
    "knowledge_article",
    "resolved_at",
    "closed_at",
)


@dataclass(frozen=True, slots=True)
class ChangedTicket:
    """A worked ticket and when what is stored of it changed last."""

    id: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """What is shown of a worked ticket beside one that is like it.

    Attributes:
        id: as it is stored.
        name: as it was filed.
        customer_id: as it is stored; to compare, and not to show.
        assignment_group: that people gave it last.
        category: the same.
        resolution: the stored text, redacted.
        knowledge_article: that helped.
        resolved_at: or closed, where only that is known.
    """

    id: str
    name: str
    customer_id: str | None
    assignment_group: str | None
    category: str | None
    resolution: str | None
    knowledge_article: str | None
    resolved_at: datetime | None


def worked_since(connection: Connection, since: datetime | None, most: int) -> list[ChangedTicket]:
    """The worked tickets that changed last, the latest change first.

    Args:
        connection: to ask.
        since: only what changed after that; None for all.
        most: at most so many.
    """
    columns = tickets.c
    asked = select(columns.id, columns.updated_at).where(_IS_WORKED)
    if since is not None:
        asked = asked.where(columns.updated_at > since)
    asked = asked.order_by(columns.updated_at.desc(), columns.id).limit(most)
    return [ChangedTicket(id_, updated_at) for id_, updated_at in connection.execute(asked)]


def texts_of(connection: Connection, ids: Collection[str]) -> list[NewTicket]:
    """The worked tickets of these ids as they were filed; one that is gone is left out."""
    asked = select(*(tickets.c[name] for name in _TEXTS)).where(tickets.c.id.in_(ids), _IS_WORKED)
    return [NewTicket(**row) for row in connection.execute(asked).mappings()]


def still_worked(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Those of these ids that are still worked tickets."""
    known = list(ids)
    found: set[str] = set()
    for start in range(0, len(known), _AT_ONCE):
        part = known[start : start + _AT_ONCE]
        found.update(connection.scalars(select(tickets.c.id).where(tickets.c.id.in_(part), _IS_WORKED)))
    return found


def worked_tickets(connection: Connection, ids: Iterable[str]) -> dict[str, ShownTicket]:
    """What is shown of the worked tickets of these ids; one that is gone is left out."""
    known, found = sorted(set(ids)), {}
    for start in range(0, len(known), _AT_ONCE):
        part = known[start : start + _AT_ONCE]
        decided = _decided(connection, part)
        asked = select(*(tickets.c[name] for name in _SHOWN)).where(tickets.c.id.in_(part), _IS_WORKED)
        for row in connection.execute(asked):
            found[row.id] = ShownTicket(
                id=row.id,
                name=row.id_as_filed or row.id,
                customer_id=row.customer_id,
                assignment_group=decided.get((row.id, "assignment_group"), row.assignment_group),
                category=decided.get((row.id, "category"), row.category),
                resolution=row.resolution,
                knowledge_article=row.knowledge_article,
                resolved_at=row.resolved_at or row.closed_at,
            )
    return found


def _decided(connection: Connection, ids: Collection[str]) -> dict[tuple[str, str], str]:
    """The latest values that people gave these tickets here, by ticket and target."""
    columns = outcomes.c
    asked = (
        select(columns.ticket_id, columns.target, columns.value)
        .where(columns.ticket_id.in_(ids), columns.target.in_(_DECIDED), columns.provenance == "human")
        .order_by(columns.at, columns.id)  # later rows take the place of earlier ones
    )
    return {(ticket_id, target): value for ticket_id, target, value in connection.execute(asked)}
