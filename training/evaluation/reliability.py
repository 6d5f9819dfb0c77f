"""Whether confidences mean what they say: the share of right answers beside the confidence, and how far they part."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ReliabilityBin", "brier_score", "equal_mass_error", "expected_calibration_error", "log_loss", "reliability"]

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


def equal_mass_error(bins: tuple[ReliabilityBin, ...]) -> float:
    """The calibration error over bins of equally many answers, which no empty bin can flatter (Nixon et al. 2019)."""
    return sum(b.n * abs(b.accuracy - b.confidence) for b in bins) / sum(b.n for b in bins)


def brier_score(confidences: NDArray[np.float64], columns: NDArray[np.int64]) -> float:
    """Squared distance of all confidences from the truth, mean over tickets; 0 to 2 (Brier 1950).

    Args:
        confidences: float64 of shape (n, n_answers).
        columns: which answer would have been right, shape (n,); -1 for a label that is none of them.
    """
    known = columns >= 0
    at_truth = np.where(known, confidences[np.arange(columns.size), columns], 0.0)
    return float(((confidences**2).sum(axis=1) - 2 * at_truth + 1).mean())


def log_loss(confidences: NDArray[np.float64], columns: NDArray[np.int64]) -> float | None:
    """Mean negative logarithm of the confidence in the right answer, over tickets whose label is an answer.

    Args:
        confidences: float64 of shape (n, n_answers).
        columns: which answer would have been right, shape (n,); -1 for a label that is none of them.

    Returns:
        None where no ticket has a label that is an answer.
    """
    known = np.flatnonzero(columns >= 0)
    if not known.size:
        return None
    return float(-np.log(np.maximum(confidences[known, columns[known]], np.finfo(np.float64).eps)).mean())
