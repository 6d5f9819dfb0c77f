"""How many tickets to expect on each of the next days: the shape of a week, a level, a damped trend, and the year's.

The interval is not derived from the model but from how wrong the same forecast was before: it is made again as of every
week of the past, and its errors are collected (rolling origin; Tashman 2000). Today is never part of the history, as it
is not over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAYS_AHEAD", "FEWEST_DAYS", "INTERVAL", "DayForecast", "VolumeForecast", "forecast_volume"]

DAYS_AHEAD = 28
"""Four weeks: as far as rosters are made."""

FEWEST_DAYS = 84
"""Eight weeks to learn from, and four to be wrong about."""

INTERVAL = 0.9
"""The share of days that shall lie within the interval."""

_WEEK = 7
_SHAPE_DAYS = 12 * _WEEK
_LEVEL_DAYS = 4 * _WEEK
_LEARNED_DAYS = 8 * _WEEK  # the least that a forecast is made from
_MOST_ORIGINS = 26
_YEAR_DAYS = 364  # whole weeks
_DAMPING = 0.8  # of the trend, from week to week
_OUTLIER = 3.0  # robust standard deviations
_LEAST = 0.5  # of a ticket a day, where a ratio would be of nothing


@dataclass(frozen=True, slots=True)
class DayForecast:
    """What is expected of a day: tickets, and the interval."""

    day: date
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class VolumeForecast:
    """The next days, and what they are derived from.

    Attributes:
        days: the next `DAYS_AHEAD`; empty where the history is too short.
        n_days: of history.
        weekdays: each weekday's share of the mean day, 1 for as many as usual, Monday first; empty as above.
        level: tickets a day now, without weekday.
        trend_a_week: by which share the level has grown or shrunk a week of late.
        has_year: whether the time of the year is part of it, which takes two years.
        mean_error: how far the forecast was off in the past, in tickets a day.
        naive_error: how far the same weekday of the last known week was.
        n_backtests: from how many points in the past.
        coverage: which share of days lay within the interval, as it would have been drawn without them.
    """

    days: tuple[DayForecast, ...]
    n_days: int
    weekdays: tuple[float, ...] = ()
    level: float = 0.0
    trend_a_week: float = 0.0
    has_year: bool = False
    mean_error: float | None = None
    naive_error: float | None = None
    n_backtests: int = 0
    coverage: float | None = None

    @property
    def relative_error(self) -> float | None:
        """The error as a share of that of "the same weekday last week"; None where that was never wrong."""
        return self.mean_error / self.naive_error if self.mean_error is not None and self.naive_error else None


def forecast_volume(opened: Mapping[date, int], today: date) -> VolumeForecast:
    """What to expect from today on.

    Args:
        opened: how many tickets were opened on each day (UTC); a day that is missing had none.
        today: the first day of the forecast.
    """
    history, first = _history(opened, today)
    n = len(history)
    if n < FEWEST_DAYS:
        return VolumeForecast((), n)
    fitted = _fit(history)
    errors, naive, forecasts = _backtest(history)
    low, high = _bounds(errors)
    expected = fitted.ahead(DAYS_AHEAD)
    scale = np.sqrt(np.maximum(expected, _LEAST))
    days = tuple(
        DayForecast(today + timedelta(days=ahead), float(mean), float(max(0.0, mean + lower)), float(mean + upper))
        for ahead, (mean, lower, upper) in enumerate(zip(expected, low * scale, high * scale, strict=True))
    )
    return VolumeForecast(
        days=days,
        n_days=n,
        weekdays=tuple(float(each) for each in np.roll(fitted.shape, first.weekday())),
        level=fitted.level,
        trend_a_week=float(np.expm1(fitted.slope)),
        has_year=fitted.year is not None,
        mean_error=float(np.mean(np.abs(errors * np.sqrt(np.maximum(forecasts, _LEAST))))),
        naive_error=float(np.mean(np.abs(naive))),
        n_backtests=len(errors),
        coverage=_coverage(errors),
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    """What a history says; the shape begins with the weekday of its first day."""

    n: int
    shape: NDArray[np.float64]
    level: float
    slope: float
    year: NDArray[np.float64] | None

    def ahead(self, n_days: int) -> NDArray[np.float64]:
        """The days after the history."""
        places = self.n + np.arange(n_days)
        weeks = (np.arange(n_days) + _LEVEL_DAYS / 2) / _WEEK  # the level is that of the middle of its days
        grown = self.slope * _DAMPING * (1 - _DAMPING**weeks) / (1 - _DAMPING)
        expected = self.level * self.shape[places % _WEEK] * np.exp(grown)
        if self.year is not None:
            expected = expected * self.year[places % _YEAR_DAYS]
        return np.asarray(expected, dtype=np.float64)


def _history(opened: Mapping[date, int], today: date) -> tuple[NDArray[np.float64], date]:
    """Every day from the first one with a ticket to yesterday, at most three years of them; and the first one."""
    known = [day for day, n in opened.items() if n and day < today]
    if not known:
        return np.zeros(0), today
    first = max(min(known), today - timedelta(days=3 * _YEAR_DAYS))
    n = (today - first).days
    return np.array([opened.get(first + timedelta(days=place), 0) for place in range(n)], dtype=np.float64), first


def _fit(history: NDArray[np.float64]) -> _Fit:
    n = len(history)
    year = _year(history) if n >= 2 * _YEAR_DAYS else None
    plain = history if year is None else history / year[np.arange(n) % _YEAR_DAYS]
    shape = _shape(plain)
    flat = plain / np.maximum(shape[np.arange(n) % _WEEK], 0.1)
    works = shape[np.arange(n) % _WEEK] >= 0.1  # a day on which hardly anything comes says nothing of the level
    late = np.arange(n) >= n - _LEVEL_DAYS
    level = _typical(flat[late & works])
    return _Fit(n, shape, level, _slope(plain), year)


def _shape(history: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each weekday's share of the mean day, of late; begins with the weekday of the first day of the history."""
    n = len(history)
    places = np.arange(max(0, n - _SHAPE_DAYS), n)
    means = np.array([_typical(history[places[places % _WEEK == weekday]]) for weekday in range(_WEEK)])
    return means / means.mean() if means.mean() > 0 else np.ones(_WEEK)


