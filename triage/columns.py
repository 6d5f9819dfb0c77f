"""The labels of several targets side by side, as columns of one array; each target's stand by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LabelColumns"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelColumns:
    """Where the labels of each target stand.

    Attributes:
        parts: for each target its columns.
        starts: where those begin, int64 of shape (n_targets,).
        target: which target each column belongs to, int64 of shape (n_columns,).
    """

    parts: tuple[slice, ...]
    starts: NDArray[np.int64]
    target: NDArray[np.int64]

    @classmethod
    def of(cls, n_labels: Sequence[int]) -> "LabelColumns":
        """The columns of targets with so many labels each."""
        ends = np.cumsum(n_labels, dtype=np.int64)
        starts = ends - np.asarray(n_labels, dtype=np.int64)
        parts = tuple(slice(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True))
        return cls(parts, starts, np.repeat(np.arange(len(parts)), n_labels))

    def softmax(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities within each target, along the last axis; safe for scores of any size."""
        powers = np.exp(self._below_highest(scores))
        return np.asarray(powers / np.add.reduceat(powers, self.starts, axis=-1)[..., self.target])

    def mean_log_softmax(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Several networks' log-probabilities within each target, averaged: from (n_networks, n, n_columns)."""
        return np.asarray(self._log_softmax(scores.astype(np.float64)).mean(axis=0))

    def _log_softmax(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        below = self._below_highest(scores)
        total = np.log(np.add.reduceat(np.exp(below), self.starts, axis=-1))
        return np.asarray(below - total[..., self.target])

    def _below_highest(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(scores - np.maximum.reduceat(scores, self.starts, axis=-1)[..., self.target])
