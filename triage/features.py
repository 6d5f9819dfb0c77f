"""A ticket to numbers: the terms it holds, and their TF-IDF row as scikit-learn's `TfidfVectorizer` computes it.

The terms are found by the same function in training (as the vectoriser's analyser) and in scoring, so the two can only
differ in arithmetic, and a test holds that to 1e-6. What words mean beyond their identity is `triage.word_vectors`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, repeat
from typing import Self

import numpy as np
from numpy.typing import NDArray

from triage.markup import own_subject, own_words, plain_text
from triage.text import normalise, words
from triage.ticket import NewTicket

__all__ = ["AS_FILED", "TermRows", "TermView", "attribute_terms", "is_word", "terms", "text_of"]

MAX_FACT_CHARACTERS = 200
"""A longer attribute is a text that landed in the wrong column; its beginning tells as much."""

AS_FILED = " as filed"
"""How attributes end that say what people set at opening and may set otherwise later, as in `priority as filed`. They
would give away what is asked, and say what may go wrong (`triage/risk.py`): they are no terms."""

_UNKNOWN = -1
"""Stands for the column of a term that has none."""


def text_of(ticket: NewTicket) -> str:
    """Subject and body as everything that is made of a ticket sees them: the sender's own words, normalised.

    They are taken out of whatever wraps them, and personal data out of them. The length is cut last, so that neither a
    page's styles nor a quoted mail use it up.
    """
    subject, body = own_subject(plain_text(ticket.subject)), own_words(plain_text(ticket.body))
    return normalise(f"{subject}\n{body}")


def terms(ticket: NewTicket) -> list[str]:
    """The terms of a ticket, repeats included: words, pairs of neighbouring words, and `name=value` for each attribute.

    Attributes cannot be taken for words, as no word holds an equals sign.
    """
    unigrams = words(text_of(ticket))
    return [*unigrams, *_pairs(unigrams), *attribute_terms(ticket)]


def attribute_terms(ticket: NewTicket) -> list[str]:
    """What is known of a ticket beside its text, as terms `name=value`; values are normalised as the text is."""
    known = {"channel": ticket.channel or ""} | dict(ticket.attributes)
    values = {
        name: _plain(value[:MAX_FACT_CHARACTERS])
        for name, value in known.items()
        if value and not name.endswith(AS_FILED)
    }
    return [f"{name}={value}" for name, value in values.items() if value]


@lru_cache(maxsize=20_000)
def _plain(value: str) -> str:
    """An attribute's value in one spelling; a desk has few of them, and each comes again and again."""
    return " ".join(normalise(value).split())


def is_word(term: str) -> bool:
    """Whether a term is a single word, and neither a pair of words nor a fact."""
    return " " not in term and "=" not in term


@dataclass(frozen=True, slots=True)
class TermRows:
    """Tickets as sparse rows, one after the other.

    Attributes:
        starts: where each ticket's terms begin, and where the last one's end; int64 of shape (n + 1,).
        at: columns of the known terms, rising within a ticket; int64 of shape (n_known,).
        weights: their weights, float64 of shape (n_known,); a ticket's are a vector of length one.
        lengths: what the weights were divided by, float64 of shape (n,); 0 for a ticket without a known term.
        unknown: for each ticket its words that are no known terms, and how often each occurs.
    """

    starts: NDArray[np.int64]
    at: NDArray[np.int64]
    weights: NDArray[np.float64]
    lengths: NDArray[np.float64]
    unknown: Sequence[Mapping[str, int]]

    def __len__(self) -> int:
        """How many tickets they are."""
        return len(self.unknown)

    def __getitem__(self, part: slice) -> Self:
        """Some of the tickets, one after the other."""
        start, stop, _ = part.indices(len(self))
        own = slice(self.starts[start], self.starts[stop])
        return type(self)(
            self.starts[start : stop + 1] - self.starts[start],
            self.at[own],
            self.weights[own],
            self.lengths[start:stop],
            self.unknown[start:stop],
        )

    @property
    def tickets(self) -> NDArray[np.int64]:
        """For each known term whose it is, by the ticket's place; int64 of shape (n_known,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))


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

    def rows(self, tickets: Sequence[NewTicket]) -> TermRows:
        """The tickets' rows: weights are (1 + ln count) x idf, scaled to length one."""
        unigrams: list[str] = []  # of all tickets, one after the other
        facts: list[str] = []
        n_unigrams, n_facts = [], []
        for ticket in tickets:
            said, known = words(text_of(ticket)), attribute_terms(ticket)
            unigrams += said
            facts += known
            n_unigrams.append(len(said))
            n_facts.append(len(known))
        n, n_terms = len(tickets), max(len(self.known), 1)
        places = np.arange(n)
        says, has = np.repeat(places, n_unigrams), np.repeat(places, n_facts)
        singles = self._columns_of(unigrams, len(unigrams))
        pairs = self._columns_of(_pairs(unigrams), max(len(unigrams) - 1, 0))
        pairs[says[1:] != says[:-1]] = _UNKNOWN  # one ticket's last word and the next one's first
        columns = np.concatenate([singles, pairs, self._columns_of(facts, len(facts))])
        cells = np.concatenate([says, says[1:], has]) * n_terms + columns
        cells, counts = np.unique(cells[columns != _UNKNOWN], return_counts=True)
        whose, at = np.divmod(cells, n_terms)
        unknown: list[dict[str, int]] = [{} for _ in tickets]
        strange = np.flatnonzero(singles == _UNKNOWN)
        for place, ticket_place in zip(strange.tolist(), says[strange].tolist(), strict=True):
            word, counted = unigrams[place], unknown[ticket_place]
            counted[word] = counted.get(word, 0) + 1
        return self.weighted(np.searchsorted(whose, np.arange(n + 1)).astype(np.int64), at, counts, unknown)

    def _columns_of(self, found: Iterable[str], n: int) -> NDArray[np.int64]:
        """The column of each of n terms, `_UNKNOWN` where it has none."""
        return np.fromiter(map(self._columns.get, found, repeat(_UNKNOWN)), dtype=np.int64, count=n)

    def weighted(
        self,
        starts: NDArray[np.int64],
        at: NDArray[np.int64],
        counts: NDArray[np.int64],
        unknown: Sequence[Mapping[str, int]],
    ) -> TermRows:
        """Rows of terms that were counted before: of each ticket those from `starts[i]` to `starts[i + 1]`.

        Args:
            starts: int64 of shape (n + 1,).
            at: the columns of the terms, rising within a ticket; int64 of shape (n_known,).
            counts: how often each occurs, int64 of shape (n_known,).
            unknown: for each ticket its words that are no known terms.
        """
        whose = np.repeat(np.arange(len(unknown)), np.diff(starts))
        weights = (1.0 + np.log(counts)) * self.idf[at]
        lengths = np.sqrt(np.bincount(whose, weights * weights, minlength=len(unknown)))
        return TermRows(starts, at, weights / lengths[whose], lengths, unknown)


def _pairs(unigrams: Sequence[str]) -> Iterable[str]:
    return map(" ".join, pairwise(unigrams))
