"""Learning how base models' answers become one."""

import numpy as np
import pytest

from training.evaluation.reliability import expected_calibration_error
from training.learning import ensemble as blending
from training.learning.ensemble import FittedBlend, extend, fit_blend
from triage.ensemble import Blend, softmax
from triage.policy import NEVER
from triage.targets import Target
from triage.thresholds import UnseenAnswers, label_thresholds

N_LABELS = 4
SEES = np.array([[0.1, 1.2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.8], [0, 0, 0, 1.0]])
"""What speaks for a label (row) in the eyes of a base model that takes the first label for the second."""


def make_base_scores(n: int, *, seed: int = 0, confusing: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Scores of two base models, the first and surer one of which confuses always the same labels; and the labels."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(N_LABELS, size=n)
    evidence = 2 * np.eye(N_LABELS)[truth] + chance.normal(scale=0.8, size=(n, N_LABELS))
    first = evidence @ (SEES if confusing else np.eye(N_LABELS)) + chance.normal(scale=0.3, size=(n, N_LABELS))
    second = np.eye(N_LABELS)[truth] + chance.normal(size=(n, N_LABELS))
    return np.stack([first, second]), truth


def learn(base_scores: np.ndarray, truth: np.ndarray) -> FittedBlend:
    """The blend of tickets of which no two belong together."""
    return fit_blend(base_scores, truth, np.arange(truth.size), seed=0)


def accuracy(blend: Blend, base_scores: np.ndarray, truth: np.ndarray) -> float:
    """The share of right first answers."""
    return float((blend.scores(base_scores).argmax(axis=1) == truth).mean())


def average(blend: Blend) -> bool:
    """Whether it is one weight a base model, the same for every label."""
    return bool(np.allclose(np.ptp(blend.weights, axis=1), 0) and np.allclose(blend.bias, 0))


def test_a_label_that_a_base_model_confuses_counts_less_where_there_is_data() -> None:
    """It is what a stack is for: an average cannot know that this base model is not to be believed about "second"."""
    fitted = learn(*make_base_scores(1500))
    alone = blending._fit_average(*make_base_scores(1500))

    new = make_base_scores(4000, seed=9)
    assert fitted.shrinkage < np.inf
    assert average(alone)
    assert not average(fitted.blend)
    assert accuracy(fitted.blend, *new) > accuracy(alone, *new) + 0.08


def test_a_handful_of_tickets_leaves_it_near_the_average() -> None:
    """Twelve numbers learned from six tickets would be learned by heart."""
    fitted = learn(*make_base_scores(6, confusing=False))

    weights = fitted.blend.weights
    assert fitted.shrinkage >= 10
    assert (np.ptp(weights, axis=1) < 0.05 * weights.mean(axis=1)).all()
    assert np.abs(fitted.blend.bias).max() < 0.1


@pytest.mark.parametrize("n", [15, 40])
def test_little_data_does_not_make_the_stack_worse_than_the_average(n: int) -> None:
    """Where base models confuse nothing there is nothing to gain, and on a small desk much to lose."""
    new = make_base_scores(2000, seed=99, confusing=False)

    lost = []
    for seed in range(10):
        base_scores, truth = make_base_scores(n, seed=seed, confusing=False)
        alone = blending._fit_average(base_scores, truth)
        lost.append(accuracy(alone, *new) - accuracy(learn(base_scores, truth).blend, *new))

    assert np.mean(lost) < 0.02
    assert max(lost) < 0.15


def test_members_that_confuse_nothing_lose_nothing() -> None:
    """The stack may find something; it must not cost anything."""
    base_scores, truth = make_base_scores(600, confusing=False)
    new = make_base_scores(4000, seed=9, confusing=False)

    fitted = learn(base_scores, truth)

    assert accuracy(fitted.blend, *new) > accuracy(blending._fit_average(base_scores, truth), *new) - 0.01


def test_a_member_that_knows_nothing_is_hardly_heard() -> None:
    """A network that had too little to learn from must not spoil what the linear model knows."""
    base_scores, truth = make_base_scores(600, confusing=False)
    base_scores[0] = np.random.default_rng(1).normal(scale=3, size=base_scores[0].shape)

    fitted = learn(base_scores, truth)

    noise, knows = fitted.blend.weights.mean(axis=1)
    assert noise < 0.1 * knows


def test_confidences_are_of_weights_that_had_not_seen_the_ticket() -> None:
    """Labels by chance cannot be predicted; whoever sees them while learning finds a little order in any chaos."""
    chance = np.random.default_rng(0)
    base_scores, truth = chance.normal(size=(2, 60, 8)), chance.integers(8, size=60)

    fitted = learn(base_scores, truth)

    assert fitted.confidences.shape == (60, 8)
    assert fitted.confidences.max(axis=1).mean() < 0.3
    unseen = UnseenAnswers.of(fitted.confidences, truth)
    assert all(found.threshold == NEVER for found in label_thresholds(unseen, fitted.confidences.shape[1], Target("t")))


def test_each_ticket_is_answered_by_weights_of_other_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """The confidences that thresholds are set on: for every part anew, and never with a group on both sides."""
    base_scores, truth = make_base_scores(90)
    groups = np.arange(90) // 6
    fitted = []

    def spying(part: np.ndarray, labels: np.ndarray, shrinkage: float, seed: int) -> Blend:
        fitted.append(part[0, :, 0])
        return learned(part, labels, shrinkage, seed)

    learned = blending._fit
    monkeypatch.setattr(blending, "_fit", spying)
    fit_blend(base_scores, truth, groups, seed=0)

    *parts, _ = fitted
    assert len(parts) >= 3
    for part in parts:
        inside = np.isin(base_scores[0, :, 0], part)
        assert not set(groups[inside].tolist()) & set(groups[~inside].tolist())
        assert inside.sum() == 60


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_confidences_are_right_as_often_as_they_say(scale: float) -> None:
    """On tickets that are new, whatever scale the base models score on."""
    base_scores, truth = make_base_scores(800)
    new, answers = make_base_scores(4000, seed=9)

    confidences = learn(scale * base_scores, truth).blend.confidences(scale * new)

    sure, right = confidences.max(axis=1), confidences.argmax(axis=1) == answers
    assert expected_calibration_error(sure, right) < 0.04


def test_learned_answers_are_calibrated_as_the_out_of_fold_ones() -> None:
    """Thresholds are set on the out-of-fold ones and applied to the learned blend's; the two must be of one scale."""
    base_scores, truth = make_base_scores(2000)
    fitted = learn(base_scores, truth)

    new = fitted.blend.confidences(make_base_scores(4000, seed=9)[0])

    assert fitted.confidences.max(axis=1).mean() == pytest.approx(new.max(axis=1).mean(), abs=0.02)


def test_a_large_history_is_sampled_and_answered_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """More tickets cost minutes and move no weight; each still has its out-of-fold confidence."""
    base_scores, truth = make_base_scores(300)
    whole = learn(base_scores, truth)
    monkeypatch.setattr(blending, "MAX_TICKETS", 100)

    sampled = learn(base_scores, truth)

    assert sampled.confidences.shape == (300, N_LABELS)
    assert sampled.confidences.sum(axis=1) == pytest.approx(np.ones(300))
    assert not np.array_equal(sampled.blend.weights, whole.blend.weights)
    assert np.array_equal(sampled.blend.weights, learn(base_scores, truth).blend.weights)


def test_a_label_that_nobody_has_stays_finite() -> None:
    """A target's rare label may have no ticket among those that folds answer."""
    base_scores, truth = make_base_scores(300)

    fitted = learn(base_scores, np.where(truth == 3, 0, truth))

    assert np.isfinite(fitted.blend.weights).all()
    assert np.isfinite(fitted.blend.bias).all()
    assert fitted.confidences[:, 3].mean() < 0.1


# Labels that come and go.

OLD = Blend(np.random.default_rng(0).normal(size=(2, 3)), np.array([0.3, -0.1, 0.2]), noise=0.07)


def test_the_same_labels_keep_their_answers_exactly() -> None:
    """What was measured must be what is served."""
    kept = extend(OLD, ("a", "b", "c"), ("a", "b", "c"))

    assert np.array_equal(kept.weights, OLD.weights)
    assert np.array_equal(kept.bias, OLD.bias)
    assert kept.noise == OLD.noise


def test_known_labels_keep_their_answers_in_another_order() -> None:
    """Labels are sorted, so a new one moves those behind it."""
    base_scores = np.random.default_rng(1).normal(size=(2, 5, 3))

    kept = extend(OLD, ("a", "b", "c"), ("c", "a", "b"))

    assert kept.scores(base_scores[:, :, [2, 0, 1]]) == pytest.approx(OLD.scores(base_scores)[:, [2, 0, 1]])


def test_a_new_label_is_weighed_as_labels_are_on_average_and_moves_no_other() -> None:
    """It has no answers of its own to learn from; the others' scores are what they were."""
    base_scores = np.random.default_rng(1).normal(size=(2, 5, 4))

    extended = extend(OLD, ("a", "b", "c"), ("a", "aa", "b", "c"))

    own = OLD.weights.mean(axis=1)
    scores = extended.scores(base_scores)
    assert scores[:, [0, 2, 3]] == pytest.approx(OLD.scores(base_scores[:, :, [0, 2, 3]]))
    assert scores[:, 1] == pytest.approx(own[0] * base_scores[0, :, 1] + own[1] * base_scores[1, :, 1])


def test_a_label_that_went_is_left_out() -> None:
    """A group that was closed is no answer any more."""
    shrunk = extend(OLD, ("a", "b", "c"), ("a", "c"))

    assert np.array_equal(shrunk.weights, OLD.weights[:, [0, 2]])
    assert shrunk.bias.tolist() == [0.3, 0.2]


def test_the_softmax_of_a_blend_and_its_noise_is_its_confidence() -> None:
    """One line, and everything hangs on it."""
    base_scores = np.random.default_rng(1).normal(size=(2, 5, 3))

    assert OLD.confidences(base_scores) == pytest.approx(0.93 * softmax(OLD.scores(base_scores)) + 0.07 / 3)
