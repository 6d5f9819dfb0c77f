"""The confidence threshold of each label: the lowest that proves the precision a desk asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from triage.policy import NEVER

__all__ = ["LabelThreshold", "label_thresholds", "threshold_for"]

CERTAINTY = 0.95
"""How sure we want to be that the precision behind a threshold is the one that was asked for."""


def threshold_for(confidences: NDArray[np.float64], right: NDArray[np.bool_], precision: float) -> float:
    """The lowest confidence from which answers are right as often as asked, with 95 % certainty; `NEVER` where none is.

    The share of right answers above each possible threshold has a one-sided lower bound (Clopper and Pearson 1934);
    59 right answers of 59 are the fewest that show 0.95.

    Args:
        confidences: of first answers, out-of-fold, float64 of shape (n,).
        right: whether each was right, shape (n,).
        precision: what to keep, 0 to 1.
    """
    order = np.argsort(-confidences, kind="stable")
    n_answers = np.arange(1, order.size + 1)
    n_right = np.cumsum(right[order])
    kept = beta.ppf(1 - CERTAINTY, n_right, n_answers - n_right + 1) >= precision
    ordered = confidences[order]
    proved = np.flatnonzero(kept & _last_of_ties(ordered))
    # confidences that round to 1 are proved like others, and must not be taken for "never"
    return min(float(ordered[proved[-1]]), np.nextafter(NEVER, 0.0)) if proved.size else NEVER


@dataclass(frozen=True, slots=True)
class LabelThreshold:
    """What one label's answers have proved.

    Attributes:
        threshold: from here on they keep the precision asked for; `NEVER` where that is not proved.
        n_answers: how often the label was answered in out-of-fold predictions.
        n_right: how often rightly.
        needs: how many more tickets of the label would prove it, were they answered as these; 0 where it is proved,
            None where no number of tickets would do, as too many of the surest answers are wrong.
    """

    threshold: float
    n_answers: int
    n_right: int
    needs: int | None


def label_thresholds(
    confidences: NDArray[np.float64], labels: NDArray[np.int64], precision: float
) -> Sequence[LabelThreshold]:
    """For each label, in the order of the columns, the threshold of the answers that name it.

    Args:
        confidences: calibrated, out-of-fold, float64 of shape (n, n_labels).
        labels: the right columns, int64 of shape (n,).
        precision: what to keep, 0 to 1.
    """
    first = confidences.argmax(axis=1)
    sure = confidences.max(axis=1)
    found = []
    for column in range(confidences.shape[1]):
        answers = first == column
        right = labels[answers] == column
        threshold = threshold_for(sure[answers], right, precision)
        factor = 1.0 if threshold < NEVER else _growth(sure[answers], right, precision)
        needs = None if factor is None else ceil((factor - 1) * int((labels == column).sum()))
        found.append(LabelThreshold(threshold, right.size, int(right.sum()), needs))
    return found


def _growth(confidences: NDArray[np.float64], right: NDArray[np.bool_], precision: float) -> float | None:
    """By which factor the evidence must grow, its shares staying as they are, before a threshold is proved."""
    order = np.argsort(-confidences, kind="stable")
    n_answers = np.arange(1, order.size + 1)
    n_right = np.cumsum(right[order])
    is_candidate = (n_right / n_answers > precision) & _last_of_ties(confidences[order])
    n_answers, n_right = n_answers[is_candidate], n_right[is_candidate]
    if not n_answers.size:
        return None
    for factor in np.geomspace(1, 1000, 121).tolist():
        bounds = beta.ppf(1 - CERTAINTY, factor * n_right, factor * (n_answers - n_right) + 1)
        if (bounds >= precision).any():
            return float(factor)
    return None


def _last_of_ties(ordered: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where a threshold may lie: equal confidences stand or fall together."""
    return np.append(ordered[1:] < ordered[:-1], True) if ordered.size else np.zeros(0, dtype=np.bool_)
