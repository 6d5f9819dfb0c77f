"""Temperature and the share of noise."""

import numpy as np
import pytest

from training.evaluation.reliability import expected_calibration_error
from training.learning.calibration import fit_calibration
from triage.ensemble import softmax, with_noise


def test_the_temperature_that_made_the_labels_is_found() -> None:
    """Labels drawn from the softmax of scores at a known temperature."""
    chance = np.random.default_rng(0)
    scores = chance.normal(size=(20_000, 4))
    drawn = softmax(2.5 * scores).cumsum(axis=1) > chance.random((20_000, 1))

    temperature, noise = fit_calibration(scores, drawn.argmax(axis=1))

    assert temperature == pytest.approx(2.5, rel=0.03)
    assert noise == 0  # nobody mislabelled, so nothing is taken for chance


def test_the_share_of_chance_labels_is_found() -> None:
    """One ticket in twenty is mislabelled, whatever it says: a temperature alone is wrong at both ends."""
    chance = np.random.default_rng(0)
    scores = chance.normal(size=(20_000, 6))
    labels = (with_noise(softmax(4 * scores), 0.06).cumsum(axis=1) > chance.random((20_000, 1))).argmax(axis=1)

    calibration = fit_calibration(scores, labels)

    assert calibration.noise == pytest.approx(0.06, abs=0.015)
    assert calibration.temperature == pytest.approx(4, rel=0.05)
    sure = calibration.confidences(scores)
    assert sure.sum(axis=1) == pytest.approx(np.ones(20_000))
    assert expected_calibration_error(sure.max(axis=1), sure.argmax(axis=1) == labels) < 0.015


@pytest.mark.parametrize("seed", range(5))
def test_a_few_answers_show_no_noise(seed: int) -> None:
    """Two wrong answers of forty may be chance: noise has to be likelier by more than a further number costs."""
    chance = np.random.default_rng(seed)
    scores = chance.normal(size=(40, 4))
    labels = (softmax(4 * scores).cumsum(axis=1) > chance.random((40, 1))).argmax(axis=1)

    assert fit_calibration(scores, labels).noise == 0


def test_first_answers_are_as_sure_as_they_are_right() -> None:
    """Where people mislabel now and then, too; how the rest is spread over fifty groups matters to nobody."""
    chance = np.random.default_rng(0)
    scores = chance.normal(size=(20_000, 50))
    labels = (softmax(4 * scores).cumsum(axis=1) > chance.random((20_000, 1))).argmax(axis=1)
    labels = np.where(chance.random(20_000) < 0.2, chance.integers(0, 50, 20_000), labels)

    sure = fit_calibration(scores, labels).confidences(scores).max(axis=1)

    assert sure.mean() == pytest.approx((scores.argmax(axis=1) == labels).mean(), abs=0.02)


def test_answers_that_were_all_right_are_not_certain() -> None:
    """Forty of forty say that the next is right in about 41 of 42 cases; 1.000 would be believed."""
    scores = np.eye(4)[np.arange(40) % 4]

    sure = fit_calibration(scores, np.arange(40) % 4).confidences(scores).max(axis=1)

    assert sure == pytest.approx(41 / 42, abs=1e-3)


def test_an_answer_without_a_chance_does_not_break_the_fit() -> None:
    """A label that a fold has not seen scores minus infinity there."""
    scores = np.array([[1.0, 0.0, -np.inf], [0.0, 1.0, -np.inf]] * 10)

    assert np.isfinite(fit_calibration(scores, np.array([0, 1] * 10))).all()


# A threshold for each label, by the answers that name it.
