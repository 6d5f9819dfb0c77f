"""When a desk is called: growth, seasons, the week and the working day, all in UTC.

A new regularity of the volume is a factor in `Rhythm._day_weight` or a number in the tables on top.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random

__all__ = ["Rhythm", "months_before"]

# Monday to Sunday
_WEEKDAY = (1.38, 1.12, 1.04, 1.0, 0.82, 0.10, 0.07)
# January to December: fewer calls in August and December
_MONTH = (1.06, 1.02, 1.02, 0.98, 0.97, 1.0, 0.9, 0.8, 1.06, 1.06, 1.04, 0.86)
_HOLIDAYS = frozenset({(1, 1), (5, 1), (12, 24), (12, 25), (12, 26), (12, 31)})
_HOURS = tuple(accumulate((1, 1, 1, 1, 2, 5, 22, 60, 85, 80, 68, 48, 52, 72, 66, 50, 30, 14, 7, 5, 4, 3, 2, 1)))
_GROWTH = 0.6
"""How much higher the volume is at the end than at the start."""


def months_before(day: date, n_months: int) -> date:
    """The same day so many months earlier; the 29th to 31st become the 28th, which every month has."""
    months = day.year * 12 + day.month - 1 - n_months
    return date(months // 12, months % 12 + 1, min(day.day, 28))


class Rhythm:
    """The days of the sample desk, from `start` to `end` (both included), and how likely a call is on each."""

    def __init__(self, start: date, end: date) -> None:
        self.start = start
        self.end = end
        self.n_months = self.month_of(end) + 1
        n_days = (end - start).days + 1
        self._days = [start + timedelta(days=i) for i in range(n_days)]
        self._cum_weights = list(accumulate(self._day_weight(day, i / n_days) for i, day in enumerate(self._days)))

    @property
    def closes_at(self) -> datetime:
        """The end of the last day: what happens later, the export does not know."""
        return datetime(self.end.year, self.end.month, self.end.day, tzinfo=UTC) + timedelta(days=1)

    def month_of(self, day: date) -> int:
        """The number of the day's calendar month, counted from the first month of the desk."""
        return (day.year - self.start.year) * 12 + day.month - self.start.month

    def any_moment(self, rng: Random) -> datetime:
        """A moment at which somebody may call."""
        at = bisect_right(self._cum_weights, rng.random() * self._cum_weights[-1])
        return self.moment_on(rng, self._days[min(at, len(self._days) - 1)])

    def round_the_clock(self, rng: Random) -> datetime:
        """A moment as machines have them: any hour of any day, still with the growth of the desk."""
        at = int(len(self._days) * rng.random() ** 0.85)
        return self._at(self._days[at], rng.random() * 86_400)

    def moment_on(self, rng: Random, day: date) -> datetime:
        """A moment in the working hours of this day."""
        hour = bisect_right(_HOURS, rng.random() * _HOURS[-1])
        return self._at(day, (hour + rng.random()) * 3_600)

    @staticmethod
    def _at(day: date, second_of_day: float) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=int(second_of_day))

    @staticmethod
    def _day_weight(day: date, progress: float) -> float:
        holiday = 0.1 if (day.month, day.day) in _HOLIDAYS else 1.0
        return (1.0 + _GROWTH * progress) * _WEEKDAY[day.weekday()] * _MONTH[day.month - 1] * holiday
