"""Whether a ticket is of the kind that a model was learned from: its language, and what it is about.

A confidence says how sure the model is among the labels that it knows. It says nothing about a mail in a language that
the desk never saw; there the words themselves are the evidence. The floors are measured on the desk's own tickets.
"""

from dataclasses import dataclass

import numpy as np

from triage.features import TermRow, TermView, is_word
from triage.prediction import Reason

__all__ = ["FEWEST_WORDS", "Familiarity", "Floors", "WordCounts"]

FEWEST_WORDS = 8
"""Different words from which their shares say something; "vpn down" has no language."""


@dataclass(frozen=True, slots=True)
class WordCounts:
    """The different words of a ticket: the desk's everyday words, its other known words, and those it never saw."""

    n_common: int
    n_known: int
    n_unknown: int

    @property
    def n(self) -> int:
        """All of them."""
        return self.n_common + self.n_known + self.n_unknown

    @property
    def common_ratio(self) -> float:
        """The share of everyday words: high in every text of a language that the desk knows, whatever it is about."""
        return self.n_common / self.n if self.n else 0.0

    @property
    def content_ratio(self) -> float:
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

    def counts(self, ticket: TermRow) -> WordCounts:
        """How many different words of each kind the ticket has."""
        n_common = int(self.common[ticket.at].sum())
        return WordCounts(n_common, int(self.words[ticket.at].sum()) - n_common, len(ticket.unknown))

    def abstention_reason(self, ticket: TermRow) -> Reason | None:
        """Why an answer would rest on nothing; None where it would not, as where every word is known."""
        found = self.counts(ticket)
        if found.n_unknown and found.n >= FEWEST_WORDS and found.content_ratio < self.floors.content_ratio:
            return "unknown_language" if found.common_ratio < self.floors.common_ratio else "out_of_domain"
        return None if ticket.at.size else "too_short"
