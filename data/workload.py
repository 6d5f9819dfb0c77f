"""What came from each customer in a window of time: one grouped question, as dear as the window's tickets are many."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, case, func, select

from data.statements import Statement, hours_lost
from data.tables import aliases, tickets
from triage.customers.workload import CustomerWork

__all__ = ["work_of_all"]

_COLUMNS = tickets.c
_END = func.coalesce(_COLUMNS.resolved_at, _COLUMNS.closed_at)
_SUMS = (
    func.count(),
    func.sum(case((_END.is_(None), 1), else_=0)),
    func.count(_COLUMNS.effort_minutes),
    func.sum(_COLUMNS.effort_minutes),
    func.sum(case((_COLUMNS.ticket_type == "incident", hours_lost(_COLUMNS.opened_at, _END)))),
)
_PERSONS = select(aliases.c.customer_id, aliases.c.person)
# an index has all that is asked, so that no text of a ticket is read; grouping it in SQL by persons would take longer
_COUNTED = Statement(
    select(_COLUMNS.customer_id, *_SUMS)
    .where(
        _COLUMNS.customer_id.is_not(None),
        _COLUMNS.opened_at > bindparam("since"),
        _COLUMNS.opened_at <= bindparam("until"),
    )
    .group_by(_COLUMNS.customer_id)
)


def work_of_all(connection: Connection, since: datetime, until: datetime) -> list[CustomerWork]:
    """For everybody who filed a ticket after `since` and up to `until` what came from them, in no order.

    Two ids that are one person are counted as one. A ticket of nobody is not counted.
    """
    person_of: dict[str, str] = {id_: person for id_, person in connection.execute(_PERSONS)}  # noqa: C416  (a row is no pair to mypy)
    found: dict[str, CustomerWork] = {}
    for id_, n, n_open, n_with_effort, minutes, lost in _COUNTED.rows(connection, {"since": since, "until": until}):
        work = CustomerWork(person_of.get(id_) or id_, n, n_open, n_with_effort, (minutes or 0.0) / 60, lost or 0.0)
        known = found.get(work.customer_id)
        found[work.customer_id] = work if known is None else known.joined_with(work)
    return list(found.values())
