"""Learning how busy a desk's days are."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from training.customers.history import CustomerHistory
from triage.customers.calendar import WEEK, DeskCalendar
from triage.customers.profile import YEAR

__all__ = ["FEWEST_WEEKS", "learn_calendar"]

FEWEST_WEEKS = 4
"""Of fewer a single busy Monday would be taken for all of them: days then count alike."""

_CLOSED = WEEK
"""The kind of day that closed ones are, beside the weekdays."""


def learn_calendar(history: CustomerHistory, closed_days: Iterable[date]) -> DeskCalendar:
    """What days bring: weekdays and closed days.

    Each is the mean of such days, as if one more contact had been made at the rate that is believed beforehand: of a
    weekday the desk's own, of a closed day that of the quietest weekday (a Gamma prior of shape one).

    Args:
        history: the last year of it is looked at, in whole days (UTC).
        closed_days: days on which people are off; they say nothing of their weekday.
    """
    closed = frozenset(closed_days)
    begin, end = max(history.first, history.last - YEAR).date() + timedelta(days=1), history.last.date()
    kinds = {
        day: _CLOSED if day in closed else day.weekday()
        for day in (begin + timedelta(days=i) for i in range((end - begin).days))
    }
    n_days = Counter(kinds.values())
    made = (moment.date() for moments in history.moments.values() for moment in moments)
    n_contacts = Counter(kinds[day] for day in made if day in kinds)
    weeks = range(WEEK)
    if min(n_days[weekday] for weekday in weeks) < FEWEST_WEEKS or not any(n_contacts[weekday] for weekday in weeks):
        return DeskCalendar(closed_days=closed)
    usual = sum(n_contacts[weekday] for weekday in weeks) / sum(n_days[weekday] for weekday in weeks)
    means = [(n_contacts[weekday] + 1) / (n_days[weekday] + 1 / usual) for weekday in weeks]
    closed_mean = (n_contacts[_CLOSED] + 1) / (n_days[_CLOSED] + 1 / min(means))
    average = sum(means) / WEEK
    return DeskCalendar(tuple(mean / average for mean in means), closed_mean / average, closed)
