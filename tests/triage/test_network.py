"""The networks, in numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from triage.network import Network


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
