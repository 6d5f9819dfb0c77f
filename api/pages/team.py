"""The page of those who do the work: what went well, signs of strain, who resolves what well, what is not shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse

from api.callers import Caller
from api.desk import DeskOfRequest
from api.fields import Name
from api.pages.rendering import page
from api.security import requires
from api.team import (
    WHY_NOT_PERSONS,
    expertise_report,
    persons_report,
    team_week,
)
from data.daily_work import JOB
from data.database import reading
from data.jobs import last_done
from triage.expertise import person_of
from triage.strain import Signal, shown

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_TOPICS, _TEAMS, _PERSONS = 20, 12, 200
"""How many topics and teams are on a page, and how many persons can be chosen from."""

_OLD = timedelta(days=14)
_WIDTH, _HEIGHT = 180.0, 44.0


@dataclass(frozen=True, slots=True)
class _Chart:
    """A signal over thirteen weeks as SVG draws it.

    Attributes:
        lines: strokes between weeks that are known, each as points.
        dots: where each known week lies, the week in question last.
        band: from which height to which the usual goes; None where there is none.
        is_last_known: whether the last dot is the week in question.
    """

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    band: tuple[float, float] | None
    is_last_known: bool


@router.get("/team")
def show_team(
    request: Request,
    desk: DeskOfRequest,
    caller: Annotated[Caller, Depends(requires("read"))],
    start: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    team: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    person: Annotated[Name | None, Query()] = None,
) -> HTMLResponse:
    """What is known of the teams; single persons only where that is switched on and the caller may see them."""
    now = datetime.now(UTC)
    with reading(desk.engine) as connection:
        expertise = expertise_report(connection)
        persons = persons_report(connection, desk, caller, person)
        strain, praise = team_week(connection, None, may=persons.may, person=person_of(caller.name))
        counted_at = last_done(connection, JOB).at
    last = expertise.last_day
    return page(
        request,
        "team.html",
        counted_at=counted_at,
        expertise=expertise,
        topics=expertise.topics[start : start + _TOPICS],
        start=start,
        at_once=_TOPICS,
        strain=strain,
        teams=strain.teams[team : team + _TEAMS],
        team=team,
        teams_at_once=_TEAMS,
        praise=praise,
        is_old=last is not None and now.date() - last > _OLD,
        may=persons.may,
        why_not=WHY_NOT_PERSONS["off" if not desk.shows_persons else "key" if caller.kind == "key" else "own"],
        persons=persons.names[:_PERSONS],
        n_persons=len(persons.names),
        person=person_of(person) if person is not None and persons.may == "all" else "",
        one=persons.chosen,
        hours=desk.working_hours,
        chart_of=_chart,
        shown=shown,
        width=_WIDTH,
        height=_HEIGHT,
    )


def _chart(signal: Signal) -> _Chart:
    known = [each for each in (*signal.weeks, signal.high) if each is not None]
    most = max(known, default=0.0) * 1.05 or 1.0

    def height(value: float) -> float:
        return round(_HEIGHT * (1 - min(value, most) / most), 1)

    step = _WIDTH / max(len(signal.weeks) - 1, 1)
    places = [None if value is None else (round(n * step, 1), height(value)) for n, value in enumerate(signal.weeks)]
    band = None
    if signal.low is not None and signal.high is not None:
        band = (height(signal.high), height(signal.low))
    return _Chart(
        tuple(_lines(places)),
        tuple(place for place in places if place is not None),
        band,
        bool(places) and places[-1] is not None,
    )


def _lines(places: Sequence[tuple[float, float] | None]) -> list[str]:
    """The strokes between neighbours that are known."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1]
