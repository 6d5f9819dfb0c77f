"""Text out of whatever wraps it: markup, mail parts, transfer encodings, rich-text documents.

Training, files and HTTP read a ticket through the same functions, before its text is cut and before anything is judged
by it. A new wrapper is a function that returns the text inside, or the very text that it was given, its name in
`_PEELS`, and what gives it away in `_SIGNS`.
"""

import json
from collections.abc import Callable, Mapping, Sequence

from triage.markup.document import is_document, text_of_document
from triage.markup.encodings import (
    may_be_base64,
    without_base64,
    without_data,
    without_escaped_lines,
    without_quoted_printable,
    without_whole_data,
)
from triage.markup.hypertext import without_entities, without_tags
from triage.markup.mail import without_mail_parts
from triage.markup.thread import own_subject, own_words

__all__ = ["document_text", "is_document", "own_subject", "own_words", "plain_text"]

MAX_SOURCE = 4_000_000
"""Characters of what wraps a text that are looked at; an interface takes half as many."""

MAX_LAYERS = 16
"""Wrappers within wrappers that are taken off; a few are common, and some need two steps."""


def plain_text(text: str) -> str:
    """The text without what wraps it; the very same object where nothing does.

    Takes away HTML (styled, nested, broken, Outlook's), entities, data URIs, MIME parts, quoted-printable, base64 and
    documents written as JSON, one layer after the other, so that a wrapped text says what it says alone. Never raises,
    fetches nothing, and takes time linear in the text. What merely looks a little like markup (`a < b`,
    `List<String>`) stays.
    """
    if not _may_be_wrapped(text):
        return text
    if len(text) > MAX_SOURCE:
        text = text[:MAX_SOURCE]
    for _ in range(MAX_LAYERS):
        peeled = _peeled(text)
        if peeled is text:
            break
        text = peeled
    return text


def document_text(value: Mapping[str, object] | Sequence[object] | str) -> str:
    """What a rich-text document says: Atlassian's (ADF), ProseMirror's, Slate's, Quill's and their like.

    Blocks, list items and table cells stand on lines of their own. A string is read as `plain_text` reads it, so a
    document that was written as JSON is read too. A value without any text is the empty string.
    """
    return plain_text(value) if isinstance(value, str) else plain_text(text_of_document(value))


def _may_be_wrapped(text: str) -> bool:
    """Whether a text holds what at least one wrapper leaves behind; most hold nothing, and that is quickly seen."""
    for sign in _SIGNS:
        if sign in text:
            return True
    return len(text) > MAX_SOURCE or may_be_base64(text) or _may_be_json(text)


def _peeled(text: str) -> str:
    """The text without its outermost wrapper; the very text where nothing wraps it."""
    for peel in _PEELS:
        inside = peel(text)
        if inside is not text:
            return inside
    return text


def _may_be_json(text: str) -> bool:
    return '"' in text and text.lstrip()[:1] in ("{", "[")


def _without_json(text: str) -> str:
    """A rich-text document that was written as JSON, read; the very text where it is none."""
    if not _may_be_json(text):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text_of_document(value) if is_document(value) else text


_PEELS: tuple[Callable[[str], str], ...] = (
    without_base64,
    without_quoted_printable,
    without_mail_parts,
    without_whole_data,
    _without_json,
    without_tags,
    without_data,
    without_entities,
    without_escaped_lines,
)
"""What was put around the whole comes first: a mail in quoted-printable looks like a mail with wrong boundaries."""

_SIGNS = ("=", "<", "&", "\\n", "ontent-", "CONTENT-", "data:", "DATA:", "cid:", "![](", "_x000")
"""One of these is in every text that a peel changes, save base64 and JSON, which are told by how a text begins."""
