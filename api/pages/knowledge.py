"""What a desk knows: articles with what they did over a year, topics without one, and what was not shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from api.desk import DeskOfRequest
from api.knowledge import known
from api.pages.charts import Bars, bars
from api.pages.rendering import page
from api.security import requires
from data.database import reading
from data.knowledge import MOST_ARTICLES, ArticleUse, unshared, unshared_csv
from triage.knowledge import LATELY

__all__ = ["router"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(requires("read"))])

_AT_ONCE = 25
_GAPS, _UNSHARED = 20, 20
_WIDTH, _HEIGHT = 96, 24


@dataclass(frozen=True, slots=True)
class Row:
    """An article as the page shows it.

    Attributes:
        use: of it.
        drawn: its uses over time.
        is_old: whether nobody has used it lately, so that it is not suggested any more.
    """

    use: ArticleUse
    drawn: Bars
    is_old: bool


@router.get("/knowledge")
def show_knowledge(
    request: Request, desk: DeskOfRequest, start: Annotated[int, Query(ge=0, le=MOST_ARTICLES)] = 0
) -> HTMLResponse:
    """Articles, gaps, and what could be shared; all but the last was counted before."""
    now = datetime.now(UTC)
    with reading(desk.engine) as connection:
        found, not_shared = known(connection), unshared(connection, with_examples=False)
    return page(
        request,
        "knowledge.html",
        found=found,
        rows=_rows([] if found is None else found.articles[start : start + _AT_ONCE], now),
        n_listed=0 if found is None else len(found.articles),
        start=start,
        at_once=_AT_ONCE,
        gaps=() if found is None else found.gaps[:_GAPS],
        n_gaps=0 if found is None else found.n_gaps,
        not_shared=not_shared[:_UNSHARED],
        n_not_shared=len(not_shared),
    )


@router.get("/knowledge/unshared.csv")
def export_unshared(desk: DeskOfRequest) -> Response:
    """What support knows and development was not told, as a file for a spreadsheet or another system."""
    with reading(desk.engine) as connection:
        text = unshared_csv(unshared(connection))
    name = f"unshared-{datetime.now(UTC):%Y-%m-%d}.csv"
    return Response(text, media_type="text/csv", headers={"content-disposition": f'attachment; filename="{name}"'})


def _rows(articles: Sequence[ArticleUse], now: datetime) -> list[Row]:
    return [Row(each, bars(each.months, _WIDTH, _HEIGHT), each.record.last_at < now - LATELY) for each in articles]
