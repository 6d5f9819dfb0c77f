"""Text out of HTML as mails hold it: styled, nested, half-broken, Outlook's; and what tells it from a plain text.

Read as a stream of tags by libxml2, without a tree: time and memory stay linear however deep somebody nests. Another
element that separates words is a name in `_BLOCKS`.
"""

import re
from html import unescape

from lxml import etree

__all__ = ["without_entities", "without_tags"]

_ELEMENTS = frozenset({
    "a", "abbr", "acronym", "address", "article", "aside", "b", "base", "big", "blockquote", "body", "br", "button",
    "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
    "fieldset", "figcaption", "figure", "font", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "li", "link", "main",
    "map", "mark", "meta", "nav", "nobr", "noscript", "ol", "optgroup", "option", "p", "pre", "q", "s", "samp",
    "script", "section", "select", "small", "span", "strike", "strong", "style", "sub", "summary", "sup", "svg",
    "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead", "title", "tr", "tt", "u", "ul", "var",
    "wbr", "xml",
})  # fmt: skip
_OFFICE = ("o:", "v:", "w:", "x:", "m:", "st1:", "u1:")
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[a-z][a-z0-9]{0,11}+(?::[a-z]{1,20}+)?)(?P<rest>\s*+/?>|\s{1,20}[a-z-]{1,30}\s?=|[\s/]|\Z)?",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"<(?:(?![a-z/!?])|(?!!--|!doctype|!\[|\?xml)(?:/?([a-z][a-z0-9]{0,11}+(?::[a-z]{1,20}+)?)(?=[\s/>]|\Z))?)",
    re.IGNORECASE,
)
_DECLARED = re.compile(r"<!--[^<>]{0,200}-->|<!doctype\s+html", re.IGNORECASE)
_PAGE = re.compile(r"\s*+<(?:!doctype\s+html|!--\[if|\?xml\s)", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLANKS = re.compile(r"[ \t\r\n\f]+")

_BLANK = " \t\r\f"
_MANY_BLANKS = re.compile(r"[ \t\r\f]+")

_UNSAID = frozenset({"script", "style", "head", "title", "template", "xml"})
_CELLS = frozenset({"td", "th", "option"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
    "ul",
})  # fmt: skip
_ENDED = "\x02end\x02"
"""Stands behind the text: where the reader does not come to it, something that was never closed took the rest."""

# Each of these takes all it can and never gives back, so that the time stays linear in what is broken, too.
_CODE = re.compile(r"<(script|style)\b[^<]*+(?:<(?!/\1)[^<]*+)*+(?:</\1[^<>]*+>?|\Z)", re.IGNORECASE)
_ANY_TAG = re.compile(r"<!--|-->|<[/!?]?([a-z][a-z0-9]*+)?[^<>]*+>?", re.IGNORECASE)


def without_tags(text: str) -> str:
    """The text that somebody sees who opens this HTML; the very text where it is none.

    Elements that are drawn as blocks stand on lines of their own, cells of a table apart. What a picture shows is said
    by its `alt`. A mail that is quoted by the tags' own means gets the sign of quoted lines, a signature its dashes.
    """
    if "<" not in text:
        return text
    is_page = _is_page(text)
    if not (is_page or _holds_tags(text)):
        return text
    source = _CDATA.sub(" ", text)
    if (last := source.rfind("<")) >= 0 and ">" not in source[last:] and _is_element(_TAG.match(source, last)):
        source = source[:last]
    source = _BARE.sub(_bare_or_tag, source)
    sight = _Sight(is_page=is_page)
    parser = etree.HTMLParser(target=sight, huge_tree=True, no_network=True)
    try:
        parser.feed(source.encode("utf-8", "replace").decode("utf-8") + _ENDED)
        seen = parser.close()
    except etree.LxmlError:
        seen = ""
    if not seen.rstrip().endswith(_ENDED):
        seen = _roughly(source)
    return _tidied(seen.replace(_ENDED, ""))


def without_entities(text: str) -> str:
    """A plain text with its `&nbsp;` and `&#252;` as the characters that they stand for, each decoded once."""
    if "&" not in text or not _ENTITY.search(text):
        return text
    decoded = _ENTITY.sub(lambda found: unescape(found[0]), text)
    return text if decoded == text else decoded


def _is_element(tag: re.Match[str] | None) -> bool:
    """Whether something that looks like a tag is one of HTML's, or of those that Office adds."""
    if tag is None or tag["rest"] is None:
        return False
    name = tag["name"].lower()
    return name in _ELEMENTS or name.startswith(_OFFICE)


def _is_page(text: str) -> bool:
    """Whether a text begins as a page does."""
    if _PAGE.match(text):
        return True
    return _is_element(_TAG.match(text, len(text) - len(text.lstrip())))


def _holds_tags(text: str) -> bool:
    """Whether a text holds what nobody types by chance: a tag that closes, a line's end, a tag with an attribute."""
    if _DECLARED.search(text):
        return True
    for tag in _TAG.finditer(text):
        rest = tag["rest"]
        if rest is not None and _is_element(tag):
            is_end = rest.endswith(">")
            if rest.endswith("=") or (is_end and (tag["close"] or tag["name"].lower() in ("br", "hr"))):
                return True
    return False


def _bare_or_tag(found: re.Match[str]) -> str:
    """A sign that opens no tag as an entity, so that a reader of HTML takes it for what it is."""
    name = found[1]
    is_tag = name is not None and (name.lower() in _ELEMENTS or name.lower().startswith(_OFFICE))
    return found[0] if is_tag else "&lt;" + found[0][1:]


class _Sight:
    """What is seen of a page, collected as its tags go by."""

    def __init__(self, *, is_page: bool) -> None:
        self._is_page = is_page
        self._pieces: list[str] = []
        self._n_unsaid = 0
        self._quotes: list[bool] = []  # for each element that may quote whether it does

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag in _UNSAID:
            self._n_unsaid += 1
        elif tag == "img":
            alt = attributes.get("alt", "")
            self._pieces.append(f" {alt} ")
        elif tag in _CELLS:
            self._pieces.append("\t")
        elif tag in _BLOCKS:
            if tag == "blockquote":
                self._quotes.append(attributes.get("type") == "cite" or "quote" in attributes.get("class", ""))
            self._pieces.append(self._line_end())
        if tag in ("div", "span", "pre") and _is_signature(attributes):
            self._pieces.append("\n-- \n")

    def end(self, tag: str) -> None:
        """An element ends, or the reader ends it."""
        if tag in _UNSAID:
            self._n_unsaid -= 1
        elif tag in _CELLS:
            self._pieces.append("\t")
        elif tag in _BLOCKS and tag != "br":
            if tag == "blockquote" and self._quotes:
                self._quotes.pop()
            self._pieces.append(self._line_end())

    def data(self, data: str) -> None:
        """A stretch of text."""
        if not self._n_unsaid:
            self._pieces.append(_BLANKS.sub(" ", data) if self._is_page else data)

    def comment(self, text: str) -> None:
        """What a page does not show; in a text with a few tags it is what the form says beside its fields."""
        if not self._is_page and not text.startswith("["):
            self._pieces.append(text)

    def close(self) -> str:
        """All that was seen."""
        return "".join(self._pieces)

    def _line_end(self) -> str:
        return "\n> " if any(self._quotes) else "\n"


def _is_signature(attributes: dict[str, str]) -> bool:
    return "signature" in attributes.get("class", "").lower() or attributes.get("id", "").lower() == "signature"


def _roughly(source: str) -> str:
    """The text between what looks like tags, for a page that is broken so that nobody would see the rest of it."""
    source = _CODE.sub(lambda code: " " if code[0].endswith(">") or "{" in code[0] else code[0], source)
    return unescape(_ANY_TAG.sub(_gap, source))


def _gap(tag: re.Match[str]) -> str:
    name = (tag[1] or "").lower()
    return "\n" if name in _BLOCKS else " " if name in _CELLS or not name else ""


def _tidied(seen: str) -> str:
    """Without the blanks that no page shows, and with no more than one empty line in a row."""
    lines = [_MANY_BLANKS.sub(" ", line).strip(_BLANK).replace("\xa0", " ") for line in seen.split("\n")]
    return "\n".join(line for i, line in enumerate(lines) if line or (i > 0 and lines[i - 1])).strip("\n")
