"""A text with a mark in the place of everything personal or secret."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from types import MappingProxyType
from typing import NamedTuple

from triage.markup import plain_text
from triage.redaction.appearance import as_seen
from triage.redaction.kinds import KINDS, MARKS, Kind
from triage.redaction.screen import FINDERS, suspected
from triage.redaction.spans import Span

__all__ = ["Redacted", "redact", "redact_wrapped"]

MAX_UNWRAPPED = 8
"""Wrappers within wrappers that are redacted one after the other; nobody writes more."""

_NOTHING: Mapping[Kind, int] = MappingProxyType({})


class Redacted(NamedTuple):
    """A text without personal data, and how often each kind was replaced; kinds that were not are missing."""

    text: str
    counts: Mapping[Kind, int]


def redact(text: str, kinds: Set[Kind] = KINDS) -> Redacted:
    """A text with a mark in the place of everything personal or secret; the very same text where there is none.

    Args:
        text: plain, or HTML as it was sent.
        kinds: what is replaced.
    """
    seen, starts = as_seen(text)
    suspects = suspected(seen)
    if not suspects:
        return Redacted(text, _NOTHING)
    counts: Counter[Kind] = Counter()
    for kind, find in FINDERS:
        if find not in suspects or kind not in kinds:
            continue
        spans = list(find(seen))
        if spans:
            counts[kind] += len(spans)
            text = _with_marks(
                text, MARKS[kind], spans if starts is None else [(starts[a], starts[b]) for a, b in spans]
            )
            seen, starts = as_seen(text)
            suspects = suspected(seen)
    return Redacted(text, counts)


def redact_wrapped(text: str, kinds: Set[Kind] = KINDS) -> Redacted:
    """The same as it was sent, and as people read it.

    A text that hides something by what wraps it (base64, quoted-printable, tags within a number) is replaced by what
    people read in it.
    """
    redacted = redact(text, kinds)
    inside = plain_text(redacted.text)
    if inside is redacted.text:
        return redacted
    total = Counter(redacted.counts)
    text = redacted.text
    for _ in range(MAX_UNWRAPPED):
        read = redact(inside, kinds)
        if not read.counts:
            break
        text = read.text
        total += Counter(read.counts)
        inside = plain_text(text)
        if inside is text:
            break
    return Redacted(text, total)


def _with_marks(text: str, mark: str, spans: Iterable[Span]) -> str:
    pieces = []
    at = 0
    for start, end in spans:
        pieces += [text[at:start], mark]
        at = end
    return "".join([*pieces, text[at:]])
