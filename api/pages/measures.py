"""The page of what the desk is measured by, and its tables as a file."""

import csv
import io
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from api.desk import DeskOfRequest
from api.fields import Day
from api.measures import BYS, By, MeasuresReport, measures_report, window
from api.measures_schemas import measures_answer
from api.pages import measure_charts as charts
from api.pages.rendering import page
from api.security import requires
from data.database import reading
from triage.forecast_volume import FEWEST_DAYS, INTERVAL
from triage.measures import (
    INCIDENT_MARK,
    MOST_VALUES,
    SHARES,
    reassignments_mean,
    satisfaction_mean,
    time_to_resolve,
)
from triage.measures.wording import NAMES, shown_hours

__all__ = ["WINDOWS", "router"]

router = APIRouter(prefix="/measures", include_in_schema=False, dependencies=[Depends(requires("read"))])

WINDOWS = (7, 30, 90, 365)
"""Days that one may look back."""

_MOST_SHOWN = 25
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Days = Annotated[Literal["7", "30", "90", "365"], Query()]
Until = Annotated[Day | None, Query()]


@router.get("")
def show_measures(
    request: Request, desk: DeskOfRequest, days: Days = "30", by: Annotated[By, Query()] = "group", until: Until = None
) -> HTMLResponse:
    """Every measure with its chart, a sentence and a table."""
    report = _report(desk, int(days), by, until)
    return page(
        request,
        "measures.html",
        report=report,
        days=int(days),
        until=until,
        windows=WINDOWS,
        bys=BYS,
        rows=report.rows if by == "week" else report.rows[:_MOST_SHOWN],
        n_more=report.n_more + (0 if by == "week" else max(len(report.rows) - _MOST_SHOWN, 0)),
        pairs=report.handovers[:_MOST_SHOWN],
        n_more_pairs=report.n_more_pairs + max(len(report.handovers) - _MOST_SHOWN, 0),
        names=NAMES,
        shares=SHARES,
        volume=charts.volume_chart(report.volume, report.forecast, report.after),
        share_chart=charts.share_chart(report.weeks),
        hours_chart=charts.hours_chart(report.weeks),
        heat=charts.heat_map(report.handovers),
        routes=charts.lengths([(each.bucket, each.median_hours or 0.0) for each in report.routes]),
        ages=charts.lengths(report.backlog.buckets) if report.backlog is not None else (),
        weekdays=_WEEKDAYS,
        width=charts.WIDTH,
        height=charts.HEIGHT,
        mark=INCIDENT_MARK,
        interval=INTERVAL,
        fewest_days=FEWEST_DAYS,
        most_values=MOST_VALUES,
        shown_hours=shown_hours,
        time_to_resolve=time_to_resolve,
        satisfaction_mean=satisfaction_mean,
        reassignments_mean=reassignments_mean,
    )


@router.get("/table")
def download_measures(
    desk: DeskOfRequest, days: Days = "30", by: Annotated[By, Query()] = "group", until: Until = None
) -> Response:
    """The table by group, channel and so on as a CSV; what is not recorded is empty."""
    report = _report(desk, int(days), by, until)
    written = io.StringIO()
    table = csv.writer(written)
    for number, row in enumerate(measures_answer(report).rows):
        cells = _flat(row.model_dump(mode="json"))
        if not number:
            table.writerow([by, *(name for name in cells if name != "value")])
        table.writerow([_safe(row.value), *(value for name, value in cells.items() if name != "value")])
    name = f"measures-by-{by}-{report.since}-to-{report.until}.csv"
    return Response(
        written.getvalue(), media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _report(desk: DeskOfRequest, days: int, by: By, until: Until) -> MeasuresReport:
    today = datetime.now(UTC).date()
    first, last = window(None, until, today, days)
    with reading(desk.engine) as connection:
        return measures_report(connection, by, first, last, today, is_aggregate=desk.is_aggregate)


_PARTS = {
    **dict.fromkeys(SHARES, ("hits", "n", "share", "low", "high")),
    "time_to_resolve_hours": ("median", "p75", "p90", "p95", "n"),
    "satisfaction": ("mean", "low", "high", "n"),
}
"""The columns of a measure with several, also where it is not recorded: every row has the same."""


def _flat(row: dict[str, object]) -> dict[str, object]:
    cells: dict[str, object] = {}
    for name, value in row.items():
        if name in _PARTS:
            known = value if isinstance(value, dict) else {}
            cells |= {f"{name}_{part}": known.get(part) for part in _PARTS[name]}
        else:
            cells[name] = value
    return cells


def _safe(value: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value
