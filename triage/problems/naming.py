"""A name for a problem, of its own words: the few that it has most often beyond what all others say."""

from collections.abc import Mapping, Sequence

__all__ = ["name_of"]

MOST_WORDS = 4


def name_of(weights: Mapping[str, float], service: str | None) -> str:
    """The name of a problem.

    Args:
        weights: of its terms, those first that tell most; two neighbouring words stand together where they come so.
        service: what it is about, which is put before.
    """
    chosen: list[str] = []
    for term in weights:
        if " " not in term and not term.isdecimal():
            chosen.append(term)
        if len(chosen) == MOST_WORDS:
            break
    said = ", ".join(_together(chosen, [term for term in weights if " " in term]) or list(weights)[:MOST_WORDS])
    return f"{service}: {said}" if service is not None else said


def _together(chosen: Sequence[str], pairs: Sequence[str]) -> list[str]:
    """The chosen words, two of them as one where they are neighbours."""
    left, said = list(chosen), []
    for word in chosen:
        if word not in left:
            continue
        other = next(
            (pair for pair in pairs if word in pair.split(" ") and all(part in left for part in pair.split(" "))), None
        )
        said.append(word if other is None else other)
        for part in (other or word).split(" "):
            left.remove(part)
    return said
