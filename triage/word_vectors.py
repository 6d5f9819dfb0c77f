"""Words to vectors, so that tickets are near each other that share no word: what a word occurs with, means, looks like.

A word's vector is three blocks side by side: *topic* (latent semantic analysis of the desk's history), *meaning* (the
word's embedding by a sentence encoder, looked up once at training time) and *spelling* (its character n-grams). A
ticket is the sum of its words' vectors, weighted as its terms are, every block scaled to length one. A word that the
history does not know has its spelling still: a typo, a compound or an inflection lands near the word it comes from.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from triage.features import TermRows

__all__ = ["SpellingTable", "WordVectors", "ngrams"]

_SHORTEST, _LONGEST = 3, 5
_REMEMBERED = 50_000
"""Unknown words whose spelling is kept; the memory that they take stays below 50 MB."""


def ngrams(word: str) -> list[str]:
    """The runs of three to five characters of a word, its two ends marked by a space; repeats included."""
    marked = f" {word} "
    return [
        marked[start : start + size]
        for size in range(_SHORTEST, _LONGEST + 1)
        for start in range(len(marked) - size + 1)
    ]


class SpellingTable:
    """Known n-grams and a vector for each; a word's vector is their sum over the square root of how many they are.

    Args:
        known: the n-grams in the order of the rows.
        vectors: float16 of shape (n_ngrams, n_spelling).
    """

    def __init__(self, known: Sequence[str], vectors: NDArray[np.float16]) -> None:
        self.known = known
        self.vectors = vectors
        self._rows = {ngram: row for row, ngram in enumerate(known)}
        self._remembered: dict[str, NDArray[np.float32]] = {}

    def vector(self, word: str) -> NDArray[np.float32]:
        """The word's spelling, float32 of shape (n_spelling,); zeros where no n-gram is known."""
        found = self._remembered.get(word)
        if found is None:
            rows = [row for ngram in ngrams(word) if (row := self._rows.get(ngram)) is not None]
            found = self.vectors[rows].sum(axis=0, dtype=np.float32) / np.float32(max(len(rows), 1) ** 0.5)
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()  # words that come again are found again; who comes first matters to nobody
            self._remembered[word] = found
        return found


class WordVectors:
    """The vectors of a desk's words, and the dense row that they make of a ticket.

    Args:
        columns: for each row of `vectors` the column of `TermView` that it belongs to, int64 of shape (n_words,).
        n_terms: how many columns `TermView` has.
        vectors: float16 of shape (n_words, n_dims): the blocks side by side, spelling last.
        blocks: how many dimensions each block has; they add up to n_dims.
        spelling: for words that the history does not know.
        unknown_idf: how telling such a word is taken to be.
    """

    def __init__(
        self,
        *,
        columns: NDArray[np.int64],
        n_terms: int,
        vectors: NDArray[np.float16],
        blocks: tuple[int, ...],
        spelling: SpellingTable,
        unknown_idf: float,
    ) -> None:
        self.columns = columns
        self.vectors = vectors
        self.blocks = blocks
        self.spelling = spelling
        self.unknown_idf = unknown_idf
        self._row_of = np.full(n_terms, -1, dtype=np.int64)
        self._row_of[columns] = np.arange(columns.size)

    @property
    def n_dims(self) -> int:
        """The length of a dense row."""
        return sum(self.blocks)

    def rows(self, tickets: TermRows) -> NDArray[np.float32]:
        """The tickets' dense rows, float32 of shape (n, n_dims); a block that nothing is known for is zero."""
        found = self._row_of[tickets.at]
        is_word = found >= 0
        used, places = np.unique(found[is_word], return_inverse=True)
        table = self.vectors[used].astype(np.float32)  # a word that stands in many tickets is unpacked once
        weights = tickets.weights[is_word].astype(np.float32)
        starts = np.concatenate([[0], np.cumsum(is_word)])[tickets.starts].tolist()
        summed = np.empty((len(tickets), self.n_dims), dtype=np.float32)
        for i, (start, end) in enumerate(pairwise(starts)):
            np.matmul(weights[start:end], table[places[start:end]], out=summed[i])
            if tickets.unknown[i]:
                summed[i, -self.blocks[-1] :] += self._unknown_part(tickets.unknown[i], float(tickets.lengths[i]))
        return self._unit_blocks(summed)

    def _unknown_part(self, unknown: Mapping[str, int], length: float) -> NDArray[np.float32]:
        """What the words that are no terms add to the spelling block, float32 of shape (n_spelling,)."""
        added = np.zeros(self.blocks[-1], dtype=np.float32)
        scale = self.unknown_idf / (length or 1.0)
        for word, count in unknown.items():
            added += np.float32(scale * (1.0 + log(count))) * self.spelling.vector(word)
        return added

    def _unit_blocks(self, summed: NDArray[np.float32]) -> NDArray[np.float32]:
        """The rows themselves, of shape (n, n_dims), with every block scaled to length one."""
        start = 0
        for n_dims in self.blocks:
            block = summed[:, start : start + n_dims]
            block /= np.maximum(np.sqrt(np.einsum("ij,ij->i", block, block)), np.float32(1e-9))[:, None]
            start += n_dims
        return summed
