"""When two labels are two spellings of one: the same in form, or alike as a typing error makes them.

In form they differ by case, blanks, punctuation or Unicode alone. A sign that tells labels apart stays: digits, plus,
number sign, ampersand and the like, a dot or a minus that begins a word (`.NET`, `-1`), a minus that ends one (`A-`).
"""

import re
import unicodedata

__all__ = ["is_likely_typo", "spelling_key"]

SHORTEST_JOINED = 6
"""From so many letters on, and without digits, blanks do not matter either: `Help Desk` is `Helpdesk`, while `A B` may
well be something other than `AB`."""

SHORTEST_MISTYPED = 5
"""Of shorter words too many are one letter away from another word: codes, places, teams."""

SHORTEST_TWICE_MISTYPED = 9
"""From so many letters on two errors are believed."""

_DROPPED = re.compile("['’`´‘ʼ\u0307]")  # the dot is what is left of a Turkish İ
_DASHES = re.compile(r"[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]")
_PARTING = re.compile(r'[_,;:!?/\\|"«»“”„()\[\]{}*•·…]|(?<=\S)\.|\.(?=\s|$)|(?<=\w)-(?=\w)|(?<=\s)-(?=\s)|^-\s|\s-$')


def spelling_key(label: str) -> str:
    """What all spellings of a label have in common; empty where nothing is left but signs."""
    words = _words(label)
    key = " ".join(words)
    together = "".join(words)
    if len(together) < 2:  # what is one letter is told apart by its case
        return label.strip()
    return together if len(together) >= SHORTEST_JOINED and together.isalpha() else key


def is_likely_typo(one: str, other: str) -> bool:
    """Whether one label may be the other, mistyped: one word of several letters, no digit, one or two errors.

    An error is a letter too many, too few, another, or two that changed places; accents that are missing are none.
    """
    words, others = _words(one), _words(other)
    if len(words) != len(others):
        words, others = ["".join(words)], ["".join(others)]
    different = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    if len(different) != 1:
        return False
    (word, meant) = different[0]
    shortest = min(len(word), len(meant))
    if shortest < SHORTEST_MISTYPED or not (word.isalpha() and meant.isalpha()):
        return False
    return n_errors(_plain(word), _plain(meant)) <= (1 if shortest < SHORTEST_TWICE_MISTYPED else 2)


def n_errors(one: str, other: str) -> int:
    """How many typing errors lie between two words (optimal string alignment); three stand for all that are more."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, meant in enumerate(other, start=1):
            found = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != meant))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == meant:
                found = min(found, older[j - 2] + 1)
            row.append(found)
    return min(3, row[-1])


def _words(label: str) -> list[str]:
    """The words of a label in one form, without what only parts or adorns them."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    visible = "".join(" " if char.isspace() else char for char in text if unicodedata.category(char) != "Cf")
    return _PARTING.sub(" ", _DROPPED.sub("", _DASHES.sub("-", visible)).strip()).split()


def _plain(word: str) -> str:
    """The word without accents."""
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
