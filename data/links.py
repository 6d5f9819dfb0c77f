"""The store of what tickets belong to: what was suggested, what people linked or dismissed, and whose end was told.

A link ends when the other does: a ticket is closed, a problem resolved, a surge over. Nothing here closes a ticket.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, cast, delete, func, or_, select, update
from sqlalchemy import Text as SqlText

from data.database import insert
from data.persons import find
from data.tables import outcomes, problems, surges, ticket_links, tickets
from triage.errors import InvalidInput, NotFound
from triage.links import MOST_OF_A_PERSON, OPEN_FOR, EarlierTicket, FoundLink, LinkKind, LinkState
from triage.ticket import FILED_COLUMNS, SPELLINGS, NewTicket

__all__ = [
    "MOST_LISTED",
    "NewArrival",
    "StoredLink",
    "arrivals",
    "decide",
    "earlier_of",
    "ended_links",
    "is_linked",
    "is_settled",
    "linked_to",
    "links_of",
    "mark_told",
    "newest_change",
    "suggest",
    "take_back",
]

MOST_LISTED = 50
"""Links of one ticket that are listed."""

BY_HAND = "Linked by hand."
"""Why, where nobody had suggested it."""

_FILED = tuple(tickets.c[name] for name in (*FILED_COLUMNS, *SPELLINGS, "attributes"))
_other = tickets.alias("other")
_problem_number, _surge_number = cast(problems.c.id, SqlText), cast(surges.c.id, SqlText)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLink:
    """What a ticket belongs to.

    Attributes:
        ticket_id: of the ticket.
        kind: of the other.
        other: the other ticket's id, or the number of a surge or a problem.
        name: of the other, as people call it; a ticket's number as it came.
        state: whether a person has said what it is.
        confidence: of the suggestion, 0 to 1.
        reason: of the suggestion, one sentence.
        decided_by: `key:ID` or `user:ID` of who did; None for a suggestion.
        at: when it was suggested or decided.
        ended_at: when the other ended; None while it has not.
        resolution: how the other was solved, where somebody wrote that down.
        told_at: when that was told to the ticket's system, or nothing was to be told.
    """

    ticket_id: str
    kind: LinkKind
    other: str
    name: str
    state: LinkState
    confidence: float
    reason: str
    decided_by: str | None
    at: datetime
    ended_at: datetime | None
    resolution: str | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewArrival:
    """A ticket that has just been stored, and when."""

    ticket: NewTicket
    first_seen_at: datetime


def suggest(connection: Connection, ticket_id: str, found: Iterable[FoundLink], now: datetime) -> None:
    """Keeps suggestions about a stored ticket; one that is known, also a dismissed one, stays as it is."""
    rows = [
        {
            "ticket_id": ticket_id,
            "kind": each.kind,
            "other": each.other,
            "other_ticket_id": each.other if each.kind == "duplicate" else None,
            "state": "suggested",
            "confidence": each.confidence,
            "reason": each.reason,
            "at": now,
        }
        for each in found
    ]
    if rows:
        connection.execute(insert(connection, ticket_links).on_conflict_do_nothing(), rows)


def decide(
    connection: Connection,
    ticket_id: str,
    kind: LinkKind,
    other: str,
    state: Literal["linked", "dismissed"],
    caller: str,
    now: datetime,
) -> None:
    """Keeps what a person says of a link, also of one that nobody suggested; the same again changes nothing.

    Args:
        connection: to write to.
        ticket_id: of the ticket, as it is stored.
        kind: of the other.
        other: the other ticket's id as it is stored, or the number of the other.
        state: what the person says.
        caller: `key:ID` or `user:ID`.
        now: the moment.

    Raises:
        InvalidInput: a ticket cannot be linked to itself.
        NotFound: one of both is not stored.
    """
    if not _is_there(connection, "duplicate", ticket_id) or not _is_there(connection, kind, other):
        raise NotFound(
            f"There is no such ticket, or no such {'ticket' if kind == 'duplicate' else kind} to link it to."
        )
    if kind == "duplicate" and other == ticket_id:
        raise InvalidInput("A ticket is no duplicate of itself.")
    said = {"state": state, "decided_by": caller, "at": now}
    row = {
        "ticket_id": ticket_id,
        "kind": kind,
        "other": other,
        "other_ticket_id": other if kind == "duplicate" else None,
        "confidence": 1.0,
        "reason": BY_HAND,
        **said,
    }
    asked = insert(connection, ticket_links).values(**row)
    is_new = ticket_links.c.state != state
    connection.execute(
        asked.on_conflict_do_update(index_elements=["ticket_id", "kind", "other"], set_=said, where=is_new)
    )


def take_back(connection: Connection, ticket_id: str, kind: LinkKind, other: str) -> None:
    """Undoes what was said of a link: a suggestion is one again, one that was made by hand is gone.

    Raises:
        NotFound: nothing was said of it.
    """
    is_it = _is_link(ticket_id, kind, other)
    is_decided = ticket_links.c.state != "suggested"
    gone = connection.execute(delete(ticket_links).where(*is_it, ticket_links.c.reason == BY_HAND)).rowcount
    open_again = update(ticket_links).where(*is_it, is_decided).values(state="suggested", decided_by=None)
    if gone + connection.execute(open_again).rowcount == 0:
        raise NotFound("Nobody has said anything of this link.")


def links_of(connection: Connection, ticket_id: str) -> list[StoredLink]:
    """What a ticket belongs to, `MOST_LISTED` at most: first what is linked, then suggestions, the surest first."""
    order = case((ticket_links.c.state == "linked", 0), (ticket_links.c.state == "suggested", 1), else_=2)
    asked = _selected().where(ticket_links.c.ticket_id == ticket_id)
    rows = connection.execute(asked.order_by(order, ticket_links.c.confidence.desc(), ticket_links.c.other))
    return [_link(row) for row in rows.fetchmany(MOST_LISTED)]


def linked_to(connection: Connection, ticket_id: str) -> list[tuple[str, str]]:
    """The tickets that are linked to one as its duplicates, id and number, `MOST_LISTED` at most."""
    asked = (
        select(tickets.c.id, func.coalesce(tickets.c.id_as_filed, tickets.c.id))
        .join(ticket_links, ticket_links.c.ticket_id == tickets.c.id)
        .where(ticket_links.c.other_ticket_id == ticket_id, ticket_links.c.state == "linked")
    )
    return [(row[0], row[1]) for row in connection.execute(asked.order_by(tickets.c.id).limit(MOST_LISTED))]


def ended_links(connection: Connection, most: int) -> list[StoredLink]:
    """Links whose other has ended and of which that was not told, the oldest first."""
    asked = _selected().where(
        ticket_links.c.state == "linked", ticket_links.c.told_at.is_(None), _ended_at().is_not(None)
    )
    return [
        _link(row) for row in connection.execute(asked.order_by(ticket_links.c.at, ticket_links.c.other).limit(most))
    ]


def mark_told(connection: Connection, link: StoredLink, now: datetime) -> bool:
    """Says that the end of a link's other was told; False where it was before, or the link is none any more."""
    is_it = (*_is_link(link.ticket_id, link.kind, link.other), ticket_links.c.state == "linked")
    asked = update(ticket_links).where(*is_it, ticket_links.c.told_at.is_(None)).values(told_at=now)
    return connection.execute(asked).rowcount == 1


