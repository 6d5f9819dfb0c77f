"""One customer: what holds of them and why, when they called, what is agreed; plans and the mark are set here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, Response

from api.callers import Caller
from api.customer_schemas import PlanTerms
from api.desk import Desk, DeskOfRequest
from api.individuals import may_describe, require_individuals
from api.known_customers import LONGEST_REASON, KnownPerson, agree_on_plan, look_at, mark_vip, unmark_vip
from api.pages.charts import bars
from api.pages.customers import holdings, unusable
from api.pages.forms import read_form
from api.pages.rendering import page
from api.redirects import see_other
from api.routes.customers import CustomerId
from api.security import requires
from data import profile_views
from data.callers import names_of
from data.customers import contacts_of, latest_tickets, moments_of, n_tickets_of, weekly_contacts
from data.database import reading
from data.persons import Ids
from triage.customers.comparisons import USUAL_ENDS, compare
from triage.customers.effects import FEWEST_DAYS, WINDOW, SoFar, so_far
from triage.customers.plans import OUTCOMES, Plan, Terms
from triage.customers.profile import YEAR
from triage.customers.words import WORDS
from triage.errors import InvalidInput, ModelUnusable, NotFound

__all__ = ["LATEST", "Look", "looks_at", "router"]

router = APIRouter(include_in_schema=False)

LATEST = 50
"""So many tickets are listed, the latest."""

_N_WEEKS = 52
_MOST_LOOKS = 100

Reviewer = Annotated[Caller, Depends(requires("review"))]
Typed = Annotated[dict[str, str], Depends(read_form)]

_FIELDS = {"owner": "Who", "next_step": "Next step", "review_on": "Look at it again on", "note": "How it went"}


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody's look at a profile; the name is None for who may not know it."""

    name: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was typed into a form and not taken, and why."""

    form: str
    why: str
    typed: Mapping[str, str]
    status: int = 422


@router.get("/customers/{id:path}")
def show_customer(
    customer_id: CustomerId,
    request: Request,
    desk: DeskOfRequest,
    caller: Annotated[Caller, Depends(requires("read"))],
) -> HTMLResponse:
    """The customer's page; looking at it is kept."""
    if not may_describe(desk):
        return page(request, "customer_hidden.html", status=403)
    return _customer_page(request, desk, caller, customer_id)


@router.post("/customers/{id:path}/plan")
def change_plan(
    customer_id: CustomerId, caller: Reviewer, typed: Typed, request: Request, desk: DeskOfRequest
) -> Response:
    """Changes the plan that is open, or begins one; shows the form again where something does not fit."""
    require_individuals(desk)
    now = datetime.now(UTC)
    try:
        terms = PlanTerms.model_validate({name: typed[name] for name in PlanTerms.model_fields if name in typed})
        agree_on_plan(desk, customer_id, terms.to_terms(), now)
    except ValidationError as error:
        refusal = Refusal("plan", _sentences(error), typed)
    except (InvalidInput, NotFound) as error:
        refusal = Refusal("plan", str(error), typed)
    else:
        return see_other(request.scope, f"/customers/{quote(customer_id, safe='')}#plan")
    return _customer_page(request, desk, caller, customer_id, refusal)


@router.post("/customers/{id:path}/vip")
def change_vip(
    customer_id: CustomerId, caller: Reviewer, typed: Typed, request: Request, desk: DeskOfRequest
) -> Response:
    """Sets the mark with its reason, or takes it away."""
    require_individuals(desk)
    now = datetime.now(UTC)
    try:
        if typed.get("do") == "unmark":
            unmark_vip(desk, customer_id, now)
        else:
            mark_vip(desk, customer_id, typed.get("reason", ""), caller.reference, now)
    except (InvalidInput, NotFound) as error:
        return _customer_page(request, desk, caller, customer_id, Refusal("vip", str(error), typed))
    return see_other(request.scope, f"/customers/{quote(customer_id, safe='')}#vip")


def looks_at(desk: Desk, person: Ids, caller: Caller) -> list[Look]:
    """Who looked at a customer within a year, the latest first; by name for those who may decide on customers."""
    with reading(desk.engine) as connection:
        views = profile_views.views_of(connection, person) if person else []
        may_know = "review" in caller.scopes
        names = names_of(connection, {view.caller for view in views}) if may_know else {}
    return [Look(names.get(view.caller), view.at) for view in views]


