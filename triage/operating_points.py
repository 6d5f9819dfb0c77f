"""What one threshold would do to a desk's tickets: applied and right, applied and wrong, left to people."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from triage.policy import is_confident
from triage.thresholds import UnseenAnswers

__all__ = ["LabelPoint", "OperatingPoint", "Share", "label_points", "operating_point", "operating_points"]

SHARES_APPLIED = tuple(tenths / 10 for tenths in range(1, 11))
"""Thresholds are told at every tenth of the tickets."""

_Z = 1.96
"""Of a standard normal variable, 95 % lie this near to its mean."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of tickets, 0 to 1, and its 95 % interval (Wilson 1927)."""

    share: float
    low: float
    high: float

    @classmethod
    def of(cls, n_hits: int, n: int) -> "Share":
        """So many of n tickets; of none, nothing is known."""
        if not n:
            return cls(0.0, 0.0, 1.0)
        share, widened = n_hits / n, 1 + _Z**2 / n
        middle = (share + _Z**2 / (2 * n)) / widened
        half = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / widened
        return cls(share, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What would happen to n tickets, were answers at or above a threshold applied.

    Attributes:
        threshold: 0 to 1; None where each label has its own.
        right: share of all tickets that would get the right answer by itself.
        wrong: share that would get a wrong one.
        by_hand: share that would be left to people.
        precision: share of right ones among the applied.
    """

    threshold: float | None
    right: Share
    wrong: Share
    by_hand: Share
    precision: Share


@dataclass(frozen=True, slots=True)
class LabelPoint:
    """What the threshold of one label does.

    Attributes:
        label: its place.
        n: answers that name it.
        right: share of right ones among these.
        applied: share of these that would be applied.
        precision: share of right ones among the applied.
    """

    label: int
    n: int
    right: Share
    applied: Share
    precision: Share


def operating_points(unseen: UnseenAnswers) -> list[OperatingPoint]:
    """One for each tenth of the tickets, the highest threshold first; fewer where confidences are equal."""
    if not unseen.confidences.size:
        return []
    ordered = np.sort(unseen.confidences)[::-1]
    at = [max(round(share * ordered.size), 1) - 1 for share in SHARES_APPLIED]
    thresholds = sorted({float(ordered[i]) for i in at}, reverse=True)
    return [_point(unseen, unseen.confidences >= threshold, threshold) for threshold in thresholds]


def operating_point(unseen: UnseenAnswers, thresholds: Sequence[float]) -> OperatingPoint:
    """What the thresholds of the labels, one each, would do."""
    applied = is_confident(unseen.confidences, np.asarray(thresholds, dtype=np.float64)[unseen.labels])
    return _point(unseen, applied, None)


def label_points(unseen: UnseenAnswers, thresholds: Sequence[float]) -> list[LabelPoint]:
    """One for each label that was answered, the most often answered first; `thresholds` are one a label."""
    found = []
    for label, threshold in enumerate(thresholds):
        own = unseen.of_label(label)
        n, applied = own.is_right.size, is_confident(own.confidences, threshold)
        n_applied = int(applied.sum())
        if n:
            found.append(
                LabelPoint(
                    label=label,
                    n=n,
                    right=Share.of(int(own.is_right.sum()), n),
                    applied=Share.of(n_applied, n),
                    precision=Share.of(int(own.is_right[applied].sum()), n_applied),
                )
            )
    return sorted(found, key=lambda point: -point.n)


def _point(unseen: UnseenAnswers, applied: NDArray[np.bool_], threshold: float | None) -> OperatingPoint:
    n, n_applied, n_right = unseen.is_right.size, int(applied.sum()), int(unseen.is_right[applied].sum())
    return OperatingPoint(
        threshold=threshold,
        right=Share.of(n_right, n),
        wrong=Share.of(n_applied - n_right, n),
        by_hand=Share.of(n - n_applied, n),
        precision=Share.of(n_right, n_applied),
    )
