"""The incidents that surges are looked for in: those of late, and those of the weeks that seasons are learned from.

Both ask the index `ix_tickets_window` for a range of `opened_at`, so what they cost goes with the window and not with
the store. A ticket that does not say when it was opened counts from when it came here. No index has that moment, so
those are looked for among what was changed since, by the index of `updated_at`: nothing is changed before it comes.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from data.predictions import newest_of_all
from data.tables import aliases, tickets
from triage.customers.contact import is_automatic
from triage.surges.seen import Seen, seen_of, service_named
from triage.surges.usual import FEWEST_DAYS, N_READ, WEEKS, Occurrence, Usual, hour_number, learn
from triage.ticket import NewTicket

__all__ = ["MOST_AT_ONCE", "MOST_LEARNED", "incidents_since", "learn_usual", "window_queries"]

MOST_LEARNED = 60_000
"""Tickets that seasons are learned from, the newest; where the fewest days that are needed have more, those of these
days.
"""

MOST_AT_ONCE = 2_000
"""New incidents that are read at one look; the others come at the next one."""

_CHUNK = 500
_DAY = timedelta(days=1)

_c = tickets.c
_moment = func.coalesce(_c.opened_at, _c.first_seen_at).label("at")
_is_undated = case((_c.opened_at.is_(None), 1), else_=0) == 1  # so that no index of `opened_at` is asked for it
_facts = (_c.id, _moment, _c.attributes, _c.category, _c.assignment_group, _c.ticket_type, _c.is_automatic, _c.channel)
_texts = (*_facts, _c.subject, _c.body, func.coalesce(aliases.c.person, _c.customer_id).label("customer_id"))


def incidents_since(
    connection: Connection, since: datetime, until: datetime, is_known: Callable[[str], bool]
) -> list[Seen]:
    """Incidents that were opened between two moments, without those that are known, the oldest first.

    A ticket of which people have not said what it is counts as what the model last said; of which nobody said
    anything, it counts as an incident.
    """
    there = {row.id: row.at for row in _rows_between(connection, (_c.id, _moment), since, until)}
    new = sorted((at, ticket_id) for ticket_id, at in there.items() if not is_known(ticket_id))[:MOST_AT_ONCE]
    seen: list[Seen] = []
    for start in range(0, len(new), _CHUNK):
        ids = [ticket_id for _, ticket_id in new[start : start + _CHUNK]]
        answers = _answers(connection, ids)
        for row in connection.execute(_of_tickets(ids)):
            said = answers.get(row.id, {})
            if (row.ticket_type or said.get("ticket_type")) != "request":
                seen.append(_seen(row, row.assignment_group or said.get("assignment_group")))
    return sorted(seen, key=lambda each: (each.at, each.id))


def learn_usual(connection: Connection, now: datetime) -> Usual | None:
    """What is to be expected from the start of today on; None where there is too little history to say.

    Reads the facts of `MOST_LEARNED` tickets or of some more than two weeks, and the texts of `N_READ` of them.
    """
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since, latest = day - timedelta(weeks=WEEKS), day - timedelta(days=FEWEST_DAYS + 1)
    needed = select(func.count()).where(_c.opened_at >= latest, _c.opened_at < day)
    most = max(MOST_LEARNED, connection.scalar(needed) or 0)
    found: list[Any] = sorted(_rows_between(connection, _facts, since, day, most), key=itemgetter(1, 0))
    rows = found[-most:]
    if not rows:
        return None
    first = rows[0].at.replace(hour=0, minute=0, second=0, microsecond=0)
    if len(rows) == most:  # of the first day only a part may be among so many
        first = latest if most > MOST_LEARNED else first + _DAY
    since = max(since, first)
    occurrences, ids = [], []
    for ticket_id, at, attributes, category, group, ticket_type, was_read, channel in rows:
        if at >= since and ticket_type != "request":
            is_machine = bool(was_read) or is_automatic(NewTicket(id=ticket_id, channel=channel))
            seen = Seen(ticket_id, at, None, is_machine, service_named(attributes, category), group)
            occurrences.append(Occurrence(hour_number(at), tuple(seen.kinds)))
            ids.append(ticket_id)
    return learn(occurrences, list(_read(connection, ids[-N_READ:])), since, day)


def _read(connection: Connection, ids: list[str]) -> Iterator[Seen]:
    for start in range(0, len(ids), _CHUNK):
        for row in connection.execute(_of_tickets(ids[start : start + _CHUNK])):
            seen = _seen(row, row.assignment_group)
            if not seen.is_machine:
                yield seen


def window_queries(
    columns: Iterable[ColumnElement[Any]], since: datetime, until: datetime, most: int | None = None
) -> tuple[Select[Any], Select[Any]]:
    """What is asked for the tickets between two moments: those with a date, and those without; the newest first.

    Args:
        columns: of each ticket.
        since: the first moment.
        until: the first one that is too late.
        most: so many of both at most; all if None.
    """
    asked = select(*columns).limit(most)
    dated = asked.where(_c.opened_at >= since, _c.opened_at < until).order_by(_c.opened_at.desc())
    came = (_c.updated_at >= since, _c.first_seen_at >= since, _c.first_seen_at < until)
    return dated, asked.where(_is_undated, *came).order_by(_c.updated_at.desc())


def _rows_between(
    connection: Connection,
    columns: Iterable[ColumnElement[Any]],
    since: datetime,
    until: datetime,
    most: int | None = None,
) -> Iterator[Row[Any]]:
    for query in window_queries(columns, since, until, most):
        yield from connection.execute(query)


def _of_tickets(ids: list[str]) -> Select[Any]:
    persons = tickets.outerjoin(aliases, aliases.c.customer_id == _c.customer_id)
    return select(*_texts).select_from(persons).where(_c.id.in_(ids))


def _answers(connection: Connection, ids: list[str]) -> dict[str, dict[str, str | None]]:
    """What a model last said of these tickets, by target."""
    return {
        ticket_id: {answer.target: answer.value for answer in scoring.answers}
        for ticket_id, scoring in newest_of_all(connection, ids).items()
    }


def _seen(row: Row[Any], group: str | None) -> Seen:
    """How a row with its text counts."""
    ticket = NewTicket(
        id=row.id,
        subject=row.subject,
        body=row.body,
        customer_id=row.customer_id,
        channel=row.channel,
        attributes=row.attributes,
    )
    # a channel can be a machine's where the text was not read yet
    return seen_of(ticket, row.at, row.category, group, row.is_automatic or None)
