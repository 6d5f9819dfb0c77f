"""Why a body is no JSON, as one sentence with the place and the remedy; what a text says is never quoted.

What the parser calls it differs by version of Python, so that the place decides: a new mistake is a line in `_REMEDIES`
if the character there tells it, or a branch of `no_json`.
"""

from collections.abc import Mapping

__all__ = ["no_json", "not_read"]

_BEGINS = "The body is no JSON"

_BLANKS = " \t\r\n"
_CLOSING = ("}", "]")

_ESCAPES: Mapping[str, tuple[str, str]] = {
    "\n": ("a line break", r"\n"),
    "\r": ("a line break", r"\r\n"),
    "\t": ("a tab", r"\t"),
    "\b": ("a backspace", r"\b"),
    "\f": ("a form feed", r"\f"),
}
"""What may not stand in a text as it is, and how it is written there."""

_WORDS: Mapping[str, str] = {
    "None": "null",
    "True": "true",
    "False": "false",
    "undefined": "null",
    "NULL": "null",
    "nan": "null",
    "inf": "null",
}
"""What other languages write for what JSON calls otherwise."""

_AFTER: Mapping[str, str] = {
    '"': '; a quotation mark inside a text is written \\"',
    "0": "; a number has no leading zeros",
}
"""What is likely meant where a comma is missing after a character."""

_REMEDIES: Mapping[str, str] = {
    "'": 'names and texts stand in double quotation marks (")',
    "‘": 'names and texts stand in straight double quotation marks (")',
    "’": 'names and texts stand in straight double quotation marks (")',
    "“": 'names and texts stand in straight double quotation marks (")',
    "”": 'names and texts stand in straight double quotation marks (")',
    "„": 'names and texts stand in straight double quotation marks (")',
    "`": 'names and texts stand in double quotation marks (")',
    "/": "JSON has no comments",
    "#": "JSON has no comments",
    "<": "HTML or XML was sent",
    "+": "a number has no plus sign",
    ".": "a number begins with a digit",
    "\ufeff": "the mark of the byte order stands at the beginning alone",
}
"""What a character means where a name or a value is expected."""


def no_json(document: str, at: int, said: str) -> str:
    """Why a document is no JSON.

    Args:
        document: what was read.
        at: where the parser stopped, from 0 on.
        said: what the parser called it.
    """
    where = _place(document, at)
    here = document[at : at + 1]
    if said.startswith("Invalid control character"):
        what, written = _ESCAPES.get(here, ("a control character", rf"\u{ord(here or chr(0)):04x}"))
        return f"{_BEGINS}: {what} stands inside a text at {where}; there it is written {written}."
    if said.startswith("Invalid \\"):
        return rf"{_BEGINS}: a backslash inside a text at {where} begins nothing known; by itself it is written \\."
    if said.startswith("Unterminated string"):
        return (
            f"{_BEGINS}: the text that begins at {where} does not end; its closing quotation mark is missing, or the "
            "body was cut off."
        )
    if said.startswith("Extra data"):
        return f"{_BEGINS}: it is over before {where}, and more follows; one document is read from a body."
    return f"{_BEGINS}: {_unexpected(document, at, said)}."


def not_read(why: BaseException | None) -> str:
    """Why a body could not be read at all.

    Args:
        why: what reading it raised.
    """
    if isinstance(why, UnicodeDecodeError):
        sent, at = why.object, why.start
        if sent[:2] == b"\x1f\x8b":
            return f"{_BEGINS}: it is compressed (gzip); send it as it is."
        if at >= len(sent):
            return f"{_BEGINS}: it ends in the middle of a character; it was cut off."
        line, column = sent.count(b"\n", 0, at) + 1, at - sent.rfind(b"\n", 0, at)
        return (
            f"{_BEGINS}: it is not UTF-8; the first byte that does not fit is 0x{sent[at]:02X} at byte {at + 1:,} "
            f"(line {line:,}, byte {column:,} of it). Send it encoded as UTF-8."
        )
    if isinstance(why, ValueError):  # of all values only whole numbers have a limit
        return f"{_BEGINS} that can be read: a number in it has too many digits; send it as a text."
    return "The body could not be read; send a JSON object, encoded as UTF-8."


def _unexpected(document: str, at: int, said: str) -> str:
    """What is wrong where a name, a value or what parts them is expected."""
    at += len(document[at:]) - len(document[at:].lstrip(_BLANKS))
    before, here, where = document[:at].rstrip(_BLANKS)[-1:], document[at : at + 1], _place(document, at)
    if not here:
        return "it ends too early; it was cut off, or closing brackets are missing" if before else "it is empty"
    if said.startswith("Illegal trailing comma") or (before == "," and here in _CLOSING):
        return f"a comma stands before the closing bracket at {where}; leave it out"
    if (remedy := _REMEDIES.get(here)) is not None:
        return f"{remedy}; see {where}"
    if said.startswith("Expecting ':'"):
        return f"a colon is expected after the name before {where}"
    if said.startswith("Expecting ','"):
        return f"a comma is expected at {where}{_AFTER.get(before, '')}"
    return _no_value(document, at, said)


def _no_value(document: str, at: int, said: str) -> str:
    """What is wrong with what stands for a name or a value."""
    where = _place(document, at)
    if (word := next((word for word in _WORDS if document.startswith(word, at)), None)) is not None:
        return f"{word} stands at {where}; JSON writes {_WORDS[word]}"
    if said.startswith("Expecting property name"):
        return f'a name in double quotation marks (") is expected at {where}'
    if at == 0:
        return "it begins with neither a bracket nor anything else that JSON knows; perhaps it is a form"
    return f"a value is expected at {where}; texts stand in double quotation marks"


def _place(document: str, at: int) -> str:
    """A place as an editor shows it."""
    return f"line {document.count(chr(10), 0, at) + 1:,}, column {at - document.rfind(chr(10), 0, at):,}"
