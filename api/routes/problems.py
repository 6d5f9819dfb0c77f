"""Incidents that recur: what they cost, how far they have come, and what people make of them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.callers import Caller
from api.desk import DeskOfRequest
from api.errors import documented
from api.problems import (
    LARGEST_ID,
    MergeTerms,
    ProblemAnswer,
    ProblemsAnswer,
    ProblemTerms,
    ShownProblem,
    SplitTerms,
    change_problem,
    merge_problems,
    split_problem,
)
from api.security import requires
from data.database import reading, writing
from data.problems import count_of, find, problems_of, tickets_of
from triage.problems.state import State

__all__ = ["LATEST", "router"]

router = APIRouter(prefix="/v1/problems", tags=["Problems"])

LATEST = 100
"""So many of a problem's tickets are told, the latest."""

Reviewer = Annotated[Caller, Depends(requires("review"))]
ProblemId = Annotated[int, Path(alias="id", ge=1, le=LARGEST_ID, description="As the list has it.")]
_CHANGING = documented(400, 401, 403, 404, 413, 422, 429, 503)


@router.get(
    "",
    summary="See what keeps coming back",
    dependencies=[Depends(requires("read"))],
    responses=documented(401, 403, 422, 429, 503),
)
def list_problems(
    desk: DeskOfRequest,
    state: Annotated[State | None, Query(description="Only those of this state.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
    start: Annotated[int, Query(ge=0, le=100_000, description="How many are left out first.")] = 0,
) -> ProblemsAnswer:
    """Problems as they were measured at the last look.

    Those of which an incident came in the last sixty days are first, and of these what costs most working time.
    """
    now = datetime.now(UTC)
    with reading(desk.engine) as connection:
        found = problems_of(
            connection, states=None if state is None else [state], most=limit, start=start, still_at=now
        )
        return ProblemsAnswer(problems=[ProblemAnswer.of(one) for one in found], states=count_of(connection))


@router.get(
    "/{id}",
    summary="Know one problem",
    dependencies=[Depends(requires("read"))],
    responses=documented(401, 403, 404, 422, 429, 503),
)
def read_problem(problem_id: ProblemId, desk: DeskOfRequest) -> ShownProblem:
    """Its measures, the changes behind which it surprisingly began, and its latest tickets.

    Of a problem that was merged into another, that one is shown.
    """
    with reading(desk.engine) as connection:
        problem = find(connection, problem_id)
        return ShownProblem.shown(problem, tickets_of(connection, problem.id, LATEST))


@router.patch("/{id}", summary="Say how far a problem has come", responses=_CHANGING)
def patch_problem(problem_id: ProblemId, terms: ProblemTerms, desk: DeskOfRequest, caller: Reviewer) -> ProblemAnswer:
    """Changes state, owner, name or workaround; what is not said stays."""
    with writing(desk.engine) as connection:
        return ProblemAnswer.of(change_problem(connection, caller, problem_id, terms.to_said(), datetime.now(UTC)))


@router.post("/{id}/merge", summary="Make several problems one", responses=_CHANGING)
def merge_into(problem_id: ProblemId, terms: MergeTerms, desk: DeskOfRequest, caller: Reviewer) -> ProblemAnswer:
    """The others' tickets belong to this one from now on, also after the next look."""
    with writing(desk.engine) as connection:
        return ProblemAnswer.of(merge_problems(connection, caller, problem_id, terms.problems, datetime.now(UTC)))


@router.post("/{id}/split", summary="Make some tickets a problem of their own", responses=_CHANGING)
def split_off(problem_id: ProblemId, terms: SplitTerms, desk: DeskOfRequest, caller: Reviewer) -> ProblemAnswer:
    """Answers the new problem. No later look joins the two again."""
    with writing(desk.engine) as connection:
        return ProblemAnswer.of(split_problem(connection, caller, problem_id, terms.tickets, datetime.now(UTC)))
