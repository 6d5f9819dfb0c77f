"""What a desk's work says about its teams: who resolves what well, and signs of strain."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.desk import DeskOfRequest
from api.errors import documented
from api.fields import Day, Name
from api.security import requires
from api.team import expertise_report, strain_report
from api.team_schemas import ExpertiseAnswer, StrainAnswer, expertise_answer, strain_answer
from data.database import reading

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/team",
    tags=["Team"],
    dependencies=[Depends(requires("read"))],
    responses=documented(401, 403, 422, 429, 503),
)


@router.get("/expertise", summary="Know who resolves what well")
def read_expertise(
    desk: DeskOfRequest,
    topic: Annotated[Name | None, Query(description="One service or category; all of them, if missing.")] = None,
    start: Annotated[int, Query(ge=0, le=1_000_000, description="How many topics to leave out.")] = 0,
    most: Annotated[int, Query(ge=1, le=200, description="So many topics at most.")] = 50,
) -> ExpertiseAnswer:
    """By topic the teams that resolve it, over half a year, with as much said as their tickets allow.

    Teams of fewer than five people are left out. Nothing is told of single persons, whatever is set.
    """
    with reading(desk.engine) as connection:
        report = expertise_report(connection)
    return expertise_answer(report, topic, start, most)


@router.get("/strain", summary="Know which teams have too much to carry")
def read_strain(
    desk: DeskOfRequest,
    week: Annotated[Day | None, Query(description="Any day of it; the last whole week, if missing.")] = None,
) -> StrainAnswer:
    """Five signs of each team in a week, against its own twelve weeks before.

    Teams of fewer than five people are left out, and so are those of which nobody knows how many people they are.
    """
    with reading(desk.engine) as connection:
        return strain_answer(strain_report(connection, week))
