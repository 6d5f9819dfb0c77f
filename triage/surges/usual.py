"""What is to be expected of each kind: a rate for every hour of the week, learned from the desk's own past weeks.

- **Shape.** All incidents together give the shape of a week, smoothed over neighbouring hours. A kind's own hours are
  drawn towards that shape: with `PRIOR` tickets expected in an hour of the week, the kind's own count weighs half.
- **Quiet days.** A day of less than half of what is usual for its weekday is a holiday, and not learned from. So a
  quiet August does not make September look busy.
- **Past surges.** A day on which a kind had five times its usual number, and at least five, counts as usual.
- **Variation.** How much more counts vary than a Poisson distribution allows (`chance.py`) is measured for windows of
  an hour, four hours and a day, for all kinds of a dimension together, by the method of moments.
- **Words.** A word is expected in its share of what is expected of all incidents. Shares come from a sample of texts.
  Words of more than `COMMON_RATIO` of texts are nobody's topic. A word that the sample lacks counts as seen once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.surges.seen import ALL, DIMENSIONS, Kind, Seen

__all__ = ["FEWEST_DAYS", "N_READ", "WEEKS", "Occurrence", "Usual", "hour_number", "learn"]

WEEKS = 8
"""How far back is learned from: long enough for each hour of the week several times, short enough for what is so now.
"""

FEWEST_DAYS = 14
"""With less history nothing is expected, and nothing is told."""

N_READ = 5_000
"""Texts that are read for the shares of words, the newest."""

PRIOR = 4.0
COMMON_RATIO = 0.02

_HOURS_A_WEEK = 168
_SURGE_TIMES, _SURGE_FEWEST = 5.0, 5
_QUIET_RATIO, _QUIET_FEWEST = 0.5, 8
_MOST_DISPERSED = 4.0
_FEWEST_OF_A_TERM = 8
_BLOCK_HOURS = (1, 4, 24)
_EPOCH = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday


def hour_number(at: datetime) -> int:
    """Hours since a Monday long ago; modulo 168 it is the hour of the week, of UTC."""
    return int((at - _EPOCH) // timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An incident of the past as seasons are learned from it: its hour, and its kinds but for words."""

    hour: int
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Usual:
    """What is expected of each kind.

    Attributes:
        sums: by kind the expected number from the start of a week up to each of its hours, shape (169,), float64.
        n_learned: by kind the tickets that this was learned from.
        dispersions: by dimension those of an hour, four hours and a day.
        term_counts: by word how many of the sample's texts hold it, without those of one text.
        common: words of too many texts to be a topic.
        n_read: texts of the sample.
        n_terms: different words of the sample.
    """

    sums: Mapping[Kind, NDArray[np.float64]]
    n_learned: Mapping[Kind, int]
    dispersions: Mapping[str, tuple[float, ...]]
    term_counts: Mapping[str, int]
    common: frozenset[str]
    n_read: int
    n_terms: int

    def expected(self, kind: Kind, since: datetime, until: datetime) -> float:
        """How many of a kind are to be expected between two moments."""
        if kind.dimension == "topic":
            return self.share(kind.value) * self.expected(ALL, since, until)
        sums = self.sums.get(kind)
        if sums is None:  # a service that nobody has named before counts as named once
            return self.expected(ALL, since, until) / max(1, self.n_learned[ALL])
        return max(0.0, _up_to(sums, until) - _up_to(sums, since))

    def share(self, term: str) -> float:
        """How many texts hold a word, 0 to 1."""
        return self.term_counts.get(term, 1) / max(1, self.n_read)

    def is_topic(self, term: str) -> bool:
        """Whether a word is rare enough to tell what a surge is about."""
        return term not in self.common

    def dispersion(self, kind: Kind, window: timedelta) -> float:
        """How much more than by chance the count of a window varies, with how little is known of a rare kind."""
        of_windows = self.dispersions.get(kind.dimension, (0.0,) * len(_BLOCK_HOURS))
        place = sum(window > timedelta(hours=hours) for hours in _BLOCK_HOURS[:-1])
        n = self.term_counts.get(kind.value, 1) if kind.dimension == "topic" else self.n_learned.get(kind, 0)
        return of_windows[place] + 1.0 / (n + 1)

    def n_kinds(self, dimension: str) -> int:
        """How many kinds of a dimension can raise an alarm."""
        if dimension == "topic":
            return max(1, self.n_terms - len(self.common))
        return max(1, sum(kind.dimension == dimension for kind in self.sums))

    def lift(self, term: str, ratio: float) -> float:
        """How telling it is that so many of some tickets hold a word; 0 where no more hold it than of all."""
        return ratio * log(max(1.0, ratio / self.share(term)))

    def to_json(self) -> dict[str, Any]:
        """The same as JSON has it; a rate keeps five significant digits."""
        return {
            "kinds": [
                [kind.dimension, kind.value, self.n_learned[kind], [float(f"{rate:.5g}") for rate in np.diff(sums)]]
                for kind, sums in self.sums.items()
            ],
            "dispersions": {dimension: list(each) for dimension, each in self.dispersions.items()},
            "terms": dict(self.term_counts),
            "common": sorted(self.common),
            "n_read": self.n_read,
            "n_terms": self.n_terms,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Usual":
        """What `to_json` wrote."""
        rates = {Kind(dimension, value): (n, rate) for dimension, value, n, rate in content["kinds"]}
        return cls(
            sums={kind: _summed(np.array(rate)) for kind, (_, rate) in rates.items()},
            n_learned={kind: n for kind, (n, _) in rates.items()},
            dispersions={dimension: tuple(each) for dimension, each in content["dispersions"].items()},
            term_counts=content["terms"],
            common=frozenset(content["common"]),
            n_read=content["n_read"],
            n_terms=content["n_terms"],
        )


def learn(occurrences: Sequence[Occurrence], read: Sequence[Seen], since: datetime, until: datetime) -> Usual | None:
    """What is to be expected after `until`; None where there is too little history to say.

    Args:
        occurrences: the incidents of whole days, see `WEEKS`.
        read: incidents of the same days with their words, see `N_READ`.
        since: the start of the first of these days, UTC.
        until: the end of the last.
    """
    first, n_hours = hour_number(since), hour_number(until) - hour_number(since)
    if n_hours < 24 * FEWEST_DAYS or not occurrences:
        return None
    counts = _counts(occurrences, first, n_hours)
    if ALL not in counts:
        return None
    days = _ordinary_days(counts[ALL], first)
    weekday_hours = (first + np.arange(n_hours)) % _HOURS_A_WEEK
    exposure = np.bincount(weekday_hours, weights=np.repeat(days, 24), minlength=_HOURS_A_WEEK).astype(np.float64)
    shape = _shape(_usual_only(counts[ALL], days), weekday_hours, exposure)
    rates, residuals = {}, {}
    for kind, count in counts.items():
        usual = _usual_only(count, days)
        rates[kind] = _rates(usual, weekday_hours, exposure, shape)
        residuals[kind] = _moments(count, rates[kind][weekday_hours], days)
    term_counts, common, n_terms = _terms(read)
    moments = _pooled(residuals)
    moments["topic"] = _topic_dispersions(read, term_counts, counts[ALL], first)
    return Usual(
        sums={kind: _summed(rate) for kind, rate in rates.items()},
        n_learned={kind: int(count.sum()) for kind, count in counts.items()},
        dispersions=moments,
        term_counts=term_counts,
        common=common,
        n_read=len(read),
        n_terms=n_terms,
    )


def _summed(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(rates, dtype=np.float64)])


