"""What is told of a problem: how often it comes, how that changes, whom it hits and what it costs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, Self

from triage.customers.profile import HOURS_A_DAY
from triage.problems.incident import Incident

__all__ = ["MONTH", "N_WEEKS", "Growth", "Measures", "growth", "measure", "workdays"]

MONTH = timedelta(days=30)
N_WEEKS = 52
"""So many weeks back occurrences are counted by week."""

MOST_GROUPS = 5
_Z = 1.959964
"""Of 95 %."""


@dataclass(frozen=True, slots=True)
class Growth:
    """The last thirty days against the thirty before.

    Attributes:
        n_last: occurrences in the last thirty days.
        n_before: in the thirty before.
        ratio: of the two rates; None where there was nothing before.
        low: the lower end of its 95 % interval; None where there is nothing to tell it from.
        high: the upper end; None where it has none.
    """

    n_last: int
    n_before: int
    ratio: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one problem.

    Attributes:
        n_tickets: incidents that people reported.
        n_alerts: incidents that machines reported, which are counted apart: one fault writes hundreds.
        growth: of those that people reported.
        n_customers: different people; a number, never who.
        n_unnamed: incidents of which nobody knows whose they are.
        groups: the groups that had most of them, with how many.
        hours_lost: of workday, over resolved incidents, of people.
        n_resolved: of them those that are resolved.
        reopen_ratio: of those that are known, how many were closed too early, 0 to 1; None where none is known.
        first_seen_at: the first incident.
        last_seen_at: the last.
        weeks: occurrences by week, the last one ends at `as_of`; `N_WEEKS` numbers.
        as_of: the moment.
        examples: ids of tickets that say it most clearly.
    """

    n_tickets: int
    n_alerts: int
    growth: Growth
    n_customers: int
    n_unnamed: int
    groups: Mapping[str, int]
    hours_lost: float
    n_resolved: int
    reopen_ratio: float | None
    first_seen_at: datetime
    last_seen_at: datetime
    weeks: Sequence[int]
    as_of: datetime
    examples: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """As it is stored; groups as pairs, since not every database keeps the order of an object."""
        moments = {name: getattr(self, name).isoformat() for name in _MOMENTS}
        lists = {
            "weeks": list(self.weeks),
            "examples": list(self.examples),
            "groups": [*map(list, self.groups.items())],
        }
        return asdict(self) | moments | lists

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """As it was stored."""
        moments = {name: datetime.fromisoformat(stored[name]) for name in _MOMENTS}
        known = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        parts = {"growth": Growth(**stored["growth"]), "groups": dict(stored["groups"])}
        return cls(**known | moments | parts | {name: tuple(stored[name]) for name in ("weeks", "examples")})


_MOMENTS = ("first_seen_at", "last_seen_at", "as_of")


def measure(incidents: Iterable[Incident], now: datetime, examples: Sequence[str] = ()) -> Measures | None:
    """The measures of incidents that are one problem; None where people reported none of them.

    Args:
        incidents: of people and of machines.
        now: the moment.
        examples: ids of tickets to show.
    """
    every = list(incidents)
    own = [one for one in every if not one.is_automatic]
    if not own:
        return None
    moments = [one.opened_at for one in own]
    lost = [one.hours_lost for one in own if one.hours_lost is not None]
    reopens = [one.n_reopens for one in own if one.n_reopens is not None]
    return Measures(
        n_tickets=len(own),
        n_alerts=len(every) - len(own),
        growth=growth(moments, now),
        n_customers=len({one.customer_id for one in own if one.customer_id is not None}),
        n_unnamed=sum(one.customer_id is None for one in own),
        groups=dict(Counter(one.group for one in own if one.group is not None).most_common(MOST_GROUPS)),
        hours_lost=round(sum(lost), 2),
        n_resolved=len(lost),
        reopen_ratio=sum(n > 0 for n in reopens) / len(reopens) if reopens else None,
        first_seen_at=min(moments),
        last_seen_at=max(moments),
        weeks=tuple(_by_week(moments, now)),
        as_of=now,
        examples=tuple(examples),
    )


def growth(moments: Iterable[datetime], now: datetime) -> Growth:
    """How the last thirty days compare with the thirty before.

    Given both, the later ones are a binomial share of them, of which Wilson's interval is taken; a ratio of rates is
    the odds of that share.
    """
    ages = [now - moment for moment in moments]
    n_last = sum(timedelta(0) <= age < MONTH for age in ages)
    n_before = sum(MONTH <= age < 2 * MONTH for age in ages)
    n = n_last + n_before
    if not n:
        return Growth(0, 0, None, None, None)
    share = n_last / n
    middle = share + _Z**2 / (2 * n)
    half = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    low, high = ((middle + sign * half) / (1 + _Z**2 / n) for sign in (-1, 1))
    return Growth(
        n_last,
        n_before,
        n_last / n_before if n_before else None,
        _odds(max(low, 0.0)) if n_last else 0.0,
        _odds(high) if n_before else None,
    )


def workdays(hours: float) -> float:
    """Hours of workday as days of it."""
    return hours / HOURS_A_DAY


def _odds(share: float) -> float | None:
    return round(share / (1 - share), 4) if share < 1 else None


def _by_week(moments: Iterable[datetime], now: datetime) -> list[int]:
    weeks = [0] * N_WEEKS
    for moment in moments:
        back = (now - moment) // timedelta(days=7)
        if 0 <= back < N_WEEKS:
            weeks[N_WEEKS - 1 - back] += 1
    return weeks
