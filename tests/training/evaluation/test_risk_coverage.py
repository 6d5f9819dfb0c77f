"""Risk and coverage, by hand."""

import numpy as np
import pytest

from training.evaluation.risk_coverage import coverage_at, risk_coverage


def test_the_surest_answers_come_first() -> None:
    """Four answers, the third surest wrong."""
    confidences, right = np.array([0.6, 0.9, 0.8, 0.7]), np.array([True, True, True, False])

    curve, aurc = risk_coverage(confidences, right)

    assert curve.coverage == (0.25, 0.5, 0.75, 1.0)
    assert curve.error == pytest.approx((0, 0, 1 / 3, 1 / 4))
    assert aurc == pytest.approx((1 / 3 + 1 / 4) / 4)


def test_equal_confidences_are_not_ordered_by_luck() -> None:
    """The order of a file must not move a figure."""
    right = np.array([True] * 30 + [False] * 10)

    assert risk_coverage(np.full(40, 0.8), right) == risk_coverage(np.full(40, 0.8), right[::-1])
    assert risk_coverage(np.full(40, 0.8), right)[1] == pytest.approx(0.25)


def test_a_long_curve_is_thinned_out() -> None:
    """A page need not hold seven thousand points, and the area is that of all of them."""
    chance = np.random.default_rng(0)
    confidences = chance.random(5_000)
    right = chance.random(5_000) < confidences

    curve, aurc = risk_coverage(confidences, right)

    errors = 1 - np.cumsum(right[np.argsort(-confidences)]) / np.arange(1, 5_001)
    assert len(curve.coverage) == len(curve.error) == 200
    assert curve.coverage[-1] == 1.0
    assert aurc == pytest.approx(errors.mean())


def test_coverage_at_a_precision_by_hand() -> None:
    """Twenty answers of which the surest ten are right, and then every other one."""
    right = np.array([True] * 10 + [True, False] * 5)

    found = coverage_at(np.linspace(0.99, 0.5, 20), right, np.ones(20, dtype=bool), (0.90, 0.99))

    assert found["0.90"].coverage == 13 / 20  # 12 of 13 are right, then 13 of 15
    assert found["0.99"].coverage == 11 / 20
    assert found["0.90"].interval[0] < 13 / 20 < found["0.90"].interval[1]


def test_equal_confidences_are_answered_together_or_not_at_all() -> None:
    """No threshold can part them."""
    right = np.array([True] * 19 + [False] * 2)

    found = coverage_at(np.full(21, 0.9), right, np.ones(21, dtype=bool), (0.90, 0.95))

    assert (found["0.90"].coverage, found["0.95"].coverage) == (1.0, 0.0)


def test_answers_that_rest_on_nothing_are_never_answered() -> None:
    """The policy abstains from them, however sure they are."""
    evidence = np.array([False] * 5 + [True] * 15)

    found = coverage_at(np.linspace(0.99, 0.5, 20), np.ones(20, dtype=bool), evidence, (0.90,))

    assert found["0.90"].coverage == 15 / 20
    assert found["0.90"].interval[1] < 1.0


def test_no_evidence_at_all_is_no_coverage() -> None:
    """Empty mails, every one."""
    found = coverage_at(np.full(3, 0.9), np.ones(3, dtype=bool), np.zeros(3, dtype=bool), (0.90,))

    assert (found["0.90"].coverage, found["0.90"].interval) == (0.0, (0.0, 0.0))


def test_many_tickets_are_answered_for_in_seconds_and_near_enough() -> None:
    """The bootstrap tries two thousand thresholds at the most; that moves a share by less than its interval."""
    chance = np.random.default_rng(0)
    confidences = chance.random(20_000)
    right = chance.random(20_000) < confidences

    found = coverage_at(confidences, right, np.ones(20_000, dtype=bool), (0.90,))["0.90"]

    low, high = found.interval
    assert low < found.coverage < high
    assert high - low < 0.05