def _customer_page(
    request: Request, desk: Desk, caller: Caller, customer_id: str, refusal: Refusal | None = None
) -> HTMLResponse:
    now = datetime.now(UTC)
    try:
        known = look_at(desk, customer_id, caller.reference, now)
    except ModelUnusable as error:
        return unusable(request, error)
    looks = looks_at(desk, known.ids, caller)
    told = {
        "id": customer_id,
        "address": f"/customers/{quote(customer_id, safe='')}",
        "known": known,
        "looks": looks[:_MOST_LOOKS],
        "n_looks": len(looks),
        "may_decide": "review" in caller.scopes,
        "refusal": refusal,
        "longest_reason": LONGEST_REASON,
        "words": WORDS,
    }
    status = 200 if refusal is None else refusal.status
    if known.person is not None and known.person.is_out:
        return page(request, "customer_out.html", status=status, **told)
    return page(request, "customer.html", status=status, **told, **_history(desk, known, now, refusal))


def _history(desk: Desk, known: KnownPerson, now: datetime, refusal: Refusal | None) -> dict[str, object]:
    """When the customer called, beside what is usual, and what followed on the plan."""
    described, ids = known.described, known.ids
    assert described is not None  # noqa: S101  (of who opted out another page is shown)
    usual_ends = now - timedelta(days=USUAL_ENDS)
    plan = known.open_plan or next(iter(known.plans), None)
    model = desk.customers()
    with reading(desk.engine) as connection:
        before = model.describe("", contacts_of(connection, ids, usual_ends - YEAR, usual_ends), usual_ends)
        persons = [] if known.person is None else [known.person]
        weeks = next(iter(weekly_contacts(connection, persons, now, _N_WEEKS).values()), [0] * _N_WEEKS)
        filed = latest_tickets(connection, ids, now, LATEST)
        n_tickets = n_tickets_of(connection, ids) if ids else 0
        around = [] if plan is None else moments_of(connection, ids, plan.created_at - WINDOW, now)
    return {
        "holds": holdings(known.answer),
        "profile": described.profile,
        "comparisons": compare(described.profile, before.profile, model.norms),
        "is_learned": model.norms.n_customers > 0,
        "weeks": [(now - timedelta(days=7 * (_N_WEEKS - place)), n) for place, n in enumerate(weeks)],
        "n_in_weeks": sum(weeks),
        "chart": bars(weeks, 520, 96),
        "since": now - timedelta(days=7 * _N_WEEKS),
        "now": now,
        "filed": filed,
        "n_tickets": n_tickets,
        "plan": plan,
        "followed": _followed(plan, around, now),
        "fewest_days": FEWEST_DAYS,
        "form": _form(known, refusal),
        "outcomes": OUTCOMES,
    }


def _followed(plan: Plan | None, around: Sequence[datetime], now: datetime) -> SoFar | None:
    return None if plan is None else so_far(plan.created_at, around, now)


def _form(known: KnownPerson, refusal: Refusal | None) -> Mapping[str, str]:
    """What the form for a plan holds: what was typed, else the open plan, else what the playbook suggests."""
    if refusal is not None and refusal.form == "plan":
        return {name: refusal.typed.get(name, "") for name in PlanTerms.model_fields}
    suggestion = known.answer["suggestion"] or {}
    empty: dict[str, str] = dict.fromkeys(PlanTerms.model_fields, "")
    if known.open_plan is None:
        review_on = suggestion.get("review_on")
        return empty | {
            "next_step": suggestion.get("next_step") or "",
            "review_on": "" if review_on is None else review_on.isoformat(),
            "segment": suggestion.get("segment", ""),
            "outcome": "open",
        }
    terms: Terms = known.open_plan.terms
    return {
        "owner": terms.owner,
        "next_step": terms.next_step,
        "review_on": terms.review_on.isoformat(),
        "segment": terms.segment or "",
        "outcome": terms.outcome,
        "note": terms.note or "",
    }


def _sentences(error: ValidationError) -> str:
    """What does not fit, field by field; nothing of what was typed."""
    told = {str(each["loc"][0]): each["msg"].removeprefix("Value error, ") for each in error.errors()}
    return " ".join(f"{_FIELDS.get(name, name)}: {said.rstrip('.')}." for name, said in told.items())
