"""The word that was probably meant: what every refusal of an unknown name suggests."""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

__all__ = ["folded", "nearest", "suggestion"]


@lru_cache(maxsize=10_000)
def folded(name: str) -> str:
    """A name as it is compared: without case, accents and blanks around or doubled."""
    plain = name
    if not name.isascii():
        parts = unicodedata.normalize("NFKD", name)
        plain = "".join(character for character in parts if not unicodedata.combining(character))
    return " ".join(plain.casefold().split())


def nearest(words: Iterable[str], known: Iterable[str]) -> str | None:
    """The known name that looks most like one of the words, as it is spelled there; None if nothing does."""
    by_folded = {folded(name): name for name in known}
    for word in words:
        found = get_close_matches(folded(word), by_folded, n=1, cutoff=0.6)
        if found:
            return by_folded[found[0]]
    return None


def suggestion(words: Iterable[str], known: Iterable[str]) -> str:
    """A sentence to append to a refusal (` Did you mean 'body'?`), or nothing."""
    found = nearest(words, known)
    return "" if found is None else f" Did you mean '{found}'?"
