"""What makes text fit through a wire, undone: data URIs, quoted-printable, base64, line ends that were escaped.

Each function returns the text inside, or the very text it was given where it is not sure: a plain text that is taken
for an encoded one is lost, an encoded one that is left as it is only stays unread.
"""

import binascii
import quopri
import re

__all__ = [
    "decoded",
    "may_be_base64",
    "without_base64",
    "without_data",
    "without_escaped_lines",
    "without_quoted_printable",
    "without_whole_data",
]

_DATA = re.compile(
    r"data:[a-z]{1,20}/[a-z0-9.+-]{1,80}(?:;[a-z0-9=._-]{1,60}){0,4},"
    r"(?:[^\s\"'<>()\[\]\\]++(?:\r?\n(?=[A-Za-z0-9+/]{60}))?)*+",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"\[cid:[^\[\]\s]{1,200}\]|!\[\]\(\s*\)", re.IGNORECASE)
_EXCEL_RETURN = re.compile(r"_x000d_\n?", re.IGNORECASE)

_NOT_QUOTED = re.compile(r"=(?![0-9A-F]{2}|[ \t]*\r?(?:\n|\Z))")
_SURELY_QUOTED = re.compile(
    r"^[^\n]{50,76}=[ \t]*\r?\n[^\r\n]"  # a long line that goes on in the next
    r"|=3D[\"'=\\]|\s=3D\s|=3D(?:3D|[0-9A-F]{2}=3D)"
    r"|=(?:C[2-9A-F]|D[0-9A-F])=[89AB][0-9A-F]|=E[0-9A-F](?:=[89AB][0-9A-F]){2}|=F[0-4](?:=[89AB][0-9A-F]){3}",  # UTF-8
    re.MULTILINE,
)
_MAYBE_QUOTED = re.compile(r"(?<=[a-z])=[C-F][0-9A-F](?=[a-z ])|=3D(?![0-9A-Za-z])|=20\r?$|=0[9AD]", re.MULTILINE)

_BASE64 = re.compile(r"\s*+(?:[A-Za-z0-9+/]++[\r\n]*+)++={0,2}\s*+")
_FEWEST_BASE64 = 16
_LETTERS = 0.6

_ESCAPED_LINE = re.compile(r"(?<!\b[A-Za-z]:)(?:\\r)?\\n")
_SURELY_ESCAPED = re.compile(r"\\n(?:\\r)?\\n|(?:[.,!?;]|\w\w:)\s?(?:\\r)?\\n(?=[A-ZÀ-Þ\s\\*-]|\Z)")


def without_whole_data(text: str) -> str:
    """The same as `without_data`, unless a data URI may be broken into lines that are to be joined first."""
    may_be_broken = text.lstrip()[:1] in ("{", "[") or any(sign in text for sign in ("=\n", "=\r", "=<br"))
    return text if may_be_broken else without_data(text)


def without_data(text: str) -> str:
    """Without data URIs, and without the places of pictures that Outlook and Markdown leave behind."""
    if "data:" in text or "DATA:" in text:
        text = _same(text, _DATA.sub("", text))
    if "cid:" in text or "![](" in text:
        text = _same(text, _PICTURE.sub(" ", text))
    if "_x000" in text:
        text = _same(text, _EXCEL_RETURN.sub("\n", text))
    return text


def without_quoted_printable(text: str) -> str:
    """A text in quoted-printable, decoded, where every equals sign fits and some of them can be nothing else."""
    if "=" not in text or _NOT_QUOTED.search(text):
        return text
    is_sure = _SURELY_QUOTED.search(text) is not None
    if not is_sure and len(_MAYBE_QUOTED.findall(text)) < 2 and not (text.rstrip().endswith("=3D") and " " not in text):
        return text
    # Characters beyond ASCII stand for themselves: somebody decoded a part of it before.
    raw = quopri.decodestring(text.encode("utf-8", "surrogatepass"))
    return _same(text, decoded(raw))


def may_be_base64(text: str) -> bool:
    """Whether a text begins as base64 does; most have a blank early on, and that is quickly seen."""
    return len(text) >= _FEWEST_BASE64 and " " not in text[:_FEWEST_BASE64].strip()


def without_base64(text: str) -> str:
    """A text that is base64 as a whole, decoded, if what comes out reads like a text."""
    if not may_be_base64(text) or not _BASE64.fullmatch(text):
        return text
    try:
        inside = binascii.a2b_base64("".join(text.split()), strict_mode=True).decode("utf-8")
    except ValueError:
        return text
    n_letters = sum(map(str.isalpha, inside)) + inside.count(" ")
    is_text = inside.replace("\n", "").replace("\r", "").replace("\t", "").isprintable()
    is_wrapped = any(sign in inside for sign in ("<", "{", "=", "&", "data:")) or _BASE64.fullmatch(inside) is not None
    is_said = " " in inside and n_letters >= _LETTERS * len(inside)
    return inside if is_text and (is_wrapped or is_said) else text


def without_escaped_lines(text: str) -> str:
    """With line ends where a text on one line has them escaped: it was written as JSON once too often."""
    if "\\n" not in text or "\n" in text or not _SURELY_ESCAPED.search(text):
        return text
    return _ESCAPED_LINE.sub("\n", text)


def decoded(raw: bytes, charset: str = "utf-8") -> str:
    """Bytes as text: in the charset that is named, else in the one that Windows writes."""
    for name in (charset, "utf-8", "cp1252"):
        try:
            return raw.decode(name)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def _same(text: str, changed: str) -> str:
    return text if changed == text else changed
