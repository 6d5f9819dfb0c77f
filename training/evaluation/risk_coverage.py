"""How many tickets could be answered at which error: the surest first, the others left to people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.intervals import Interval, percentiles, resampled_counts
from triage.risk_coverage import RiskCoverage, answers_by_threshold, risk_coverage

__all__ = ["CoverageAt", "RiskCoverage", "coverage_at", "risk_coverage"]

N_BLOCKS = 2_000
"""Thresholds that are tried in each draw of the bootstrap; up to as many tickets, every possible one."""


@dataclass(frozen=True, slots=True)
class CoverageAt:
    """The share of tickets that can be answered at a precision, 0 to 1, and its 95 % interval."""

    coverage: float
    interval: Interval


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
    n_answered, n_right = answers_by_threshold(confidences[has_evidence], right[has_evidence])
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


def _most(
    answered: NDArray[np.float64] | NDArray[np.int64], hits: NDArray[np.float64] | NDArray[np.int64], precision: float
) -> NDArray[np.float64]:
    """In each row the most answers among which the share of right ones is kept; shape (n_rows,)."""
    keeps = hits >= precision * answered - 1e-9
    return np.asarray(np.where(keeps, answered, 0).max(axis=1, initial=0.0))
