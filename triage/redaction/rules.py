"""Which kinds a desk wants to keep, and in which fields; without a word from it everything is redacted."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from types import MappingProxyType

from triage.errors import InvalidInput
from triage.redaction.kinds import KINDS, Kind

__all__ = ["EVERYTHING", "RedactionRules", "read_exceptions"]

_ALL = "everything"
_IN = " in "


@dataclass(frozen=True, slots=True)
class RedactionRules:
    """What is redacted where.

    Attributes:
        usual: the kinds that are redacted in a field that nothing else is said of.
        by_field: those of every other field: `subject`, `body`, `resolution`, or an attribute's name in lower case.
    """

    usual: Set[Kind] = KINDS
    by_field: Mapping[str, Set[Kind]] = field(default_factory=lambda: MappingProxyType({}))

    def kinds_of(self, name: str) -> Set[Kind]:
        """The kinds that are redacted in a field."""
        return self.by_field.get(name.casefold(), self.usual) if self.by_field else self.usual


EVERYTHING = RedactionRules()
"""All kinds in every field."""


def read_exceptions(text: str) -> RedactionRules:
    """Rules that redact everything but what a text lists: `phone in body, everything in host, ip`.

    Args:
        text: exceptions with commas between them, each `KIND`, `KIND in FIELD` or `everything in FIELD`.

    Raises:
        InvalidInput: an exception is of another form, or its kind is none.
    """
    everywhere: set[Kind] = set()
    by_field: dict[str, set[Kind]] = {}
    for exception in filter(None, map(str.strip, text.split(","))):
        what, is_limited, where = exception.partition(_IN)
        kept = _kinds(what.strip().lower(), exception)
        if not is_limited:
            everywhere |= kept
        else:
            by_field.setdefault(where.strip().casefold(), set()).update(kept)
    usual = KINDS - everywhere
    return RedactionRules(usual, MappingProxyType({name: usual - kept for name, kept in by_field.items()}))


def _kinds(what: str, exception: str) -> Set[Kind]:
    if what == _ALL:
        return KINDS
    if what not in KINDS:
        raise InvalidInput(
            f"{exception[:60]!r} is no exception. Write a kind ({', '.join(sorted(KINDS))}), a kind in a field as "
            "`phone in body`, or all of them in a field as `everything in host`"
        )
    return {what}
