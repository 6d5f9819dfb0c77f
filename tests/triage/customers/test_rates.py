"""One customer's rate beside the desk's."""

from math import sqrt

import pytest
from scipy import stats

from triage.customers.rates import COUNTS, DURATIONS, PRIOR_TICKETS, RATIOS, Spread, held_rate, is_far_above


@pytest.mark.parametrize(
    ("n_reopened", "n_tickets", "usual", "stands_out"),
    [
        (23, 225, 0.07, False),  # 10 of 100 are more than 7, and no other rate
        (225 * 7 // 100, 225, 0.07, False),
        (40, 225, 0.07, True),
        (9, 20, 0.07, True),
        (4, 20, 0.07, False),
        (2, 2, 0.07, False),
        (3, 3, 0.07, False),
        (4, 4, 0.07, True),
        (4, 5, 0.07, True),
        (3, 5, 0.07, False),
        (5, 10, 0.07, True),
        (4, 10, 0.07, False),
        (2, 2, 0.01, True),  # where one of a hundred is, two of two are no chance
        (1, 1, 0.01, False),
        (7_200, 100_000, 0.07, False),
        (20, 20, 0.7, False),  # nothing is half as much again as 70 of 100
        (0, 0, 0.07, False),
        (9, 20, 0.0, False),
        (9, 20, None, False),
    ],
)
def test_a_rate_stands_out_where_the_evidence_carries(
    n_reopened: int, n_tickets: int, usual: float | None, stands_out: bool
) -> None:
    """One row an edge: neither for calling often, nor for two tickets that went wrong."""
    assert is_far_above(n_reopened, n_tickets, usual, RATIOS) is stands_out


@pytest.mark.parametrize("n_tickets", [1, 10, 100, 1_000, 100_000])
@pytest.mark.parametrize("spread", [RATIOS, COUNTS, DURATIONS])
def test_at_the_desk_s_own_rate_no_number_of_tickets_stands_out(n_tickets: int, spread: Spread) -> None:
    """Whoever calls most has most of everything."""
    assert not is_far_above(0.3 * n_tickets, n_tickets, 0.3, spread)


def test_fewer_tickets_need_a_higher_rate() -> None:
    """The same share is a bad week of one customer, and how another is always served."""
    assert [is_far_above(0.2 * n, n, 0.07, RATIOS) for n in (10, 20, 100, 200)] == [False, False, True, True]


@pytest.mark.parametrize(("total", "n", "usual"), [(3.0, 5, 0.07), (9.0, 20, 0.3), (23.0, 225, 0.07)])
def test_the_formula_is_that_of_the_three_distributions(total: float, n: int, usual: float) -> None:
    """One formula for all of them, held against each one's own posterior."""
    before, weight = PRIOR_TICKETS * usual, PRIOR_TICKETS + n
    ratio = stats.beta(before + total, weight - before - total)
    count = stats.betaprime(before + total, weight + 1)  # (1 - p) / p of a geometric distribution's p
    duration = stats.invgamma(weight + 1, scale=before + total)

    for spread, exact in ((RATIOS, ratio), (COUNTS, count), (DURATIONS, duration)):
        mean, deviation = held_rate(total, n, usual, spread)
        assert (mean, deviation) == (pytest.approx(exact.mean()), pytest.approx(sqrt(exact.var())))


@pytest.mark.parametrize(
    ("hours", "n", "stands_out"), [(40.0, 1, False), (40.0, 3, False), (40.0, 5, True), (8.0, 99, False)]
)
def test_some_long_incidents_say_nothing_and_a_season_of_them_does(hours: float, n: int, stands_out: bool) -> None:
    """At a desk where one costs six hours."""
    assert is_far_above(hours * n, n, 6.0, DURATIONS) is stands_out


@pytest.mark.parametrize(
    ("mean", "n", "stands_out"), [(2.0, 4, False), (2.0, 20, True), (5.0, 4, False), (5.0, 6, True), (0.8, 99, False)]
)
def test_a_ticket_that_went_astray_says_less_than_many(mean: float, n: int, stands_out: bool) -> None:
    """At a desk where six of ten tickets are handed on once."""
    assert is_far_above(mean * n, n, 0.6, COUNTS) is stands_out
