"""What is told of a problem."""

from datetime import timedelta

import pytest

from tests.triage.problems.incidents import NOW, make_incident
from triage.problems.measures import N_WEEKS, Measures, growth, measure, workdays


def test_what_people_reported_is_measured_and_alerts_are_counted_apart() -> None:
    """A lead compares problems by these numbers."""
    incidents = [
        make_incident(1, hours_lost=8.0, n_reopens=1, opened_at=NOW - timedelta(days=3)),
        make_incident(2, hours_lost=None, n_reopens=None, opened_at=NOW - timedelta(days=40), group="Desk"),
        make_incident(3, hours_lost=4.0, customer_id="u1", opened_at=NOW - timedelta(days=1)),
        make_incident(4, customer_id=None, hours_lost=0.0, opened_at=NOW - timedelta(days=2)),
        make_incident(5, is_automatic=True, hours_lost=99.0),
    ]

    found = measure(incidents, NOW, ["I00001"])

    assert found is not None
    assert (found.n_tickets, found.n_alerts, found.n_customers, found.n_unnamed) == (4, 1, 2, 1)
    assert (found.hours_lost, found.n_resolved) == (12.0, 3)
    assert found.reopen_ratio == pytest.approx(1 / 3)
    assert found.groups == {"Network": 3, "Desk": 1}
    assert (found.growth.n_last, found.growth.n_before) == (3, 1)
    assert found.last_seen_at == NOW - timedelta(days=1)
    assert sum(found.weeks) == 4
    assert found.weeks[N_WEEKS - 1] == 3
    assert Measures.from_json(found.to_json()) == found


def test_machines_alone_are_not_measured() -> None:
    """Nobody lost a day by them."""
    assert measure([make_incident(is_automatic=True)], NOW) is None


@pytest.mark.parametrize(
    ("days", "n_last", "n_before"), [(0, 1, 0), (29.9, 1, 0), (30, 0, 1), (59.9, 0, 1), (60, 0, 0), (-1, 0, 0)]
)
def test_thirty_days_are_held_against_the_thirty_before(days: float, n_last: int, n_before: int) -> None:
    """Edges: an incident is in one of the two or in none."""
    found = growth([NOW - timedelta(days=days)], NOW)

    assert (found.n_last, found.n_before) == (n_last, n_before)


def test_growth_has_an_interval_that_few_incidents_make_wide() -> None:
    """Two after one is no growth; two hundred after one hundred is."""
    few = growth([NOW - timedelta(days=day) for day in (1, 2, 40)], NOW)
    many = growth([NOW - timedelta(days=day) for day in (1, 2, 40) for _ in range(100)], NOW)

    assert few.ratio == many.ratio == 2.0
    assert few.low is not None
    assert few.high is not None
    assert few.low < 1 < few.high
    assert many.low is not None
    assert many.low > 1.5
    assert growth([NOW], NOW).high is None
    assert growth([], NOW).ratio is None


def test_a_workday_has_eight_hours() -> None:
    """Leads count in days."""
    assert workdays(20.0) == 2.5
