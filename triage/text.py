"""Text as every part of triage sees it: normalised, cut to a bearable length, personal data taken out.

Training and scoring call the same two functions, so that a word means the same to both. What is personal is replaced by
a word that says its kind: a model learns that somebody gave a phone number, never which.
"""

import re
import unicodedata

__all__ = ["MAX_CHARACTERS", "normalise", "words"]

MAX_CHARACTERS = 20_000
"""Text beyond this is not looked at: quoted threads and pasted logs add time, not meaning."""

# Order matters: an address may hold digits, a link may hold an address. Every repetition is bounded and starts at a
# boundary, so that the time stays linear in the text whatever somebody sends.
_PERSONAL = (
    (re.compile(r"\bhttps?://\S{1,2000}|\bwww\.\S{1,2000}"), " weblink "),
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"), " emailaddress "),
    (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), " ipaddress "),
    (re.compile(r"(?<![\w.])\+?\(?\d(?:[ ()/.-]{0,2}\d){6,19}(?!\w)"), " longnumber "),
)
_EXCEL_RETURN = re.compile(r"_x000d_", re.IGNORECASE)
_WORD = re.compile(r"\w\w+")


def normalise(text: str) -> str:
    """The text in one spelling: compatible characters unified, lower case, personal data replaced by its kind."""
    text = _EXCEL_RETURN.sub(" ", text[:MAX_CHARACTERS])
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.lower()
    for pattern, kind in _PERSONAL:
        text = pattern.sub(kind, text)
    return text


def words(normalised: str) -> list[str]:
    """The words of a normalised text in order: runs of two or more letters, digits or underscores, of any script."""
    return _WORD.findall(normalised)
