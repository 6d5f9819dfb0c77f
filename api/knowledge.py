"""What a desk knows: counted once in a while by one of all processes, and told to programs and pages."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.desk import Desk
from api.workers import Interval, Worker
from data.database import reading, writing
from data.jobs import claim, finish, last_done
from data.knowledge import ArticleUse, KnowledgeCount, count_knowledge
from triage.knowledge import Gap

__all__ = [
    "ArticleAnswer",
    "ArticlesAnswer",
    "GapAnswer",
    "GapsAnswer",
    "KnowledgeKeeping",
    "article_answer",
    "gap_answer",
    "known",
]

JOB = "knowledge"

EVERY = timedelta(hours=12)
"""Counting reads a year; what an article did is no other thing at noon."""

LEASE = timedelta(minutes=15)
FIRST_AFTER_SECONDS, LOOK_EVERY_SECONDS = 20.0, 60.0


class ArticleAnswer(BaseModel):
    """An article, and what became of tickets that used it."""

    article: str = Field(description="As the desk writes it.")
    used: int = Field(description="Tickets that were closed with it.")
    closed: int = Field(description="Those that were neither reopened nor handed on.")
    ratio: float = Field(
        ge=0, le=1, description="The share that it is expected to close; few uses are drawn to the desk's usual share."
    )
    last_used_at: datetime = Field(description="When the last of them was closed.")
    months: list[int] = Field(description="Uses in each of the last twelve times thirty days, the earliest first.")


class ArticlesAnswer(BaseModel):
    """The articles that were used in a year."""

    counted_at: datetime | None = Field(description="As of when; null where nothing was counted yet.")
    n: int = Field(description="How many articles there are; the most used are told.")
    closed: int = Field(description="Tickets that were closed in that year.")
    with_article: int = Field(description="Those that used an article.")
    articles: list[ArticleAnswer] = Field(description="The most used first.")


class GapAnswer(BaseModel):
    """A topic of which many incidents tell, and hardly any used an article."""

    kind: str = Field(description="`problem`, `service`, or `category` where tickets name no service.")
    topic: str = Field(description="Its name.")
    problem_id: int | None = Field(description="The problem's number, where it is one.")
    incidents: int = Field(description="Opened in the last six times thirty days.")
    with_article: int = Field(description="Those that used one all the same.")
    hours_lost: float = Field(description="To those that have ended, eight hours a day at most.")
    benefit_hours: float = Field(
        description="Incidents times the hours that one costs: what an article spares at most."
    )
    reopened_ratio: float | None = Field(description="Closed too early, 0 to 1; null where that is not recorded.")
    workaround: str | None = Field(description="What people are told to do, where it is a problem that has one.")
    examples: list[str] = Field(description="Some of its tickets, the latest first.")


class GapsAnswer(BaseModel):
    """Topics without an article."""

    counted_at: datetime | None = Field(description="As of when; null where nothing was counted yet.")
    n: int = Field(description="How many there are; the worst are told.")
    gaps: list[GapAnswer] = Field(description="Those first whose article would spare most.")


class KnowledgeKeeping:
    """What one process does so that pages need not count.

    Args:
        desk: gives the desk whose database it is.
        clock: seconds that only grow; another one for tests.
    """

    def __init__(self, desk: Callable[[], Desk], clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._interval = Interval(FIRST_AFTER_SECONDS, LOOK_EVERY_SECONDS, clock)

    def workers(self) -> tuple[Worker, ...]:
        """The threads."""
        return (Worker("knowledge", self.work),)

    def work(self, now: datetime) -> int:
        """Counts where that is due.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        if not self._interval.is_over():
            return 0
        engine = self._desk().engine
        held = claim(engine, JOB, EVERY, now, LEASE)
        if held is not None:
            with reading(engine) as connection:
                counted = count_knowledge(connection, now)
            with writing(engine) as connection:
                finish(connection, held, counted.to_json(), now)
        return 0


def known(connection: Connection) -> KnowledgeCount | None:
    """What was counted last; None where nothing was yet."""
    content = last_done(connection, JOB).content
    return KnowledgeCount.from_json(content) if content else None


def article_answer(use: ArticleUse) -> ArticleAnswer:
    """An article, for programs."""
    record = use.record
    return ArticleAnswer(
        article=record.article,
        used=record.n_used,
        closed=record.n_closed,
        ratio=round(use.ratio, 4),
        last_used_at=record.last_at,
        months=list(use.months),
    )


def gap_answer(gap: Gap) -> GapAnswer:
    """A gap, for programs."""
    use = gap.use
    return GapAnswer(
        kind=use.kind,
        topic=use.topic,
        problem_id=use.problem_id,
        incidents=use.n_incidents,
        with_article=use.n_with_article,
        hours_lost=round(use.hours_lost, 2),
        benefit_hours=round(gap.benefit, 2),
        reopened_ratio=None if gap.reopen_ratio is None else round(gap.reopen_ratio, 4),
        workaround=use.workaround,
        examples=list(use.examples),
    )
