"""The small network on a ticket's dense row: one hidden layer, several networks side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Network"]


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
