"""A mark in a note, by which a change is known again: what was answered by half is not written twice.

A mark is `triage:` and hexadecimal digits. It stands on the last line of an internal note, or in its subject where a
system lists subjects without texts. A change without a note needs none: the same values twice are the same values.
"""

import re
from collections.abc import Iterable

from triage.errors import InvalidInput

__all__ = ["checked_mark", "marked", "marks_in"]

_MARK = re.compile(r"\btriage:[0-9a-f]{8,64}(?![0-9a-z])")


def checked_mark(mark: str) -> str:
    """The mark itself.

    Raises:
        InvalidInput: it is none, and would not be found again.
    """
    if _MARK.fullmatch(mark) is None:
        raise InvalidInput("A mark is written triage: and 8 to 64 hexadecimal digits in lower case.")
    return mark


def marked(note: str, mark: str) -> str:
    """The note with its mark on a line of its own."""
    return f"{note.rstrip()}\n\n{mark}"


def marks_in(notes: Iterable[str]) -> frozenset[str]:
    """Every mark that the notes carry."""
    return frozenset(mark for note in notes for mark in _MARK.findall(note))
