"""Confidence thresholds of labels."""

import numpy as np
import pytest
from scipy.stats import binomtest

from training.learning.thresholds import label_thresholds, threshold_for
from triage.policy import NEVER, is_confident


def answers(*labels: tuple[int, int, float]) -> tuple[np.ndarray, np.ndarray]:
    """For each label so many right and so many wrong answers of one confidence; and the right columns.

    A wrong answer's ticket has the next label.
    """
    n_labels = len(labels)
    confidences, truth = [], []
    for column, (n_right, n_wrong, sure) in enumerate(labels):
        row = np.full(n_labels, (1 - sure) / (n_labels - 1))
        row[column] = sure
        confidences += [row] * (n_right + n_wrong)
        truth += [column] * n_right + [(column + 1) % n_labels] * n_wrong
    return np.array(confidences).reshape(-1, n_labels), np.array(truth, dtype=np.int64)


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


def test_each_label_is_judged_by_its_own_answers() -> None:
    """An easy group must not vouch for a hard one, nor wait for it."""
    confidences, truth = answers((200, 0, 0.7), (100, 100, 0.9), (59, 0, 0.8), (58, 0, 0.99))

    found = label_thresholds(confidences, truth, 0.95)

    assert [label.threshold for label in found] == [pytest.approx(0.7), NEVER, pytest.approx(0.8), NEVER]
    assert [(label.n_answers, label.n_right) for label in found] == [(200, 200), (200, 100), (59, 59), (58, 58)]


def test_a_label_keeps_its_threshold_whatever_the_others_do() -> None:
    """Its answers are the same."""
    before, after = (label_thresholds(*answers((100, 2, 0.8), other), 0.9)[0] for other in ((90, 0, 0.9), (5, 90, 0.9)))

    assert before == after


@pytest.mark.parametrize(
    ("n_right", "n_wrong", "low", "high"),
    [
        (59, 0, 0, 0),  # proved
        (200, 1, 0, 0),
        (58, 0, 1, 6),
        (30, 0, 27, 33),  # 59 of 59 are the fewest
        (1, 0, 55, 62),
        (57, 3, None, None),  # 0.95 of them are right: no number of tickets shows more
        (10, 10, None, None),
        (0, 20, None, None),
        (0, 0, None, None),  # never answered
        (97, 3, 220, 270),  # 344 of 355 would show it
    ],
)
def test_how_many_tickets_a_label_needs(n_right: int, n_wrong: int, low: int | None, high: int | None) -> None:
    """A lead decides by it whether to wait, to merge two groups, or to stop hoping; steps of six per cent will do."""
    confidences, truth = answers((n_right, n_wrong, 0.9), (80, 0, 0.9))

    needs = label_thresholds(confidences, truth, 0.95)[0].needs

    assert needs == low if low is None or high is None else needs is not None and low <= needs <= high


@pytest.mark.parametrize("n_right", [5, 20, 45])
def test_as_many_tickets_more_do_prove_it(n_right: int) -> None:
    """The number is a promise, were the further tickets answered as these."""
    (found, _) = label_thresholds(*answers((n_right, 0, 0.9), (80, 0, 0.9)), 0.95)
    assert found.needs is not None

    (enough, _) = label_thresholds(*answers((n_right + found.needs, 0, 0.9), (80, 0, 0.9)), 0.95)
    (too_few, _) = label_thresholds(*answers((n_right + found.needs - 5, 0, 0.9), (80, 0, 0.9)), 0.95)

    assert enough.threshold < NEVER == too_few.threshold


def test_needs_are_tickets_and_not_answers() -> None:
    """Of a group's tickets only some are answered with its name: twice the answers need twice the tickets."""
    confidences, truth = answers((30, 0, 0.9), (100, 60, 0.9))  # sixty tickets of the first are answered with the other

    found = label_thresholds(confidences, truth, 0.95)[0]

    assert (found.n_answers, found.n_right) == (30, 30)
    assert found.needs == pytest.approx(90, abs=5)


def test_the_surest_answers_alone_may_prove_a_label() -> None:
    """Half of its answers are wrong, and not the sure half."""
    sure, unsure = answers((80, 0, 0.95), (1, 0, 0.9)), answers((10, 90, 0.6), (1, 0, 0.9))

    found = label_thresholds(np.vstack([sure[0], unsure[0]]), np.concatenate([sure[1], unsure[1]]), 0.95)[0]

    assert found.threshold == pytest.approx(0.95)
    assert found.needs == 0


def test_answers_of_one_confidence_prove_a_label_together_or_not_at_all() -> None:
    """A form that is sent a hundred times is answered the same each time: its right ones cannot be counted alone."""
    confidences, truth = answers((80, 20, 0.9), (80, 0, 0.9))

    found = label_thresholds(confidences, truth, 0.95)[0]

    assert (found.threshold, found.needs) == (NEVER, None)
