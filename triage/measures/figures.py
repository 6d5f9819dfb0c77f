"""What a desk is measured by, one function a measure; `docs/glossary.md` has each definition in words.

A measure that the desk does not record is None and never zero. Every share comes with its number of tickets and a 95 %
interval, every mean with both.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from types import MappingProxyType

from triage.measures.counts import DayCounts
from triage.quality import Tally

__all__ = [
    "AGE_BUCKETS",
    "INCIDENT_MARK",
    "QUANTILES",
    "SHARES",
    "Backlog",
    "Mean",
    "TimeToResolve",
    "WrongRoute",
    "backlog",
    "first_contact_resolution",
    "handed_on",
    "incident_share",
    "knowledge_use",
    "reassignments_mean",
    "reopened",
    "repeat_share",
    "request_share",
    "response_rate",
    "satisfaction_mean",
    "sla_met",
    "time_to_resolve",
    "wrong_routes",
]

INCIDENT_MARK = 0.54
"""The share of incidents that surveys of the industry give for a usual desk; shown as a mark, and judged by nowhere."""

QUANTILES = (0.5, 0.75, 0.9, 0.95)
"""Of the time to resolve."""

AGE_BUCKETS = ((0, "today"), (1, "1 to 2 days"), (3, "3 to 6 days"), (7, "1 to 4 weeks"), (30, "1 to 3 months"))
"""From how many days on, and in words; older is `OLDEST`."""

OLDEST = (90, "over 3 months")

_Z = 1.96


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean and its 95 % interval (normal; None of fewer than two).

    Attributes:
        mean: in the unit of what was counted.
        low: the lower end.
        high: the upper end.
        n: of how many.
    """

    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class TimeToResolve:
    """From opening to resolving, in hours of the clock; of n tickets."""

    median: float
    p75: float
    p90: float
    p95: float
    n: int


@dataclass(frozen=True, slots=True)
class WrongRoute:
    """Tickets that were handed on so often (`0` to `4+`), and what that goes along with.

    Attributes:
        bucket: how often.
        n: tickets that were resolved.
        median_hours: to resolve them; None where no opening is known.
        extra_hours: the same beyond that of tickets that nobody handed on; None where there are none of either.
    """

    bucket: str
    n: int
    median_hours: float | None
    extra_hours: float | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is open now.

    Attributes:
        n: tickets.
        median_days: how long half of them have been open at least.
        p90_days: how long a tenth of them has been open at least.
        buckets: how many are of which age, the youngest first.
    """

    n: int
    median_days: int | None
    p90_days: int | None
    buckets: tuple[tuple[str, int], ...]


def incident_share(counts: DayCounts) -> Tally | None:
    """Incidents among the opened tickets whose type is known."""
    return _tally(counts.incidents, counts.incidents + counts.requests + counts.other_types)


def request_share(counts: DayCounts) -> Tally | None:
    """Requests among the same."""
    return _tally(counts.requests, counts.incidents + counts.requests + counts.other_types)


def first_contact_resolution(counts: DayCounts) -> Tally | None:
    """Tickets that the first contact solved, among the resolved ones of which it is recorded."""
    return _tally(counts.first_contact, counts.n_first_contact)


def handed_on(counts: DayCounts) -> Tally | None:
    """Tickets that were handed on to another group at least once, among the resolved ones that say so."""
    return _tally(counts.handed_on, counts.n_reassignments)


def reassignments_mean(counts: DayCounts) -> float | None:
    """How often a resolved ticket was handed on, of those that say so."""
    return counts.reassignments / counts.n_reassignments if counts.n_reassignments else None


def reopened(counts: DayCounts) -> Tally | None:
    """Rework: tickets that were resolved and opened again at least once, among the resolved ones that say so."""
    return _tally(counts.reopened, counts.n_reopens)


def sla_met(counts: DayCounts) -> Tally | None:
    """Tickets that were resolved in the agreed time, among the resolved ones of which it is recorded."""
    return _tally(counts.in_sla, counts.n_sla)


def response_rate(counts: DayCounts) -> Tally | None:
    """Tickets whose customer answered how satisfied they were, among the resolved ones."""
    return _tally(counts.n_satisfaction, counts.resolved) if counts.n_satisfaction else None


def knowledge_use(counts: DayCounts) -> Tally | None:
    """Tickets that an article of the knowledge base solved, among the resolved ones of a desk that records any."""
    return _tally(counts.with_article, counts.resolved) if counts.with_article else None


def repeat_share(counts: DayCounts) -> Tally | None:
    """Incidents of the same customer with the same topic as another of theirs within 30 days before.

    Among the opened tickets whose customer and topic are known and that are no requests; where no type is recorded, a
    ticket counts as an incident.
    """
    return _tally(counts.repeats, counts.n_repeatable)


def satisfaction_mean(counts: DayCounts) -> Mean | None:
    """What customers answered, in the desk's own unit."""
    n = counts.n_satisfaction
    if not n:
        return None
    mean = counts.satisfaction / n
    if n == 1:
        return Mean(mean, None, None, n)
    variance = max(0.0, (counts.satisfaction_squares - n * mean**2) / (n - 1))
    half = _Z * sqrt(variance / n)
    return Mean(mean, mean - half, mean + half, n)


