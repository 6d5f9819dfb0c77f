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
def test_diagonal_weights_are_a_weighted_average(members: np.ndarray, share: float) -> None:
    """Where there is little data the blend is just this, and people must be able to say what it is."""
    blend = Blend(np.stack([share * np.eye(3), (1 - share) * np.eye(3)]), np.zeros(3))

    expected = np.average(members, axis=0, weights=[share, 1 - share])

    assert blend.scores(members) == pytest.approx(expected, abs=1e-9)
    assert blend.confidences(members) == pytest.approx(softmax(expected))


def test_a_weight_beside_the_diagonal_speaks_from_one_label_for_another() -> None:
    """From the member's label (the row) to the blend's (the column); turned round, confusions would double."""
    weights = np.zeros((1, 2, 2))
    weights[0, 0, 1] = 3.0

    scores = Blend(weights, np.array([0.5, 0.0])).scores(np.array([[[1.0, 10.0]]]))

    assert scores.tolist() == [[0.5, 3.0]]


def test_noise_is_what_no_answer_is_surer_than() -> None:
    """Where one label in ten is chance over four labels, the surest answer is right in 92.5 % of cases."""
    blend = Blend(np.eye(4)[None], np.zeros(4), noise=0.1)

    confidences = blend.confidences(np.array([[[1000.0, 0, 0, 0], [0, 0, 0, 0]]]))

    assert confidences == pytest.approx(np.array([[0.925, 0.025, 0.025, 0.025], [0.25] * 4]))
