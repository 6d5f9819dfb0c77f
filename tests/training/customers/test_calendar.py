"""How busy days are is read off a history."""

from datetime import date, datetime, timedelta

import pytest

from tests.builders import MONDAY
from training.customers.calendar import FEWEST_WEEKS, learn_calendar
from triage.customers.calendar import DeskCalendar

BEFORE = MONDAY - timedelta(days=1)
"""The whole days of a history begin on the Monday."""


def weeks(n_weeks: int, per_day: tuple[int, ...], *, off: frozenset[date] = frozenset()) -> list[datetime]:
    """So many contacts each Monday, Tuesday and so on; none on days off."""
    days = [MONDAY + timedelta(days=i) for i in range(7 * n_weeks)]
    return [day for day in days if day.date() not in off for _ in range(per_day[day.weekday()])]


def end(n_weeks: int) -> datetime:
    """The Monday after so many weeks."""
    return MONDAY + timedelta(weeks=n_weeks)


def test_weekdays_are_what_they_bring_on_average() -> None:
    """And a Sunday on which nobody has called yet is a quiet one, not one on which nobody can."""
    per_day = (16, 12, 12, 12, 12, 4, 0)
    found = [learn_calendar(weeks(n, per_day), BEFORE, end(n), ()).weekdays for n in (5, 40)]

    assert [sum(one) for one in found] == pytest.approx([7.0, 7.0])
    assert found[1] == pytest.approx([7 * n / sum(per_day) for n in per_day], abs=0.01)
    assert found[0][6] > 4 * found[1][6] > 0


def test_days_of_which_a_part_alone_is_known_do_not_count() -> None:
    """A history that begins on a Sunday at nine and ends on a Monday at nine has neither day in full."""
    few = weeks(8, (10,) * 7)
    usual = learn_calendar(few, BEFORE, end(8), ())

    assert usual.weekdays == pytest.approx([1.0] * 7)
    assert learn_calendar([*few, *[BEFORE] * 500, *[end(8)] * 500], BEFORE, end(8), ()) == usual


def test_closed_days_say_nothing_of_their_weekday() -> None:
    """A quarter with three Mondays off has no quiet Mondays."""
    off = frozenset(MONDAY.date() + timedelta(weeks=week) for week in (2, 5, 7))
    made = weeks(12, (10,) * 5 + (1, 1), off=off)

    told, untold = (learn_calendar(made, BEFORE, end(12), days) for days in (off, ()))

    assert told.closed_days == off
    assert told.closed_day < min(told.weekdays) / 3  # nobody called
    assert told.weekdays[0] == pytest.approx(told.weekdays[1], abs=0.02)
    assert untold.weekdays[0] < 0.85 * untold.weekdays[1]


def test_a_closed_day_that_never_was_is_like_the_quietest_weekday() -> None:
    """Christmas is ahead, and the desk is young."""
    found = learn_calendar(weeks(12, (10,) * 5 + (3, 1)), BEFORE, end(12), [date(2026, 12, 25)])

    assert found.closed_day == pytest.approx(found.weekdays[6])


def test_closed_days_since_the_last_contact_are_known_too() -> None:
    """Asked in the middle of the holidays, the desk has seen that nobody calls."""
    off = frozenset((end(8) + timedelta(days=i)).date() for i in range(5))
    made = weeks(8, (10,) * 5 + (3, 1))

    before, amid = (learn_calendar(made, BEFORE, at, off) for at in (end(8), end(8) + timedelta(days=5)))

    assert amid.closed_day < 0.3 * before.closed_day


def test_of_a_few_weeks_weekdays_are_not_read_and_closed_days_are() -> None:
    """One busy Monday is not all Mondays; a day on which nobody called is one."""
    off = frozenset({MONDAY.date() + timedelta(days=1)})
    made = weeks(FEWEST_WEEKS - 1, (10, 1, 1, 1, 1, 1, 1), off=off)

    found = learn_calendar(made, BEFORE, end(FEWEST_WEEKS - 1), off)

    assert found.weekdays == (1.0,) * 7
    assert found.closed_day < 0.75


def test_a_weekday_that_is_always_closed_does_not_matter() -> None:
    """Some desks name their Sundays."""
    sundays = frozenset((MONDAY + timedelta(days=6, weeks=week)).date() for week in range(12))

    found = learn_calendar(weeks(12, (10,) * 6 + (0,)), BEFORE, end(12), sundays)

    assert found.closed_day < 0.05
    assert found.weekdays == pytest.approx([1.0] * 7, abs=0.01)


@pytest.mark.parametrize("made", [[], [MONDAY] * 3])
def test_of_a_desk_that_nobody_contacted_on_open_days_nothing_is_read(made: list[datetime]) -> None:
    """Nothing can be a share of nothing."""
    off = frozenset({MONDAY.date()})

    assert learn_calendar(made, BEFORE, end(8), off) == DeskCalendar(closed_days=off)


def test_the_days_before_the_last_year_are_over() -> None:
    """A desk that has begun to work on weekends does so."""
    before = weeks(60, (10,) * 5 + (0, 0))
    since = [at + timedelta(weeks=60) for at in weeks(54, (10,) * 7)]
    assert min(learn_calendar(before, BEFORE, end(60), ()).weekdays) < 0.1

    assert min(learn_calendar([*before, *since], BEFORE, end(114), ()).weekdays) == pytest.approx(1.0)
