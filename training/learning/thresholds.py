"""How many more tickets a label needs before its own answers prove a precision; thresholds are `triage.thresholds`."""

from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from triage.thresholds import LABEL_CERTAINTY, UnseenAnswers

__all__ = ["tickets_needed"]


def tickets_needed(unseen: UnseenAnswers, n_tickets: NDArray[np.int64], precision: float) -> tuple[int | None, ...]:
    """For each label how many more of its tickets would prove the precision, were they answered as these.

    0 where it is proved; None where no number of tickets would do, as too many of the surest answers are wrong.

    Args:
        unseen: answers of the target.
        n_tickets: how many tickets each label has among those, int64 of shape (n_labels,).
        precision: what to prove, 0 to 1.
    """
    found: list[int | None] = []
    for label, n in enumerate(n_tickets.tolist()):
        own = unseen.of_label(label)
        factor = _growth(own.confidences, own.is_right, precision)
        found.append(None if factor is None else ceil((factor - 1) * n))
    return tuple(found)


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
        bounds = beta.ppf(1 - LABEL_CERTAINTY, factor * n_right, factor * (n_answers - n_right) + 1)
        if (bounds >= precision).any():
            return float(factor)
    return None


def _last_of_ties(ordered: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where a threshold may lie: equal confidences stand or fall together."""
    return np.append(ordered[1:] < ordered[:-1], True) if ordered.size else np.zeros(0, dtype=np.bool_)
