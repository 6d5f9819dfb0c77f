"""The small network on a ticket's dense row: one hidden layer, several networks side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Network", "mean_log_probabilities"]


@dataclass(frozen=True, slots=True)
class Network:
    """What training learned, for numpy.

    Several networks that differ by chance alone are wiser together than one; their hidden layers are one matrix.

    Attributes:
        hidden: float32 of shape (n_dims, n_networks x n_hidden).
        hidden_bias: float32 of shape (n_networks x n_hidden,).
        output: float32 of shape (n_networks, n_hidden, n_columns), the labels of all targets side by side.
        output_bias: float32 of shape (n_networks, n_columns).
    """

    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Every network's scores for rows of shape (n, n_dims): float32 of shape (n_networks, n, n_columns)."""
        n_networks, n_hidden, _ = self.output.shape
        active = np.maximum(rows @ self.hidden + self.hidden_bias, np.float32(0))
        parted = active.reshape(len(rows), n_networks, n_hidden).transpose(1, 0, 2)
        return np.asarray(parted @ self.output + self.output_bias[:, None, :])


def mean_log_probabilities(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """The networks' log-softmax, averaged: from (n_networks, n, n_labels) to float64 (n, n_labels)."""
    scores = scores.astype(np.float64)
    highest = scores.max(axis=-1, keepdims=True)
    total = np.log(np.exp(scores - highest).sum(axis=-1, keepdims=True)) + highest
    return np.asarray((scores - total).mean(axis=0))
