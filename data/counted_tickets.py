"""Reads tickets as the daily counts need them: by the days that they are on, with repeats and handovers told.

Tickets are read a few thousand at a time. A day that no ticket was opened on has no trace.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, or_, select

from data.database import reading
from data.handovers import handovers_of
from data.tables import aliases, outcomes, tickets
from triage.customers.contact import service_of, topic_of
from triage.measures import REPEATS_WITHIN, CountedTicket, RepeatWatch, trace_of

__all__ = ["ONE_DAY", "CountedTickets"]

ONE_DAY = timedelta(days=1)

_ROWS = 2_000
_COLUMNS = tickets.c
_READ = (
    _COLUMNS.id,
    _COLUMNS.opened_at,
    _COLUMNS.resolved_at,
    _COLUMNS.closed_at,
    _COLUMNS.ticket_type,
    _COLUMNS.assignment_group,
    _COLUMNS.channel,
    _COLUMNS.category,
    _COLUMNS.attributes,
    _COLUMNS.customer_id,
    _COLUMNS.reassignments,
    _COLUMNS.reopens,
    _COLUMNS.first_contact_resolution,
    _COLUMNS.satisfaction,
    _COLUMNS.made_sla,
    _COLUMNS.knowledge_article,
)
_GIVEN = ("ticket_type", "assignment_group")
"""What people may have given a ticket since, where no export says it."""


class CountedTickets:
    """Tickets in the order of the days that are counted; keeps what later days repeat.

    Args:
        engine: of the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watch = RepeatWatch()
        self._next: date | None = None
        self.traces: dict[date, int] = {}
        with reading(engine) as connection:
            asked = select(aliases.c.customer_id, aliases.c.person)
            self._persons: dict[str, str] = {id_: person for id_, person in connection.execute(asked)}  # noqa: C416  (a row is no pair to mypy)

    def begin(self, first: date) -> None:
        """Looks at what tickets of this day may repeat, as far as the days before were not just counted.

        It is read outside of any writing transaction, as it may be a month.
        """
        since, until = _begin_of(first) - REPEATS_WITHIN, _begin_of(first)
        if self._next is None or self._next > first:
            self._watch = RepeatWatch()
        else:
            self._watch.forget_before(until)
            since = max(since, _begin_of(self._next))
        if since >= until:
            return
        is_before = and_(_COLUMNS.opened_at >= since, _COLUMNS.opened_at < until, _COLUMNS.customer_id.is_not(None))
        with reading(self._engine) as connection:
            for page in _pages(connection, is_before):
                for row in page:
                    self._is_repeat(row)

    def on_days(self, connection: Connection, first: date, last: date) -> Iterator[CountedTicket]:
        """Every ticket that was opened, resolved or closed between two days, each once; `traces` is of these days.

        Call `begin` before.
        """
        self.traces = {}
        self._next = last + ONE_DAY
        begin, end = _begin_of(first), _begin_of(self._next)
        is_on = or_(
            *(and_(at >= begin, at < end) for at in (_COLUMNS.opened_at, _COLUMNS.resolved_at, _COLUMNS.closed_at))
        )
        for page in _pages(connection, is_on):
            handovers = handovers_of(connection, [row["id"] for row in page])
            for row in page:
                opened = row["opened_at"]
                is_repeat = self._is_repeat(row) if opened is not None and begin <= opened < end else None
                yield _ticket(row, is_repeat, handovers.get(row["id"], ()))

    def _is_repeat(self, row: dict[str, Any]) -> bool | None:
        """Whether it repeats an earlier one, which it is told in the order of their opening; None if nobody can say."""
        customer, opened_at = row["customer_id"], row["opened_at"]
        topic = topic_of(row["attributes"]) or row["service"]
        if customer is None or topic is None or row["ticket_type"] == "request":
            return None
        person = self._persons.get(customer) or customer
        day = opened_at.date()
        self.traces[day] = self.traces.get(day, 0) + trace_of(person, topic, opened_at)
        return self._watch.is_repeat(person, topic, opened_at)


def _pages(connection: Connection, condition: ColumnElement[bool]) -> Iterator[list[dict[str, Any]]]:
    """Rows in the order of their opening, with what people have given them since."""
    asked = select(*_READ).where(condition).order_by(_COLUMNS.opened_at, _COLUMNS.id)
    found = connection.execute(asked, execution_options={"yield_per": _ROWS})
    for rows in found.mappings().partitions():
        page = [dict(row) for row in rows]
        given = _given(connection, [row["id"] for row in page if any(row[name] is None for name in _GIVEN)])
        for row in page:
            for name in _GIVEN:
                if row[name] is None:
                    row[name] = given.get((row["id"], name))
            row["service"] = service_of(row["attributes"]) or row["category"]
        yield page


def _given(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """What people gave tickets last, by ticket and target."""
    if not ids:
        return {}
    columns = outcomes.c
    asked = select(columns.ticket_id, columns.target, columns.value).order_by(columns.at, columns.id)
    asked = asked.where(columns.ticket_id.in_(ids), columns.target.in_(_GIVEN), columns.provenance == "human")
    return {(id_, target): value for id_, target, value in connection.execute(asked)}


def _ticket(row: dict[str, Any], is_repeat: bool | None, handovers: tuple[tuple[str, str], ...]) -> CountedTicket:
    return CountedTicket(
        opened_at=row["opened_at"],
        resolved_at=row["resolved_at"] or row["closed_at"],
        closed_at=row["closed_at"],
        ticket_type=row["ticket_type"],
        group=row["assignment_group"],
        channel=row["channel"],
        service=row["service"],
        reassignments=row["reassignments"],
        reopens=row["reopens"],
        first_contact_resolution=row["first_contact_resolution"],
        satisfaction=row["satisfaction"],
        made_sla=row["made_sla"],
        knowledge_article=row["knowledge_article"],
        is_repeat=is_repeat,
        handovers=handovers,
    )


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
