"""How good the answers have been, and whether anything has changed since the training."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.callers import Caller
from api.desk import DeskOfRequest
from api.drift import drift_report
from api.errors import documented
from api.fields import Name
from api.model_changes import ChangesOfRequest
from api.quality import quality_report
from api.quality_schemas import DriftAnswer, QualityAnswer, drift_answer, quality_answer
from api.security import requires

__all__ = ["router"]

router = APIRouter(prefix="/v1/quality", tags=["Quality"])

Reader = Annotated[Caller, Depends(requires("read"))]


@router.get("", summary="Know how good the answers have been", responses=documented(401, 403, 404, 422, 429, 503))
def read_quality(
    desk: DeskOfRequest,
    changes: ChangesOfRequest,
    caller: Reader,
    target: Annotated[Name | None, Query(description="The question; the group, if missing.")] = None,
    weeks: Annotated[int, Query(ge=1, le=52, description="How many weeks, the present one among them.")] = 4,
) -> QualityAnswer:
    """What people made of the answers, as the page `/quality` shows it.

    A row is one target of one ticket on which a person has decided, beside the answer that was there then. Automatic
    answers that nobody touched are no evidence: they widen what is known from `lowest` to `highest`.
    """
    return quality_answer(quality_report(desk, changes.bundles, caller, target, weeks, datetime.now(UTC)))


@router.get(
    "/drift",
    summary="Know whether the tickets have changed since the training",
    dependencies=[Depends(requires("read"))],
    responses=documented(401, 403, 422, 429, 503),
)
def read_drift(
    desk: DeskOfRequest,
    changes: ChangesOfRequest,
    days: Annotated[int, Query(ge=1, le=365, description="How far back to look.")] = 30,
) -> DriftAnswer:
    """Labels, confidences and words of late beside those of the training, as the page `/quality/drift` shows them."""
    return drift_answer(drift_report(desk, changes.bundles, days, datetime.now(UTC)))
