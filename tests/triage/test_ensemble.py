"""Members' answers become one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from triage.ensemble import Blend, softmax

SCORES = st.floats(-1e4, 1e4)


def test_softmax_bears_scores_of_any_size() -> None:
    """Large weights must not become NaN."""
    assert softmax(np.array([1e6, 0.0, -1e6])).tolist() == [1.0, 0.0, 0.0]


@given(scores=arrays(np.float64, (3, 4), elements=SCORES), shift=SCORES)
def test_softmax_is_a_distribution_that_only_differences_move(scores: np.ndarray, shift: float) -> None:
    """A member that scores everything higher knows nothing more."""
    found = softmax(scores)

    assert found.sum(axis=-1) == pytest.approx(np.ones(3))
    assert softmax(scores + shift) == pytest.approx(found, abs=1e-9)


@given(members=arrays(np.float64, (2, 5, 3), elements=st.floats(-50, 50)), share=st.floats(0.01, 0.99))
def test_equal_weights_of_labels_are_a_weighted_average(members: np.ndarray, share: float) -> None:
    """Where there is little data the blend is just this, and people must be able to say what it is."""
    blend = Blend(np.outer([share, 1 - share], np.ones(3)), np.zeros(3))

    expected = np.average(members, axis=0, weights=[share, 1 - share])

    assert blend.scores(members) == pytest.approx(expected, abs=1e-9)
    assert blend.confidences(members) == pytest.approx(softmax(expected))


def test_each_label_has_its_own_weight() -> None:
    """A base model may be believed about one label and not about another."""
    scores = Blend(np.array([[2.0, 0.0]]), np.array([0.5, 1.0])).scores(np.array([[[1.0, 10.0]]]))

    assert scores.tolist() == [[2.5, 1.0]]


def test_noise_is_what_no_answer_is_surer_than() -> None:
    """Where one label in ten is chance over four labels, the surest answer is right in 92.5 % of cases."""
    blend = Blend(np.ones((1, 4)), np.zeros(4), noise=0.1)

    confidences = blend.confidences(np.array([[[1000.0, 0, 0, 0], [0, 0, 0, 0]]]))

    assert confidences == pytest.approx(np.array([[0.925, 0.025, 0.025, 0.025], [0.25] * 4]))
