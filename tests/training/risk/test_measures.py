"""Measures of how well risk is told."""

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from training.evaluation.reliability import expected_calibration_error
from training.risk.measures import (
    OutcomeMeasures,
    RiskMeasures,
    area,
    error_by_chance,
    measure_hours,
    measure_outcome,
)


def test_the_area_is_that_of_the_library_ties_included() -> None:
    """Many tickets get the same chance; half of a tie is right."""
    chance = np.random.default_rng(8)
    happened, scores = chance.random(400) < 0.3, chance.integers(0, 12, 400).astype(np.float64)

    found, (low, high) = area(happened, scores)

    assert found == pytest.approx(roc_auc_score(happened, scores))
    assert low < found < high


def test_the_interval_holds_the_truth_nearly_always() -> None:
    """Whoever reads that a lower end is above 0.6 decides by it."""
    chance = np.random.default_rng(9)
    held = 0
    for _ in range(200):
        happened = chance.random(300) < 0.4
        _, (low, high) = area(happened, chance.random(300))
        held += low <= 0.5 <= high

    assert 0.9 <= held / 200 <= 0.99


def test_one_of_a_kind_gives_an_interval_that_says_nothing() -> None:
    """A variance of one number is none."""
    found, (low, high) = area(np.asarray([True, False, False]), np.asarray([0.9, 0.1, 0.2]))

    assert (found, high) == (1.0, 1.0)
    assert low == pytest.approx(0.02, abs=0.01)


def test_an_outcome_is_measured_beside_plain_rates() -> None:
    """An AUC alone says not whether a table of categories would have done."""
    happened = np.asarray([True, False] * 50)
    right = np.where(happened, 0.9, 0.1)

    found = measure_outcome(happened, right, np.full(100, 0.5), n_learned=7)

    assert (found.auc, found.baseline_auc, found.n_happened, found.base_rate) == (1.0, 0.5, 50, 0.5)
    assert found.calibration_error == pytest.approx(0.1)


def test_hours_are_measured_as_the_library_does() -> None:
    """Of hours that are all the same nothing can be explained."""
    hours = np.asarray([1.0, 2.0, 4.0, 50.0])

    found = measure_hours(hours, [(0.5, 1.5, 3.0), (0.5, 1.5, 3.0), (5, 6, 7), (1, 30, 60)], asked=0.8, n_learned=4)

    assert found.covered == 0.75
    assert found.r2_hours == pytest.approx(r2_score(hours, [1.5, 1.5, 6, 30]))
    assert measure_hours(np.ones(3), [(0, 1, 2)] * 3, asked=0.8, n_learned=3).r2_log is None


def test_what_chance_leaves_of_the_calibration_error_is_known() -> None:
    """On six hundred tickets right chances look wrong by four points; a desk would be told that it has changed."""
    chance = np.random.default_rng(10)
    said = chance.random(600)
    drawn = [expected_calibration_error(said, chance.random(600) < said) for _ in range(200)]

    assert error_by_chance(said) == pytest.approx(np.mean(drawn), rel=0.05)


def test_a_dashboard_reads_the_same_figures_of_each_outcome() -> None:
    """What is refused has a reason, and no rate of tickets that were not measured."""
    happened = np.asarray([True, False] * 50)
    told = measure_outcome(happened, np.where(happened, 0.9, 0.1), np.full(100, 0.5), n_learned=7)
    refused = OutcomeMeasures(n_learned=3, n=9, refusal="Too few.")

    found = RiskMeasures(
        split="", baseline="none", outcomes={"sla_missed": told, "reopened": refused}, hours=None
    ).in_brief()

    assert found["sla_missed"] == {
        "n": 100, "base_rate": 0.5, "auc": 1.0, "calibration_error": pytest.approx(0.1), "told": True, "refusal": None,
    }  # fmt: skip
    assert found["reopened"] == {
        "n": 9, "base_rate": None, "auc": None, "calibration_error": None, "told": False, "refusal": "Too few.",
    }  # fmt: skip
