"""How contacts are spread over customers: who makes which share of tickets and hours, and what the few make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Connection
from starlette.responses import HTMLResponse

from api.callers import Caller
from api.customers import customers_answers, shown_names
from api.desk import Desk, DeskOfRequest
from api.individuals import may_describe
from api.pages.charts import line
from api.pages.customers import Holding, holdings
from api.pages.rendering import page
from api.security import requires
from data import profile_views
from data.database import reading, writing
from data.opt_outs import all_out
from data.persons import find
from data.workload import work_of_all
from triage.customers.segments import frequent_flyer
from triage.customers.workload import FEWEST_SHOWN, CustomerWork, Workload, curve, measure_workload, safe_tops
from triage.errors import ModelUnusable

__all__ = ["WINDOWS", "router"]

router = APIRouter(include_in_schema=False)

WINDOWS = (7, 30, 90)
"""Days that one may look back."""

_AT_ONCE = 25
_TOLD = 0.05
_WIDTH, _HEIGHT = 400, 240

By = Literal["tickets", "hours"]


@dataclass(frozen=True, slots=True)
class Share:
    """What one customer makes.

    Attributes:
        place: in the order that was asked for, from 1.
        id: as it is shown.
        stored_ids: all of theirs.
        address: of their page, below the root.
        vip: why they are marked; None where they are not.
        work: what came from them.
        tickets_ratio: of all tickets, 0 to 1.
        hours: theirs.
        hours_ratio: of all hours, 0 to 1; None where there are none.
        stands_out: whether they reach the desk's threshold.
        main: what holds of them beside calling often; None where nothing does, or nobody can say at the moment.
    """

    place: int
    id: str
    stored_ids: tuple[str, ...]
    address: str
    vip: str | None
    work: CustomerWork
    tickets_ratio: float
    hours: float
    hours_ratio: float | None
    stands_out: bool
    main: Holding | None


@router.get("/workload")
def show_workload(
    request: Request,
    desk: DeskOfRequest,
    caller: Annotated[Caller, Depends(requires("read"))],
    days: Annotated[Literal["7", "30", "90"], Query()] = "30",
    by: Annotated[By, Query()] = "tickets",
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HTMLResponse:
    """The desk's workload in a window; whoever is on the list was looked at, which is kept."""
    now = datetime.now(UTC)
    is_single = may_describe(desk)
    with reading(desk.engine) as connection:
        found = measure_workload(work_of_all(connection, now - timedelta(days=int(days)), now))
        shares, n_listed = _listed(connection, desk, found, by, start, now) if is_single else ([], 0)
    if shares:
        with writing(desk.engine) as connection:
            profile_views.record(connection, caller.reference, [id_ for one in shares for id_ in one.stored_ids], now)
    tops = found.tops if is_single else safe_tops(found)
    drawn = curve(found) if is_single else [(0.0, 0.0), *((top.ratio, top.tickets_ratio) for top in tops)]
    return page(
        request,
        "workload.html",
        found=found,
        days=int(days),
        windows=WINDOWS,
        by=by,
        start=start,
        at_once=_AT_ONCE,
        n_listed=n_listed,
        shares=shares,
        tops=tops,
        told=next((top for top in tops if top.ratio == _TOLD), None),
        is_single=is_single,
        is_told=is_single or len(found.customers) >= FEWEST_SHOWN,
        width=_WIDTH,
        height=_HEIGHT,
        line=line(drawn, _WIDTH, _HEIGHT),
    )


def _listed(
    connection: Connection, desk: Desk, found: Workload, by: By, start: int, now: datetime
) -> tuple[list[Share], int]:
    """A page of customers in the order that was asked for, and how many can be listed; who opted out is not."""
    out = all_out(connection)
    listed = [one for one in found.customers if one.customer_id not in out]
    if by == "hours":
        listed.sort(key=lambda one: (-one.hours(found.hours_of), -one.n_tickets, one.customer_id))
    shown = listed[start : start + _AT_ONCE]
    ids = [one.customer_id for one in shown]
    persons = find(connection, ids)
    names = shown_names(connection, list(persons.values()), desk)
    try:
        answers = customers_answers(connection, desk, ids, now)
    except ModelUnusable:  # who makes which share can be told all the same
        answers = {}
    shares = []
    for place, work in enumerate(shown, start + 1):
        answer = answers.get(work.customer_id)
        name, hours = names[persons[work.customer_id].id], work.hours(found.hours_of)
        share = Share(
            place=place,
            id=name,
            stored_ids=persons[work.customer_id].ids,
            address=f"/customers/{quote(name, safe='')}",
            vip=None if answer is None or answer["vip"] is None else answer["vip"]["reason"],
            work=work,
            tickets_ratio=work.n_tickets / found.n_tickets,
            hours=hours,
            hours_ratio=hours / found.hours if found.hours else None,
            stands_out=work.n_tickets >= found.threshold,
            main=None if answer is None else _why(holdings(answer)),
        )
        shares.append(share)
    return shares, len(listed)


def _why(holds: Sequence[Holding]) -> Holding | None:
    """What may be behind the number of contacts, which the list tells already."""
    return next((one for one in holds if one.name != frequent_flyer.__name__), None)
