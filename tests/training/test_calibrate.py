"""Temperature and threshold."""

import numpy as np
import pytest

from training.calibrate import LEAST_ANSWERS, fit_temperature, threshold_for
from triage.model import softmax


def test_the_temperature_that_made_the_labels_is_found() -> None:
    """Labels drawn from the softmax of scores at a known temperature."""
    chance = np.random.default_rng(0)
    scores = chance.normal(size=(20_000, 4))
    drawn = softmax(2.5 * scores).cumsum(axis=1) > chance.random((20_000, 1))

    assert fit_temperature(scores, drawn.argmax(axis=1)) == pytest.approx(2.5, rel=0.03)


def test_an_answer_without_a_chance_does_not_break_the_fit() -> None:
    """A label that a fold has not seen scores minus infinity there."""
    scores = np.array([[1.0, 0.0, -np.inf], [0.0, 1.0, -np.inf]] * 10)

    assert np.isfinite(fit_temperature(scores, np.array([0, 1] * 10)))


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    """Lower would break the promise, higher would leave work to people for nothing."""
    confidences = np.linspace(1, 0, 200)
    right = np.arange(200) < 100

    threshold = threshold_for(confidences, right, 0.8)

    covered = confidences >= threshold
    assert covered.sum() == 125
    assert right[covered].mean() == 0.8


def test_no_threshold_is_promised_on_too_little_evidence() -> None:
    """59 right answers of 59 do not show 95 %."""
    few = LEAST_ANSWERS - 1

    assert threshold_for(np.full(few, 0.9), np.ones(few, dtype=bool), 0.95) == 1.0
    assert threshold_for(np.full(few + 1, 0.9), np.ones(few + 1, dtype=bool), 0.95) == 0.9


def test_equal_confidences_stand_or_fall_together() -> None:
    """A threshold cannot take the right half of tickets that look the same."""
    confidences = np.concatenate([np.full(100, 0.9), np.full(100, 0.6)])
    right = np.concatenate([np.ones(150, dtype=bool), np.zeros(50, dtype=bool)])

    assert threshold_for(confidences, right, 0.95) == 0.9


def test_answers_that_are_never_right_get_no_threshold() -> None:
    """1.0 is reached by nothing that is calibrated."""
    assert threshold_for(np.linspace(0, 0.99, 100), np.zeros(100, dtype=bool), 0.95) == 1.0
    assert threshold_for(np.zeros(0), np.zeros(0, dtype=bool), 0.95) == 1.0
