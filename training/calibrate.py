"""Confidences that mean what they say: a temperature for the scores, and the threshold that keeps a precision."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from triage.model import softmax

__all__ = ["fit_temperature", "threshold_for"]

LEAST_ANSWERS = 60
"""Fewer answers above a threshold prove no precision: with 60 right of 60, the 95 % lower bound is 0.95 (1 - 3/n)."""


def fit_temperature(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The factor on the scores under whose softmax the labels are likeliest (Guo et al. 2017, with 1/T as the factor).

    Args:
        scores: float64 of shape (n, n_labels), of tickets that the fit had not seen.
        labels: the right columns, int64 of shape (n,).
    """
    rows = np.arange(labels.size)

    def loss(log_temperature: float) -> float:
        likelihood = softmax(np.exp(log_temperature) * scores)[rows, labels]
        return float(-np.log(np.maximum(likelihood, 1e-300)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 5.0), method="bounded").x))


def threshold_for(confidences: NDArray[np.float64], right: NDArray[np.bool_], precision: float) -> float:
    """The lowest confidence from which answers were right as often as asked; 1.0 where none keeps it.

    Args:
        confidences: of the first answers to tickets that the fit had not seen, float64 of shape (n,).
        right: whether each was right, shape (n,).
        precision: what to keep, 0 to 1.
    """
    order = np.argsort(-confidences, kind="stable")
    n_answers = np.arange(1, order.size + 1)
    kept = np.cumsum(right[order]) / n_answers >= precision
    # equal confidences stand or fall together: a threshold cannot part them
    ordered = confidences[order]
    last_of_ties = np.append(ordered[1:] < ordered[:-1], True) if order.size else np.zeros(0, dtype=bool)
    enough = np.flatnonzero(kept & last_of_ties & (n_answers >= LEAST_ANSWERS))
    return float(ordered[enough[-1]]) if enough.size else 1.0