def _up_to(sums: NDArray[np.float64], at: datetime) -> float:
    """What is expected from the epoch up to a moment, evenly within an hour."""
    hours = (at - _EPOCH) / timedelta(hours=1)
    weeks, within = divmod(hours, _HOURS_A_WEEK)
    hour = int(within)
    return float(weeks * sums[-1] + sums[hour] + (within - hour) * (sums[hour + 1] - sums[hour]))


def _counts(occurrences: Iterable[Occurrence], first: int, n_hours: int) -> dict[Kind, NDArray[np.float64]]:
    """By kind the incidents of each hour, shape (n_hours,)."""
    hours: dict[Kind, list[int]] = {}
    for one in occurrences:
        if 0 <= one.hour - first < n_hours:
            for kind in one.kinds:
                hours.setdefault(kind, []).append(one.hour - first)
    return {kind: np.bincount(each, minlength=n_hours).astype(np.float64) for kind, each in hours.items()}


def _ordinary_days(count: NDArray[np.float64], first: int) -> NDArray[np.float64]:
    """1 for each day that is learned from, 0 for a holiday; shape (n_days,)."""
    daily = count.reshape(-1, 24).sum(axis=1)
    weekday = (first // 24 + np.arange(len(daily))) % 7
    usual = np.array([np.median(daily[weekday == day]) if (weekday == day).any() else 0.0 for day in range(7)])[weekday]
    return np.where((usual >= _QUIET_FEWEST) & (daily < _QUIET_RATIO * usual), 0.0, 1.0)


def _usual_only(count: NDArray[np.float64], days: NDArray[np.float64]) -> NDArray[np.float64]:
    """The counts of ordinary days; those of a past surge are scaled down to what was usual."""
    daily = count.reshape(-1, 24).sum(axis=1)
    mean = daily[days > 0].mean() if (days > 0).any() else 0.0
    is_surge = (daily >= _SURGE_FEWEST) & (daily > _SURGE_TIMES * mean)
    scale = np.where(is_surge, mean / np.maximum(daily, 1.0), 1.0) * days
    return count * np.repeat(scale, 24)


def _shape(
    count: NDArray[np.float64], weekday_hours: NDArray[np.int64], exposure: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How a week's incidents are spread over its hours, adding up to 1, shape (168,); no hour has none."""
    by_hour = np.bincount(weekday_hours, weights=count, minlength=_HOURS_A_WEEK) / np.maximum(exposure, 1.0)
    smooth = 0.25 * np.roll(by_hour, 1) + 0.5 * by_hour + 0.25 * np.roll(by_hour, -1)
    smooth += 0.02 * smooth.mean()
    spread: NDArray[np.float64] = smooth / max(smooth.sum(), 1e-12)
    return spread


def _rates(
    count: NDArray[np.float64],
    weekday_hours: NDArray[np.int64],
    exposure: NDArray[np.float64],
    shape: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Expected incidents of one kind in each hour of the week, shape (168,): the mean of a gamma posterior."""
    weeks = max(float((exposure * shape).sum()), 1e-9)
    prior = shape * count.sum() / weeks
    by_hour = np.bincount(weekday_hours, weights=count, minlength=_HOURS_A_WEEK)
    posterior: NDArray[np.float64] = prior * (by_hour + PRIOR) / (exposure * prior + PRIOR)
    return posterior


def _moments(
    count: NDArray[np.float64], expected: NDArray[np.float64], days: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """For each length of block the sums of (n - m)^2 - n and of m^2, without holidays and past surges."""
    found = []
    kept = np.repeat(days, 24)
    for hours in _BLOCK_HOURS:
        n, m = (each.reshape(-1, hours).sum(axis=1) for each in (count, expected))
        ordinary = (kept.reshape(-1, hours).min(axis=1) > 0) & ~((n >= _SURGE_FEWEST) & (n > _SURGE_TIMES * m))
        n, m = n[ordinary], m[ordinary]
        found.append((float(((n - m) ** 2 - n).sum()), float((m**2).sum())))
    return found


def _pooled(moments: Mapping[Kind, list[tuple[float, float]]]) -> dict[str, tuple[float, ...]]:
    pooled = {}
    for dimension in DIMENSIONS:
        of_it = [each for kind, each in moments.items() if kind.dimension == dimension]
        if of_it:
            sums = np.array(of_it).sum(axis=0)
            pooled[dimension] = tuple(_bounded(excess, squares) for excess, squares in sums)
    return pooled


def _bounded(excess: float, squares: float) -> float:
    return min(_MOST_DISPERSED, max(0.0, excess / squares)) if squares > 0 else 0.0


def _terms(read: Sequence[Seen]) -> tuple[dict[str, int], frozenset[str], int]:
    """Words of at least two texts with their number, which are common, and how many there are at all."""
    found = Counter(term for seen in read for term in seen.terms)
    common = frozenset(term for term, n in found.items() if n > max(COMMON_RATIO * len(read), _FEWEST_OF_A_TERM))
    return {term: n for term, n in found.items() if n > 1}, common, len(found)


def _topic_dispersions(
    read: Sequence[Seen], term_counts: Mapping[str, int], count: NDArray[np.float64], first: int
) -> tuple[float, ...]:
    """How much more than by chance the words of a day vary, for words that are seen often enough to tell.

    Measured by day, and taken for shorter windows too: there are too few of a word in an hour to measure.
    """
    often = {term: place for place, term in enumerate(t for t, n in term_counts.items() if n >= _FEWEST_OF_A_TERM)}
    if not often:
        return (0.0,) * len(_BLOCK_HOURS)
    n_days = len(count) // 24
    n = np.zeros((len(often), n_days))
    texts = np.zeros(n_days)
    for seen in read:
        day = (hour_number(seen.at) - first) // 24
        if 0 <= day < n_days:
            texts[day] += 1
            for term in seen.terms:
                if term in often:
                    n[often[term], day] += 1
    m = n.sum(axis=1, keepdims=True) * texts / max(texts.sum(), 1.0)
    ordinary = ~((n >= _SURGE_FEWEST) & (n > _SURGE_TIMES * m))
    excess, squares = ((((n - m) ** 2 - n) * ordinary).sum(), ((m**2) * ordinary).sum())
    return (_bounded(float(excess), float(squares)),) * len(_BLOCK_HOURS)
