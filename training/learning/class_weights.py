"""How much an error on a rare label costs a learner."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["label_weights"]


def label_weights(columns: NDArray[np.int64], n_labels: int, power: float) -> NDArray[np.float64]:
    """What an error on each label costs, float64 of shape (n_labels,): how rare it is, to a power; 1 for an even one.

    Args:
        columns: the labels of the tickets, int64 of shape (n,).
        n_labels: how many labels there are; one that no ticket has gets 1.
        power: 0 weighs tickets equally, 1 labels.
    """
    counts = np.bincount(columns, minlength=n_labels)
    even = columns.size / max(int(np.count_nonzero(counts)), 1)
    return np.where(counts > 0, (even / np.maximum(counts, 1)) ** power, 1.0)
