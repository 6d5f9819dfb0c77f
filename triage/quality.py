"""How good the answers have been, by what people made of them: shares with their intervals.

A row is one target of one ticket on which a person has decided, beside the answer that was there when they did. What
nobody has touched is no evidence: it widens what is known, and never counts as right.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Literal, TypeVar

from triage.operating_points import Share
from triage.prediction import Decision

__all__ = [
    "FEWEST_JUDGED",
    "Answered",
    "Automatic",
    "GroupQuality",
    "Judged",
    "Pace",
    "PrecisionVerdict",
    "Quality",
    "Reviewed",
    "Tally",
    "WeekQuality",
    "measure_quality",
    "paces_of",
    "precision_verdict",
    "week_of",
]

_Row = TypeVar("_Row")
_Key = TypeVar("_Key", bound=Hashable)

FEWEST_JUDGED = 20
"""From so many on, something is said of a share, or of how a person decides."""

HASTY_SECONDS = 2.0
"""Nobody reads a ticket in less."""

HASTY_ACCEPTED_RATIO = 0.98
"""Who accepts more than that of what a model says agrees with nearly all of it."""

PrecisionVerdict = Literal["unasked", "too_few", "below", "unproved", "kept"]
"""Whether automatic answers stood as often as was asked: nothing was asked, too few were looked at, surely less often,
perhaps, surely as often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One target of one ticket on which a person has decided.

    Attributes:
        at: when they did.
        answered_at: when the answer was given that was there.
        decision: what the model let be done with it.
        group: the group that was suggested along with it; None where none was.
        is_right: whether the answer is what they decided.
        is_blind: whether they decided without seeing it.
    """

    at: datetime
    answered_at: datetime
    decision: Decision
    group: str | None
    is_right: bool
    is_blind: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """One of the answers of a time, whoever looked at it.

    Attributes:
        at: when it was given.
        decision: what the model let be done with it.
        group: the group that was suggested along with it.
    """

    at: datetime
    decision: Decision
    group: str | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One review, for how somebody works.

    Attributes:
        reviewer: `key:ID` or `user:ID`.
        is_accepted: whether they accepted what was suggested; None where nothing was.
        seconds: how long they looked at it, where that is known.
    """

    reviewer: str
    is_accepted: bool | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Tally:
    """So many of so many."""

    n_hits: int
    n: int

    @property
    def share(self) -> Share:
        """With its interval."""
        return Share.of(self.n_hits, self.n)

    @classmethod
    def of(cls, hits: Iterable[bool]) -> "Tally":
        """Of these, those that are so."""
        every = list(hits)
        return cls(sum(every), len(every))


@dataclass(frozen=True, slots=True)
class Automatic:
    """What became of the answers that were applied by themselves.

    Attributes:
        touched: those that stood, of those that a person decided on.
        n: how many there were of the same time, silent ones among them; counted up from a sample.
        n_touched: those of them that a person decided on.
        n_changed: those of them that a person changed.
        asked: how often they were to be right; None where nobody asked for it.
    """

    touched: Tally
    n: int
    n_touched: int
    n_changed: int
    asked: float | None

    @property
    def lowest(self) -> float | None:
        """The share that is right if every silent one is wrong; None where there is none at all."""
        return (self.n_touched - self.n_changed) / self.n if self.n else None

    @property
    def highest(self) -> float | None:
        """The share that is right if every silent one is right."""
        return (self.n - self.n_changed) / self.n if self.n else None

    @property
    def verdict(self) -> PrecisionVerdict:
        """Whether those that people decided on stood as often as was asked."""
        return precision_verdict(self.touched, self.asked)


@dataclass(frozen=True, slots=True)
class WeekQuality:
    """One week, which begins on a Monday in UTC.

    Attributes:
        week: its Monday.
        agreement: answers that people saw and left as they were, of those that they decided on.
        automatic: the same of answers that had been applied by themselves.
        blind: right ones among those that people decided without seeing them.
        coverage: answers applied by themselves, of a sample of all.
    """

    week: date
    agreement: Tally
    automatic: Tally
    blind: Tally
    coverage: Tally


@dataclass(frozen=True, slots=True)
class GroupQuality:
    """The same for tickets for which one group was suggested."""

    group: str
    agreement: Tally
    automatic: Tally
    coverage: Tally


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the answers to one question were in a time.

    Attributes:
        agreement: see `WeekQuality`.
        automatic: those applied by themselves.
        blind: see `WeekQuality`; the one figure that no suggestion has coloured.
        coverage: see `WeekQuality`.
        n_judged: how many decisions the first three are drawn from.
        n_answered: how many tickets were answered; counted up from a sample.
        weeks: every week, the oldest first.
        groups: every group, the one with most decisions first.
    """

    agreement: Tally
    automatic: Automatic
    blind: Tally
    coverage: Tally
    n_judged: int
    n_answered: int
    weeks: tuple[WeekQuality, ...]
    groups: tuple[GroupQuality, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How one reviewer works.

    Attributes:
        reviewer: `key:ID` or `user:ID`.
        n: decisions.
        accepted: those where they accepted what was suggested.
        median_seconds: how long they look at one, where that is known of any.
    """

    reviewer: str
    n: int
    accepted: Tally
    median_seconds: float | None

    @property
    def is_hasty(self) -> bool:
        """Whether nearly everything is accepted faster than it can be read: a sign of automation bias, no proof.

        Of people with few reviews nothing is said.
        """
        return (
            self.accepted.n >= FEWEST_JUDGED
            and self.accepted.n_hits >= HASTY_ACCEPTED_RATIO * self.accepted.n
            and self.median_seconds is not None
            and self.median_seconds < HASTY_SECONDS
        )


