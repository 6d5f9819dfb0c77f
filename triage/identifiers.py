"""Identifiers in a text: error codes, numbers of tickets and orders, and whatever a desk's own formats describe.

An IP address, a phone number or an account is none: those are redacted, and a redaction's mark is no identifier.
A new kind that every desk knows is a line in `_PATTERNS`; a desk's own is a format in its file. Each pattern is
bounded, or takes what it can get and never gives back (++), so that the time is linear in the text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from triage.errors import InvalidInput
from triage.redaction import MARKS
from triage.text import MAX_CHARACTERS

__all__ = ["DeskFormats", "Identifier", "find_identifiers", "read_formats"]

MOST_IDENTIFIERS = 20
"""Of one text; a pasted log has hundreds, and the first ones are what somebody wrote about."""

_LONGEST_FORMAT = 60
_MARK = re.compile("|".join(map(re.escape, sorted(set(MARKS.values())))))
_CODE = r"(?:0x[0-9a-f]{1,16}+|[a-z]{1,10}+[-_]?\d{1,8}+|\d{2,8}+(?:\.\d{1,4}+){0,3}+)"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ticket_number", re.compile(r"(?<![\w-])(?:INC|RITM|REQ|SCTASK|TASK|CHG|PRB|SR|CS)-?\d{5,12}(?![\w-])")),
    (
        "order_number",
        re.compile(
            r"\b(?:purchase order|order (?:number|no\.?)|PO|Bestell(?:ung|nummer|nr\.?)|Auftrags?(?:nummer|nr\.?))"
            r"[ :#]{1,3}(?P<code>[A-Z]{0,4}-?\d[\d-]{3,14}+)(?![\w-])",
            re.IGNORECASE,
        ),
    ),
    ("error_code", re.compile(r"(?<!\w)0x[0-9A-Fa-f]{4,16}(?!\w)")),
    (
        "error_code",
        re.compile(r"(?<!\w)HTTP(?:/[\d.]{1,3})?[ -]?(?:error |status |code )?[1-5]\d\d(?!\w)", re.IGNORECASE),
    ),
    (
        "error_code",
        re.compile(
            r"(?<!\w)(?:E|ERR|ERROR|DNS|NET|SSL|SEC|INET|STATUS|DRIVER|KERNEL|SYSTEM|TIME)_[A-Z][A-Z0-9_]{2,40}(?!\w)"
        ),
    ),
    ("error_code", re.compile(r"(?<![\w-])(?:(?:ORA|TNS|PLS|SQL|ERR)-?|AADSTS|MSI )\d{2,7}(?![\w-])")),
    (
        "error_code",
        re.compile(
            r"\b(?:error|fehler|fehlercode|errorcode|error code|exit code|stop code|event id|code|erreur|errore?)"
            r"(?: (?:code|no\.?|nr\.?|number|nummer|message|id))?[ :=#\"'(„-]{1,3}(?P<code>"
            + _CODE
            + r")(?![\w.-]*\w)",
            re.IGNORECASE,
        ),
    ),
    (
        "code",
        re.compile(
            r"(?<![\w-])(?!(?:UTF|ISO|SHA|AES|WPA|RFC|USB|DIN|COVID|CET|UTC|GMT|FY|KW|CW)-)[A-Z]{2,8}-\d{2,6}[A-Z]?(?![\w-])"
        ),
    ),
)
"""By kind; where two of them overlap, the one further up stays."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A piece of a text that names one thing.

    Attributes:
        kind: `error_code`, `ticket_number`, `order_number`, a desk's own word, or `code` for what may be any of these.
        text: as it was written.
        start, end: where, in characters of the text.
    """

    kind: str
    text: str
    start: int
    end: int


DeskFormats = Sequence[tuple[str, re.Pattern[str]]]
"""Kinds of a desk's own identifiers and how they look; `read_formats` makes them."""


def read_formats(formats: Mapping[str, Iterable[str]]) -> DeskFormats:
    """Patterns of a desk's own formats.

    In a format `#` is a digit, `@` a letter, `*` one to twenty letters or digits; all else is itself, in any case.

    Args:
        formats: by kind, such as `asset_tag`, formats such as `LT-#####` or `srv-@@@-##`.

    Raises:
        InvalidInput: a format fits words that are no identifiers, having no digit and nothing fixed, or is too long.
    """
    found = []
    for kind, listed in formats.items():
        for written in listed:
            if not 3 <= len(written) <= _LONGEST_FORMAT or not re.search(r"[#\d*]", written):
                raise InvalidInput(
                    f"{written[:_LONGEST_FORMAT]!r} is no format of {kind}: 3 to {_LONGEST_FORMAT} characters, "
                    "with # for a digit, @ for a letter, * for several of both, and one # or * or digit at least."
                )
            if not re.search(r"[^@#*\s]", written) and written.count("#") < 2:
                raise InvalidInput(f"{written!r} would fit too many words: write out what stays the same in {kind}.")
            parts = {"#": r"\d", "@": r"[^\W\d_]", "*": r"[^\W_]{1,20}+"}
            pattern = "".join(parts.get(sign, re.escape(sign)) for sign in written)
            found.append((kind, re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)))
    return tuple(found)


def find_identifiers(text: str, own: DeskFormats = ()) -> list[Identifier]:
    """The identifiers of a text, in order, each once, 20 at most.

    Args:
        text: as it was written or redacted; beyond `MAX_CHARACTERS` it is not looked at.
        own: the desk's formats, which go before what every desk knows.
    """
    text = text[:MAX_CHARACTERS]
    if "[" in text:
        text = _MARK.sub(lambda mark: " " * len(mark[0]), text)
    is_taken = bytearray(len(text))
    found: dict[str, Identifier] = {}
    for kind, pattern in (*own, *_PATTERNS):
        for match in pattern.finditer(text):
            start, end = match.span("code" if "code" in pattern.groupindex else 0)
            if any(is_taken[start:end]):
                continue
            is_taken[start:end] = b"\1" * (end - start)
            one = Identifier(kind, match[0] if kind == "error_code" else text[start:end], start, end)
            known = found.get(one.text.casefold())
            if known is None or start < known.start:
                found[one.text.casefold()] = one
    return sorted(found.values(), key=lambda one: one.start)[:MOST_IDENTIFIERS]
