"""How busy days are."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from triage.customers.calendar import LEAST_VOLUME, DeskCalendar

FRIDAY = datetime(2026, 6, 5, tzinfo=UTC)

OFFICE = DeskCalendar((1.4, 1.4, 1.4, 1.4, 1.2, 0.2, 0.0))


@pytest.mark.parametrize("n_days", [1, 14, 30])
def test_where_nothing_is_known_days_are_alike(n_days: int) -> None:
    """A forecast of a desk without a calendar is what it was."""
    assert DeskCalendar().volume(FRIDAY + timedelta(hours=7), n_days) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("hours", "n_days", "volume"),
    [(0, 1, 1.2), (12, 1, 0.7), (0, 3, 1.4 / 3), (12, 2, (0.6 + 0.2) / 2), (0, 7, 1.0), (9, 7, 1.0), (24, 7, 1.0)],
)
def test_weekdays_count_as_much_as_the_days_ahead_hold_of_them(hours: float, n_days: int, volume: float) -> None:
    """From noon on half a Friday is left."""
    assert OFFICE.volume(FRIDAY + timedelta(hours=hours), n_days) == pytest.approx(volume)


def test_a_closed_day_is_one_whatever_its_weekday() -> None:
    """A Monday as much as a Saturday."""
    closed = DeskCalendar(OFFICE.weekdays, 0.1, frozenset({date(2026, 6, 8), date(2026, 6, 13)}))

    assert 14 * OFFICE.volume(FRIDAY, 14) - 14 * closed.volume(FRIDAY, 14) == pytest.approx(1.3 + 0.1)
    assert closed.volume(FRIDAY, 3) == OFFICE.volume(FRIDAY, 3)  # over before the first


def test_days_are_of_utc() -> None:
    """Whoever asks from elsewhere is answered the same."""
    late = FRIDAY + timedelta(hours=22)  # Saturday already at ten hours east

    assert OFFICE.volume(late.astimezone(timezone(timedelta(hours=10))), 1) == OFFICE.volume(late, 1)


def test_nothing_at_all_is_still_a_little() -> None:
    """It has no logarithm."""
    assert OFFICE.volume(FRIDAY + timedelta(days=2), 1) == LEAST_VOLUME
