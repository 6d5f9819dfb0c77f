"""The store of plans: what was agreed for each customer, one open plan at a time, the ended ones kept."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, text, update

from data.database import insert, storable
from data.persons import Ids, Person, all_ids
from data.statements import Statement, as_rows, one_of
from data.tables import aliases
from data.tables import plans as plans_table
from triage.customers.plans import Plan, Terms

__all__ = ["agree", "first_plans", "open_plan_of", "open_plans", "plans_of"]

_COLUMNS = ("customer_id", "created_at", "updated_at", *(each.name for each in fields(Terms)))
_OF_THESE = plans_table.c.customer_id.in_(bindparam("ids", expanding=True))
_OPEN = Statement(
    select(*(plans_table.c[name] for name in _COLUMNS))
    .where(plans_table.c.outcome == "open", one_of(plans_table.c.customer_id, "ids"))
    .order_by(plans_table.c.id)
)
_ALL = select(plans_table).where(_OF_THESE).order_by(plans_table.c.id.desc())
_PRESENT = _ALL.order_by(None).order_by((plans_table.c.outcome == "open").desc(), plans_table.c.id.desc()).limit(1)


def agree(connection: Connection, person: Ids, terms: Terms, now: datetime) -> Plan:
    """The customer's plan on these terms: the open one changed, or a new one where the latest has ended.

    The same terms again change nothing, not even `updated_at`. Where two of a person's ids have an open plan from
    before they were joined, the later one is meant; when it has ended, the other one is open still.
    """
    content: dict[str, Any] = asdict(terms)
    content |= {name: storable(value) for name, value in content.items() if isinstance(value, str)}
    current = _present(connection, person)
    if current is None or not _plan_of(current).takes_on(terms):
        row = {"customer_id": all_ids(person)[0], "created_at": now, "updated_at": now} | content
        begin = insert(connection, plans_table).on_conflict_do_nothing(
            index_elements=["customer_id"], index_where=text("outcome = 'open'")
        )
        begun = connection.execute(begin.returning(plans_table), row).first()
        # where somebody else began one at this very moment, these terms are for that one
        return agree(connection, person, terms, now) if begun is None else _plan_of(begun)
    if _plan_of(current).terms == Terms(**content):
        return _plan_of(current)
    still = (plans_table.c.id == current.id, plans_table.c.outcome == current.outcome)
    change = update(plans_table).where(*still).values(updated_at=now, **content)
    changed = connection.execute(change.returning(plans_table)).first()
    # where somebody else ended or removed it at this very moment, these terms are for what there is now
    return agree(connection, person, terms, now) if changed is None else _plan_of(changed)


def plans_of(connection: Connection, person: Ids) -> list[Plan]:
    """Every plan that was agreed for the customer, newest first."""
    return [_plan_of(row) for row in connection.execute(_ALL, {"ids": all_ids(person)})]


def open_plans(connection: Connection, customer_ids: Iterable[str]) -> dict[str, Plan]:
    """The open plan of each of the stored ids that have one, oldest first."""
    asked = list(customer_ids)
    rows = _OPEN.rows(connection, {"ids": as_rows(asked)}) if asked else []
    return {
        customer_id: Plan(customer_id, Terms(*terms), created_at, updated_at)
        for customer_id, created_at, updated_at, *terms in rows
    }


def open_plan_of(person: Person, plans: dict[str, Plan]) -> Plan | None:
    """The person's open plan among `open_plans`; where two of their ids have one, the later."""
    return next((plans[id_] for id_ in reversed(plans) if id_ in person.ids), None)


def first_plans(connection: Connection) -> dict[str, datetime]:
    """When the first plan of each customer who ever had one was agreed, by the id that the customer goes by."""
    person = func.coalesce(aliases.c.person, plans_table.c.customer_id)
    asked = (
        select(person, func.min(plans_table.c.created_at))
        .join_from(plans_table, aliases, aliases.c.customer_id == plans_table.c.customer_id, isouter=True)
        .group_by(person)
    )
    return {customer_id: created_at for customer_id, created_at in connection.execute(asked)}  # noqa: C416  (a row is no pair to mypy)


def _present(connection: Connection, person: Ids) -> Row[Any] | None:
    """The open plan, whatever clocks said when it began, else the latest."""
    return connection.execute(_PRESENT, {"ids": all_ids(person)}).first()


def _plan_of(row: Row[Any]) -> Plan:
    terms = Terms(row.owner, row.next_step, row.review_on, row.segment, row.outcome, row.note)
    return Plan(row.customer_id, terms, row.created_at, row.updated_at)
