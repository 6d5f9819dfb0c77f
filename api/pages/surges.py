"""Surges for people: which are on, what came beside what was expected, and forms that say what each of them is."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import HTMLResponse, Response

from api.callers import Caller
from api.desk import DeskOfRequest
from api.pages.charts import Bars, bars
from api.pages.forms import Fields
from api.pages.rendering import page
from api.redirects import see_other
from api.routes.surges import decided
from api.security import requires
from api.surge_schemas import GivenSurge
from data.database import reading
from data.surges import StoredSurge, SurgeTicket, examples_of, n_surges, open_surges, surges_of
from triage.errors import InvalidInput

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

AT_ONCE = 10
"""Past surges of one page."""

MOST_ON = 20
"""So many that are on are shown at once; where there are more, everything is on fire and one list is enough."""

_N_EXAMPLES = 5
_WIDTH, _HEIGHT = 600.0, 120.0
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A surge as its card has it.

    Attributes:
        surge: itself.
        examples: some of its tickets.
        chart: what came, hour by hour.
        expected: the corners of the stepped line of what was expected, as SVG writes points.
    """

    surge: StoredSurge
    examples: list[SurgeTicket]
    chart: Bars
    expected: str


@router.get("/surges")
def show_surges(
    request: Request,
    desk: DeskOfRequest,
    caller: Annotated[Caller, Depends(requires("read"))],
    start: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> HTMLResponse:
    """Those that are on, then the past ones."""
    with reading(desk.engine) as connection:
        on = open_surges(connection)
        past = surges_of(connection, states=("over", "dismissed"), start=start, limit=AT_ONCE)
        return page(
            request,
            "surges.html",
            on=[_shown(connection, surge) for surge in on[:MOST_ON]],
            n_on=len(on),
            past=[_shown(connection, surge) for surge in past],
            n_past=n_surges(connection, ("over", "dismissed")),
            start=start,
            at_once=AT_ONCE,
            width=_WIDTH,
            height=_HEIGHT,
            may_decide="review" in caller.scopes,
        )


@router.post("/surges/{surge_id}")
def decide_on_surge(
    request: Request,
    surge_id: Annotated[int, Path(ge=1, le=2**53 - 1)],
    caller: Annotated[Caller, Depends(requires("review"))],
    fields: Fields,
    desk: DeskOfRequest,
) -> Response:
    """Keeps what a form says of a surge, and goes back to the list; what is over in the meantime is shown as that."""
    name = fields.get("name", "").strip()[:_LONGEST_NAME] or None
    state = fields.get("state")
    if state not in ("major", "dismissed", None) or (state is None and name is None):
        raise InvalidInput("A form of the page /surges says what a surge is, or what it is called.")
    given = GivenSurge(state=state, name=name)
    with contextlib.suppress(InvalidInput):  # it has ended while somebody looked at it, which the page shows
        decided(desk, surge_id, given, caller, datetime.now(UTC))
    return see_other(request.scope, f"/surges#surge-{surge_id}")


def _shown(connection: Connection, surge: StoredSurge) -> Shown:
    observed = [n for _, n, _ in surge.hours]
    return Shown(
        surge=surge,
        examples=examples_of(connection, surge, _N_EXAMPLES),
        chart=bars(observed, _WIDTH, _HEIGHT),
        expected=_steps([expected for _, _, expected in surge.hours], max(observed, default=0)),
    )


def _steps(expected: Sequence[float], most: int) -> str:
    """What was expected of each hour, on the scale of the bars; what lies above them is drawn at the upper edge."""
    step = _WIDTH / max(len(expected), 1)
    corners = []
    for place, value in enumerate(expected):
        y = _HEIGHT * (1 - min(1.0, value / max(most, 1)))
        corners += [f"{place * step:.1f},{y:.1f}", f"{(place + 1) * step:.1f},{y:.1f}"]
    return " ".join(corners)
