"""Durations add up over days, and their quantiles are those of all tickets together."""

from datetime import timedelta

import numpy as np
import pytest

from triage.measures.durations import BIN_RATIO, Durations, bin_of, hours_of


@pytest.mark.parametrize("seconds", [1, 2.5, 59, 3_600, 90_000, 3e8])
def test_a_duration_is_told_to_one_in_a_hundred(seconds: float) -> None:
    """A wider bin would tell a lead of hours that nobody took."""
    told = 3_600 * hours_of(bin_of(timedelta(seconds=seconds)))

    assert abs(told / seconds - 1) <= BIN_RATIO - 1
    assert abs(np.log(told / seconds)) <= 1.0001 * np.log(BIN_RATIO) / 2 + 1e-6


def test_what_took_no_time_took_no_time() -> None:
    """Tickets that are resolved as they are opened have no logarithm."""
    assert hours_of(bin_of(timedelta(0))) == 0.0
    assert Durations.of([timedelta(0)]).quantile(0.5) == 0.0


def test_quantiles_of_sums_over_days_are_those_of_all_tickets() -> None:
    """A mean of daily medians is no median; this is why days keep bins."""
    chance = np.random.default_rng(5)
    days = [chance.lognormal(9, 2, size) for size in (3, 400, 27, 1, 900)]

    together = sum((Durations.of(timedelta(seconds=each) for each in day) for day in days), Durations())

    for q in (0.5, 0.75, 0.9, 0.95):
        truth = np.quantile(np.concatenate(days), q) / 3_600
        told = together.quantile(q)
        assert told is not None
        assert told == pytest.approx(truth, rel=0.0101)


def test_of_two_tickets_the_median_lies_between_them() -> None:
    """As everybody computes it; the lower one alone would make small groups look quick."""
    found = Durations.of([timedelta(hours=1), timedelta(hours=3)]).quantile(0.5)

    assert found == pytest.approx(2.0, rel=0.011)


def test_nothing_has_no_quantile() -> None:
    """A day without resolved tickets took no zero hours."""
    assert Durations().quantile(0.5) is None


def test_what_is_written_is_read_again() -> None:
    """The database keeps pairs of numbers."""
    found = Durations.of(map(timedelta, [1, 1, 2], [0, 0, 5]))

    assert Durations.of_pairs(found.as_pairs()) == Durations(dict(found.bins))
    assert found.n == 3


def test_a_desk_that_is_quick_throughout_is_told_how_quick() -> None:
    """A first bin as wide as everything there is says 0, or the same number every day; that was reported elsewhere."""
    found = Durations.of(timedelta(seconds=each) for each in (18, 19, 20, 21, 22))

    assert found.quantile(0.5) == pytest.approx(20 / 3_600, rel=0.011)
    assert found.quantile(0.95) != found.quantile(0.5)
