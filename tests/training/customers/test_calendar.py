"""How busy weekdays are is read off a history."""

from datetime import date, timedelta

import pytest

from tests.builders import MONDAY, make_calls, make_ticket, make_worked
from training.customers.calendar import learn_calendar
from training.customers.history import CustomerHistory, customer_history
from triage.customers.calendar import DeskCalendar


def weeks(n_weeks: int, per_day: tuple[int, ...], *, off: frozenset[date] = frozenset()) -> CustomerHistory:
    """So many contacts each Monday, Tuesday and so on; none on days off."""
    days = [MONDAY + timedelta(days=i) for i in range(7 * n_weeks)]
    tickets = [
        make_worked(filed=make_ticket(customer_id=f"u{i}", opened_at=day + timedelta(hours=9)))
        for day in days
        if day.date() not in off
        for i in range(per_day[day.weekday()])
    ]
    return customer_history(tickets, days[-1] + timedelta(days=1))


def test_weekdays_are_what_they_bring_on_average() -> None:
    """And a Sunday on which nobody has called yet is a quiet one, not one on which nobody can."""
    per_day = (16, 12, 12, 12, 12, 4, 0)
    found = [learn_calendar(weeks(n, per_day), ()).weekdays for n in (5, 40)]

    assert [sum(one) for one in found] == pytest.approx([7.0, 7.0])
    assert found[1] == pytest.approx([7 * n / sum(per_day) for n in per_day], abs=0.01)
    assert found[0][6] > 4 * found[1][6] > 0


def test_closed_days_say_nothing_of_their_weekday() -> None:
    """A quarter with three Mondays off has no quiet Mondays."""
    off = frozenset(MONDAY.date() + timedelta(days=7 * week) for week in (2, 5, 7))
    history = weeks(12, (10,) * 5 + (1, 1), off=off)

    told, untold = (learn_calendar(history, days) for days in (off, ()))

    assert told.closed_days == off
    assert told.closed_day < min(told.weekdays) / 3  # nobody called
    assert told.weekdays[0] == pytest.approx(told.weekdays[1], abs=0.02)
    assert untold.weekdays[0] < 0.85 * untold.weekdays[1]


def test_a_closed_day_that_never_was_is_like_the_quietest_weekday() -> None:
    """Christmas is ahead, and the desk is young."""
    christmas = [date(2026, 12, 25)]

    found = learn_calendar(weeks(12, (10,) * 5 + (3, 1)), christmas)

    assert found.closed_day == pytest.approx(found.weekdays[6])


def test_of_a_few_weeks_nothing_is_read() -> None:
    """One busy Monday is not all Mondays."""
    off = frozenset({MONDAY.date()})

    assert learn_calendar(weeks(3, (10, 1, 1, 1, 1, 1, 1)), off) == DeskCalendar(closed_days=off)


def test_the_days_before_the_last_year_are_over() -> None:
    """A desk that has begun to work on weekends does so."""
    before, since = weeks(60, (10,) * 5 + (0, 0)), make_calls(n_days=420)
    assert min(learn_calendar(before, ()).weekdays) < 0.1

    both = CustomerHistory(
        {**before.contacts, **since.contacts},
        {
            **{who: [at - timedelta(days=420) for at in made] for who, made in before.moments.items()},
            **since.moments,
        },
        before.n_customers + since.n_customers,
        MONDAY - timedelta(days=420),
        since.last,
    )
    assert min(learn_calendar(both, ()).weekdays) > 0.7