def week_of(moment: datetime) -> date:
    """The Monday of its week, in UTC."""
    return moment.date() - timedelta(days=moment.weekday())


def precision_verdict(stood: Tally, asked: float | None) -> PrecisionVerdict:
    """Whether answers stood as often as was asked, as far as their number can tell."""
    if asked is None:
        return "unasked"
    if stood.n < FEWEST_JUDGED:
        return "too_few"
    if stood.share.high < asked:
        return "below"
    return "kept" if stood.share.low >= asked else "unproved"


def measure_quality(
    judged: Sequence[Judged],
    n_judged: int,
    answered: Sequence[Answered],
    n_answered: int,
    *,
    since: datetime,
    until: datetime,
    asked: float | None,
) -> Quality:
    """The figures of a time.

    Args:
        judged: what people decided in it, drawn evenly.
        n_judged: how many these stand for.
        answered: answers of it, drawn evenly.
        n_answered: how many these stand for.
        since: when it begins, a Monday.
        until: when it ends.
        asked: how often automatic answers are to be right.
    """
    coverage = _coverage(answered)
    n_automatic = round(n_answered * coverage.n_hits / coverage.n) if coverage.n else 0
    each_stands_for = n_judged / len(judged) if judged else 1.0
    of_then = [each.is_right for each in judged if _is_automatic(each) and each.answered_at >= since]
    n_touched, n_stood = (round(each_stands_for * n) for n in (len(of_then), sum(of_then)))
    return Quality(
        agreement=_agreement(judged),
        automatic=Automatic(_automatic(judged), max(n_automatic, n_touched), n_touched, n_touched - n_stood, asked),
        blind=_blind(judged),
        coverage=coverage,
        n_judged=n_judged,
        n_answered=n_answered,
        weeks=tuple(_weeks(judged, answered, since, until)),
        groups=tuple(_groups(judged, answered)),
    )


def paces_of(reviewed: Iterable[Reviewed]) -> list[Pace]:
    """How each reviewer works, in no order that would rank them."""
    theirs: dict[str, list[Reviewed]] = defaultdict(list)
    for each in reviewed:
        theirs[each.reviewer].append(each)
    return [_pace(reviewer, theirs[reviewer]) for reviewer in sorted(theirs)]


def _pace(reviewer: str, reviews: Sequence[Reviewed]) -> Pace:
    seconds = [each.seconds for each in reviews if each.seconds is not None]
    accepted = Tally.of(each.is_accepted for each in reviews if each.is_accepted is not None)
    return Pace(reviewer, len(reviews), accepted, median(seconds) if seconds else None)


def _is_automatic(each: Judged) -> bool:
    return each.decision == "auto" and not each.is_blind


def _agreement(judged: Iterable[Judged]) -> Tally:
    return Tally.of(each.is_right for each in judged if not each.is_blind)


def _automatic(judged: Iterable[Judged]) -> Tally:
    return Tally.of(each.is_right for each in judged if _is_automatic(each))


def _blind(judged: Iterable[Judged]) -> Tally:
    return Tally.of(each.is_right for each in judged if each.is_blind)


def _coverage(answered: Iterable[Answered]) -> Tally:
    return Tally.of(each.decision == "auto" for each in answered)


def _weeks(
    judged: Sequence[Judged], answered: Sequence[Answered], since: datetime, until: datetime
) -> Iterable[WeekQuality]:
    decided, said = _by(judged, lambda each: week_of(each.at)), _by(answered, lambda each: week_of(each.at))
    week = week_of(since)
    while week <= week_of(until):
        here = decided.get(week, [])
        yield WeekQuality(week, _agreement(here), _automatic(here), _blind(here), _coverage(said.get(week, [])))
        week += timedelta(weeks=1)


def _groups(judged: Sequence[Judged], answered: Sequence[Answered]) -> Iterable[GroupQuality]:
    decided, said = _by(judged, lambda each: each.group), _by(answered, lambda each: each.group)
    names = {name for name in (*decided, *said) if name is not None}
    for name in sorted(names, key=lambda name: (-len(decided.get(name, ())), name)):
        here = decided.get(name, [])
        yield GroupQuality(name, _agreement(here), _automatic(here), _coverage(said.get(name, [])))


def _by(rows: Iterable[_Row], key: Callable[[_Row], _Key]) -> dict[_Key, list[_Row]]:
    found: dict[_Key, list[_Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
