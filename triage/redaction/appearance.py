"""A text as people see it: what it looks like, whatever characters it is written with."""

import re
import unicodedata
from functools import lru_cache
from html import unescape

__all__ = ["as_seen"]

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_UNIT = re.compile(rf"{_ENTITY.pattern}|.", re.DOTALL)
_UNUSUAL = re.compile(r"[^\x01-\x7f]")
_UNSEEN = frozenset({"Cf", "Mn", "Me"})
"""Unicode's categories of what has no width: format characters, and the signs that are put on a letter."""


def as_seen(text: str) -> tuple[str, list[int] | None]:
    """The text with one plain character for each that is seen, and where each begins in the text.

    The places are None where they are the same in both. There is one more than characters: the text's end.
    """
    has_entities = "&" in text and _ENTITY.search(text) is not None
    if text.isascii() and not has_entities and "\x00" not in text:
        return text, None
    plain = {ord(c): known for c in set(_UNUSUAL.findall(text)) if (known := _plain(c)) != c}
    if not has_entities and all(plain.values()):
        return (text.translate(plain) if plain else text), None
    seen: list[str] = []
    starts: list[int] = []
    for found in _UNIT.finditer(text):
        unit = found[0]
        character = unescape(unit) if len(unit) > 1 else unit
        character = plain.get(ord(character), character) if len(unit) == 1 else _plain(character[:1])
        if character:
            seen.append(character)
            starts.append(found.start())
    return "".join(seen), [*starts, len(text)]


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """A character as the patterns know it; empty for one that cannot be seen."""
    category = unicodedata.category(character)
    if category in _UNSEEN or character == "\x00":  # which no database keeps
        return ""
    if category == "Zs":
        return " "
    if category == "Pd" or character == "\u2212":
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    unified = unicodedata.normalize("NFKC", character)
    return unified if len(unified) == 1 else character
