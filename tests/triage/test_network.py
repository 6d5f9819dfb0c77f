"""The networks, in numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from triage.ensemble import softmax
from triage.network import Network, mean_log_probabilities


def make_network(n_networks: int = 3, n_dims: int = 7, n_hidden: int = 5, n_columns: int = 4) -> Network:
    """Layers by chance, always the same."""
    chance = np.random.default_rng(0)
    shapes = ((n_dims, n_networks * n_hidden), (n_networks * n_hidden,))
    outputs = ((n_networks, n_hidden, n_columns), (n_networks, n_columns))
    return Network(*(chance.normal(size=shape).astype(np.float32) for shape in (*shapes, *outputs)))


@given(n_rows=st.integers(0, 4), n_networks=st.integers(1, 3), n_hidden=st.integers(1, 6))
def test_scores_are_those_of_the_layers_as_torch_has_them(n_rows: int, n_networks: int, n_hidden: int) -> None:
    """What was learned with torch is what is served with numpy; the side-by-side layers must be cut where they join."""
    network = make_network(n_networks, n_hidden=n_hidden)
    rows = np.random.default_rng(1).normal(size=(n_rows, 7)).astype(np.float32)

    scores = network.scores(rows)

    hidden = torch.from_numpy(network.hidden).reshape(7, n_networks, n_hidden)
    bias = torch.from_numpy(network.hidden_bias).reshape(n_networks, n_hidden)
    assert scores.shape == (n_networks, n_rows, 4)
    assert scores.dtype == np.float32
    for i in range(n_networks):
        active = torch.relu(torch.from_numpy(rows) @ hidden[:, i] + bias[i])
        expected = active @ torch.from_numpy(network.output[i]) + torch.from_numpy(network.output_bias[i])
        assert scores[i] == pytest.approx(expected.numpy(), abs=1e-4)


def test_a_row_is_answered_the_same_alone_and_among_others() -> None:
    """Measured in bulk, served one by one."""
    network = make_network()
    rows = np.random.default_rng(1).normal(size=(50, 7)).astype(np.float32)

    together = network.scores(rows)

    alone = np.concatenate([network.scores(row[None, :]) for row in rows], axis=1)
    assert together == pytest.approx(alone, abs=1e-5)


def test_networks_are_averaged_as_log_probabilities() -> None:
    """A geometric mean: one network that is sure of the opposite is heard, not outvoted."""
    scores = np.random.default_rng(0).normal(size=(3, 6, 4)).astype(np.float32)

    found = mean_log_probabilities(scores)

    assert found == pytest.approx(np.log(softmax(scores.astype(np.float64))).mean(axis=0))


def test_scores_of_any_size_have_finite_log_probabilities() -> None:
    """An infinity here would reach every confidence."""
    found = mean_log_probabilities(np.array([[[3e4, 0.0, -3e4]]], dtype=np.float32))

    assert found.tolist() == [[0.0, -3e4, -6e4]]
