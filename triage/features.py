"""A ticket to numbers: the terms it holds, and their TF-IDF row as scikit-learn's `TfidfVectorizer` computes it.

The terms are found by the same function in training (as the vectoriser's analyser) and in scoring, so the two can only
differ in arithmetic, and a test holds that to 1e-6. What words mean beyond their identity is `triage.word_vectors`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from triage.text import normalise, words
from triage.ticket import NewTicket

__all__ = ["TermRow", "TermView", "attribute_terms", "is_word", "terms", "text_of"]

MAX_FACT_CHARACTERS = 200
"""A longer attribute is a text that landed in the wrong column; its beginning tells as much."""


def text_of(ticket: NewTicket) -> str:
    """Subject and body as everything that is made of a ticket sees them: normalised, personal data taken out."""
    return normalise(f"{ticket.subject}\n{ticket.body}")


def terms(ticket: NewTicket) -> list[str]:
    """The terms of a ticket, repeats included: words, pairs of neighbouring words, and `name=value` for each attribute.

    Attributes cannot be taken for words, as no word holds an equals sign.
    """
    unigrams = words(text_of(ticket))
    return unigrams + [f"{a} {b}" for a, b in pairwise(unigrams)] + attribute_terms(ticket)


def attribute_terms(ticket: NewTicket) -> list[str]:
    """What is known of a ticket beside its text, as terms `name=value`; values are normalised as the text is."""
    known = {"channel": ticket.channel or ""} | dict(ticket.attributes)
    values = {name: " ".join(normalise(value[:MAX_FACT_CHARACTERS]).split()) for name, value in known.items() if value}
    return [f"{name}={value}" for name, value in values.items() if value]


def is_word(term: str) -> bool:
    """Whether a term is a single word, and neither a pair of words nor a fact."""
    return " " not in term and "=" not in term


@dataclass(frozen=True, slots=True)
class TermRow:
    """A ticket as a sparse row.

    Attributes:
        at: columns of its known terms, int64 of shape (n_known,).
        weights: their weights, float64 of shape (n_known,), as a vector of length one.
        length: what the weights were divided by; 0 for a ticket without a known term.
        unknown: its words that are no known terms, and how often each occurs.
        n_words: how many words it has, repeats included.
    """

    at: NDArray[np.int64]
    weights: NDArray[np.float64]
    length: float
    unknown: Mapping[str, int]
    n_words: int


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

    def row(self, ticket: NewTicket) -> TermRow:
        """The ticket's row: weights are (1 + ln count) x idf, scaled to length one."""
        return self.row_of(terms(ticket))

    def row_of(self, found: Iterable[str]) -> TermRow:
        """The row of a ticket whose terms were found before, repeats included."""
        columns = self._columns
        counts: dict[int, int] = {}
        unknown: dict[str, int] = {}
        n_words = 0
        for term, count in Counter(found).items():
            column = columns.get(term)
            if column is not None:
                counts[column] = count
            elif is_word(term):
                unknown[term] = count
            n_words += count * is_word(term)
        at = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        weights = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        weights = (1.0 + np.log(weights)) * self.idf[at]
        length = float(np.sqrt(weights @ weights))
        return TermRow(at, weights / length if length > 0 else weights, length, unknown, n_words)
