"""What keeps coming back: the list of problems, and one problem with its forms."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import HTMLResponse, Response

from api.callers import Caller
from api.desk import Desk, DeskOfRequest
from api.pages.charts import bars
from api.pages.forms import Fields
from api.pages.rendering import page
from api.problems import (
    LARGEST_ID,
    CauseAnswer,
    cause_answer,
    chance_in_words,
    change_problem,
    merge_problems,
    split_problem,
)
from api.redirects import see_other
from api.security import requires
from data.database import reading, writing
from data.found_problems import JOB
from data.jobs import last_done
from data.problems import Said, StoredProblem, count_of, find, problems_of, tickets_of
from triage.errors import InvalidInput
from triage.problems.measures import N_WEEKS

__all__ = ["AT_ONCE", "STATE_WORDS", "causes_of", "router"]

router = APIRouter(include_in_schema=False)

AT_ONCE = 50
"""Problems of one page of the list."""

LATEST = 50
"""Tickets that are shown of one problem, each of which may be split off."""

_MOST_TO_MERGE = 200
_WIDTH, _HEIGHT = 520, 96
_TICKET = "ticket:"
"""Before a ticket's id: the field that chooses it."""

STATE_WORDS: Mapping[str, str] = {
    "new": "new",
    "under_investigation": "under investigation",
    "known_error": "known error",
    "resolved": "resolved",
}

Reader = Annotated[Caller, Depends(requires("read"))]
Reviewer = Annotated[Caller, Depends(requires("review"))]
ProblemId = Annotated[int, Path(alias="id", ge=1, le=LARGEST_ID)]


@router.get("/problems")
def show_problems(
    request: Request,
    desk: DeskOfRequest,
    _caller: Reader,
    state: Annotated[Literal["", "new", "under_investigation", "known_error", "resolved"], Query()] = "",
    start: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> HTMLResponse:
    """The problems: what still comes first, and of that what costs most working time."""
    now = datetime.now(UTC)
    with reading(desk.engine) as connection:
        found = problems_of(connection, states=[state] if state else None, most=AT_ONCE + 1, start=start, still_at=now)
        counts = count_of(connection)
        looked_at = last_done(connection, JOB).at
    return page(
        request,
        "problems.html",
        problems=found[:AT_ONCE],
        has_more=len(found) > AT_ONCE,
        counts=counts,
        state=state,
        states=STATE_WORDS,
        start=start,
        at_once=AT_ONCE,
        looked_at=looked_at,
    )


@router.get("/problems/{id}")
def show_problem(problem_id: ProblemId, request: Request, desk: DeskOfRequest, caller: Reader) -> Response:
    """One problem; of one that was merged into another, that one."""
    with reading(desk.engine) as connection:
        standing = find(connection, problem_id).id
    if standing != problem_id:
        return see_other(request.scope, f"/problems/{standing}")
    return _problem_page(request, desk, caller, problem_id)


@router.post("/problems/{id}")
def say_of_problem(
    problem_id: ProblemId, request: Request, desk: DeskOfRequest, caller: Reviewer, form: Fields
) -> Response:
    """Keeps state, owner, name and workaround."""
    said = Said(form.get("state"), form.get("owner"), form.get("name"), form.get("workaround"))
    try:
        with writing(desk.engine) as connection:
            problem = change_problem(connection, caller, problem_id, said, datetime.now(UTC))
    except InvalidInput as refused:
        return _problem_page(request, desk, caller, problem_id, str(refused))
    return see_other(request.scope, f"/problems/{problem.id}")


@router.post("/problems/{id}/merge")
def merge_with(
    problem_id: ProblemId, request: Request, desk: DeskOfRequest, caller: Reviewer, form: Fields
) -> Response:
    """Makes another problem part of this one."""
    try:
        number = _number_of(form.get("other", ""))
        with writing(desk.engine) as connection:
            problem = merge_problems(connection, caller, problem_id, [number], datetime.now(UTC))
    except InvalidInput as refused:
        return _problem_page(request, desk, caller, problem_id, str(refused))
    return see_other(request.scope, f"/problems/{problem.id}")


@router.post("/problems/{id}/split")
def split_from(
    problem_id: ProblemId, request: Request, desk: DeskOfRequest, caller: Reviewer, form: Fields
) -> Response:
    """Makes a problem of its own of the chosen tickets, and shows it."""
    chosen = [name.removeprefix(_TICKET) for name in form if name.startswith(_TICKET)]
    try:
        with writing(desk.engine) as connection:
            new = split_problem(connection, caller, problem_id, chosen, datetime.now(UTC))
    except InvalidInput as refused:
        return _problem_page(request, desk, caller, problem_id, str(refused))
    return see_other(request.scope, f"/problems/{new.id}")


def causes_of(problem: StoredProblem) -> list[CauseAnswer]:
    """The changes behind which a problem surprisingly began or came more often."""
    return [cause_answer(told) for told in problem.content.get("causes", ())]


def _problem_page(
    request: Request, desk: Desk, caller: Caller, problem_id: int, refusal: str | None = None
) -> HTMLResponse:
    with reading(desk.engine) as connection:
        problem = find(connection, problem_id)
        measures = problem.measures
        tickets = tickets_of(connection, problem.id, LATEST)
        examples = tickets_of(connection, problem.id, LATEST, only=list(measures.examples))
        may_change = "review" in caller.scopes
        others = problems_of(connection, most=_MOST_TO_MERGE) if may_change else []
    return page(
        request,
        "problem.html",
        status=200 if refusal is None else 422,
        problem=problem,
        measures=measures,
        causes=causes_of(problem),
        in_words=chance_in_words,
        examples=examples,
        tickets=tickets,
        n_every=problem.n_tickets + measures.n_alerts,
        others=[other for other in others if other.id != problem.id],
        states=STATE_WORDS,
        chart=bars(measures.weeks, _WIDTH, _HEIGHT),
        weeks=[
            (measures.as_of - timedelta(days=7 * (N_WEEKS - place)), n) for place, n in enumerate(measures.weeks) if n
        ],
        since=measures.as_of - timedelta(days=7 * N_WEEKS),
        may_change=may_change,
        refusal=refusal,
        chosen=_TICKET,
    )


def _number_of(text: str) -> int:
    """The number of a problem that a form names.

    Raises:
        InvalidInput: it names none.
    """
    if not text.isdecimal() or len(text) > len(str(LARGEST_ID)):
        raise InvalidInput("Choose the problem to merge with.")
    return int(text)
