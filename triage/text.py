"""Text as every part of triage sees it: normalised, cut to a bearable length, personal data taken out.

Training and scoring call the same functions, so that a word means the same to both. What is personal is replaced by a
word that says its kind: a model learns that somebody gave a phone number, never which.
"""

import re
import unicodedata
from collections.abc import Callable, Set

__all__ = ["MAX_CHARACTERS", "normalise", "without_words", "words"]

MAX_CHARACTERS = 20_000
"""Text beyond this is not looked at: quoted threads and pasted logs add time, not meaning."""

_EXCEL_RETURN = re.compile(r"_x000d_", re.IGNORECASE)
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D], "-")
_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])
_PLAIN = {**_DASHES, **_INVISIBLE}
_NOT_PLAIN = re.compile(f"[{''.join(map(chr, _PLAIN))}]")

# Order matters: an address may hold digits, a link may hold an address. A repetition is bounded, or takes what it can
# get and never gives back (++), and starts at a boundary: the time stays linear in the text whatever somebody sends.
# Most texts hold none of it, and a training reads each several times: what holds no sign of a kind is not searched.
# A sign is what each of them holds, and costs little to look for: a few characters that texts seldom hold.


def _may_hold_link(text: str) -> bool:
    return "://" in text or "www." in text


def _may_hold_device(text: str) -> bool:
    return text.count(":") + text.count("-") >= 5


_ADDRESSES: tuple[tuple[Callable[[str], object], re.Pattern[str], str], ...] = (
    (_may_hold_link, re.compile(r"\bhttps?://\S++|\bwww\.\S++"), " weblink "),
    (
        re.compile("@").search,
        re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}"),
        " emailaddress ",
    ),
    (_may_hold_device, re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])"), " deviceaddress "),
    (
        re.compile(r":[0-9a-f]{0,4}:[0-9a-f]{0,4}:").search,
        re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![\w:])"),
        " ipaddress ",
    ),
)
_NUMBERS = (
    (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), " ipaddress "),
    (re.compile(r"(?<!\w)[a-z]{2}\d{2}(?: ?[a-z]{4})?(?: ?\d{4}){2,7}(?: ?\d{1,4})?(?!\w)"), " bankaccount "),
    (re.compile(r"(?<!\w)\+?\(?\d(?:[ ()/.-]{0,2}\d){6,}+(?!\w)"), " longnumber "),
)
_NUMBER_SIGN = re.compile(r"\d(?:\.\d{1,3}\.\d{1,3}\.\d|(?:[ ()/.-]{0,2}\d){6})")

# \w leaves out the signs that scripts such as Devanagari, Thai or pointed Hebrew write vowels with.
_SIGNS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0900-\u0963\u0966-\u0df3\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u0f71-\u0f84\u102b-\u103e"
    "\u17b4-\u17d3\u1dc0-\u1dff\u20d0-\u20ff"
)
_WORD = re.compile(rf"[\w{_SIGNS}]{{2,}}")


def normalise(text: str) -> str:
    """The text in one spelling: compatible characters unified, lower case, personal data replaced by its kind."""
    text = text[:MAX_CHARACTERS]
    if "000" in text:
        text = _EXCEL_RETURN.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if _NOT_PLAIN.search(text):
            text = text.translate(_PLAIN)
    text = text.lower()
    for may_hold, pattern, kind in _ADDRESSES:
        if may_hold(text):
            text = pattern.sub(kind, text)
    if _NUMBER_SIGN.search(text):
        for pattern, kind in _NUMBERS:
            text = pattern.sub(kind, text)
    return text


def words(normalised: str) -> list[str]:
    """The words of a normalised text in order: runs of two or more letters, digits or underscores, of any script."""
    return _WORD.findall(normalised)


def without_words(normalised: str, gone: Set[str]) -> str:
    """A normalised text with a bar in the place of each of these words, so that its neighbours do not become one."""
    return _WORD.sub(lambda found: "|" if found[0] in gone else found[0], normalised)
