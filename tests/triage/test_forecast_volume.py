"""What to expect: better than last week, honest about how wrong it was, and silent where it knows too little."""

from datetime import date, timedelta

import numpy as np
import pytest

from triage.forecast_volume import DAYS_AHEAD, FEWEST_DAYS, forecast_volume

TODAY = date(2026, 3, 2)  # a Monday
SHAPE = (1.5, 1.2, 1.2, 1.1, 1.0, 0.6, 0.4)


def desk(
    n_days: int, level: float = 40, growth_a_week: float = 0.0, seed: int = 1, year: float = 0.0
) -> dict[date, int]:
    """A desk with a week, and maybe a trend and a year, before today."""
    chance = np.random.default_rng(seed)
    days = [TODAY - timedelta(days=back) for back in range(n_days, 0, -1)]
    return {day: int(chance.poisson(truth(day, level, growth_a_week, year))) for day in days}


def truth(day: date, level: float = 40, growth_a_week: float = 0.0, year: float = 0.0) -> float:
    """What the desk has on such a day, but for chance."""
    weeks = (day - TODAY).days / 7
    of_year = 1 + year * np.sin(2 * np.pi * (day - TODAY).days / 364)
    return float(level * SHAPE[day.weekday()] * np.exp(growth_a_week * weeks) * of_year)


def test_a_steady_desk_is_expected_to_go_on_by_weekday() -> None:
    """Staff is planned by weekday."""
    found = forecast_volume(desk(300), TODAY)

    assert [each.day for each in found.days] == [TODAY + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    for each in found.days:
        assert each.low <= each.expected <= each.high
        assert each.expected == pytest.approx(truth(each.day), rel=0.2)
    assert found.weekdays == pytest.approx(SHAPE, rel=0.15)
    assert found.level == pytest.approx(40, rel=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_it_beats_the_same_weekday_last_week(seed: int) -> None:
    """A forecast that is worse than copying last week is none."""
    found = forecast_volume(desk(300, seed=seed), TODAY)

    assert found.relative_error is not None
    assert found.relative_error < 0.9


def test_nine_of_ten_days_to_come_lie_within_the_interval() -> None:
    """An interval that is too narrow leaves a desk short of people once a week."""
    inside = []
    for seed in range(12):
        found = forecast_volume(desk(250, seed=seed), TODAY)
        chance = np.random.default_rng(100 + seed)
        inside += [each.low <= chance.poisson(truth(each.day)) <= each.high for each in found.days]
        assert found.coverage == pytest.approx(0.9, abs=0.06)

    assert 0.85 <= np.mean(inside) <= 0.97


def test_a_desk_that_grows_is_expected_to_grow_on_a_little() -> None:
    """Neither flat, which is always too low, nor for ever."""
    found = forecast_volume(desk(300, growth_a_week=0.02), TODAY)

    assert found.trend_a_week == pytest.approx(0.02, abs=0.008)
    later = [each.expected / truth(each.day, growth_a_week=0.02) for each in found.days]
    assert 0.85 < np.mean(later) < 1.1


def test_one_outage_does_not_raise_the_next_weeks() -> None:
    """Four hundred tickets on a single Tuesday do not come again."""
    quiet = desk(200)
    calm = forecast_volume(quiet, TODAY)

    outage = forecast_volume(quiet | {TODAY - timedelta(days=6): 400}, TODAY)

    assert sum(each.expected for each in outage.days) < 1.1 * sum(each.expected for each in calm.days)


def test_two_years_tell_the_time_of_the_year() -> None:
    """A desk that is busy every spring is not surprised by the third one."""
    history = desk(3 * 364, year=0.4)

    found = forecast_volume(history, TODAY)

    assert found.has_year
    assert not forecast_volume({day: n for day, n in history.items() if (TODAY - day).days < 700}, TODAY).has_year
    assert np.mean([each.expected / truth(each.day, year=0.4) for each in found.days]) == pytest.approx(1, abs=0.2)


def test_a_short_history_is_called_one() -> None:
    """A forecast of three weeks' experience would look like all others."""
    found = forecast_volume(desk(FEWEST_DAYS - 1), TODAY)

    assert (found.days, found.n_days) == ((), FEWEST_DAYS - 1)
    assert len(forecast_volume(desk(FEWEST_DAYS), TODAY).days) == DAYS_AHEAD
    assert forecast_volume({}, TODAY).n_days == 0


def test_today_is_not_over_and_says_nothing() -> None:
    """Five tickets at nine in the morning are no quiet day."""
    history = desk(200)

    assert forecast_volume(history | {TODAY: 1}, TODAY) == forecast_volume(history, TODAY)


def test_a_desk_that_is_shut_at_weekends_expects_nothing_then() -> None:
    """No share of a zero may make a number that is none."""
    history = {day: n for day, n in desk(200).items() if day.weekday() < 5}

    found = forecast_volume(history, TODAY)

    weekend = [each for each in found.days if each.day.weekday() >= 5]
    assert all(each.expected < 1 for each in weekend)
    assert all(np.isfinite([each.low, each.expected, each.high]).all() for each in found.days)


@pytest.mark.parametrize("history", [{TODAY - timedelta(days=90): 1}, {TODAY - timedelta(days=3_000): 5}])
def test_a_desk_that_has_gone_quiet_expects_hardly_anything(history: dict[date, int]) -> None:
    """One ticket a year ago divides by no zero."""
    found = forecast_volume(history, TODAY)

    assert all(0 <= each.low <= each.expected < 0.5 for each in found.days)
