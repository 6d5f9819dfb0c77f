"""How well a score ranks what happened: average precision and lift, with ties counted as ties."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.intervals import N_RESAMPLES

__all__ = ["TOP", "Ranking", "bootstrap_weights", "n_top"]

TOP = 0.05
"""The share of customers that is called the most frequent callers: of the desk's own, whatever the desk."""


def n_top(n: int) -> int:
    """So many of n are of the top, rounded up to whole ones."""
    return -(-n // round(1 / TOP))


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Customers by a score, the highest first, in groups of equal score.

    Attributes:
        order: their positions, shape (n,).
        ends: behind the last place of each group, ascending; the last one is n.
        happened: in that order, whether it did, shape (n,).
    """

    order: NDArray[np.int64]
    ends: NDArray[np.int64]
    happened: NDArray[np.bool_]

    @classmethod
    def of(cls, scores: NDArray[np.float64], happened: NDArray[np.bool_]) -> "Ranking":
        """The ranking by these scores, both of shape (n,), n at least one."""
        order = np.argsort(-scores, kind="stable")
        ordered = scores[order]
        ends = np.append(np.flatnonzero(ordered[1:] < ordered[:-1]) + 1, ordered.size)
        return cls(order, ends, happened[order])

    def average_precision(self, times: NDArray[np.int64] | None = None) -> float:
        """The mean precision at the places of those to whom it happened, as in scikit-learn; 0 where it did to none.

        Args:
            times: how often each customer counts, in the order in which they were ranked; once each where None.
        """
        n, n_found = self._totals(times)
        if not n_found[-1]:
            return 0.0
        found = np.diff(n_found, prepend=0)
        return float((found * n_found / np.maximum(n, 1)).sum() / n_found[-1])

    def found(self, ratio: float, times: NDArray[np.int64] | None = None) -> float:
        """Which share of those to whom it happened is among the first `ratio` of all; of equals as many as fit.

        Args:
            ratio: 0 to 1.
            times: as above.
        """
        n, n_found = self._totals(times)
        if not n_found[-1]:
            return 0.0
        places, there = np.append(0, n), np.append(0, n_found)
        return float(np.interp(ratio * n[-1], places, there) / n_found[-1])

    def lift(self, ratio: float, times: NDArray[np.int64] | None = None) -> float:
        """How many times more often than to all it happened to the first `ratio` of them."""
        return self.found(ratio, times) / ratio

    def _totals(self, times: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Up to the end of every group, how many there are, and to how many of them it happened."""
        counts = np.ones(self.order.size, dtype=np.int64) if times is None else times[self.order]
        return np.cumsum(counts)[self.ends - 1], np.cumsum(counts * self.happened)[self.ends - 1]


def bootstrap_weights(n: int, n_resamples: int = N_RESAMPLES) -> Iterator[NDArray[np.int64]]:
    """How often each of n is drawn when n are drawn with replacement, again and again; the same at every call."""
    chance = np.random.default_rng(0)
    for _ in range(n_resamples):
        yield np.bincount(chance.integers(n, size=n), minlength=n)
