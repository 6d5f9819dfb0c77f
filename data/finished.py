"""Tickets of which something good may be told: pleased customers' words, and ends of a long back and forth."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, literal, or_, select

from data.database import Json
from data.ended_tickets import midnight
from data.tables import tickets
from triage.expertise import person_of
from triage.recognition import STUBBORN_HANDED_ON, STUBBORN_REOPENED, Finished, comment_of, without_names

__all__ = ["finished_in"]

_MOST = 200
"""So many of each kind are looked at, and three told."""

_C = tickets.c
_ENDED_AT = func.coalesce(_C.resolved_at, _C.closed_at).label("ended_at")
_SEEN = (
    _C.id,
    _C.assignment_group,
    _C.resolved_by,
    _C.opened_at,
    _ENDED_AT,
    _C.satisfaction,
    _C.outcome_attributes,
    _C.reassignments,
    _C.reopens,
    _C.customer_id,
    _C.customer_as_filed,
)


def finished_in(
    connection: Connection, since: date, until: date, best_satisfaction: float | None, *, individuals: bool
) -> list[Finished]:
    """The tickets; who resolved them is told only where single persons are switched on.

    Args:
        connection: to ask.
        since: the first day.
        until: the day after the last.
        best_satisfaction: the best answer on the desk's scale; None where there is none.
        individuals: whether persons may be named.
    """
    first, end = midnight(since), midnight(until)
    is_of_then = or_(
        and_(_C.resolved_at >= first, _C.resolved_at < end),
        and_(_C.resolved_at.is_(None), _C.closed_at >= first, _C.closed_at < end),
    )
    asked = select(*_SEEN).where(is_of_then, _C.assignment_group.is_not(None))
    n_times = func.coalesce(_C.reassignments, 0) + func.coalesce(_C.reopens, 0)
    stubborn = asked.where(or_(_C.reassignments >= STUBBORN_HANDED_ON, _C.reopens >= STUBBORN_REOPENED))
    found = {row.id: row for row in connection.execute(stubborn.order_by(n_times.desc(), _C.id).limit(_MOST))}
    if best_satisfaction is not None:
        pleased = asked.where(_C.satisfaction == best_satisfaction, _C.outcome_attributes != literal({}, Json))
        rows = connection.execute(pleased.order_by(_ENDED_AT.desc(), _C.id).limit(_MOST))
        found |= {row.id: row for row in rows}
    return [_finished(row, best_satisfaction, individuals=individuals) for row in found.values()]


def _finished(row: Any, best: float | None, *, individuals: bool) -> Finished:  # noqa: ANN401  (a row)
    words = comment_of(row.outcome_attributes) if best is not None and row.satisfaction == best else None
    involved = [each for each in (row.resolved_by, row.customer_id, row.customer_as_filed) if each]
    opened_at: datetime | None = row.opened_at
    return Finished(
        id=row.id,
        team=row.assignment_group,
        person=person_of(row.resolved_by) if individuals and row.resolved_by else None,
        ended_at=row.ended_at,
        satisfaction=row.satisfaction,
        words=None if words is None else without_names(words, involved),
        reassignments=row.reassignments or 0,
        reopens=row.reopens or 0,
        days=None if opened_at is None else max(0.0, (row.ended_at - opened_at).total_seconds() / 86_400),
    )
