"""Whether confidences mean what they say: the share of right answers beside the confidence, and how far they part."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["N_BINS", "ReliabilityBin", "expected_calibration_error", "reliability"]

N_BINS = 15
"""Bins of the calibration error, as in Guo et al. 2017."""

LEAST_PER_BIN = 25
"""With fewer answers in a bin, its share of right ones is mostly chance."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers of similar confidence: their mean confidence, the share of right ones, and how many they are."""

    confidence: float
    accuracy: float
    n: int


def expected_calibration_error(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """How far confidence and share of right answers lie apart, averaged over the answers; 0 to 1.

    Args:
        confidences: of the first answers, shape (n,).
        right: whether each was right, shape (n,).
    """
    bins = np.minimum((confidences * N_BINS).astype(np.int64), N_BINS - 1)
    surplus = np.bincount(bins, weights=confidences - right, minlength=N_BINS)
    return float(np.abs(surplus).sum() / confidences.size)


def reliability(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[ReliabilityBin, ...]:
    """Bins of about equally many answers, from the least sure to the surest; equal confidences share a bin.

    Args:
        confidences: of the first answers, shape (n,), n at least one.
        right: whether each was right, shape (n,).
    """
    n_bins = int(np.clip(confidences.size // LEAST_PER_BIN, 1, N_BINS))
    edges = np.quantile(confidences, np.arange(1, n_bins) / n_bins)
    bins = np.searchsorted(edges, confidences)
    counts = np.bincount(bins)
    sure, hits = (np.bincount(bins, weights=values) for values in (confidences, right.astype(np.float64)))
    return tuple(
        ReliabilityBin(float(sure[i] / n), float(hits[i] / n), int(n)) for i, n in enumerate(counts.tolist()) if n
    )
