"""The labels of several targets side by side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.columns import LabelColumns
from triage.ensemble import softmax

N_LABELS = st.lists(st.integers(1, 5), min_size=1, max_size=4)


@given(n_labels=N_LABELS, n=st.integers(0, 4))
def test_each_target_has_probabilities_of_its_own(n_labels: list[int], n: int) -> None:
    """One target's sure answer must not take anything from another's."""
    columns = LabelColumns.of(n_labels)
    scores = np.random.default_rng(0).normal(scale=9, size=(n, sum(n_labels)))

    found = columns.softmax(scores)

    assert [part.stop - part.start for part in columns.parts] == n_labels
    for part in columns.parts:
        assert found[:, part] == pytest.approx(softmax(scores[:, part]))


@given(n_labels=N_LABELS, n=st.integers(0, 4))
def test_networks_are_averaged_as_log_probabilities(n_labels: list[int], n: int) -> None:
    """A geometric mean: one network that is sure of the opposite is heard, not outvoted."""
    columns = LabelColumns.of(n_labels)
    scores = np.random.default_rng(0).normal(size=(3, n, sum(n_labels))).astype(np.float32)

    found = columns.mean_log_softmax(scores)

    for part in columns.parts:
        expected = np.log(softmax(scores[:, :, part].astype(np.float64))).mean(axis=0)
        assert found[:, part] == pytest.approx(expected)


def test_scores_of_any_size_are_finite() -> None:
    """An infinity here would reach every confidence."""
    columns = LabelColumns.of([3, 2])
    scores = np.array([[3e4, 0.0, -3e4, 1e6, -1e6]])

    assert columns.softmax(scores).tolist() == [[1.0, 0.0, 0.0, 1.0, 0.0]]
    assert columns.mean_log_softmax(scores[None].astype(np.float32)).tolist() == [[0.0, -3e4, -6e4, 0.0, -2e6]]
