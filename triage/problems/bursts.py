"""Where a term comes far more often than elsewhere in the window: Kulldorff's scan statistic, for all terms at once.

Time is the place among all incidents that people wrote, so that weekends, holidays and a growing desk are no bursts. Of
a person each term counts once, so that somebody who writes every day is none either.

Kulldorff, M. (1997), A spatial scan statistic, Communications in Statistics: Theory and Methods 26 (6).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bursts", "scan"]

SURE = 2.0
"""Beyond the logarithm of how many stretches were looked at: chance makes one in seven desks show a burst at all."""

_GROWTH = 1.3
"""Stretches of so many times as many occurrences are looked at, one after the other."""

_CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Bursts:
    """Terms that come in a burst, the surest first.

    Attributes:
        terms: int64 of shape (n,).
        strengths: logarithms of the likelihood ratio against an even rate; float64 of shape (n,).
        begins: places where the burst begins, float64 of shape (n,).
        ends: where it ends, float64 of shape (n,).
    """

    terms: NDArray[np.int64]
    strengths: NDArray[np.float64]
    begins: NDArray[np.float64]
    ends: NDArray[np.float64]


def scan(terms: NDArray[np.int64], places: NDArray[np.float64], fewest: int, n: int) -> Bursts:
    """The bursts of terms.

    Args:
        terms: of each occurrence, rising; int64 of shape (n_cells,).
        places: of each occurrence, rising within a term, 0 to 1; float64 of shape (n_cells,).
        fewest: so many occurrences make a burst.
        n: incidents in the window, of which a stretch holds one at least.
    """
    best = _Best(int(terms[-1]) + 1 if len(terms) else 0)
    n_looked_at = 0
    for part in _parts(terms):
        n_looked_at += best.look(terms[part], places[part], fewest, n)
    is_sure = best.strengths > np.log(max(n_looked_at, 1)) + SURE
    found = np.flatnonzero(is_sure)
    found = found[np.argsort(-best.strengths[found], kind="stable")]
    return Bursts(found, best.strengths[found], best.begins[found], best.ends[found])


class _Best:
    """The surest burst of each term so far."""

    def __init__(self, n_terms: int) -> None:
        self.strengths = np.zeros(n_terms)
        self.begins = np.zeros(n_terms)
        self.ends = np.ones(n_terms)

    def look(self, terms: NDArray[np.int64], places: NDArray[np.float64], fewest: int, n: int) -> int:
        """Looks at every stretch of some numbers of occurrences, and says how many those were."""
        firsts = np.flatnonzero(np.diff(terms, prepend=-1))
        totals = np.diff(firsts, append=len(terms))
        size, n_looked_at = fewest, 0
        while len(totals) and size <= totals.max():
            is_long = np.repeat(totals >= size, totals)
            terms, places, totals = terms[is_long], places[is_long], totals[totals >= size]
            begins, ends = places[: len(places) - size + 1], places[size - 1 :]
            same = terms[: len(begins)] == terms[size - 1 :]
            whose, begins, ends = terms[: len(begins)][same], begins[same], ends[same]
            n_all = np.repeat(totals, totals)[: len(same)][same]
            strengths = _strengths(size, n_all, ends - begins, n)
            self._keep(whose, strengths, begins, ends)
            n_looked_at += len(whose)
            size = max(size + 1, int(size * _GROWTH))
        return n_looked_at

    def _keep(
        self,
        terms: NDArray[np.int64],
        strengths: NDArray[np.float64],
        begins: NDArray[np.float64],
        ends: NDArray[np.float64],
    ) -> None:
        order = np.lexsort((-strengths, terms))
        tops = order[np.flatnonzero(np.diff(terms[order], prepend=-1))]
        better = tops[strengths[tops] > self.strengths[terms[tops]]]
        at = terms[better]
        self.strengths[at], self.begins[at], self.ends[at] = strengths[better], begins[better], ends[better]


def _strengths(size: int, n_all: NDArray[np.int64], spans: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """For stretches that hold `size` of a term's occurrences how much likelier a burst is than an even rate."""
    # its ends are where occurrences are, so that a stretch by chance is shorter than its share
    shares = np.minimum(spans * (size + 1) / max(size - 1, 1) + 1 / n, 1.0)
    rest = n_all - size
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = size * np.log(size / (n_all * shares))
        outside = np.where(rest > 0, rest * np.log(rest / (n_all * (1 - shares))), 0.0)
    return np.where(size > n_all * shares, inside + outside, 0.0)


def _parts(terms: NDArray[np.int64]) -> list[slice]:
    """Parts of bounded size that end where a term does."""
    ends, begin = [], 0
    while begin < len(terms):
        end = min(begin + _CELLS_AT_ONCE, len(terms))
        if end < len(terms):
            end = int(np.searchsorted(terms, terms[end - 1], side="right"))
        ends.append(slice(begin, end))
        begin = end
    return ends
