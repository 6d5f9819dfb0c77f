"""The word that was probably meant: what every refusal of an unknown name suggests."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["nearest", "suggestion"]


def nearest(words: Iterable[str], known: Iterable[str]) -> str | None:
    """The known name that looks most like one of the words, as it is spelled there; None if nothing does."""
    by_folded = {name.strip().casefold(): name for name in known}
    for word in words:
        found = get_close_matches(word.strip().casefold(), by_folded, n=1, cutoff=0.6)
        if found:
            return by_folded[found[0]]
    return None


def suggestion(words: Iterable[str], known: Iterable[str]) -> str:
    """A sentence to append to a refusal (` Did you mean 'body'?`), or nothing."""
    found = nearest(words, known)
    return "" if found is None else f" Did you mean '{found}'?"
