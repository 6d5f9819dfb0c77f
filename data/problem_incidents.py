"""The incidents that problems are found in: read from the stored tickets a thousand at a time, with their words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, or_, select, tuple_

from data.database import reading
from data.tables import aliases, outcomes, problem_tickets, tickets
from triage.problems.incident import Incident, incident_of
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["MOST_INCIDENTS", "incidents_between", "incidents_of_problem"]

MOST_INCIDENTS = 100_000
"""The latest so many are looked at: what a busy desk has in a year, and half a minute and half a gigabyte are for."""

_CHUNK = 1_000
_COLUMNS = tickets.c
_KEPT = (
    *(_COLUMNS.id, _COLUMNS.opened_at, _COLUMNS.customer_id, _COLUMNS.attributes, _COLUMNS.category),
    *(_COLUMNS.ticket_type, _COLUMNS.assignment_group, _COLUMNS.resolved_at, _COLUMNS.closed_at, _COLUMNS.reopens),
    _COLUMNS.is_automatic,
)
_TEXT = (_COLUMNS.subject, _COLUMNS.body, _COLUMNS.channel)


def incidents_between(
    engine: Engine,
    since: datetime,
    until: datetime,
    most: int = MOST_INCIDENTS,
    on_progress: Callable[[float], object] = lambda _: None,
) -> Iterator[Incident]:
    """The latest incidents of a span, in order of time; nothing waits for the database while they are worked on.

    Args:
        engine: of the database.
        since: from this moment on.
        until: up to this one.
        most: so many.
        on_progress: told the share that was read, 0 to 1.
    """
    with reading(engine) as connection:
        moments = _of_span(since, until, _COLUMNS.opened_at).order_by(_COLUMNS.opened_at.desc())
        first = connection.scalar(moments.offset(most - 1).limit(1))
        since = since if first is None else first
        n_all = connection.scalar(_of_span(since, until, func.count())) or 0
        persons = _persons(connection)
    last, n_read = (since, ""), 0
    while True:
        with reading(engine) as connection:
            asked = _of_span(since, until, *_KEPT, *_TEXT).where(
                tuple_(_COLUMNS.opened_at, _COLUMNS.id) > tuple_(*last)
            )
            rows = connection.execute(asked.order_by(_COLUMNS.opened_at, _COLUMNS.id).limit(_CHUNK)).all()
            types = _types_of(connection, [row.id for row in rows if row.ticket_type is None])
        if not rows:
            return
        for row in rows:
            incident = incident_of(_worked(row, types), persons, row.is_automatic)
            if incident is not None:
                yield incident
        last, n_read = (rows[-1].opened_at, rows[-1].id), n_read + len(rows)
        on_progress(min(n_read / max(n_all, 1), 1.0))


def incidents_of_problem(connection: Connection, problem_id: int) -> list[Incident]:
    """The incidents of a stored problem, without their words."""
    asked = (
        select(*_KEPT)
        .join(problem_tickets, problem_tickets.c.ticket_id == _COLUMNS.id)
        .where(problem_tickets.c.problem_id == problem_id, _COLUMNS.opened_at.is_not(None))
        .order_by(_COLUMNS.opened_at, _COLUMNS.id)
    )
    persons = _persons(connection)
    found = (incident_of(_worked(row, {}), persons, bool(row.is_automatic)) for row in connection.execute(asked))
    return [one for one in found if one is not None]


def _of_span(since: datetime, until: datetime, *asked: Any) -> Select[Any]:  # noqa: ANN401  (any column)
    in_span = (_COLUMNS.opened_at >= since, _COLUMNS.opened_at <= until)
    return select(*asked).where(*in_span, or_(_COLUMNS.ticket_type.is_(None), _COLUMNS.ticket_type == "incident"))


def _types_of(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """What people decided since of tickets that came without a type: the latest of each."""
    is_type = (outcomes.c.target == "ticket_type", outcomes.c.ticket_id.in_(ids))
    asked = select(outcomes.c.ticket_id, outcomes.c.value).where(*is_type).order_by(outcomes.c.at, outcomes.c.id)
    return {row.ticket_id: row.value for row in connection.execute(asked)} if ids else {}


def _persons(connection: Connection) -> dict[str, str]:
    return {row.customer_id: row.person for row in connection.execute(select(aliases.c.customer_id, aliases.c.person))}


def _worked(row: Any, types: Mapping[str, str]) -> WorkedTicket:  # noqa: ANN401  (a row of these columns)
    said = {name: getattr(row, name) for name in ("subject", "body", "channel") if name in row._fields}
    filed = NewTicket(
        id=row.id, opened_at=row.opened_at, customer_id=row.customer_id, attributes=row.attributes, **said
    )
    return WorkedTicket(
        filed=filed,
        ticket_type=types.get(row.id, row.ticket_type),
        assignment_group=row.assignment_group,
        category=row.category,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        reopens=row.reopens,
    )