def _slope(history: NDArray[np.float64]) -> float:
    """By how much the logarithm of a week's tickets has grown a week, of late: the median of all pairs (Theil, Sen)."""
    n_weeks = min(len(history), _SHAPE_DAYS) // _WEEK
    weeks = np.log(np.maximum(history[-n_weeks * _WEEK :].reshape(n_weeks, _WEEK).sum(axis=1), _LEAST))
    before, after = np.triu_indices(n_weeks, 1)
    return float(np.median((weeks[after] - weeks[before]) / (after - before)))


def _year(history: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the time of the year does, by day from the first one of the history; half of it, as two years are few."""
    smooth = np.convolve(np.pad(history, 14, mode="reflect"), np.ones(29) / 29, mode="valid")
    n_years = len(history) // _YEAR_DAYS
    of_years = smooth[-n_years * _YEAR_DAYS :].reshape(n_years, _YEAR_DAYS)
    ratios = (of_years / np.maximum(of_years.mean(axis=1, keepdims=True), _LEAST)).mean(axis=0)
    begin = (len(history) - n_years * _YEAR_DAYS) % _YEAR_DAYS
    return np.asarray(np.roll(1 + 0.5 * (np.maximum(ratios, 0.1) - 1), begin), dtype=np.float64)


def _typical(numbers: NDArray[np.float64]) -> float:
    """The mean, with what lies far out moved in: one outage must not raise the next four weeks."""
    if not len(numbers):
        return 0.0
    middle = float(np.median(numbers))
    spread = 1.4826 * float(np.median(np.abs(numbers - middle)))
    reach = _OUTLIER * max(spread, np.sqrt(max(middle, _LEAST)))
    return float(np.clip(numbers, middle - reach, middle + reach).mean())


def _backtest(history: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """As of every week of the past: errors by the root of what was expected, those of last week, and what was expected.

    Each of shape (origins, days ahead).
    """
    n = len(history)
    origins = list(range(n - DAYS_AHEAD, _LEARNED_DAYS - 1, -_WEEK))[:_MOST_ORIGINS]
    errors, naive, forecasts = [], [], []
    for origin in origins:
        came = history[origin : origin + DAYS_AHEAD]
        expected = _fit(history[:origin]).ahead(DAYS_AHEAD)
        forecasts.append(expected)
        errors.append((came - expected) / np.sqrt(np.maximum(expected, _LEAST)))
        naive.append(came - np.tile(history[origin - _WEEK : origin], DAYS_AHEAD // _WEEK))
    return np.array(errors), np.array(naive), np.array(forecasts)


def _bounds(errors: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By day ahead how far below and above the truth lay in all but the outermost cases; those of a week are one."""
    n_weeks = DAYS_AHEAD // _WEEK
    by_week = errors.reshape(len(errors), n_weeks, _WEEK)
    low = [_quantile(by_week[:, week], (1 - INTERVAL) / 2) for week in range(n_weeks)]
    high = [_quantile(by_week[:, week], (1 + INTERVAL) / 2) for week in range(n_weeks)]
    # nobody knows more of a later week than of an earlier one
    widest_low, widest_high = np.minimum.accumulate(low), np.maximum.accumulate(high)
    return np.repeat(widest_low, _WEEK), np.repeat(widest_high, _WEEK)


def _quantile(errors: NDArray[np.float64], q: float) -> float:
    """Of few errors a little further out, as the outermost was hardly seen yet."""
    n = errors.size
    wider = min(1.0, max(0.0, 0.5 + (q - 0.5) * (n + 1) / n))
    return float(np.quantile(errors, wider))


def _coverage(errors: NDArray[np.float64]) -> float | None:
    """Which share of days lay within bounds of all other points in the past; None of fewer than four of them."""
    if len(errors) < 4:
        return None
    inside = []
    for left_out in range(len(errors)):
        low, high = _bounds(np.delete(errors, left_out, axis=0))
        inside.append((errors[left_out] >= low) & (errors[left_out] <= high))
    return float(np.mean(inside))
