"""What stands out: the one difference that chance explains least, and silence where it may explain all."""

from datetime import timedelta

import pytest

from triage.measures import DayCounts, Durations
from triage.measures.wording import outstanding, shown_hours

QUIET = DayCounts(opened=1_000, resolved=1_000, n_sla=1_000, in_sla=900)


def test_a_quiet_month_is_called_one() -> None:
    """A sentence about noise every morning is read by nobody the next week."""
    later = DayCounts(opened=1_030, resolved=990, n_sla=990, in_sla=885)

    assert outstanding(later, QUIET, 30) == "Nothing stands out beside the 30 days before."


def test_the_surest_difference_is_told_with_its_numbers() -> None:
    """Both moved; what a lead should look at first is what moved most beyond chance."""
    later = DayCounts(opened=1_500, resolved=1_000, n_sla=1_000, in_sla=600)

    assert outstanding(later, QUIET, 7) == "SLA met: 60.0% of 1,000 tickets, after 90.0% in the 7 days before."


def test_a_busier_month_is_told() -> None:
    """In words of up and down, with both numbers."""
    found = outstanding(DayCounts(opened=1_700), DayCounts(opened=1_000), 30)

    assert found == "Volume is up by 70% on the 30 days before: 1,700 tickets, after 1,000."


def test_times_that_doubled_are_told() -> None:
    """Half of the tickets wait twice as long."""

    def of(hours: int) -> DayCounts:
        return DayCounts(resolved=200, hours=Durations.of([timedelta(hours=hours)] * 200))

    assert (
        outstanding(of(60), of(6), 30) == "The median time to resolve is 2.5 days, after 5.9 h in the 30 days before."
    )


@pytest.mark.parametrize(
    ("now", "before", "begin"),
    [(DayCounts(), QUIET, "No ticket was opened"), (QUIET, DayCounts(), "Nothing is known of the 30 days before")],
)
def test_of_nothing_nothing_is_compared(now: DayCounts, before: DayCounts, begin: str) -> None:
    """A desk that began last week is up by no percentage."""
    assert outstanding(now, before, 30).startswith(begin)


def test_a_handful_of_tickets_is_not_compared_by_share() -> None:
    """Two of five beside five of five is no trend."""
    few = DayCounts(opened=5, resolved=5, n_sla=5, in_sla=0)

    assert outstanding(few, QUIET, 30).startswith("Volume is down")
    assert "SLA" not in outstanding(few, DayCounts(opened=5, resolved=5, n_sla=5, in_sla=5), 30)


@pytest.mark.parametrize(("hours", "said"), [(0.5, "30 min"), (5.04, "5.0 h"), (47.9, "47.9 h"), (72, "3.0 days")])
def test_hours_as_people_say_them(hours: float, said: str) -> None:
    """Nobody knows how long 2,160 hours are."""
    assert shown_hours(hours) == said
