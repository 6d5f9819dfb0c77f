"""Customers of whom something holds, most contacts first; where nobody may be told apart, groups of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from api.callers import Caller
from api.customer_groups import groups_of
from api.customers import Answer, Position, page_of
from api.desk import Desk, DeskOfRequest
from api.individuals import may_describe
from api.pages.charts import Bars, bars
from api.pages.rendering import page
from api.redirects import see_other
from api.security import requires
from data import profile_views
from data.customers import weekly_contacts
from data.database import reading, writing
from data.persons import Person
from triage.customers.words import WORDS
from triage.customers.workload import FEWEST_SHOWN
from triage.errors import InvalidInput, ModelUnusable

__all__ = ["N_WEEKS", "Holding", "Row", "holdings", "router", "unusable"]

router = APIRouter(include_in_schema=False)

N_WEEKS = 26
"""So many weeks make a sparkline."""

_AT_ONCE = 25
_FIRST = next(iter(WORDS))
_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Holding:
    """Something that holds of a customer, in words, with its reason."""

    name: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of a list.

    Attributes:
        id: as it is shown.
        address: of their page, below the root.
        vip: why they are marked; None where they are not.
        n_contacts: of the last 30, 90 and 365 days.
        main: what was asked for, with its reason.
        others: what else holds of them.
        plan: that is open, as `PlanAnswer` says; None without one.
        is_overdue: whether it was to be looked at again before today.
        weeks: contacts a week, the oldest first.
        chart: the same as strokes.
    """

    id: str
    address: str
    vip: str | None
    n_contacts: tuple[int, int, int]
    main: Holding
    others: tuple[Holding, ...]
    plan: Answer | None
    is_overdue: bool
    weeks: Sequence[int]
    chart: Bars


@router.get("/customers")
def list_customers(
    request: Request,
    desk: DeskOfRequest,
    caller: Annotated[Caller, Depends(requires("read"))],
    segment: Annotated[str, Query(max_length=100)] = _FIRST,
    after: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """A list to choose from by segment or kind; whoever is on it was looked at, which is kept."""
    now = datetime.now(UTC)
    if not may_describe(desk):
        return _groups(request, desk, now)
    chosen = segment if segment in WORDS else _FIRST
    try:
        position = Position(now) if after is None else Position.from_text(after)
    except InvalidInput:
        return see_other(request.scope, f"/customers?segment={chosen}")
    try:
        with reading(desk.engine) as connection:
            found = page_of(connection, desk, chosen, _AT_ONCE, position)
            weeks = weekly_contacts(connection, found.persons, now, N_WEEKS)
    except ModelUnusable as error:
        return unusable(request, error)
    with writing(desk.engine) as connection:
        profile_views.record(connection, caller.reference, found.stored_ids, now)
    rows = [
        _row(answer, person, chosen, weeks, now.date())
        for answer, person in zip(found.customers, found.persons, strict=True)
    ]
    return page(
        request,
        "customers.html",
        segments=WORDS,
        chosen=chosen,
        rows=rows,
        n_weeks=N_WEEKS,
        is_first=after is None,
        next=None if found.next is None else f"/customers?segment={chosen}&after={quote(found.next.to_text())}",
    )


def holdings(answer: Mapping[str, object], first: str = "") -> list[Holding]:
    """What holds of a customer, in words; one of them comes first.

    Args:
        answer: as `CustomerAnswer` says.
        first: the name of what comes first.
    """
    found: dict[str, Holding] = {}
    for each in [*_parts(answer["segments"]), *_parts([answer["kind"]] if answer["kind"] else [])]:
        found.setdefault(each["name"], Holding(each["name"], WORDS[each["name"]].title, each["reason"]))
    return sorted(found.values(), key=lambda one: one.name != first)


def unusable(request: Request, error: ModelUnusable) -> HTMLResponse:
    """A page that says why nothing can be told of customers now."""
    return page(request, "customers_unusable.html", status=503, why=str(error))


def _groups(request: Request, desk: Desk, now: datetime) -> HTMLResponse:
    try:
        with reading(desk.engine) as connection:
            found = groups_of(connection, desk, _WINDOW, now)
    except ModelUnusable as error:
        return unusable(request, error)
    shown = [group for group in found.groups if group.n_customers is not None]
    return page(
        request,
        "customer_groups.html",
        found=found,
        shown=shown,
        words=WORDS,
        n_days=_WINDOW.days,
        fewest=FEWEST_SHOWN,
    )


def _row(answer: Answer, person: Person, chosen: str, weeks: Mapping[str, Sequence[int]], today: date) -> Row:
    main, *others = holdings(answer, chosen)
    profile, plan, counts = answer["profile"], answer["plan"], weeks[person.id]
    return Row(
        id=answer["id"],
        address=f"/customers/{quote(answer['id'], safe='')}",
        vip=None if answer["vip"] is None else answer["vip"]["reason"],
        n_contacts=(profile["contacts_30d"], profile["contacts_90d"], profile["contacts_365d"]),
        main=main,
        others=tuple(others),
        plan=plan,
        is_overdue=plan is not None and plan["review_on"] < today,
        weeks=counts,
        chart=bars(counts, 104, 24),
    )


def _parts(found: object) -> list[dict[str, str]]:
    return found if isinstance(found, list) else []
