"""Words that say nothing about what a ticket is about: if they tell its label, the text was made by the label.

The words of five languages stand in `neutral_words.toml`; for a desk that writes another its own most frequent short
words stand in for them. Another language is a line there.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.audit.excerpt import Excerpt

__all__ = ["frequent_short_columns", "neutral_columns", "neutral_words", "placeholder_columns"]

NEUTRAL_WORDS = Path(__file__).parent / "neutral_words.toml"

N_COMMONEST = 50
"""How many of a desk's most frequent words are looked at; of five desks in the listed languages 27 to 39 are known."""

N_KNOWN = 15
"""With fewer of those known the desk writes another language."""

SHORT = 4
FEWEST_WORDS = 2000
"""In most languages the most frequent short words are pronouns, prepositions and conjunctions. The fifty most frequent
of up to four letters reach 0.95 of what the whole text gains for the Endava ticket type, and 0.62 at most for eight
targets of four desks that are sound. In a tiny vocabulary they would be half of all words."""

# Hours, minutes, days and years. Longer numbers, such as those of errors and rooms, say what a ticket is about.
_DATE_NUMBER = re.compile(r"\d\d|(?:19|20)\d\d")


@cache
def neutral_words() -> Mapping[str, frozenset[str]]:
    """For each language its words; under `placeholders` what stands where personal data was taken out."""
    listed = tomllib.loads(NEUTRAL_WORDS.read_text(encoding="utf-8"))
    return {language: frozenset(text.split()) for language, text in listed.items()}


def neutral_columns(excerpt: Excerpt) -> NDArray[np.bool_]:
    """Which words of an excerpt are listed as neutral, or are a date's numbers; shape (n_words,)."""
    listed = frozenset().union(*(known for name, known in neutral_words().items() if name != "placeholders"))
    return _which(excerpt, lambda word: word in listed or _DATE_NUMBER.fullmatch(word) is not None)


def frequent_short_columns(excerpt: Excerpt) -> NDArray[np.bool_]:
    """Which words stand in for the neutral ones of a language that is not listed, shape (n_words,); none if it is."""
    frequency = excerpt.holds.sum(axis=0)
    found = np.zeros(frequency.size, dtype=bool)
    commonest = np.argsort(-frequency, kind="stable")[:N_COMMONEST]
    if frequency.size >= FEWEST_WORDS and neutral_columns(excerpt)[commonest].sum() < N_KNOWN:
        is_short = _which(excerpt, lambda word: len(word) <= SHORT)
        found[np.argsort(-np.where(is_short, frequency, 0), kind="stable")[:N_COMMONEST]] = True
    return found


def placeholder_columns(excerpt: Excerpt) -> NDArray[np.bool_]:
    """Which words of an excerpt stand where something personal was taken out, shape (n_words,)."""
    known = neutral_words()["placeholders"]
    return _which(excerpt, lambda word: word in known)


def _which(excerpt: Excerpt, is_meant: Callable[[str], bool]) -> NDArray[np.bool_]:
    return np.fromiter(map(is_meant, excerpt.vocabulary), dtype=bool, count=excerpt.vocabulary.size)
