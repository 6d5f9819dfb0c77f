"""How many tickets a label lacks."""

import numpy as np
import pytest

from training.learning.thresholds import tickets_needed
from triage.policy import NEVER
from triage.targets import Target
from triage.thresholds import UnseenAnswers, label_thresholds

PER_LABEL = Target("group", per_label=True)


def answers(*labels: tuple[int, int, float]) -> tuple[UnseenAnswers, np.ndarray]:
    """For each label so many right and so many wrong answers of one confidence; and the tickets of each label.

    A wrong answer's ticket has the next label.
    """
    named = np.repeat(np.arange(len(labels)), [right + wrong for right, wrong, _ in labels])
    is_right = np.concatenate([np.arange(right + wrong) < right for right, wrong, _ in labels])
    sure = np.concatenate([np.full(right + wrong, sure) for right, wrong, sure in labels])
    truth = np.where(is_right, named, (named + 1) % len(labels))
    return UnseenAnswers(named, sure, is_right), np.bincount(truth, minlength=len(labels))


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
    needs = tickets_needed(*answers((n_right, n_wrong, 0.9), (80, 0, 0.9)), 0.95)[0]

    assert needs == low if low is None or high is None else needs is not None and low <= needs <= high


@pytest.mark.parametrize("n_right", [5, 20, 45])
def test_as_many_tickets_more_do_prove_it(n_right: int) -> None:
    """The number is a promise, were the further tickets answered as these."""
    needs = tickets_needed(*answers((n_right, 0, 0.9), (80, 0, 0.9)), 0.95)[0]
    assert needs is not None

    enough, too_few = (
        label_thresholds(answers((n_right + more, 0, 0.9), (80, 0, 0.9))[0], 2, PER_LABEL)[0]
        for more in (needs, needs - 5)
    )

    assert enough.threshold < NEVER == too_few.threshold


def test_needs_are_tickets_and_not_answers() -> None:
    """Of a group's tickets only some are answered with its name: twice the answers need twice the tickets."""
    unseen, n_tickets = answers((30, 0, 0.9), (100, 60, 0.9))  # sixty tickets of the first are answered with the other

    assert tickets_needed(unseen, n_tickets, 0.95)[0] == pytest.approx(90, abs=5)


def test_the_surest_answers_alone_may_prove_a_label() -> None:
    """Half of its answers are wrong, and not the sure half."""
    unseen = UnseenAnswers(np.zeros(180, dtype=np.int64), np.repeat([0.95, 0.6], [80, 100]), np.arange(180) < 90)

    assert tickets_needed(unseen, np.array([180]), 0.95) == (0,)
    assert label_thresholds(unseen, 1, PER_LABEL)[0].threshold == pytest.approx(0.95)


def test_answers_of_one_confidence_prove_a_label_together_or_not_at_all() -> None:
    """A form that is sent a hundred times is answered the same each time: its right ones cannot be counted alone."""
    unseen, n_tickets = answers((80, 20, 0.9), (80, 0, 0.9))

    assert tickets_needed(unseen, n_tickets, 0.95)[0] is None
    assert label_thresholds(unseen, 2, PER_LABEL)[0].threshold == NEVER
