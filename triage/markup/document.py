"""Rich-text documents that arrive as data: Atlassian's, ProseMirror's, Slate's, Lexical's, Quill's and their like.

They differ in names and agree in shape: nodes that hold text, or hold nodes. Another editor's name for "what is inside"
is a word in `_INSIDE`, its name for "what is said" one in `_SAID`.
"""

from collections.abc import Iterator, Mapping, Sequence

__all__ = ["is_document", "text_of_document"]

MAX_NODES = 100_000
"""Nodes that are looked at; nobody writes more, and a document made to be large costs no more."""

MAX_CHARACTERS = 200_000
"""Text that is taken; a ticket is cut far below."""

_INSIDE = ("content", "children", "elements", "ops", "blocks", "root", "document", "rich_text")
_SAID = ("text", "plain_text", "insert", "value")
_ATTRIBUTES = ("attrs", "data")
_SAID_BY_ATTRIBUTES = ("text", "alt", "title", "caption", "url", "href")
_BREAKS = frozenset({"hardbreak", "hard_break", "linebreak", "br", "break", "rule", "horizontalrule"})
_INLINE = frozenset({"link", "a", "span", "inline", "mention", "strong", "em", "code_inline", "hyperlink", "autolink"})


def is_document(value: object) -> bool:
    """Whether a value is a rich-text document, or a list of its nodes, rather than a record of another kind."""
    if isinstance(value, Mapping):
        kind = value.get("type", value.get("_type", value.get("nodeType", value.get("object"))))
        has_inside = any(isinstance(value.get(name), Sequence | Mapping) for name in _INSIDE if name in value)
        is_text = isinstance(value.get("text"), str) and set(value) <= {
            "text",
            "type",
            "_type",
            "_key",
            "marks",
            "bold",
            "italic",
        }
        is_container = any(
            isinstance(value.get(name), list | Mapping) for name in ("ops", "blocks", "root", "children")
        )
        return is_container or (has_inside and isinstance(kind, str)) or is_text
    if isinstance(value, list):
        return bool(value) and all(is_document(node) for node in value[:10])
    return False


def text_of_document(value: object) -> str:
    """What a document says, a line for each block; empty for one that says nothing."""
    pieces: list[str] = []
    n_characters = 0
    for piece in _pieces(value):
        pieces.append(piece)
        n_characters += len(piece)
        if n_characters > MAX_CHARACTERS:
            break
    lines = [line.rstrip() for line in "".join(pieces).split("\n")]
    return "\n".join(line for i, line in enumerate(lines) if line or (i > 0 and lines[i - 1])).strip("\n")


def _pieces(value: object) -> Iterator[str]:
    """Texts in order, and a line's end after each block; a stack instead of recursion, however deep it is."""
    stack: list[object] = [value]
    for _ in range(MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, list | tuple):
            stack.extend(reversed(node))
        elif isinstance(node, Mapping):
            stack.extend(reversed(list(_parts(node))))


def _parts(node: Mapping[object, object]) -> Iterator[object]:
    """What a node is made of, in order: texts and nodes."""
    kind = str(node.get("type") or node.get("_type") or node.get("nodeType") or "").lower()
    if kind in _BREAKS:
        yield "\n"
        return
    inside = [node[name] for name in _INSIDE if isinstance(node.get(name), list | Mapping)]
    said = [node[name] for name in _SAID if isinstance(node.get(name), str | Mapping)]
    if not inside and not said:
        for name in _ATTRIBUTES:
            attributes = node.get(name)
            if isinstance(attributes, Mapping):
                told = next((t for key in _SAID_BY_ATTRIBUTES if isinstance(t := attributes.get(key), str)), None)
                if told is not None and not told.startswith("data:"):
                    yield f" {told} "
                yield from (attributes[key] for key in _INSIDE if isinstance(attributes.get(key), list))
        return
    yield from said[:1]
    yield from inside
    if inside and kind not in _INLINE:
        yield "\n"
