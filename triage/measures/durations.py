"""How long things took, as sums that add up: counts in bins of equal ratio, out of which quantiles come."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import floor, log
from types import MappingProxyType

__all__ = ["BIN_RATIO", "Durations", "bin_of", "hours_of"]

BIN_RATIO = 1.02
"""From the beginning of a bin to its end: a quantile is off by one in a hundred at most."""

_SECONDS_AN_HOUR = 3600.0
_LOG_RATIO = log(BIN_RATIO)


def bin_of(took: timedelta) -> int:
    """The bin of a duration; 0 holds everything below one second."""
    seconds = took.total_seconds()
    return 0 if seconds < 1 else 1 + floor(log(seconds) / _LOG_RATIO)


def hours_of(bin_: int) -> float:
    """The middle of a bin in hours, by ratio."""
    return 0.0 if bin_ == 0 else BIN_RATIO ** (bin_ - 0.5) / _SECONDS_AN_HOUR


@dataclass(frozen=True, slots=True)
class Durations:
    """Durations of some tickets.

    Attributes:
        bins: how many there are in each bin that has any; see `bin_of`.
    """

    bins: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, durations: Iterable[timedelta]) -> "Durations":
        """Those of single tickets."""
        return cls(Counter(map(bin_of, durations)))

    @classmethod
    def of_pairs(cls, pairs: Sequence[int]) -> "Durations":
        """As `as_pairs` wrote them."""
        return cls(dict(zip(pairs[::2], pairs[1::2], strict=True)))

    def __add__(self, other: "Durations") -> "Durations":
        """Both together."""
        return Durations(Counter(self.bins) + Counter(other.bins))

    @property
    def n(self) -> int:
        """How many."""
        return sum(self.bins.values())

    def as_pairs(self) -> list[int]:
        """Each bin and how many it has, one after the other: half as long as an object with keys of text."""
        return [number for pair in sorted(self.bins.items()) for number in pair]

    def quantile(self, q: float) -> float | None:
        """In hours; None of nothing.

        Between the two nearest durations the place in between is taken (Hyndman and Fan's seventh, which numpy and
        pandas use), each of them known to one in a hundred.
        """
        (found,) = self.quantiles([q])
        return found

    def quantiles(self, qs: Sequence[float]) -> list[float | None]:
        """The same for several, 0 to 1."""
        n = self.n
        if not n:
            return [None] * len(qs)
        ordered = sorted(self.bins.items())
        found: list[float | None] = []
        for q in qs:
            place = q * (n - 1)
            low, high = _at(ordered, floor(place)), _at(ordered, min(floor(place) + 1, n - 1))
            found.append(low + (high - low) * (place - floor(place)))
        return found


def _at(ordered: Sequence[tuple[int, int]], rank: int) -> float:
    """The duration of this rank, from 0, the shortest first."""
    seen = 0
    for bin_, n in ordered:
        seen += n
        if rank < seen:
            return hours_of(bin_)
    return hours_of(ordered[-1][0])
