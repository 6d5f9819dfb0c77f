"""Where in a text the terms of an explanation stand, for whoever reads it as it was written.

A model sees a text normalised: lower case, compatible characters unified, addresses and numbers replaced by their kind.
The text is cut at its blanks, and each piece is normalised alone, so every word keeps the place that it came from.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from triage.features import is_word
from triage.text import MAX_CHARACTERS, normalise, words

__all__ = ["Place", "places"]

_PIECE = re.compile(r"\S+")
_RUN = re.compile(r"[\w\u0300-\u036f]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a text, from `start` to before `end`, that is a term."""

    start: int
    end: int
    term: str


def places(text: str, terms: Collection[str]) -> list[Place]:
    """The stretches that are one of the terms, in their order, none within another; a pair of words before one.

    Facts (`name=value`) stand in no text. A number that is written with blanks is one word to the model and several
    here, so it is not found; nothing beyond what the model reads is.

    Args:
        text: as it was written.
        terms: words, and pairs of neighbouring words.
    """
    singles = {term for term in terms if is_word(term)}
    pairs = {term for term in terms if " " in term and "=" not in term}
    if not singles and not pairs:
        return []
    found: list[Place] = []
    before: Place | None = None
    for place in _words_of(text[:MAX_CHARACTERS]):
        pair = None if before is None else f"{before.term} {place.term}"
        if before is not None and pair in pairs:
            if found and found[-1].start >= before.start:
                found.pop()
            if not found or found[-1].end <= before.start:
                found.append(Place(before.start, place.end, pair or ""))
        elif place.term in singles and (not found or found[-1].end <= place.start):
            found.append(place)
        before = place
    return found


def _words_of(text: str) -> Iterator[Place]:
    for piece in _PIECE.finditer(text):
        known = words(normalise(piece[0]))
        runs = [(run, words(normalise(run[0]))) for run in _RUN.finditer(piece[0])]
        if [word for _, said in runs for word in said] == known and all(len(said) <= 1 for _, said in runs):
            for run, said in runs:
                for word in said:
                    yield Place(piece.start() + run.start(), piece.start() + run.end(), word)
        else:  # an address, a number, a word with something invisible in it: the piece is one
            bare = piece[0].strip("()[]{}<>.,;:!?\"'")
            start = piece.start() + (piece[0].find(bare) if bare else 0)
            for word in known:
                yield Place(start, start + len(bare or piece[0]), word)
