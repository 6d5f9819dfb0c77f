"""What a desk knows: its articles with their records, and the topics that have none."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.desk import DeskOfRequest
from api.errors import documented
from api.knowledge import ArticlesAnswer, GapsAnswer, article_answer, gap_answer, known
from api.security import requires
from data.database import reading
from data.knowledge import MOST_ARTICLES, MOST_GAPS

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/knowledge",
    tags=["Knowledge"],
    dependencies=[Depends(requires("read"))],
    responses=documented(401, 403, 422, 429, 503),
)


@router.get("/articles", summary="Know what articles did")
def read_articles(
    desk: DeskOfRequest,
    limit: Annotated[int, Query(ge=1, le=MOST_ARTICLES, description="How many articles at most.")] = 100,
) -> ArticlesAnswer:
    """The articles of a year with how many of their tickets stayed closed; counted twice a day."""
    with reading(desk.engine) as connection:
        found = known(connection)
    if found is None:
        return ArticlesAnswer(counted_at=None, n=0, closed=0, with_article=0, articles=[])
    return ArticlesAnswer(
        counted_at=found.at,
        n=found.n_articles,
        closed=found.n_closed,
        with_article=found.n_with_article,
        articles=[article_answer(each) for each in found.articles[:limit]],
    )


@router.get("/gaps", summary="Know which topics have no article")
def read_gaps(
    desk: DeskOfRequest,
    limit: Annotated[int, Query(ge=1, le=MOST_GAPS, description="How many topics at most.")] = 50,
) -> GapsAnswer:
    """Topics of which many incidents tell and hardly any used an article; counted twice a day."""
    with reading(desk.engine) as connection:
        found = known(connection)
    if found is None:
        return GapsAnswer(counted_at=None, n=0, gaps=[])
    return GapsAnswer(counted_at=found.at, n=found.n_gaps, gaps=[gap_answer(each) for each in found.gaps[:limit]])
