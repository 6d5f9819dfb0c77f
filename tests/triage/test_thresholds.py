"""Thresholds: what a desk asks of a target, and what its labels show."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from triage.policy import NEVER, is_confident
from triage.targets import Target
from triage.thresholds import LabelThreshold, UnseenAnswers, label_thresholds, lowest_proved, tail_probability


def unseen(*labels: tuple[int, int, float]) -> UnseenAnswers:
    """For each label so many right and so many wrong answers of one confidence."""
    return UnseenAnswers(
        np.repeat(np.arange(len(labels)), [right + wrong for right, wrong, _ in labels]),
        np.concatenate([np.full(right + wrong, sure) for right, wrong, sure in labels]),
        np.concatenate([np.arange(right + wrong) < right for right, wrong, _ in labels]),
    )


def thresholds(answers: UnseenAnswers, n_labels: int, **asked: Any) -> tuple[LabelThreshold, ...]:  # noqa: ANN401 - any setting
    """Those of a target that is asked for this."""
    return label_thresholds(answers, n_labels, Target("group", **asked))


@pytest.mark.parametrize("chance", [0.05, 0.5, 0.95])
@pytest.mark.parametrize(("n_hits", "n"), [(0, 0), (0, 9), (1, 1), (5, 9), (59, 59), (190, 200), (39_000, 40_000)])
def test_a_tail_is_the_binomial_one(n_hits: int, n: int, chance: float) -> None:
    """Every promise rests on it."""
    assert tail_probability(n_hits, n, chance) == pytest.approx(binom.sf(n_hits - 1, n, chance), rel=1e-7, abs=1e-12)


def desk(chance: np.random.Generator, n: int, lift: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Confidences, what each answer is really worth, and whether it was right."""
    confidences = chance.uniform(0.5, 1, n)
    worth = np.clip(confidences + lift, 0, 1)
    return confidences, worth, chance.random(n) < worth


@pytest.mark.parametrize("lift", [-0.05, 0.0, 0.03])
def test_a_promise_is_kept_as_often_as_was_said(lift: float) -> None:
    """Of desks that ask for nine in ten, at most one in ten may get less, though two hundred thresholds are tried."""
    chance = np.random.default_rng(0)
    _, worth, _ = (many := desk(chance, 200_000, lift))
    broken = 0
    for _ in range(300):
        confidences, _, right = desk(chance, 1500, lift)
        threshold = lowest_proved(confidences, right, 0.9)
        broken += threshold < NEVER and worth[many[0] >= threshold].mean() < 0.9

    assert broken / 300 <= 0.1


def test_most_of_what_could_be_applied_is() -> None:
    """A bound that promises nothing is kept as well."""
    chance = np.random.default_rng(1)
    reached = []
    for _ in range(20):
        confidences, worth, right = desk(chance, 20_000, 0.0)
        order = np.argsort(-confidences)
        possible = (np.cumsum(worth[order]) / np.arange(1, 20_001) >= 0.9).mean()
        reached.append((confidences >= lowest_proved(confidences, right, 0.9)).mean() / possible)

    assert np.mean(reached) > 0.85


def test_one_wrong_label_among_the_surest_does_not_end_the_search() -> None:
    """People mislabel: the surest answer of a desk may be wrong by somebody's slip."""
    confidences = np.linspace(1, 0.5, 2000)
    right = np.ones(2000, dtype=bool)
    right[:8] = False

    assert (confidences >= lowest_proved(confidences, right, 0.95)).mean() == 1


def test_equal_confidences_stand_or_fall_together() -> None:
    """A threshold cannot take the right half of tickets that look the same."""
    confidences = np.concatenate([np.full(400, 0.9), np.full(400, 0.6)])
    right = np.concatenate([np.ones(600, dtype=bool), np.zeros(200, dtype=bool)])

    assert lowest_proved(confidences, right, 0.95) == 0.9


@pytest.mark.parametrize("right", [np.zeros(500, dtype=bool), np.arange(500) % 2 == 0, np.ones(40, dtype=bool)])
def test_what_is_not_proved_has_no_threshold(right: np.ndarray) -> None:
    """Wrong answers, answers by chance, and too few of them."""
    assert lowest_proved(np.linspace(1, 0.5, right.size), right, 0.95) == NEVER
    assert lowest_proved(np.empty(0), np.empty(0, dtype=bool), 0.95) == NEVER


def test_answers_that_round_to_certainty_get_a_threshold_that_they_reach() -> None:
    """A desk that is easy to tell must not be withheld for being too easy."""
    for found in thresholds(unseen((300, 0, 1.0), (300, 0, 1.0)), 2):
        assert is_confident(1.0, found.threshold)