def time_to_resolve(counts: DayCounts) -> TimeToResolve | None:
    """Hours from opening to resolving, by quantile; each is off by one in a hundred at most."""
    median, p75, p90, p95 = counts.hours.quantiles(QUANTILES)
    if median is None or p75 is None or p90 is None or p95 is None:
        return None
    return TimeToResolve(median, p75, p90, p95, counts.hours.n)


def wrong_routes(by_bucket: Mapping[str, DayCounts]) -> tuple[WrongRoute, ...]:
    """What being handed on goes along with, by how often; nothing where no reassignments are recorded.

    Args:
        by_bucket: the counts of the dimension `reassignments`.
    """
    buckets = [bucket for bucket in ("0", "1", "2", "3", "4+") if bucket in by_bucket]
    straight = by_bucket["0"].hours.quantile(0.5) if "0" in by_bucket else None
    found = []
    for bucket in buckets:
        counts = by_bucket[bucket]
        if counts.resolved:
            median = counts.hours.quantile(0.5)
            extra = None if median is None or straight is None else median - straight
            found.append(WrongRoute(bucket, counts.resolved, median, extra))
    return tuple(found)


def backlog(open_by_day: Iterable[tuple[date, int]], today: date) -> Backlog:
    """What is open now, and for how long.

    Args:
        open_by_day: how many of the tickets opened on a day are open still.
        today: of UTC.
    """
    ages = sorted((max((today - day).days, 0), n) for day, n in open_by_day if n)
    n_open = sum(n for _, n in ages)
    bounds = (*AGE_BUCKETS, OLDEST)
    buckets = []
    for place, (start, name) in enumerate(bounds):
        end = bounds[place + 1][0] if place + 1 < len(bounds) else None
        buckets.append((name, sum(n for age, n in ages if age >= start and (end is None or age < end))))
    return Backlog(n_open, _age(ages, n_open, 0.5), _age(ages, n_open, 0.9), tuple(buckets))


def _age(ages: Sequence[tuple[int, int]], n_open: int, q: float) -> int | None:
    seen = 0
    for age, n in ages:
        seen += n
        if seen >= q * n_open:
            return age
    return None


def _tally(n_hits: int, n: int) -> Tally | None:
    return Tally(n_hits, n) if n else None


SHARES: Mapping[str, Callable[[DayCounts], Tally | None]] = MappingProxyType(
    {
        "incident_share": incident_share,
        "request_share": request_share,
        "first_contact_resolution": first_contact_resolution,
        "handed_on": handed_on,
        "reopened": reopened,
        "sla_met": sla_met,
        "response_rate": response_rate,
        "knowledge_use": knowledge_use,
        "repeat_share": repeat_share,
    }
)
"""Every measure that is a share, by the name that answers give it."""
