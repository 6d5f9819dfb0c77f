"""How a contact is written: whether it gives what a helper needs, and whether it asks how something is done.

Both are read off the text once, when the ticket comes in; nothing of the text itself is kept with a profile.
"""

import re
from typing import NamedTuple

__all__ = ["Writing", "read_writing"]

MAX_CHARACTERS = 2_000
"""Nobody is more precise for writing more than this."""

FEWEST_WORDS = 20
"""Shorter texts leave out what somebody else would have to ask for."""

_STEP = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*•])[ \t]+\S", re.MULTILINE)
_LABEL = re.compile(r"^[ \t]*[^\W\d_][\w /-]{2,30}:(?=\s|$)", re.MULTILINE)
# begins with a digit and looks back: a search for either letter or digit tries every letter of the text
_CODE = re.compile(r"\d(?:\d\d|\.\d|[A-Za-z]|(?<=[A-Za-z]\d))")
_ASKS_HOW = re.compile(
    r"\b(?:how (?:do|can|could|should|to|would|it is done)\b|where (?:do|can) i\b|instructions?\b"
    r"|wie (?:kann|soll|geht|muss|macht|stelle|richte)\b|wo finde\b|anleitung\b"
    r"|comment (?:faire|puis|peut)\b|c[oó]mo (?:se|puedo|hago)\b|como (?:fa[cç]o|posso)\b|come (?:faccio|posso)\b)"
)

_ASKING_HINTS = (
    "how ",
    "where ",
    "instruction",
    "wie ",
    "wo finde",
    "anleitung",
    "comment ",
    "cómo ",
    "como ",
    "come ",
)
"""One of them is in every text that the pattern finds; most texts have none, and looking for words is much faster."""


class Writing(NamedTuple):
    """What a text is like: `precision` from 0 to 1, the share of the signs of a precise report that it bears."""

    precision: float
    asks_how: bool


def read_writing(subject: str, body: str) -> Writing:
    """Read a ticket's text.

    The signs of a precise report are a code or a number, steps one by one, one labelled fact, several of them, and
    twenty words or more.
    """
    body = body[:MAX_CHARACTERS]
    n_labels = len(_LABEL.findall(body)) if ":" in body else 0
    signs = (
        _CODE.search(body) is not None,
        "\n" in body and len(_STEP.findall(body)) > 1,
        n_labels > 0,
        n_labels > 1,
        body.count(" ") + body.count("\n") + 1 >= FEWEST_WORDS,
    )
    asked = f"{subject}\n{body}".lower()
    asks_how = any(hint in asked for hint in _ASKING_HINTS) and _ASKS_HOW.search(asked) is not None
    return Writing(sum(signs) / len(signs), asks_how)
