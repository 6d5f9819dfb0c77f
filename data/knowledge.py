"""The store's view of knowledge: what articles did for tickets, which topics have none, what was not shared.

Counting a year reads much, so it is done in parts of a month, in SQL, once in a while; pages read what was counted.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, literal, or_, select

from data.statements import hours_lost
from data.tables import problem_tickets, problems, tickets
from triage.customers.contact import SERVICES
from triage.knowledge import (
    MOST_EXAMPLES,
    NO_ARTICLE,
    ArticleRecord,
    Gap,
    SolvedNeighbour,
    TopicUse,
    articles_in,
    gaps,
)

__all__ = [
    "MONTHS",
    "MOST_ARTICLES",
    "MOST_GAPS",
    "UNSHARED_COLUMNS",
    "ArticleUse",
    "KnowledgeCount",
    "Unshared",
    "count_knowledge",
    "solved_neighbours",
    "unshared",
    "unshared_csv",
]

MONTH = timedelta(days=30)

MONTHS = 12
"""Of thirty days each: how far back the use of articles is counted."""

TOPIC_MONTHS = 6
"""The same for topics without one; what was broken before that may be repaired."""

MOST_ARTICLES, MOST_GAPS = 500, 100
"""What is kept of the most used articles, and of the worst gaps."""

MOST_UNSHARED = 10_000

_c = tickets.c
_END: ColumnElement[datetime | None] = func.coalesce(_c.resolved_at, _c.closed_at)
_LAST_END: ColumnElement[datetime | None] = func.coalesce(_c.closed_at, _c.resolved_at)
_IS_GOOD = and_(func.coalesce(_c.reopens, 0) == 0, func.coalesce(_c.reassignments, 0) == 0)
_service = func.coalesce(*(func.nullif(_c.attributes[name].as_string(), "") for name in SERVICES), literal(None))
_HAS_ARTICLE = and_(_c.knowledge_article.is_not(None), func.lower(_c.knowledge_article).not_in(sorted(NO_ARTICLE)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleUse:
    """An article's record, with its use over time.

    Attributes:
        record: over all of it.
        months: closed tickets that used it in each of the last `MONTHS`, the earliest first.
        ratio: the share that it is expected to close, 0 to 1, drawn to the desk's usual where it has few uses.
    """

    record: ArticleRecord
    months: tuple[int, ...]
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeCount:
    """What was counted of a desk's knowledge.

    Attributes:
        at: when.
        articles: the most used first, `MOST_ARTICLES` at most.
        n_articles: how many there are.
        gaps: those first whose article would spare most, `MOST_GAPS` at most.
        n_gaps: how many there are.
        n_closed: tickets that were closed in the same time.
        n_with_article: those that used one.
    """

    at: datetime
    articles: tuple[ArticleUse, ...] = ()
    n_articles: int = 0
    gaps: tuple[Gap, ...] = ()
    n_gaps: int = 0
    n_closed: int = 0
    n_with_article: int = 0

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        stored = asdict(self) | {"at": self.at.isoformat()}
        for article in stored["articles"]:
            article["record"]["last_at"] = article["record"]["last_at"].isoformat()
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """As it was stored."""
        return cls(
            at=datetime.fromisoformat(stored["at"]),
            articles=tuple(_article_use(each) for each in stored["articles"]),
            n_articles=stored["n_articles"],
            gaps=tuple(_gap(each) for each in stored["gaps"]),
            n_gaps=stored["n_gaps"],
            n_closed=stored["n_closed"],
            n_with_article=stored["n_with_article"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshared:
    """A problem that support knows how to live with, and of which development was told nothing.

    Attributes:
        problem_id: its number.
        name: as people call it.
        state: what people make of it.
        service: that it is about.
        owner: who looks after it.
        workaround: what people are told to do.
        n_tickets: that it has caused.
        hours_lost: by them.
        first_seen_at: of the first of them.
        last_seen_at: of the latest.
        examples: some of them, the latest first.
    """

    problem_id: int
    name: str
    state: str
    service: str | None
    owner: str | None
    workaround: str
    n_tickets: int
    hours_lost: float
    first_seen_at: datetime
    last_seen_at: datetime
    examples: tuple[str, ...]


UNSHARED_COLUMNS = tuple(field.name for field in fields(Unshared))
"""Of the exported file, in their order."""


def count_knowledge(connection: Connection, now: datetime) -> KnowledgeCount:
    """Counts articles, topics and gaps as of a moment; reads every ticket of a year, in SQL."""
    records: dict[str, ArticleRecord] = {}
    months: dict[str, list[int]] = {}
    n_closed = n_with_article = 0
    for place in range(MONTHS):
        since = now - (MONTHS - place) * MONTH
        for value, n, n_good, last_at in connection.execute(_articles_between(since, since + MONTH)):
            n_closed += n
            named = articles_in(value)
            n_with_article += n if named else 0
            for article in named:
                record = ArticleRecord(article=article, n_used=n, n_closed=n_good or 0, last_at=last_at)
                known = records.get(article)
                records[article] = record if known is None else known.joined_with(record)
                months.setdefault(article, [0] * MONTHS)[place] += n
    usual = sum(each.n_closed for each in records.values()) / max(sum(each.n_used for each in records.values()), 1)
    most_first = sorted(records.values(), key=lambda each: (-each.n_used, each.article))
    found = gaps([*_problem_topics(connection, now), *_service_topics(connection, now)])
    return KnowledgeCount(
        at=now,
        articles=tuple(
            ArticleUse(record=each, months=tuple(months[each.article]), ratio=each.ratio(usual))
            for each in most_first[:MOST_ARTICLES]
        ),
        n_articles=len(records),
        gaps=tuple(_with_examples(connection, gap) for gap in found[:MOST_GAPS]),
        n_gaps=len(found),
        n_closed=n_closed,
        n_with_article=n_with_article,
    )


def solved_neighbours(connection: Connection, alike: Sequence[tuple[str, float]]) -> list[SolvedNeighbour]:
    """What became of tickets that are like one, with the article that each used.

    Args:
        connection: to ask.
        alike: their ids, each with its similarity.
    """
    asked = select(_c.id, _c.knowledge_article, _LAST_END, _c.reopens, _c.reassignments)
    rows = {row[0]: row for row in connection.execute(asked.where(_c.id.in_([id_ for id_, _ in alike])))}
    return [
        SolvedNeighbour(
            ticket_id=id_,
            similarity=similarity,
            article=rows[id_][1],
            settled_at=rows[id_][2],
            reopens=rows[id_][3],
            reassignments=rows[id_][4],
        )
        for id_, similarity in alike
        if id_ in rows
    ]


def unshared(connection: Connection, *, with_examples: bool = True) -> list[Unshared]:
    """Problems with a workaround of which no ticket names a problem or a change in development; the dearest first.

    Args:
        connection: to ask.
        with_examples: whether to look for tickets of each, too.
    """
    columns = problems.c
    is_shared = exists().where(
        problem_tickets.c.problem_id == columns.id,
        problem_tickets.c.ticket_id == _c.id,
        or_(func.coalesce(_c.problem_id, "") != "", func.coalesce(_c.change_id, "") != ""),
    )
    asked = select(problems).where(
        columns.state != "resolved",
        columns.merged_into.is_(None),
        func.trim(func.coalesce(columns.workaround, "")) != "",
        ~is_shared,
    )
    rows = connection.execute(asked.order_by(columns.hours_lost.desc(), columns.id).limit(MOST_UNSHARED)).all()
    return [
        Unshared(
            problem_id=row.id,
            name=row.name,
            state=row.state,
            service=row.service,
            owner=row.owner,
            workaround=row.workaround,
            n_tickets=row.n_tickets,
            hours_lost=row.hours_lost,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
            examples=_examples(connection, row.id) if with_examples else (),
        )
        for row in rows
    ]


def unshared_csv(found: Iterable[Unshared]) -> str:
    """The same as a CSV file, with a line of names; a cell that a spreadsheet would compute begins with a quote."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(UNSHARED_COLUMNS)
    for each in found:
        told = asdict(each) | {
            "hours_lost": f"{each.hours_lost:.2f}",
            "first_seen_at": each.first_seen_at.isoformat(),
            "last_seen_at": each.last_seen_at.isoformat(),
            "examples": " ".join(each.examples),
        }
        writer.writerow([_inert(told[name]) for name in UNSHARED_COLUMNS])
    return text.getvalue()


