"""How often something happens to the tickets of these days, though many of them are still open.

Among tickets opened lately only the quick ones are settled, and quick ones miss no SLA; among those settled lately are
slow ones of long ago. So each ticket that was opened lately and is settled counts for those that could not have been
seen to take as long (inverse probability of censoring weights, Robins and Finkelstein 2000).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from training.risk.history import RiskHistory

__all__ = ["follow_up_weights", "lately", "shifted"]

RECENT = 0.35
"""The share of the tickets opened so far that are of these days."""

AHEAD = 0.3
"""Of the time of these days, after their end: about the middle of the fifth of a history that comes next."""

MOST = 10.0
"""One ticket stands for so many at most: a weight beyond that rests on a handful."""

FEWEST = 20
"""Settled tickets of both kinds, without which these days say nothing."""


def lately(history: RiskHistory, outcome: str, until: float) -> tuple[NDArray[np.bool_], float] | None:
    """The tickets opened lately, as of a moment, and how often the outcome happens to them; None where it is not known.

    Args:
        history: the tickets.
        outcome: by name.
        until: the moment; earlier where nothing is known of tickets settled since.

    Returns:
        Which tickets, shape (n,), and the rate, 0 to 1.
    """
    became = history.became[outcome]
    known = ~np.isnan(became) & (history.settled <= until)
    if not known.any():
        return None
    until = min(until, float(history.settled[known].max()))
    so_far = np.flatnonzero(history.opened < until)
    window = np.zeros(became.size, dtype=np.bool_)
    window[so_far[int(so_far.size * (1 - RECENT)) :]] = True
    settled = np.where(known, history.settled, np.nan)[window]
    weights = follow_up_weights(history.opened[window], settled, until)
    happened = np.nan_to_num(became[window])
    hits = int(happened[weights > 0].sum())
    if min(hits, int((weights > 0).sum()) - hits) < FEWEST:
        return None
    if (weights == 1).all():
        return window, _ahead(history.opened[window], happened)
    return window, float(np.average(happened, weights=weights))


def _ahead(opened: NDArray[np.float64], happened: NDArray[np.float64]) -> float:
    """The rate a little later, if it goes on as it did; both of shape (n,), of tickets of which all is known.

    Where many are still open no trend is drawn: the latest days hold quick tickets alone, and would bend it.
    """
    last, span = opened.max(), max(float(np.ptp(opened)), 1e-9)
    trend = LogisticRegression(C=1e6).fit((opened[:, None] - last) / span, happened)
    return float(trend.predict_proba([[AHEAD]])[0, 1])


def follow_up_weights(opened: NDArray[np.float64], settled: NDArray[np.float64], until: float) -> NDArray[np.float64]:
    """As how many tickets each settled one counts, float64 of shape (n,); 0 for those not settled by then.

    Args:
        opened: when each ticket was opened, in any unit.
        settled: when it was settled, NaN where it was not.
        until: when one looks.
    """
    watched = np.sort(until - opened)
    seen = np.nan_to_num(settled, nan=np.inf) <= until
    share = 1 - np.searchsorted(watched, (settled - opened)[seen], side="left") / max(1, watched.size)
    weights = np.zeros(opened.size)
    weights[seen] = np.minimum(MOST, 1 / np.maximum(share, 1e-9))
    return weights


def shifted(log_odds: NDArray[np.float64], rate: float) -> float:
    """What has to be added to log-odds, shape (n,), so that the mean of their chances is a rate between 0 and 1."""
    far = 50 + float(np.abs(log_odds).max())
    return float(brentq(lambda shift: float(expit(log_odds + shift).mean() - rate), -far, far))