def is_linked(connection: Connection, ticket_id: str, kind: str, other: str) -> bool:
    """Whether a link still stands."""
    asked = select(ticket_links.c.state).where(
        ticket_links.c.ticket_id == ticket_id, ticket_links.c.kind == kind, ticket_links.c.other == other
    )
    return connection.scalar(asked) == "linked"


def is_settled(connection: Connection, ticket_id: str) -> bool:
    """Whether a ticket was closed or resolved, as far as is known here."""
    return connection.scalar(select(_settled(tickets)).where(tickets.c.id == ticket_id)) is not None


def earlier_of(connection: Connection, ticket: NewTicket, now: datetime) -> list[EarlierTicket]:
    """What the person who wrote a ticket has filed before it, the latest first; nothing of who opted out.

    Args:
        connection: to ask.
        ticket: stored or not, its customer's id as it is stored.
        now: the moment, for a ticket without one.
    """
    if ticket.customer_id is None:
        return []
    person = find(connection, [ticket.customer_id])[ticket.customer_id]
    if person.is_out:
        return []
    opened_at = ticket.opened_at or now
    asked = select(*_FILED, tickets.c.assignment_group, _settled(tickets).label("settled_at")).where(
        tickets.c.customer_id.in_(person.ids),
        tickets.c.opened_at >= opened_at - OPEN_FOR,
        tickets.c.opened_at <= opened_at,
        tickets.c.id != ticket.id,
    )
    rows = connection.execute(asked.order_by(tickets.c.opened_at.desc()).limit(MOST_OF_A_PERSON + 1)).mappings().all()
    groups = _groups(connection, [row["id"] for row in rows])
    return [
        EarlierTicket(
            ticket=NewTicket(**{column.name: row[column.name] for column in _FILED}),
            group=groups.get(row["id"]) or row["assignment_group"],
            settled_at=row["settled_at"],
        )
        for row in rows
    ]


