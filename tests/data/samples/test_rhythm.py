"""When tickets come in: the week, growth, and what a release does to a service."""

from collections import Counter
from datetime import date

import pytest

from data.samples.desk import Desk
from data.samples.rhythm import months_before


@pytest.mark.parametrize(
    ("day", "n_months", "expected"),
    [
        (date(2026, 7, 1), 18, date(2025, 1, 1)),
        (date(2026, 1, 1), 1, date(2025, 12, 1)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 5), 12, date(2025, 12, 5)),
    ],
)
def test_months_are_counted_back_by_the_calendar(day: date, n_months: int, expected: date) -> None:
    """A history that starts in the middle of a month makes that month look quiet."""
    assert months_before(day, n_months) == expected


def test_mondays_are_busiest_and_weekends_quiet(desk: Desk) -> None:
    """Forecasts and staffing stand on the week."""
    days = Counter(t.filed.opened_at.weekday() for t in desk.tickets if t.filed.opened_at)

    assert days.most_common(1)[0][0] == 0
    assert days[5] + days[6] < 0.07 * len(desk.tickets)
    assert days[0] > 1.2 * days[2]


def test_people_call_in_working_hours(desk: Desk) -> None:
    """A ticket at three in the morning should be worth a second look."""
    hours = [t.filed.opened_at.hour for t in desk.tickets if t.filed.opened_at and t.filed.channel != "monitoring"]

    assert sum(6 <= hour < 18 for hour in hours) / len(hours) > 0.9


def test_the_volume_grows(desk: Desk) -> None:
    """A split forward in time meets a desk that is larger than the one it learned from."""
    months = Counter(f"{t.filed.opened_at:%Y-%m}" for t in desk.tickets if t.filed.opened_at)

    first, last = (sum(months[f"{year}-0{month}"] for month in range(1, 7)) for year in (2025, 2026))
    assert len(months) == 18
    assert 1.15 < last / first < 1.6


def test_a_release_is_followed_by_a_burst_of_incidents_in_one_service(desk: Desk) -> None:
    """Finding what a change broke is one of the questions that history answers."""
    by_change: dict[str, list[tuple[date, str | None, str | None]]] = {}
    for ticket in desk.tickets:
        if ticket.change_id is not None and ticket.filed.opened_at is not None:
            told = (ticket.filed.opened_at.date(), ticket.category, ticket.ticket_type)
            by_change.setdefault(ticket.change_id, []).append(told)

    assert len(by_change) >= 15
    for told in by_change.values():
        first = min(day for day, _, _ in told)
        (service,) = {service for _, service, _ in told}
        burst = [kind for day, _, kind in told if (day - first).days <= 6]
        usual = sum(t.category == service for t in desk.tickets) / (18 * 30) * 7
        assert len(burst) > 1.5 * usual
        assert burst.count("incident") >= 0.8 * len(burst)


def test_problems_recur_for_weeks(desk: Desk) -> None:
    """Recurring incidents that share a cause are what problem management looks for."""
    days: dict[str, list[date]] = {}
    for ticket in desk.tickets:
        if ticket.problem_id is not None and ticket.filed.opened_at is not None:
            days.setdefault(ticket.problem_id, []).append(ticket.filed.opened_at.date())

    lasting = [found for found in days.values() if len(found) >= 4 and (max(found) - min(found)).days >= 14]
    assert len(lasting) >= 10
