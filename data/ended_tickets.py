"""What was resolved on some days, and what was open at their ends: what daily work is counted from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, union_all

from data.statements import Statement
from data.tables import handovers, tickets
from triage.strain import Difficult

__all__ = [
    "EndedTicket",
    "Scale",
    "days_touched",
    "ended_on",
    "handed_on_by",
    "last_end",
    "midnight",
    "open_at_ends",
    "scale_of",
]

_LONG = 95  # percent of tickets that take no longer than a very long one
_LOW = 0.25  # of the desk's scale, from below; bad answers are at or below it

_COLUMNS = tickets.c
_BY_RESOLVED = (_COLUMNS.resolved_at >= bindparam("since"), _COLUMNS.resolved_at < bindparam("until"))
_BY_CLOSED = (
    _COLUMNS.resolved_at.is_(None),
    _COLUMNS.closed_at >= bindparam("since"),
    _COLUMNS.closed_at < bindparam("until"),
)


def _of_ended(asked: Select[tuple[object, ...]]) -> Statement:
    """The same of every ticket that was resolved, or closed without a word on that, in a time; each by the index."""
    return Statement(union_all(asked.where(*_BY_RESOLVED), asked.where(*_BY_CLOSED)))


_SEEN = (
    "id",
    "assignment_group",
    "resolved_by",
    "category",
    "attributes",
    "opened_at",
    "resolved_at",
    "closed_at",
    "reopens",
    "reassignments",
    "satisfaction",
)
_ENDED = _of_ended(select(*(_COLUMNS[name] for name in _SEEN)))
_HANDED_ON = _of_ended(
    select(handovers.c.ticket_id, handovers.c.from_group).join(tickets, _COLUMNS.id == handovers.c.ticket_id)
)
_MEASURED = _of_ended(select(_COLUMNS.opened_at, _COLUMNS.resolved_at, _COLUMNS.closed_at, _COLUMNS.satisfaction))
_LIVES = select(_COLUMNS.assignment_group, _COLUMNS.opened_at, _COLUMNS.resolved_at, _COLUMNS.closed_at)
_OPEN_SINCE = Statement(
    union_all(
        _LIVES.where(_COLUMNS.resolved_at >= bindparam("since")),
        _LIVES.where(_COLUMNS.resolved_at.is_(None), _COLUMNS.closed_at >= bindparam("since")),
        _LIVES.where(_COLUMNS.resolved_at.is_(None), _COLUMNS.closed_at.is_(None)),
    )
)


class EndedTicket(NamedTuple):
    """A ticket that was resolved, with all that is counted of it."""

    id: str
    group: str | None
    person: str | None
    category: str | None
    attributes: Mapping[str, str]
    opened_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    reopens: int | None
    reassignments: int | None
    satisfaction: float | None

    @property
    def ended_at(self) -> datetime:
        """When it was resolved, or else closed."""
        moment = self.resolved_at or self.closed_at
        assert moment is not None  # noqa: S101  (it was found by it)
        return moment

    @property
    def hours(self) -> float | None:
        """From its opening to its end; None where that is not known, or cannot be right."""
        return _hours(self.opened_at, self.ended_at)


class Scale(NamedTuple):
    """What is a difficult contact here, and the best answer that customers give; None where nobody can tell."""

    difficult: Difficult
    best_satisfaction: float | None


def last_end(connection: Connection, now: datetime) -> date | None:
    """The last day on which anything was resolved, today at most; None where nothing was."""
    found = [
        connection.scalar(select(func.max(moment)).where(moment <= now, *others))
        for moment, others in (
            (_COLUMNS.resolved_at, ()),
            (_COLUMNS.closed_at, (_COLUMNS.resolved_at.is_(None),)),
        )
    ]
    return max((each.date() for each in found if each is not None), default=None)


def days_touched(connection: Connection, since: datetime, first: date, last: date) -> set[date]:
    """The days on which those tickets were resolved that have changed since a moment."""
    end: ColumnElement[datetime | None] = func.coalesce(_COLUMNS.resolved_at, _COLUMNS.closed_at)
    asked = select(_COLUMNS.resolved_at, _COLUMNS.closed_at).where(_COLUMNS.updated_at >= since, end.is_not(None))
    moments = (resolved or closed for resolved, closed in connection.execute(asked))
    return {moment.date() for moment in moments if first <= moment.date() <= last}


def ended_on(connection: Connection, since: date, until: date) -> list[EndedTicket]:
    """The tickets that were resolved on some days; `until` is the day after the last."""
    rows = _ENDED.rows(connection, {"since": midnight(since), "until": midnight(until)})
    return [EndedTicket(*row) for row in rows]


def handed_on_by(connection: Connection, since: date, until: date) -> dict[str, list[str]]:
    """By ticket of these days the groups that handed it on, where that was written down."""
    found: dict[str, list[str]] = defaultdict(list)
    for ticket_id, group in _HANDED_ON.rows(connection, {"since": midnight(since), "until": midnight(until)}):
        found[ticket_id].append(group)
    return found


def scale_of(connection: Connection, since: date, until: date) -> Scale:
    """What is long and what is bad by the tickets of some days."""
    hours, answers = [], []
    for opened_at, resolved_at, closed_at, satisfaction in _MEASURED.rows(
        connection, {"since": midnight(since), "until": midnight(until)}
    ):
        if (took := _hours(opened_at, resolved_at or closed_at)) is not None:
            hours.append(took)
        if satisfaction is not None:
            answers.append(satisfaction)
    worst, best = min(answers, default=0.0), max(answers, default=0.0)
    low = worst + _LOW * (best - worst) if best > worst else None
    long = float(np.percentile(hours, _LONG)) if hours else None
    return Scale(Difficult(low, long), best if best > worst else None)


def open_at_ends(
    connection: Connection, days: Sequence[date], now: datetime
) -> dict[tuple[date, str], tuple[int, float]]:
    """By day and group how many tickets were open at the day's end, and their median age in hours.

    A ticket without a date of its opening is not among them. The last day ends now, if it has not ended.
    """
    lives: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for group, opened_at, resolved_at, closed_at in _OPEN_SINCE.rows(connection, {"since": midnight(days[0])}):
        ended_at = resolved_at or closed_at
        if group and opened_at is not None:
            lives[group].append((opened_at.timestamp(), np.inf if ended_at is None else ended_at.timestamp()))
    found = {}
    for group, spans in lives.items():
        opened, ended = np.array(spans).T
        for day in days:
            end = min(midnight(day + timedelta(days=1)), now).timestamp()
            ages = end - opened[(opened < end) & (ended > end)]
            if ages.size:
                found[day, group] = (int(ages.size), float(np.median(ages)) / 3600)
    return found


def midnight(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def _hours(opened_at: datetime | None, ended_at: datetime | None) -> float | None:
    if opened_at is None or ended_at is None or ended_at < opened_at:
        return None
    return (ended_at - opened_at).total_seconds() / 3600
