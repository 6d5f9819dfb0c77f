"""Where a history begins and ends: one rule, so that a mistyped date decides no "now", no window and no cut.

Whatever takes the first or the last moment of a history asks here. The tickets of stray dates are kept; they only do
not say where the history ends.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ends", "Stray", "as_moments", "find_ends"]

LONGEST_CLOSURE_DAYS = 183.0
"""Half a year. No summer, strike or move keeps a desk closed for longer: what lies beyond such a gap is mistyped, or of
another life of the desk, and says nothing of who calls today."""

ORDINARY_GAPS = 10.0
"""And so many times the gaps that are usual in this history (the 95 % quantile): some desks have a ticket a quarter."""

HANDFUL = 5
ONE_IN = 1_000
"""Tickets that are stray at one end, at most: a handful, or one in a thousand. A year that was migrated from another
tool has more. Tickets of one and the same moment, as a default date gives them, count as one."""

MOST = 0.1
"""Never a larger share than this: of ten tickets one may be stray, of nine none."""


@dataclass(frozen=True, slots=True)
class Stray:
    """What lies apart at one end.

    Attributes:
        n: how many tickets.
        first: the moment of the first of them, UTC.
        last: that of the last.
        gap_days: from them to the rest.
    """

    n: int
    first: datetime
    last: datetime
    gap_days: float

    def holds(self, moment: datetime) -> bool:
        """Whether a ticket of this moment is among them."""
        return self.first <= moment <= self.last

    def __str__(self) -> str:
        """In words, such as `3, dated 2031-01-02 to 2031-05-01, 730 days from all others`."""
        begins, ends = f"{self.first:%Y-%m-%d}", f"{self.last:%Y-%m-%d}"
        days = begins if begins == ends else f"{begins} to {ends}"
        return f"{self.n:,}, dated {days}, {self.gap_days:,.0f} days from all others"


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a history begins and ends.

    Attributes:
        first: the first moment that is not stray, UTC.
        last: the last one.
        before: what is stray before it begins.
        after: what is stray after it ends.
    """

    first: datetime
    last: datetime
    before: Stray | None = None
    after: Stray | None = None

    @property
    def stray(self) -> tuple[Stray, ...]:
        """What is stray at either end."""
        return tuple(stray for stray in (self.before, self.after) if stray is not None)

    def hold(self, moment: datetime) -> bool:
        """Whether a moment lies between them."""
        return self.first <= moment <= self.last


def as_moments(moments: Iterable[datetime]) -> NDArray[np.datetime64]:
    """Aware moments as `find_ends` takes them: datetime64[us] in UTC, shape (n,)."""
    return np.asarray([moment.astimezone(UTC).replace(tzinfo=None) for moment in moments], dtype="datetime64[us]")


def find_ends(moments: NDArray[np.datetime64]) -> Ends:
    """Where these begin and end, if a few that lie far apart are not asked.

    A part at an end is stray if it is few (`HANDFUL`, `ONE_IN`, `MOST`) and the gap to the rest is longer than any
    closure (`LONGEST_CLOSURE_DAYS`) and than what is usual here (`ORDINARY_GAPS`). Of several such parts the largest
    is taken, so that strays of different years are found together.

    Args:
        moments: in any order, datetime64 in UTC of shape (n,), one at least.
    """
    ordered = np.sort(moments.astype("datetime64[us]"))
    gaps = np.diff(ordered).astype(np.int64) / 86_400e6
    most = int(MOST * ordered.size)
    inner = gaps[most : gaps.size - most]
    usual = float(np.quantile(inner, 0.95)) if inner.size else 0.0
    is_far = gaps > max(LONGEST_CLOSURE_DAYS, ORDINARY_GAPS * usual)
    few = max(HANDFUL, ordered.size // ONE_IN)
    n_before = _n_stray(ordered, is_far, most, few)
    n_after = _n_stray(ordered[::-1], is_far[::-1], most, few)
    kept = ordered[n_before : ordered.size - n_after]
    before, after = ordered[:n_before], ordered[ordered.size - n_after :]
    return Ends(
        first=_moment(kept[0]),
        last=_moment(kept[-1]),
        before=_stray(before, gaps[n_before - 1]) if before.size else None,
        after=_stray(after, gaps[gaps.size - n_after]) if after.size else None,
    )


def _n_stray(ordered: NDArray[np.datetime64], is_far: NDArray[np.bool_], most: int, few: int) -> int:
    """How many of the first are stray, where after each of them a gap is far or not."""
    for n in reversed((np.flatnonzero(is_far[:most]) + 1).tolist()):
        commonest = int(np.unique(ordered[:n], return_counts=True)[1].max())
        if n - commonest < few:  # those of one moment count as one
            return int(n)
    return 0


def _stray(moments: NDArray[np.datetime64], gap_days: float) -> Stray:
    return Stray(moments.size, _moment(moments[0]), _moment(moments[-1]), float(gap_days))


def _moment(value: np.datetime64) -> datetime:
    moment: datetime = value.astype("datetime64[us]").item()
    return moment.replace(tzinfo=UTC)
