"""Text out of a mail that was handed on as it came over the wire: its headers, its parts, their encodings.

The text of a mail is its plain text, and its HTML only where it has no other. Attachments are not looked at.
"""

import re
from email import message_from_string
from email.message import Message

from triage.markup.encodings import decoded
from triage.markup.hypertext import without_tags

__all__ = ["without_mail_parts"]

MAX_BOUNDARIES = 40
"""Parts within parts that are looked at: a parser's time grows with their depth."""

_HEADER = r"[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*+\n(?:[ \t]+\S[^\n]*+\n)*+"
_HEADERS = re.compile(rf"\s*+((?:{_HEADER})++)(?:[ \t\r]*\n|\Z)")
_TELLING = re.compile(
    r"^(?:mime-version:[ \t]*\d|content-transfer-encoding:|content-type:[ \t]*(?:text|multipart|message)/)",
    re.IGNORECASE | re.MULTILINE,
)
_BOUNDARY = re.compile(
    r"^--(\S[^\n]{0,90}?)[ \t]*\r?\ncontent-(?:type|transfer-encoding|disposition):[^\n]*\n",
    re.IGNORECASE | re.MULTILINE,
)
_FOLDED = re.compile(r";[ \t]*\r?\n[ \t]*(?=(?:boundary|charset|format|name|filename)\*?=)", re.IGNORECASE)
"""A header that goes on in the next line, also where the blanks before that line were lost."""

_DECLARED = re.compile(r"boundary\s*=", re.IGNORECASE)
_NOTICE = re.compile(r"\bmime\b", re.IGNORECASE)
_ENCODED = ("base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue")


def without_mail_parts(text: str) -> str:
    """The text of a mail with headers or parts; the very text where it is none, or where no part of it is text."""
    if "ontent-" not in text and "CONTENT-" not in text:
        return text
    declared = [found.start() for _, found in zip(range(MAX_BOUNDARIES + 1), _DECLARED.finditer(text), strict=False)]
    source = text[: declared[MAX_BOUNDARIES]] if len(declared) > MAX_BOUNDARIES else text
    source = _FOLDED.sub("; ", source)
    headers = _HEADERS.match(source)
    if headers is not None and _TELLING.search(headers[1]):
        return _said(source.lstrip()) or text
    boundary = _BOUNDARY.search(source)
    if boundary is None or boundary[1].endswith("--"):
        return text
    before, parts = source[: boundary.start()], source[boundary.start() :]
    name = boundary[1].replace('"', "")
    inside = _said(f'Content-Type: multipart/mixed; boundary="{name}"\n\n{parts}')
    if not inside:
        return text
    return inside if _NOTICE.search(before) or not before.strip() else f"{before.rstrip()}\n{inside}"


def _said(source: str) -> str:
    """What the mail's parts say; empty where none of them says anything."""
    try:
        return _text_of(message_from_string(source))
    except Exception:  # noqa: BLE001 - whatever a parser of the world's mails stumbles over is no reason to answer nothing
        return ""


def _text_of(part: Message) -> str:
    kind = part.get_content_type()
    if not part.is_multipart():
        is_attached = part.get_content_disposition() == "attachment" or part.get_filename() is not None
        return _payload(part) if kind in ("text/plain", "text/html") and not is_attached else ""
    inside = [inner for inner in part.get_payload() if isinstance(inner, Message)]
    if kind == "multipart/alternative":
        return _best([(inner.get_content_type() == "text/plain", _text_of(inner)) for inner in inside])
    said = [text for inner in inside if (text := _text_of(inner)).strip()]
    epilogue = (part.epilogue or "").strip()
    return "\n".join([*said, epilogue] if epilogue else said)


def _best(versions: list[tuple[bool, str]]) -> str:
    """Of versions of one text the plain one; the last that says anything where there is none."""
    said = [version for version in versions if version[1].strip()]
    plain = [text for is_plain, text in said if is_plain]
    return plain[0] if plain else said[-1][1] if said else ""


def _payload(part: Message) -> str:
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding in _ENCODED:
        raw = part.get_payload(decode=True)
        charset = part.get_content_charset() or "utf-8"
        text = decoded(raw, charset) if isinstance(raw, bytes) else str(raw)
    else:
        text = str(part.get_payload())
    return without_tags(text) if part.get_content_type() == "text/html" else text
