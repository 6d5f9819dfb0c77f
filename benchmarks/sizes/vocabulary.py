"""Words that nobody speaks, as many as wanted, and texts of them: few words are frequent, most are rare."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

__all__ = ["Vocabulary", "draw_vocabulary"]

_SYLLABLES = tuple(a + b for a, b in product("bcdfghjklmnprstvwxyz", "aeiou"))
_WORDS_OF_TERMS = 1 / 4
"""The others are pairs of words; a learned word list is alike."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of a model.

    Attributes:
        words: the single ones, the most frequent first.
        pairs: places of two words each, int64 of shape (n_pairs, 2).
    """

    words: tuple[str, ...]
    pairs: NDArray[np.int64]

    def terms(self) -> list[str]:
        """All of them, as a model knows them."""
        return [*self.words, *(f"{self.words[a]} {self.words[b]}" for a, b in self.pairs.tolist())]

    def text(self, n_characters: int, chance: np.random.Generator) -> str:
        """So many characters of known pairs in sentences: half of the neighbouring words are a pair that is known."""
        found: list[str] = []
        length = 0
        while length < n_characters:
            sentence = self.pairs[chance.integers(len(self.pairs), size=6)].ravel().tolist()
            found.append(" ".join(self.words[i] for i in sentence) + ".")
            length += len(found[-1]) + 1
        return "\n".join(found)[:n_characters]


def draw_vocabulary(n_terms: int) -> Vocabulary:
    """The same one for the same number of terms."""
    chance = np.random.default_rng(17)
    n_words = round(n_terms * _WORDS_OF_TERMS)
    words = tuple(_word(i) for i in range(n_words))
    frequencies = 1 / (np.arange(n_words) + 10)
    pairs = np.empty(0, dtype=np.int64)
    while pairs.size < n_terms - n_words:
        a, b = chance.choice(n_words, size=(2, n_terms), p=frequencies / frequencies.sum())
        pairs = np.unique(np.concatenate([pairs, a * n_words + b]))
    kept = chance.permutation(pairs)[: n_terms - n_words]
    return Vocabulary(words, np.stack(np.divmod(kept, n_words), axis=1))


def _word(i: int) -> str:
    """Three syllables tell a million words apart."""
    n = len(_SYLLABLES)
    return _SYLLABLES[i % n] + _SYLLABLES[i // n % n] + _SYLLABLES[i // n**2 % n]