def newest_change(connection: Connection) -> datetime | None:
    """When a ticket was stored or changed last; None where there is none."""
    newest: datetime | None = connection.scalar(select(func.max(tickets.c.updated_at)))
    return newest


def arrivals(
    connection: Connection, after: tuple[datetime, str], until: datetime, opened_after: datetime, most: int
) -> list[NewArrival]:
    """Tickets that were first stored after a moment, in that order: those that are new to the desk, and open.

    Args:
        connection: to ask.
        after: when the last one was stored that was looked at, and its id.
        until: those stored later come another time.
        opened_after: who was filed before is no new ticket, but an old one that was imported.
        most: so many at most.
    """
    seen, id_ = tickets.c.first_seen_at, tickets.c.id
    is_next = or_(seen > after[0], and_(seen == after[0], id_ > after[1]))
    asked = select(*_FILED, seen).where(
        tickets.c.opened_at >= opened_after, is_next, seen <= until, _settled(tickets).is_(None)
    )
    rows = connection.execute(asked.order_by(seen, id_).limit(most)).mappings()
    return [
        NewArrival(NewTicket(**{column.name: row[column.name] for column in _FILED}), row["first_seen_at"])
        for row in rows
    ]


def _groups(connection: Connection, ids: list[str]) -> dict[str, str]:
    """Whom tickets were given to last, as far as people or we have said so since they were filed."""
    columns = outcomes.c
    asked = select(columns.ticket_id, columns.value).where(
        columns.ticket_id.in_(ids), columns.target == "assignment_group"
    )
    return {id_: group for id_, group in connection.execute(asked.order_by(columns.at, columns.id))}  # noqa: C416  (a row is no pair to mypy)


def _selected() -> Select[Any]:
    """Links with the name of the other, and its end."""
    name = func.coalesce(_other.c.id_as_filed, _other.c.id, problems.c.name, surges.c.name, ticket_links.c.other)
    return (
        select(
            *(column for column in ticket_links.c if column.name != "other_ticket_id"),
            name.label("name"),
            _ended_at().label("ended_at"),
            _other.c.resolution,
        )
        .join(_other, _other.c.id == ticket_links.c.other_ticket_id, isouter=True)
        .join(problems, _is_of("problem", _problem_number), isouter=True)
        .join(surges, _is_of("surge", _surge_number), isouter=True)
    )


def _is_of(kind: LinkKind, number: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(ticket_links.c.kind == kind, ticket_links.c.other == number)


def _ended_at() -> ColumnElement[datetime | None]:
    """When the other ended; null while it has not."""
    return func.coalesce(
        _settled(_other),
        case((problems.c.state == "resolved", problems.c.updated_at)),
        case((surges.c.state == "over", surges.c.last_at)),
    )


def _settled(table: Any) -> ColumnElement[datetime | None]:  # noqa: ANN401  (a table or an alias of it)
    settled: ColumnElement[datetime | None] = func.coalesce(table.c.closed_at, table.c.resolved_at)
    return settled


def _is_link(ticket_id: str, kind: LinkKind, other: str) -> tuple[ColumnElement[bool], ...]:
    columns = ticket_links.c
    return columns.ticket_id == ticket_id, columns.kind == kind, columns.other == other


def _is_there(connection: Connection, kind: LinkKind, other: str) -> bool:
    number = {"duplicate": tickets.c.id, "problem": _problem_number, "surge": _surge_number}[kind]
    return connection.scalar(select(number).where(number == other)) is not None


def _link(row: Row[Any]) -> StoredLink:
    said = row._mapping  # noqa: SLF001  (SQLAlchemy's public name for it)
    names = ("ticket_id", "kind", "other", "name", "state", "confidence", "reason", "decided_by", "at", "ended_at")
    return StoredLink(**{name: said[name] for name in names}, resolution=said["resolution"], told_at=said["told_at"])
