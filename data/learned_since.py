"""What people have said since a model was learned: how their reviews went, and how many labels the next one would gain.

Counted are reviews that stand, the last of each target of a ticket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from data.decisions import decided_tickets
from data.reviews import Verdict
from data.tables import reviews

__all__ = ["MOST_TICKETS", "Correction", "News", "TargetReviews", "news"]

MOST_CORRECTIONS = 10
"""Pairs of labels that are named; below these one correction stands beside the next."""

MOST_TICKETS = 20_000
"""Tickets that are looked at for new labels, before a page would take too long; nothing but the count depends on it."""


@dataclass(frozen=True, slots=True)
class TargetReviews:
    """How the reviews of one target went."""

    target: str
    accepted: int
    corrected: int
    rejected: int

    @property
    def n(self) -> int:
        """All of them."""
        return self.accepted + self.corrected + self.rejected


@dataclass(frozen=True, slots=True)
class Correction:
    """How often people have changed one label of a target to another."""

    target: str
    suggested: str
    chosen: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What was said since.

    Attributes:
        reviews: by target.
        corrections: the most frequent ones.
        n_labels: labels that people gave, and the model has not learned from.
        is_whole: whether all tickets were looked at for them; else there are more.
    """

    reviews: tuple[TargetReviews, ...]
    corrections: tuple[Correction, ...]
    n_labels: int
    is_whole: bool

    @property
    def n_reviews(self) -> int:
        """All reviews."""
        return sum(each.n for each in self.reviews)


def news(connection: Connection, since: datetime, targets: Sequence[str], now: datetime) -> News:
    """What people have said of some targets since a moment.

    Args:
        connection: to ask.
        since: when the model was learned.
        targets: that it answers.
        now: what is said later does not count.
    """
    last = (
        select(func.max(reviews.c.id))
        .where(reviews.c.undone_at.is_(None), reviews.c.verdict != "skipped", reviews.c.at <= now)
        .group_by(reviews.c.ticket_id, reviews.c.target)
    )
    standing = (reviews.c.at > since, reviews.c.id.in_(last), reviews.c.target.in_(targets))
    n_labels, is_whole = _new_labels(connection, since, targets, now)
    return News(
        reviews=_by_target(connection, standing),
        corrections=_corrections(connection, standing),
        n_labels=n_labels,
        is_whole=is_whole,
    )


def _by_target(connection: Connection, standing: Sequence[ColumnElement[bool]]) -> tuple[TargetReviews, ...]:
    columns = reviews.c
    asked = select(columns.target, columns.verdict, func.count()).where(*standing)
    found: dict[str, dict[Verdict, int]] = {}
    for target, verdict, n in connection.execute(asked.group_by(columns.target, columns.verdict)):
        found.setdefault(target, {})[verdict] = n
    return tuple(
        TargetReviews(target, each.get("accepted", 0), each.get("corrected", 0), each.get("rejected", 0))
        for target, each in sorted(found.items())
    )


def _corrections(connection: Connection, standing: Sequence[ColumnElement[bool]]) -> tuple[Correction, ...]:
    pair = (reviews.c.target, reviews.c.suggested, reviews.c.value)
    asked = select(*pair, func.count().label("n")).where(
        *standing, reviews.c.verdict == "corrected", reviews.c.suggested.is_not(None), reviews.c.value.is_not(None)
    )
    often = asked.group_by(*pair).order_by(func.count().desc(), *pair).limit(MOST_CORRECTIONS)
    return tuple(Correction(*row) for row in connection.execute(often))


def _new_labels(connection: Connection, since: datetime, targets: Sequence[str], now: datetime) -> tuple[int, bool]:
    """How many labels came to be known since, as `triage models retrain --from-store` counts them."""
    n_seen = n_labels = 0
    for chunk in decided_tickets(connection, now, known_after=since):
        for each in chunk:
            n_labels += sum(
                decision.is_evidence
                and target in targets
                and decision.known_at is not None
                and decision.known_at > since
                for target, decision in each.decisions.items()
            )
        n_seen += len(chunk)
        if n_seen >= MOST_TICKETS:
            return n_labels, False
    return n_labels, True