def _inert(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _articles_between(since: datetime, until: datetime) -> Select[Any]:
    """By what their field says: tickets that ended in a window, those that stayed closed, the last end."""
    ended = or_(
        and_(_c.closed_at >= since, _c.closed_at < until),
        and_(_c.closed_at.is_(None), _c.resolved_at >= since, _c.resolved_at < until),
    )
    counted = (func.count(), func.sum(case((_IS_GOOD, 1), else_=0)), func.max(_LAST_END))
    return select(_c.knowledge_article, *counted).where(ended).group_by(_c.knowledge_article)


_SUMS = (
    func.count(),
    func.count(_END),
    func.sum(case((_HAS_ARTICLE, 1), else_=0)),
    func.count(case((_END.is_not(None), _c.reopens))),
    func.sum(case((and_(_END.is_not(None), _c.reopens > 0), 1), else_=0)),
    func.sum(hours_lost(_c.opened_at, _END)),
)
"""What `_topic` is made of."""


def _problem_topics(connection: Connection, now: datetime) -> list[TopicUse]:
    asked = (
        select(problems.c.id, problems.c.name, problems.c.workaround, *_SUMS)
        .join(problem_tickets, problem_tickets.c.problem_id == problems.c.id)
        .join(tickets, _c.id == problem_tickets.c.ticket_id)
        .where(problems.c.state != "resolved", problems.c.merged_into.is_(None))
        .where(_c.opened_at >= now - TOPIC_MONTHS * MONTH, _c.opened_at < now)
        .group_by(problems.c.id, problems.c.name, problems.c.workaround)
    )
    return [
        replace(_topic("problem", name, sums), problem_id=id_, workaround=workaround)
        for id_, name, workaround, *sums in connection.execute(asked)
    ]


def _service_topics(connection: Connection, now: datetime) -> list[TopicUse]:
    """By service, or by category where a ticket names none; incidents that belong to a problem are counted there."""
    found: dict[tuple[str, str], TopicUse] = {}
    for place in range(TOPIC_MONTHS):
        since = now - (TOPIC_MONTHS - place) * MONTH
        for service, category, example, *sums in connection.execute(_topics_between(since, since + MONTH)):
            kind, topic = ("service", service) if service else ("category", category)
            if topic:
                # one of each month: to look for the latest of a rare topic would read all tickets
                use = replace(_topic(kind, topic, sums), examples=(example,))
                known = found.get((kind, topic))
                found[kind, topic] = use if known is None else known.joined_with(use)
    return list(found.values())


def _topics_between(since: datetime, until: datetime) -> Select[Any]:
    is_of_problem = exists().where(problem_tickets.c.ticket_id == _c.id)
    of_it = (_c.opened_at >= since, _c.opened_at < until, _c.ticket_type == "incident", ~is_of_problem)
    service, category = _service.label("service"), case((_service.is_(None), _c.category)).label("category")
    return select(service, category, func.max(_c.id), *_SUMS).where(*of_it).group_by(service, category)


def _topic(kind: str, topic: str, sums: Sequence[Any]) -> TopicUse:
    n, n_closed, n_with_article, n_told, n_reopened, lost = sums
    return TopicUse(
        kind=kind,
        topic=topic,
        n_incidents=n,
        n_closed=n_closed,
        n_with_article=n_with_article or 0,
        n_reopened=(n_reopened or 0) if n_told else None,
        hours_lost=lost or 0.0,
    )


def _with_examples(connection: Connection, gap: Gap) -> Gap:
    id_ = gap.use.problem_id
    return gap if id_ is None else replace(gap, use=replace(gap.use, examples=_examples(connection, id_)))


def _examples(connection: Connection, problem_id: int) -> tuple[str, ...]:
    """The latest tickets of a problem."""
    theirs = select(_c.id).join(problem_tickets, problem_tickets.c.ticket_id == _c.id)
    asked = theirs.where(problem_tickets.c.problem_id == problem_id).order_by(_c.opened_at.desc(), _c.id)
    return tuple(connection.scalars(asked.limit(MOST_EXAMPLES)))


def _article_use(stored: Mapping[str, Any]) -> ArticleUse:
    record = stored["record"] | {"last_at": datetime.fromisoformat(stored["record"]["last_at"])}
    return ArticleUse(record=ArticleRecord(**record), months=tuple(stored["months"]), ratio=stored["ratio"])


def _gap(stored: Mapping[str, Any]) -> Gap:
    use = stored["use"] | {"examples": tuple(stored["use"]["examples"])}
    return Gap(use=TopicUse(**use), benefit=stored["benefit"], reopen_ratio=stored["reopen_ratio"])
