"""What the desk is measured by."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.desk import DeskOfRequest
from api.errors import documented
from api.fields import Day
from api.measures import By, measures_report, window
from api.measures_schemas import MeasuresAnswer, measures_answer
from api.security import requires
from data.database import reading

__all__ = ["router"]

router = APIRouter(prefix="/v1/measures", tags=["Measures"], dependencies=[Depends(requires("read"))])


@router.get("", summary="Know what the desk is measured by", responses=documented(401, 403, 422, 429, 503))
def read_measures(
    desk: DeskOfRequest,
    by: Annotated[By, Query(description="What the tickets are divided by in `rows`.")] = "group",
    since: Annotated[
        Day | None, Query(description="The first day (UTC); 30 days before the last one, if missing.")
    ] = None,
    until: Annotated[Day | None, Query(description="The last day; today, if missing.")] = None,
) -> MeasuresAnswer:
    """Measures of a time, as the page `/measures` shows them.

    They are counted by day in the background, every five minutes; `counted_at` says as of when. What the desk does not
    record is null, and never zero.
    """
    today = datetime.now(UTC).date()
    first, last = window(since, until, today)
    with reading(desk.engine) as connection:
        report = measures_report(connection, by, first, last, today, is_aggregate=desk.is_aggregate)
    return measures_answer(report)
