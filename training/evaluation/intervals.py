"""How far chance alone may have moved a figure: 95 % intervals, exact for shares and bootstrapped for the rest."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.stats import beta

__all__ = ["CERTAINTY", "Interval", "clopper_pearson", "percentiles", "resampled_counts"]

CERTAINTY = 0.95
"""How often an interval made this way holds the true value."""

N_RESAMPLES = 1_000

Interval = tuple[float, float]
"""Lower and upper end."""


def clopper_pearson(n_right: int, n: int) -> Interval:
    """The exact two-sided interval of a share (Clopper and Pearson 1934).

    Args:
        n_right: how many of them.
        n: of how many, at least one.
    """
    tail = (1 - CERTAINTY) / 2
    low = float(beta.ppf(tail, n_right, n - n_right + 1)) if n_right > 0 else 0.0
    high = float(beta.ppf(1 - tail, n_right + 1, n - n_right)) if n_right < n else 1.0
    return low, high


def resampled_counts(
    cells: NDArray[np.int64],
    n_cells: int,
    groups: NDArray[np.int64] | None = None,
    *,
    n_resamples: int = N_RESAMPLES,
) -> NDArray[np.float64]:
    """How many tickets fall into each cell, in draws of the tickets with replacement (Efron and Tibshirani 1993).

    Whatever a figure is made of by counting, such as a confusion matrix, can be recomputed from these at once. Tickets
    that belong together (of one customer, or of one text) are drawn together, as they are right or wrong together;
    drawn one by one they would feign certainty (the cluster bootstrap, Davison and Hinkley 1997, section 3.8).

    Args:
        cells: where each ticket falls, 0 to `n_cells` - 1, shape (n,).
        n_cells: how many cells there are.
        groups: which tickets belong together, one number each, shape (n,); where None, each stands alone.
        n_resamples: how many draws.

    Returns:
        Counts of shape (n_resamples, n_cells), the same at every call.
    """
    chance = np.random.default_rng(0)
    members = np.arange(cells.size) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_groups = int(members.max()) + 1
    by_cell = csr_matrix((np.ones(cells.size), (cells, members)), shape=(n_cells, n_groups))
    counts = np.empty((n_resamples, n_cells))
    for draw in counts:
        drawn = np.bincount(chance.integers(n_groups, size=n_groups), minlength=n_groups)
        draw[:] = by_cell @ drawn
    return counts


def percentiles(values: NDArray[np.float64]) -> Interval:
    """The interval between the outer percentiles of a figure's resampled values, shape (n_resamples,)."""
    low, high = np.quantile(values, [(1 - CERTAINTY) / 2, (1 + CERTAINTY) / 2])
    return float(low), float(high)
