"""Temperature and threshold."""

import numpy as np
import pytest
from scipy.stats import binomtest

from training.calibrate import fit_temperature, threshold_for
from triage.model import softmax
from triage.policy import NEVER, is_confident


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


def test_the_threshold_is_the_lowest_that_proves_the_precision() -> None:
    """Lower would break the promise, higher would leave work to people for nothing."""
    confidences = np.linspace(1, 0, 2000)
    right = np.arange(2000) < 1000

    covered = confidences >= threshold_for(confidences, right, 0.8)

    proved = [n for n in range(1, 2001) if binomtest(min(n, 1000), n).proportion_ci(0.9, "exact").low >= 0.8]
    assert covered.sum() == max(proved)
    assert right[covered].mean() > 0.8


@pytest.mark.parametrize(("n", "threshold"), [(58, NEVER), (59, 0.9)])
def test_no_threshold_is_promised_on_too_little_evidence(n: int, threshold: float) -> None:
    """58 right answers of 58 do not show 95 % with 95 % certainty (0.95^58 = 0.051), 59 do."""
    assert threshold_for(np.full(n, 0.9), np.ones(n, dtype=bool), 0.95) == threshold


def test_a_promise_is_seldom_broken() -> None:
    """Drawn again and again, the true precision behind a threshold must nearly always be what was asked for."""
    chance = np.random.default_rng(0)
    broken = 0
    for _ in range(200):
        confidences = chance.uniform(0.5, 1, 1500)
        truth = np.minimum(1, confidences + 0.02)  # what an answer of this confidence is really worth
        threshold = threshold_for(confidences, chance.random(1500) < truth, 0.9)
        broken += (min(1, (max(threshold, 0.5) + 1) / 2 + 0.02)) < 0.9

    assert broken / 200 < 0.15


def test_answers_that_round_to_certainty_get_a_threshold_that_they_reach() -> None:
    """A group that is easy to tell must not be withheld for being too easy."""
    threshold = threshold_for(np.ones(100), np.ones(100, dtype=bool), 0.95)

    assert is_confident(1.0, threshold)


def test_equal_confidences_stand_or_fall_together() -> None:
    """A threshold cannot take the right half of tickets that look the same."""
    confidences = np.concatenate([np.full(100, 0.9), np.full(100, 0.6)])
    right = np.concatenate([np.ones(150, dtype=bool), np.zeros(50, dtype=bool)])

    assert threshold_for(confidences, right, 0.95) == 0.9


def test_answers_that_are_never_right_get_no_threshold() -> None:
    """And an empty history does not get one either."""
    assert threshold_for(np.linspace(0, 0.99, 100), np.zeros(100, dtype=bool), 0.95) == NEVER
    assert threshold_for(np.zeros(0), np.zeros(0, dtype=bool), 0.95) == NEVER
