"""Whether confidences mean what they say: the share of right answers beside the confidence, and how far they part."""

import numpy as np
from numpy.typing import NDArray

from triage.reliability import ReliabilityBin, expected_calibration_error, reliability

__all__ = [
    "ReliabilityBin",
    "brier_score",
    "equal_mass_error",
    "expected_calibration_error",
    "log_loss",
    "reliability",
]


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
