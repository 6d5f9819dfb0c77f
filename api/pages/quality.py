"""The page of how good the answers have been, and the one of whether tickets have changed since the training."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse

from api import quality_wording
from api.callers import Caller
from api.desk import DeskOfRequest
from api.drift import DAYS, drift_report
from api.fields import Name
from api.model_changes import ChangesOfRequest
from api.pages.rendering import page
from api.quality import WEEKS, quality_report
from api.security import requires
from triage.drift import ACT_FROM, LOOK_FROM, Stability
from triage.errors import ModelUnusable, NotFound
from triage.quality import FEWEST_JUDGED, Tally, WeekQuality

__all__ = ["router"]

router = APIRouter(prefix="/quality", include_in_schema=False)

_MOST_CELLS = 15
"""Labels that a chart has room for; its table has all."""

Reader = Annotated[Caller, Depends(requires("read"))]


@router.get("")
def show_quality(
    request: Request,
    desk: DeskOfRequest,
    changes: ChangesOfRequest,
    caller: Reader,
    target: Annotated[Name | None, Query()] = None,
    weeks: Annotated[int, Query(ge=1, le=52)] = WEEKS[0],
) -> HTMLResponse:
    """What people made of the answers."""
    now = datetime.now(UTC)
    try:
        report, refusal = quality_report(desk, changes.bundles, caller, target, weeks, now), None
    except NotFound as unknown:
        report, refusal = quality_report(desk, changes.bundles, caller, None, weeks, now), str(unknown)
    quality = report.quality
    return page(
        request,
        "quality.html",
        status=200 if refusal is None else 404,
        refusal=refusal,
        report=report,
        quality=quality,
        offered=sorted({*WEEKS, weeks}),
        verdict=quality_wording.verdict_sentences(report),
        silence=None if quality is None else quality_wording.silence_sentence(quality.automatic),
        blind=None if quality is None else quality_wording.blind_sentence(quality.blind),
        sampled=quality_wording.sampled_sentence(report),
        hasty=[quality_wording.hasty_sentence(each) for each in report.paces or () if each.pace.is_hasty],
        chart=None if quality is None else _weeks_chart(quality.weeks, quality.automatic.asked),
        fewest=FEWEST_JUDGED,
        shown_name=quality_wording.shown_name,
        percent=quality_wording.percent,
    )


@router.get("/drift", dependencies=[Depends(requires("read"))])
def show_drift(
    request: Request,
    desk: DeskOfRequest,
    changes: ChangesOfRequest,
    days: Annotated[int, Query(ge=1, le=365)] = DAYS[-1],
) -> HTMLResponse:
    """The tickets of late beside the training."""
    try:
        report, refusal = drift_report(desk, changes.bundles, days, datetime.now(UTC)), None
    except ModelUnusable as unusable:
        report, refusal = None, str(unusable)
    return page(
        request,
        "drift.html",
        status=200 if refusal is None else 503,
        refusal=refusal,
        report=report,
        days=days,
        offered=sorted({*DAYS, days}),
        sentence=None if report is None else quality_wording.drift_sentence(report),
        words_said=None if report is None else quality_wording.words_sentence(report),
        verdicts=quality_wording.DRIFT_WORDS,
        thresholds=(LOOK_FROM, ACT_FROM),
        chart_of=_cells_chart,
        shown_name=quality_wording.shown_name,
        percent=quality_wording.percent,
    )


def _weeks_chart(weeks: Sequence[WeekQuality], asked: float | None) -> str:
    """The weeks as a script draws them."""

    def shares(tallies: Sequence[Tally]) -> list[float | None]:
        return [round(100 * each.share.share, 1) if each.n else None for each in tallies]

    series: dict[str, list[float | None]] = {
        "Left as they were": shares([week.agreement for week in weeks]),
        "Applied and stood": shares([week.automatic for week in weeks]),
        "Applied by themselves": shares([week.coverage for week in weeks]),
        "Blind sample": shares([week.blind for week in weeks]),
    }
    if asked is not None:
        series["Asked"] = [100 * asked] * len(weeks)
    labels = [week.week.isoformat() for week in weeks]
    return _json(
        kind="line",
        labels=labels,
        series={name: found for name, found in series.items() if any(share is not None for share in found)},
    )


def _cells_chart(found: Stability) -> str:
    """Two distributions as a script draws them."""
    cells = found.cells[:_MOST_CELLS]
    series = {
        "Training": [round(100 * was, 1) for _, was, _ in cells],
        "Now": [round(100 * now, 1) for _, _, now in cells],
    }
    return _json(kind="bar", labels=[name for name, _, _ in cells], series=series)


def _json(**chart: Any) -> str:  # noqa: ANN401  (any JSON)
    return json.dumps(chart)
