"""How busy a desk's days are: by weekday, and on days on which the people it serves are off."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

__all__ = ["LEAST_VOLUME", "WEEK", "DeskCalendar"]

WEEK = 7

LEAST_VOLUME = 0.05
"""Days that bring less, on average, count as bringing so much: nothing has no logarithm."""


@dataclass(frozen=True, slots=True)
class DeskCalendar:
    """What a day brings, beside an average one.

    Attributes:
        weekdays: each of them, Monday first; 1 on average.
        closed_day: a day on which people are off.
        closed_days: which those are (UTC): holidays and the like.
    """

    weekdays: tuple[float, ...] = (1.0,) * WEEK
    closed_day: float = 1.0
    closed_days: frozenset[date] = frozenset()

    def volume(self, after: datetime, n_days: int) -> float:
        """What so many days after an aware moment bring, beside as many average ones; above 0."""
        begin = after.astimezone(UTC).date()
        # so much of the first day is over, and counts of the last one
        over = (after - datetime.combine(begin, time.min, UTC)) / timedelta(days=1)
        first, whole, last = _days_ahead(self, begin, n_days)
        return max(LEAST_VOLUME, ((1 - over) * first + whole + over * last) / n_days)

    def of_day(self, day: date) -> float:
        """What one day (UTC) brings, beside an average one."""
        return self.closed_day if day in self.closed_days else self.weekdays[day.weekday()]


@lru_cache(maxsize=1_000)  # everybody who calls on a day has the same days ahead
def _days_ahead(calendar: DeskCalendar, begin: date, n_days: int) -> tuple[float, float, float]:
    """What the day itself brings, the days after it together, and the last, of which a part is left."""
    first, *whole, last = (calendar.of_day(begin + timedelta(days=i)) for i in range(n_days + 1))
    return first, sum(whole), last
