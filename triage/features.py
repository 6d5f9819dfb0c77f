"""A ticket to numbers: the terms it holds, and their TF-IDF row as scikit-learn's `TfidfVectorizer` computes it.

The terms are found by the same function in training (as the vectoriser's analyser) and in scoring, so the two can only
differ in arithmetic, and a test holds that to 1e-6. A new view of a ticket is a class beside `TermView`.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from triage.text import normalise, words
from triage.ticket import NewTicket

__all__ = ["TermView", "facts", "terms"]

MAX_FACT_CHARACTERS = 200
"""A longer attribute is a text that landed in the wrong column; its beginning tells as much."""


def terms(ticket: NewTicket) -> list[str]:
    """The terms of a ticket, repeats included: words, pairs of neighbouring words, and `name=value` for each attribute.

    Attributes cannot be taken for words, as no word holds an equals sign.
    """
    unigrams = words(normalise(f"{ticket.subject}\n{ticket.body}"))
    return unigrams + [f"{a} {b}" for a, b in pairwise(unigrams)] + facts(ticket)


def facts(ticket: NewTicket) -> list[str]:
    """What is known of a ticket beside its text, as terms `name=value`; values are normalised as the text is."""
    known = {"channel": ticket.channel or ""} | dict(ticket.attributes)
    values = {name: " ".join(normalise(value[:MAX_FACT_CHARACTERS]).split()) for name, value in known.items()}
    return [f"{name}={value}" for name, value in values.items() if value]


class TermView:
    """Known terms and how telling each is; a ticket's row is TF-IDF with sublinear counts, of length one.

    Args:
        known: the terms in the order of their columns.
        idf: inverse document frequencies, float64 of shape (n_terms,).
    """

    def __init__(self, known: Sequence[str], idf: NDArray[np.float64]) -> None:
        self.known = known
        self.idf = idf
        self._columns = {term: column for column, term in enumerate(known)}

    def row(self, ticket: NewTicket) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The ticket's sparse row: columns of its known terms and their weights, both of shape (n_known,).

        Weights are (1 + ln count) x idf, scaled to length one; both are empty for a ticket without a known term.
        """
        columns = self._columns
        counts = Counter(column for term in terms(ticket) if (column := columns.get(term)) is not None)
        at = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        weights = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        weights = (1.0 + np.log(weights)) * self.idf[at]
        length = np.sqrt(weights @ weights)
        return at, weights / length if length > 0 else weights
