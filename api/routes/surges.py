"""More incidents than usual: which surges there are, and what people say of them."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from api.callers import Caller
from api.desk import Desk, DeskOfRequest
from api.errors import documented
from api.security import requires
from api.surge_schemas import N_EXAMPLES, GivenSurge, SurgeAnswer, SurgeList, surge_answer
from data import audit
from data.database import reading, writing
from data.surges import StoredSurge, decide, examples_of, n_surges, surges_of

__all__ = ["decided", "router"]

router = APIRouter(prefix="/v1/surges", tags=["Surges"])

_LARGEST_ID = 2**53 - 1


@router.get(
    "",
    summary="List surges",
    dependencies=[Depends(requires("read"))],
    responses=documented(401, 403, 422, 429, 503),
)
def list_surges(
    desk: DeskOfRequest,
    state: Annotated[
        Literal["open", "major", "dismissed", "over"] | None, Query(description="Only these; all of them if missing.")
    ] = None,
    start: Annotated[int, Query(ge=0, le=1_000_000, description="How many to leave out.")] = 0,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 25,
) -> SurgeList:
    """More incidents of one kind than were to be expected, the latest first. None is of fewer than three customers."""
    states = None if state is None else (state,)
    with reading(desk.engine) as connection:
        found = surges_of(connection, states=states, start=start, limit=limit)
        answers = [surge_answer(each, examples_of(connection, each, N_EXAMPLES)) for each in found]
        return SurgeList(n=n_surges(connection, states), surges=answers)


@router.patch(
    "/{surge_id}",
    summary="Say what a surge is",
    responses=documented(400, 401, 403, 404, 413, 415, 422, 429, 503),
)
def decide_on_surge(
    surge_id: Annotated[int, Path(ge=1, le=_LARGEST_ID)],
    given: GivenSurge,
    desk: DeskOfRequest,
    caller: Annotated[Caller, Depends(requires("review"))],
) -> SurgeAnswer:
    """That it is a major incident, that it is nothing, or what it is called; who said so is kept.

    One that is nothing raises no further alarm until it is over. One that is over cannot become a major incident.
    """
    surge = decided(desk, surge_id, given, caller, datetime.now(UTC))
    with reading(desk.engine) as connection:
        return surge_answer(surge, examples_of(connection, surge, N_EXAMPLES))


def decided(desk: Desk, surge_id: int, given: GivenSurge, caller: Caller, now: datetime) -> StoredSurge:
    """Keeps what a person says of a surge, in the audit log too.

    Raises:
        NotFound: there is none of this number.
        InvalidInput: it is to be a major incident, and it is over.
    """
    with writing(desk.engine) as connection:
        surge = decide(connection, surge_id, state=given.state, name=given.name, by=caller.reference, now=now)
        if given.state is not None or given.name is not None:
            details = {"state": given.state, "is_named": given.name is not None}
            audit.append(connection, caller.reference, "surge.decided", f"surge:{surge_id}", details, now)
    return surge
