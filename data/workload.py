"""What came from each customer in a window of time: one grouped question, as dear as the window's tickets are many."""

from datetime import datetime

from sqlalchemy import Connection, Float, Integer, case, cast, func, select

from data.statements import hours_lost
from data.tables import aliases, tickets
from triage.customers.workload import CustomerWork

__all__ = ["work_of_all"]

_COLUMNS = tickets.c
_END = func.coalesce(_COLUMNS.resolved_at, _COLUMNS.closed_at)
_SUMS = {
    "n_tickets": func.count(),
    "n_open": func.sum(case((_END.is_(None), 1), else_=0)),
    "n_with_effort": func.count(_COLUMNS.effort_minutes),
    "effort_minutes": func.sum(_COLUMNS.effort_minutes),
    "lost_hours": func.sum(case((_COLUMNS.ticket_type == "incident", hours_lost(_COLUMNS.opened_at, _END)))),
}
_WHOLE = ("n_tickets", "n_open", "n_with_effort")


def work_of_all(connection: Connection, since: datetime, until: datetime) -> list[CustomerWork]:
    """For everybody who filed a ticket after `since` and up to `until` what came from them, in no order.

    Two ids that are one person are counted as one. A ticket of nobody is not counted.
    """
    # counted by id first: few ids are joined with others
    counted = (
        select(_COLUMNS.customer_id, *(total.label(name) for name, total in _SUMS.items()))
        .where(_COLUMNS.customer_id.is_not(None), _COLUMNS.opened_at > since, _COLUMNS.opened_at <= until)
        .group_by(_COLUMNS.customer_id)
        .subquery()
    )
    person = func.coalesce(aliases.c.person, counted.c.customer_id)
    totals = [cast(func.sum(counted.c[name]), Integer if name in _WHOLE else Float) for name in _SUMS]
    asked = (
        select(person, *totals)
        .join_from(counted, aliases, aliases.c.customer_id == counted.c.customer_id, isouter=True)
        .group_by(person)
    )
    return [
        CustomerWork(id_, n, n_open, n_with_effort, (minutes or 0.0) / 60, lost or 0.0)
        for id_, n, n_open, n_with_effort, minutes, lost in connection.execute(asked)
    ]
