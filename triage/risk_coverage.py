"""How many tickets could be answered at which error: the surest first, the others left to people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RiskCoverage", "answers_by_threshold", "risk_coverage"]

N_POINTS = 200
"""Points of a curve: more than a screen shows apart."""


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Share answered, and share of wrong ones among these; two columns of equal length, from the surest answers on."""

    coverage: tuple[float, ...]
    error: tuple[float, ...]


def risk_coverage(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[RiskCoverage, float]:
    """The curve, and the area under it: the error averaged over all coverages (AURC; Geifman and El-Yaniv 2017).

    Among equal confidences, which no threshold can part, errors are spread evenly.

    Args:
        confidences: of the first answers, shape (n,), n at least one.
        right: whether each was right, shape (n,).
    """
    n_answered, n_right = answers_by_threshold(confidences, right)
    each = np.arange(1, confidences.size + 1)
    errors = 1 - np.interp(each, np.append(0, n_answered), np.append(0, n_right)) / each
    shown = np.unique(np.linspace(0, each.size - 1, N_POINTS).round().astype(np.int64))
    curve = RiskCoverage(tuple((each[shown] / each.size).tolist()), tuple(errors[shown].tolist()))
    return curve, float(errors.mean())


def answers_by_threshold(
    confidences: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Answers at or above each possible threshold, the highest first, and right ones among them."""
    order = np.argsort(-confidences, kind="stable")
    ordered = confidences[order]
    last_of_ties = np.append(ordered[1:] < ordered[:-1], True) if order.size else np.zeros(0, dtype=np.bool_)
    ends = np.flatnonzero(last_of_ties).astype(np.int64)
    return ends + 1, np.cumsum(right[order], dtype=np.int64)[ends]
