"""Learning how busy a desk's days are."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from triage.customers.calendar import WEEK, DeskCalendar
from triage.customers.profile import YEAR

__all__ = ["FEWEST_WEEKS", "learn_calendar"]

FEWEST_WEEKS = 4
"""Of fewer a single busy Monday would be taken for all of them: weekdays then count alike."""

_CLOSED = WEEK
"""The kind of day that closed ones are, beside the weekdays."""


def learn_calendar(
    moments: Iterable[datetime], first: datetime, as_of: datetime, closed_days: Iterable[date]
) -> DeskCalendar:
    """What days bring: weekdays and closed days.

    Each is the mean of such days, as if one more contact had been made at the rate that is believed beforehand: of a
    weekday the desk's own, of a closed day that of the quietest weekday (a Gamma prior of shape one).

    Args:
        moments: when people contacted the desk, UTC; machines know no holidays.
        first: when the history begins.
        as_of: when it ends; the last year of it is looked at, in whole days.
        closed_days: days on which people are off; they say nothing of their weekday.
    """
    closed = frozenset(closed_days)
    begin, end = max(first, as_of - YEAR).date() + timedelta(days=1), as_of.date()
    kinds = {
        day: _CLOSED if day in closed else day.weekday()
        for day in (begin + timedelta(days=i) for i in range((end - begin).days))
    }
    n_days = Counter(kinds.values())
    n_contacts = Counter(kinds[day] for day in (moment.date() for moment in moments) if day in kinds)
    n_open_days, n_open_contacts = len(kinds) - n_days[_CLOSED], n_contacts.total() - n_contacts[_CLOSED]
    if not n_open_contacts:
        return DeskCalendar(closed_days=closed)
    usual = n_open_contacts / n_open_days
    means = [usual] * WEEK
    if len(kinds) >= FEWEST_WEEKS * WEEK:
        means = [(n_contacts[weekday] + 1) / (n_days[weekday] + 1 / usual) for weekday in range(WEEK)]
    closed_mean = (n_contacts[_CLOSED] + 1) / (n_days[_CLOSED] + 1 / min(means))
    average = sum(means) / WEEK
    return DeskCalendar(tuple(mean / average for mean in means), closed_mean / average, closed)
