"""What a threshold would do, as teams vote on it."""

import numpy as np
import pytest

from triage.operating_points import Share, label_points, operating_point, operating_points
from triage.policy import NEVER
from triage.thresholds import UnseenAnswers

ANSWERS = UnseenAnswers(
    np.arange(100) % 2, np.linspace(1, 0.505, 100), np.arange(100) < 80
)  # the surest eighty are right


@pytest.mark.parametrize(
    ("n_hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_intervals_are_wilson_s(n_hits: int, n: int, low: float, high: float) -> None:
    """As printed in textbooks; the last is Newcombe's (1998) first example."""
    found = Share.of(n_hits, n)

    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-3)
    assert found.share == n_hits / n


def test_of_no_tickets_nothing_is_known() -> None:
    """And nothing is divided by zero."""
    assert Share.of(0, 0) == Share(0.0, 0.0, 1.0)


def test_every_tenth_of_the_tickets_has_its_threshold() -> None:
    """Right, wrong and left to people are all tickets."""
    found = operating_points(ANSWERS)

    assert [round(1 - point.by_hand.share, 2) for point in found] == [tenth / 10 for tenth in range(1, 11)]
    assert [point.wrong.share for point in found] == pytest.approx([0] * 8 + [0.1, 0.2])
    for point in found:
        assert point.right.share + point.wrong.share + point.by_hand.share == pytest.approx(1)
    assert found[-1].precision.share == pytest.approx(0.8)


def test_tickets_that_look_the_same_share_a_threshold() -> None:
    """Two rows of one threshold would contradict each other."""
    same = UnseenAnswers(np.zeros(50, dtype=np.int64), np.full(50, 0.9), np.arange(50) < 40)

    (point,) = operating_points(same)

    assert (point.threshold, point.right.share, point.wrong.share) == (0.9, 0.8, 0.2)
    assert operating_points(UnseenAnswers(*(part[:0] for part in (same.labels, same.confidences, same.is_right)))) == []


def test_the_thresholds_of_labels_are_taken_label_by_label() -> None:
    """What is set now may withhold one label and not the other."""
    found = operating_point(ANSWERS, (0.0, NEVER))

    assert (found.threshold, found.by_hand.share) == (None, 0.5)
    assert (found.right.share, found.wrong.share) == (0.4, 0.1)


def test_each_label_that_was_answered_is_told_with_its_own_threshold() -> None:
    """The most often answered first; a label that may never be applied has no precision, only a share of right ones."""
    more = UnseenAnswers(
        np.append(ANSWERS.labels, [2]), np.append(ANSWERS.confidences, [0.9]), np.append(ANSWERS.is_right, [True])
    )

    first, second, last = label_points(more, (0.8, NEVER, 0.95, 0.5))

    assert [point.label for point in (first, second, last)] == [0, 1, 2]
    assert (first.n, first.right.share) == (50, 0.8)
    assert first.applied.share == (ANSWERS.confidences[::2] >= 0.8).mean()
    assert first.precision.share == 1.0
    assert (second.applied.share, second.right.share, second.precision) == (0.0, 0.8, Share.of(0, 0))
    assert (last.n, last.applied.share) == (1, 0.0)