def test_labels_with_little_evidence_follow_the_target() -> None:
    """A desk of dozens of groups has few that prove anything alone; the promise is the target's."""
    found = thresholds(unseen((900, 9, 0.9), (12, 0, 0.9), (1, 1, 0.95)), 4)

    assert {label.threshold for label in found} == {0.9}
    assert [label.standing for label in found] == ["proved", "unproved", "unproved", "unproved"]
    assert [(label.n_answers, label.n_right) for label in found] == [(909, 900), (12, 12), (2, 1), (0, 0)]


def test_a_label_that_is_shown_to_be_worse_is_not_applied_with_the_others() -> None:
    """Whoever works in that group would see nothing of the average."""
    hard = unseen((20, 20, 0.8))
    sure = unseen((100, 0, 0.99))
    both = [unseen((3000, 30, 0.85)), hard, sure]
    answers = UnseenAnswers(
        np.concatenate([both[0].labels, hard.labels + 1, sure.labels + 2, np.full(40, 2)]),
        np.concatenate([part.confidences for part in both] + [np.full(40, 0.86)]),
        np.concatenate([part.is_right for part in both] + [np.arange(40) < 10]),
    )

    found = thresholds(answers, 3)

    assert [label.standing for label in found] == ["proved", "withheld", "raised"]
    assert found[2].threshold == 0.99
    withheld = thresholds(unseen((3000, 0, 0.85), (20, 20, 0.9)), 2)
    assert [(label.standing, label.threshold) for label in withheld] == [("proved", 0.85), ("withheld", NEVER)]


def test_where_the_target_proves_nothing_a_label_may_alone() -> None:
    """The one form that is always told right need not wait for the rest of the desk."""
    found = thresholds(unseen((59, 0, 0.7), (500, 500, 0.99)), 2)

    assert [(label.standing, label.threshold) for label in found] == [("proved", 0.7), ("withheld", NEVER)]


@pytest.mark.parametrize(("n", "threshold"), [(58, NEVER), (59, 0.9)])
def test_with_per_label_every_label_proves_itself(n: int, threshold: float) -> None:
    """58 right answers of 58 do not show 95 % with 95 % certainty (0.95^58 = 0.051), 59 do; the others do not help."""
    found = thresholds(unseen((n, 0, 0.9), (5000, 0, 0.9)), 2, per_label=True)

    assert [label.threshold for label in found] == [threshold, 0.9]
    assert found[0].standing == ("proved" if n == 59 else "withheld")


@pytest.mark.parametrize(
    ("cost_wrong", "cost_by_hand", "threshold"),
    [
        (2.0, 1.0, 0.7),  # applied where half are right: both kinds pay
        (4.0, 1.0, 0.9),  # three quarters: the second kind would cost
        (50.0, 1.0, NEVER),  # more than 49 of 50 must be right
    ],
)
def test_costs_choose_the_cheapest_threshold(cost_wrong: float, cost_by_hand: float, threshold: float) -> None:
    """Nine in ten are right at 0.9, six in ten at 0.7; counted by hand."""
    answers = unseen((900, 100, 0.9), (600, 400, 0.7))

    found = thresholds(answers, 2, cost_wrong=cost_wrong, cost_by_hand=cost_by_hand)

    assert found[0].threshold == threshold


def test_where_every_threshold_costs_more_than_people_nothing_is_applied() -> None:
    """Four answers are too few to show anything, and one wrong of them is too dear."""
    found = thresholds(unseen((3, 1, 0.9)), 1, cost_wrong=10.0, cost_by_hand=1.0)

    assert found[0].threshold == NEVER


def test_a_label_below_break_even_is_guarded_too() -> None:
    """Cheap on the whole, and dear for one group."""
    found = thresholds(unseen((5000, 50, 0.9), (5, 35, 0.9)), 2, cost_wrong=4.0, cost_by_hand=1.0)

    assert [label.standing for label in found] == ["proved", "withheld"]


def test_a_threshold_takes_a_second_on_a_large_desk() -> None:
    """`triage models set` computes it while somebody waits."""
    chance = np.random.default_rng(0)
    confidences = chance.random(40_000)
    answers = UnseenAnswers(chance.integers(0, 80, 40_000), confidences, chance.random(40_000) < confidences)

    found = thresholds(answers, 80, per_label=True)

    assert len(found) == 80
    assert sum(label.n_answers for label in found) == 40_000
