"""How many tickets could be answered at which error: the surest first, the others left to people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.intervals import Interval, percentiles, resampled_counts

__all__ = ["CoverageAt", "RiskCoverage", "coverage_at", "risk_coverage"]

N_POINTS = 200
"""Points of a curve: more than a screen shows apart."""

N_BLOCKS = 2_000
"""Thresholds that are tried in each draw of the bootstrap; up to as many tickets, every possible one."""


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Share answered, and share of wrong ones among these; two columns of equal length, from the surest answers on."""

    coverage: tuple[float, ...]
    error: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CoverageAt:
    """The share of tickets that can be answered at a precision, 0 to 1, and its 95 % interval."""

    coverage: float
    interval: Interval


def risk_coverage(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[RiskCoverage, float]:
    """The curve, and the area under it: the error averaged over all coverages (AURC; Geifman and El-Yaniv 2017).

    Among equal confidences, which no threshold can part, errors are spread evenly.

    Args:
        confidences: of the first answers, shape (n,).
        right: whether each was right, shape (n,).
    """
    n_answered, n_right = _by_threshold(confidences, right)
    each = np.arange(1, confidences.size + 1)
    errors = 1 - np.interp(each, np.append(0, n_answered), np.append(0, n_right)) / each
    shown = np.unique(np.linspace(0, each.size - 1, N_POINTS).round().astype(np.int64))
    curve = RiskCoverage(tuple((each[shown] / each.size).tolist()), tuple(errors[shown].tolist()))
    return curve, float(errors.mean())


def coverage_at(
    confidences: NDArray[np.float64],
    right: NDArray[np.bool_],
    has_evidence: NDArray[np.bool_],
    precisions: Sequence[float],
    groups: NDArray[np.int64] | None = None,
) -> dict[str, CoverageAt]:
    """For each precision the largest share of tickets that one threshold could answer so, known with hindsight.

    The threshold is chosen on the tickets that are measured on, so this says what the order of the answers allows and
    is no promise: what may be promised is the coverage of the thresholds that were proved on other tickets. The
    interval is a percentile bootstrap (Efron and Tibshirani 1993, chapter 13) that chooses the threshold anew in each
    draw.

    Args:
        confidences: of the first answers, shape (n,).
        right: whether each was right, shape (n,).
        has_evidence: whether it rests on anything, shape (n,); one that does not is never answered.
        precisions: what to keep, 0 to 1 each.
        groups: which tickets belong together, shape (n,); where None, each stands alone.

    Returns:
        By precision as written with two digits, such as `0.95`.
    """
    order = np.argsort(-np.where(has_evidence, confidences, -1.0), kind="stable")
    n_answered, n_right = _by_threshold(confidences[has_evidence], right[has_evidence])
    if n_answered.size > N_BLOCKS:
        kept = np.linspace(0, n_answered.size - 1, N_BLOCKS).round().astype(np.int64)
        block_ends = n_answered[kept]
    else:
        block_ends = n_answered
    # a cell is a block of neighbours in the order of confidence, and whether the answer was right
    blocks = np.searchsorted(block_ends, np.arange(order.size), side="right")
    cells = 2 * blocks + right[order]
    n_cells = 2 * (block_ends.size + 1)
    counts = resampled_counts(cells, n_cells, None if groups is None else groups[order])
    answered = np.cumsum(counts[:, :-2:2] + counts[:, 1:-2:2], axis=1)
    hits = np.cumsum(counts[:, 1:-2:2], axis=1)
    n = counts.sum(axis=1)
    return {
        f"{precision:.2f}": CoverageAt(
            float(_most(n_answered[None, :], n_right[None, :], precision)[0] / confidences.size),
            percentiles(_most(answered, hits, precision) / n),
        )
        for precision in precisions
    }


def _by_threshold(
    confidences: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Answers at or above each possible threshold, the highest first, and right ones among them."""
    order = np.argsort(-confidences, kind="stable")
    ordered = confidences[order]
    last_of_ties = np.append(ordered[1:] < ordered[:-1], True) if order.size else np.zeros(0, dtype=np.bool_)
    ends = np.flatnonzero(last_of_ties).astype(np.int64)
    return ends + 1, np.cumsum(right[order], dtype=np.int64)[ends]


def _most(
    answered: NDArray[np.float64] | NDArray[np.int64], hits: NDArray[np.float64] | NDArray[np.int64], precision: float
) -> NDArray[np.float64]:
    """In each row the most answers among which the share of right ones is kept; shape (n_rows,)."""
    keeps = hits >= precision * answered - 1e-9
    return np.asarray(np.where(keeps, answered, 0).max(axis=1, initial=0.0))
