"""Which article solved tickets like this one, and which topics have none although many tell of them.

What is measured of an article is a field of `ArticleRecord`, counted in `ArticleUse`; a gap's is one of `TopicUse`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from triage.links import told_ago

__all__ = [
    "LATELY",
    "NO_ARTICLE",
    "ArticleRecord",
    "Gap",
    "SolvedNeighbour",
    "SuggestedArticle",
    "TopicUse",
    "articles_in",
    "gaps",
    "suggested_articles",
]

LATELY = timedelta(days=180)
"""An article that nobody has used for so long may be about what is no more."""

SHOWN_FROM = 0.6
"""The least expected share of tickets that it closes with which an article is suggested."""

FEWEST_USES = 2
"""Neighbours that used an article: one may have been by chance."""

MOST_SHOWN = 3

PRIOR_USES = 4.0
"""The desk's usual share counts as much as so many uses: one success of one is no record."""

USUAL_RATIO = 0.7
"""The share of an article's tickets that it closes, where too few are known to tell the desk's."""

FEWEST_INCIDENTS = 10
"""Incidents of a topic below which nobody writes an article."""

WITHOUT = 0.05
"""A topic of which fewer tickets used an article has none that helps."""

MOST_EXAMPLES = 5

NO_ARTICLE = frozenset(
    (
        *(
            "true",
            "false",
            "yes",
            "no",
            "used",
            "not used",
            "unused",
            "y",
            "n",
            "x",
            "0",
            "1",
            "0.0",
            "1.0",
            "on",
            "off",
        ),
        *(
            "none",
            "null",
            "nan",
            "n/a",
            "na",
            "-",
            "--",
            "?",
            "unknown",
            "nil",
            "not applicable",
            "(empty)",
            "kb",
            "kba",
        ),
        *("ja", "nein", "wahr", "falsch", "oui", "non", "si", "sí", "sim", "não", "verwendet", "keine", "keiner"),
    )
)
"""What desks write to say that an article was or was not used, without saying which."""

_SEPARATOR = re.compile(r"[;,|\n]+")
_NUMBERED = re.compile(r"[^\W\d_]{0,12}[ _#-]?\d+(?:\.\d+)*", re.UNICODE)
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedNeighbour:
    """A closed ticket that is like the one asked about.

    Attributes:
        ticket_id: of it.
        similarity: to the one asked about, 0 to 1.
        article: as the desk recorded it; None where it did not.
        settled_at: when it was closed or resolved; None while it is open.
        reopens: how often it was closed too early; None where that is not recorded.
        reassignments: how often it was handed on; None where that is not recorded.
    """

    ticket_id: str
    similarity: float
    article: str | None
    settled_at: datetime | None
    reopens: int | None = None
    reassignments: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether it stayed closed, and nobody handed it on."""
        return not self.reopens and not self.reassignments


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecord:
    """What became of tickets that used an article.

    Attributes:
        article: as the desk writes it.
        n_used: closed tickets that used it.
        n_closed: those that were neither reopened nor handed on.
        last_at: when the last of them was closed.
    """

    article: str
    n_used: int
    n_closed: int
    last_at: datetime

    def ratio(self, usual: float) -> float:
        """The share of its tickets that it is expected to close, 0 to 1: few uses tell little, so the usual counts.

        The mean of a beta distribution whose prior has the usual share and the weight of `PRIOR_USES` uses.
        """
        return (self.n_closed + PRIOR_USES * usual) / (self.n_used + PRIOR_USES)

    def joined_with(self, other: Self) -> Self:
        """The record of both together."""
        return replace(
            self,
            n_used=self.n_used + other.n_used,
            n_closed=self.n_closed + other.n_closed,
            last_at=max(self.last_at, other.last_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedArticle:
    """An article that solved tickets like this one.

    Attributes:
        record: of it among those.
        ratio: the share that it is expected to close, 0 to 1.
        reason: its record in one sentence.
        tickets: those that used it, the most alike first.
    """

    record: ArticleRecord
    ratio: float
    reason: str
    tickets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicUse:
    """What incidents of one topic cost, and how often an article was used for them.

    Attributes:
        kind: `problem`, `service` or `category`.
        topic: its name.
        problem_id: its number, where it is a problem.
        n_incidents: that were opened in the window.
        n_closed: those that have ended.
        n_with_article: those that used one.
        n_reopened: those that were closed too early; None where the desk does not record it.
        hours_lost: to those that have ended, eight hours a day at most.
        examples: some of their ids, the latest first.
        workaround: what people are told to do, where it is a problem that has one.
    """

    kind: str
    topic: str
    n_incidents: int
    n_closed: int
    n_with_article: int
    n_reopened: int | None
    hours_lost: float
    problem_id: int | None = None
    examples: tuple[str, ...] = ()
    workaround: str | None = None

    def joined_with(self, other: Self) -> Self:
        """The same topic in a window and in a later one together."""
        told = [each.n_reopened for each in (self, other) if each.n_reopened is not None]
        return replace(
            self,
            n_incidents=self.n_incidents + other.n_incidents,
            n_closed=self.n_closed + other.n_closed,
            n_with_article=self.n_with_article + other.n_with_article,
            n_reopened=sum(told) if told else None,
            hours_lost=self.hours_lost + other.hours_lost,
            examples=(*other.examples, *self.examples)[:MOST_EXAMPLES],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A topic without an article.

    Attributes:
        use: of it.
        benefit: incidents times the hours that one of them costs: what an article could spare at most.
        reopen_ratio: of those that have ended, closed too early, 0 to 1; None where that is not recorded.
    """

    use: TopicUse
    benefit: float
    reopen_ratio: float | None


