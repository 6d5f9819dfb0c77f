"""Probabilities of counts, held against sums by hand and against what a simulated desk does."""

from datetime import timedelta
from math import exp, inf, isclose
from random import Random

import pytest

from triage.surges.chance import MONTH, evidence, false_alarms, tail


@pytest.mark.parametrize(
    ("n", "expected", "dispersion", "probability"),
    [
        (0, 3.0, 0.0, 1.0),
        (1, 2.0, 0.0, 1 - exp(-2.0)),
        (2, 1.0, 0.0, 1 - 2 * exp(-1.0)),
        (5, 0.1, 0.0, 7.6677994e-8),
        (1, 2.0, 1.0, 2 / 3),  # geometric: P(0) = 1 / (1 + mean)
        (3, 2.0, 1.0, (2 / 3) ** 3),
        (200, 100.0, 0.0, 9.34315e-19),
        (20, 5.0, 0.3, 2.398041e-3),
        (3, 0.0, 0.0, 0.0),
    ],
)
def test_a_tail_is_what_the_distribution_says(n: int, expected: float, dispersion: float, probability: float) -> None:
    """Every alarm hangs on it; the values are by hand, or of an independent program."""
    assert isclose(tail(n, expected, dispersion), probability, rel_tol=1e-4, abs_tol=1e-22)


def test_more_variation_makes_a_high_count_likelier_and_a_higher_count_is_never_likelier() -> None:
    """A desk whose days differ must see more before it is alarmed."""
    by_dispersion = [tail(20, 5.0, dispersion) for dispersion in (0.0, 0.05, 0.5, 2.0)]
    by_count = [tail(n, 5.0, 0.3) for n in range(60)]

    assert by_dispersion == sorted(by_dispersion)
    assert by_count == sorted(by_count, reverse=True)


@pytest.mark.parametrize(("rate_an_hour", "n"), [(0.5, 4), (2.0, 8), (6.0, 14)])
def test_a_moving_window_reaches_a_count_no_more_often_than_is_said(rate_an_hour: float, n: int) -> None:
    """The promise to the lead: so many false alarms a month, and not more because the window slides."""
    rng, hours, window = Random(11), 200_000.0, 1.0  # noqa: S311  (chance, not secrecy)
    moments: list[float] = []
    reached, is_above, at = 0, False, 0.0
    while at < hours:
        at += rng.expovariate(rate_an_hour)
        moments = [moment for moment in moments if moment > at - window] + [at]
        reached += len(moments) >= n and not is_above
        is_above = len(moments) >= n

    promised = false_alarms(n, rate_an_hour, 0.0, timedelta(hours=1)) * hours / (MONTH / timedelta(hours=1))
    assert 0.1 * promised < reached <= promised


def test_the_evidence_grows_with_what_was_not_expected() -> None:
    """A surge begins where it is greatest."""
    assert evidence(3, 4.0) == 0.0
    assert evidence(5, 1.0) < evidence(10, 1.0) < evidence(10, 0.1)
    assert evidence(1, 0.0) == inf
