"""Whether a ticket is of the kind that a model was learned from: its language, and what it is about.

A confidence says how sure the model is among the labels that it knows. It says nothing about a mail in a language that
the desk never saw; there the words themselves are the evidence. The floors are measured on the desk's own tickets.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from triage.features import TermRows, TermView, is_word
from triage.prediction import Reason

__all__ = ["FEWEST_WORDS", "UNFAMILIAR_RATIO", "Familiarity", "Floors", "WordCounts"]

FEWEST_WORDS = 8
"""Different words from which their shares say something; "vpn down" has no language."""

UNFAMILIAR_RATIO = 0.005
"""The share of a desk's own tickets that its floors would withhold."""


@dataclass(frozen=True, slots=True)
class WordCounts:
    """The different words of n tickets: everyday ones, other known ones, those never seen; int64 of shape (n,) each."""

    n_common: NDArray[np.int64]
    n_known: NDArray[np.int64]
    n_unknown: NDArray[np.int64]

    @property
    def n(self) -> NDArray[np.int64]:
        """All of them."""
        return self.n_common + self.n_known + self.n_unknown

    @property
    def common_ratio(self) -> NDArray[np.float64]:
        """The share of everyday words: high in every text of a language that the desk knows, whatever it is about."""
        return self.n_common / np.maximum(self.n, 1)

    @property
    def content_ratio(self) -> NDArray[np.float64]:
        """The share of known words among those that are not everyday ones: low where a text is about other things.

        By Laplace's rule of succession: one unknown name beside everyday words is no evidence, ten unknown words are.
        """
        return (self.n_known + 1) / (self.n_known + self.n_unknown + 2)


@dataclass(frozen=True, slots=True)
class Floors:
    """What the desk's own tickets hardly ever fall below.

    Attributes:
        common_idf: an everyday word is one of this inverse document frequency or a lower one.
        common_ratio: the least share of everyday words, 0 to 1.
        content_ratio: the least share of known words among the others, 0 to 1.
    """

    common_idf: float
    common_ratio: float
    content_ratio: float


class Familiarity:
    """Judges tickets by the floors of a desk.

    Args:
        view: the desk's terms.
        floors: what was measured on its tickets.
    """

    def __init__(self, view: TermView, floors: Floors) -> None:
        self.floors = floors
        self.words = np.fromiter((is_word(term) for term in view.known), dtype=np.bool_, count=len(view.known))
        self.common = self.words & (view.idf <= floors.common_idf)

    def counts(self, rows: TermRows) -> WordCounts:
        """How many different words of each kind each ticket has."""
        tickets, n = rows.tickets, len(rows)
        n_common = np.bincount(tickets[self.common[rows.at]], minlength=n)
        n_words = np.bincount(tickets[self.words[rows.at]], minlength=n)
        n_unknown = np.fromiter(map(len, rows.unknown), dtype=np.int64, count=n)
        return WordCounts(n_common, n_words - n_common, n_unknown)

    def abstention_reasons(self, rows: TermRows) -> list[Reason | None]:
        """Why an answer about each ticket would rest on nothing; None where it rests on something."""
        found = self.counts(rows)
        is_judged = (found.n_unknown > 0) & (found.n >= FEWEST_WORDS)
        is_strange = is_judged & (found.content_ratio < self.floors.content_ratio)
        is_foreign = is_strange & (found.common_ratio < self.floors.common_ratio)
        is_empty = np.diff(rows.starts) == 0
        reasons: list[Reason | None] = [None] * len(rows)
        for where, reason in ((is_empty, "too_short"), (is_strange, "out_of_domain"), (is_foreign, "unknown_language")):
            for i in np.flatnonzero(where).tolist():
                reasons[i] = cast("Reason", reason)
        return reasons
