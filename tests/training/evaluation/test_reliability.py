"""Calibration, against scikit-learn's and against cases done by hand."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from training.evaluation.reliability import (
    brier_score,
    equal_mass_error,
    expected_calibration_error,
    log_loss,
    reliability,
)
from triage.ensemble import softmax


def test_calibration_error_by_hand() -> None:
    """Ten answers at 0.95 of which eight are right: 0.15 too sure."""
    right = np.array([True] * 8 + [False] * 2)

    assert expected_calibration_error(np.full(10, 0.95), right) == pytest.approx(0.15)
    assert expected_calibration_error(np.full(10, 1.0), np.ones(10, dtype=bool)) == 0.0
    assert equal_mass_error(reliability(np.full(10, 0.95), right)) == pytest.approx(0.15)


def test_bins_hold_about_equally_many_answers() -> None:
    """A bin of three answers says nothing, however nice it looks."""
    confidences = np.random.default_rng(0).beta(8, 1, size=1_500)

    bins = reliability(confidences, confidences > 0.5)

    assert [b.n for b in bins] == [100] * 15
    assert [b.confidence for b in bins] == sorted(b.confidence for b in bins)


def test_equal_confidences_share_a_bin() -> None:
    """Parted, the order of the file would decide which answers are where."""
    confidences = np.array([0.5] * 400 + [0.9] * 100)
    right = np.array([False] * 200 + [True] * 300)

    bins = reliability(confidences, right)

    assert [(b.confidence, b.accuracy, b.n) for b in bins] == [
        (pytest.approx(0.5), 0.5, 400),
        (pytest.approx(0.9), 1.0, 100),
    ]
    assert bins == reliability(confidences[::-1], right[::-1])


def test_few_answers_make_few_bins() -> None:
    """Twenty-five are the fewest."""
    assert len(reliability(np.linspace(0.4, 1, 60), np.ones(60, dtype=bool))) == 2
    assert len(reliability(np.array([0.7]), np.array([True]))) == 1


def test_scores_are_the_field_s_own() -> None:
    """People compare them with other tools' figures."""
    chance = np.random.default_rng(0)
    confidences, columns = softmax(chance.normal(size=(200, 3))), chance.integers(3, size=200)

    both = confidences[:, :2] / confidences[:, :2].sum(axis=1, keepdims=True)
    assert log_loss(confidences, columns) == pytest.approx(sklearn_log_loss(columns, confidences, labels=[0, 1, 2]))
    assert brier_score(both, columns % 2) == pytest.approx(2 * brier_score_loss(columns % 2, both[:, 1]))


def test_a_label_that_is_no_answer_costs_what_the_answer_claimed() -> None:
    """Its logarithm would be infinite; a table with an infinity helps nobody."""
    confidences, columns = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([-1, 0])

    assert brier_score(np.array([[0.2, 0.8]]), np.array([-1])) == pytest.approx(0.2**2 + 0.8**2 + 1)
    assert log_loss(confidences, columns) == 0.0
    assert log_loss(confidences, np.array([-1, -1])) is None