def articles_in(value: str | None) -> tuple[str, ...]:
    """The articles that a field names, each once; none for a mark that says only whether one was used."""
    text = " ".join((value or "").split())[:_LONGEST]
    if not any(map(str.isalnum, text)):
        return ()
    parts = [part.strip() for part in _SEPARATOR.split(value or "") if part.strip()]
    named = parts if len(parts) > 1 and all(_NUMBERED.fullmatch(part) for part in parts) else [text]
    return tuple(dict.fromkeys(each[:_LONGEST] for each in named if each.casefold() not in NO_ARTICLE))


def suggested_articles(neighbours: Iterable[SolvedNeighbour], now: datetime) -> list[SuggestedArticle]:
    """The articles that closed tickets like this one, the likeliest to help first; none where no record is good.

    An article counts by how alike the tickets are that used it, so that one that is used everywhere does not win by
    being there.

    Args:
        neighbours: tickets like the one asked about, in any order.
        now: the moment; what was not used since `LATELY` is left out.
    """
    closed = [each for each in neighbours if each.settled_at is not None and each.settled_at <= now]
    users: dict[str, list[SolvedNeighbour]] = {}
    for each in closed:
        for article in articles_in(each.article):
            users.setdefault(article, []).append(each)
    with_article = {each.ticket_id: each for those in users.values() for each in those}
    usual = _usual_ratio(list(with_article.values()))
    found = []
    for article, those in users.items():
        record = _record(article, those)
        if record.n_used < FEWEST_USES or record.last_at < now - LATELY:
            continue
        ratio = record.ratio(usual)
        if ratio >= SHOWN_FROM:
            alike = sorted(those, key=lambda each: (-each.similarity, each.ticket_id))
            found.append((ratio * sum(each.similarity for each in those), record, ratio, alike))
    found.sort(key=lambda one: (-one[0], one[1].article))
    return [
        SuggestedArticle(
            record=record,
            ratio=ratio,
            reason=f"It closed {record.n_closed} of {record.n_used} similar tickets; "
            f"the last was {told_ago(record.last_at, now)}.",
            tickets=tuple(each.ticket_id for each in alike[:MOST_EXAMPLES]),
        )
        for _, record, ratio, alike in found[:MOST_SHOWN]
    ]


def gaps(uses: Iterable[TopicUse]) -> list[Gap]:
    """The topics of which many incidents tell and no article, those first whose article would spare most."""
    found = [
        Gap(
            use=use,
            benefit=use.n_incidents * (use.hours_lost / use.n_closed if use.n_closed else 0.0),
            reopen_ratio=None if use.n_reopened is None or not use.n_closed else use.n_reopened / use.n_closed,
        )
        for use in uses
        if use.n_incidents >= FEWEST_INCIDENTS and use.n_with_article < max(WITHOUT * use.n_incidents, 1)
    ]
    return sorted(
        found, key=lambda gap: (-gap.benefit, -(gap.reopen_ratio or 0.0), -gap.use.n_incidents, gap.use.topic)
    )


def _record(article: str, those: Sequence[SolvedNeighbour]) -> ArticleRecord:
    moments = [each.settled_at for each in those if each.settled_at is not None]
    return ArticleRecord(
        article=article, n_used=len(those), n_closed=sum(each.is_good for each in those), last_at=max(moments)
    )


def _usual_ratio(those: Sequence[SolvedNeighbour]) -> float:
    """The share of tickets with an article that stayed closed, drawn to what is usual where they are few."""
    n_good = sum(each.is_good for each in those)
    return (n_good + PRIOR_USES * USUAL_RATIO) / (len(those) + PRIOR_USES)
