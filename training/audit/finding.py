"""What an audit found: one thing a person should know of a history before a model is learned from it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["Finding", "Severity", "quoted"]

Severity = Literal["warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found.

    Attributes:
        kind: what it is, in one word for programs.
        severity: a warning says that figures, or the model, are not to be trusted before something is done.
        sentence: what was found, for people.
        advice: what to do about it.
        target: whose labels it is about; None where it is about the tickets.
        n_rows: how many tickets show it.
        examples: ids of up to ten of them.
        effects: how much it matters, name and number each; what a name means is in the sentence.
        terms: the words, labels or columns that are involved.
        joins: what each of some labels is a spelling of.
        is_cleaned: whether `--clean` takes it out of what is learned from, or joins it.
    """

    kind: str
    severity: Severity
    sentence: str
    advice: str
    target: str | None = None
    n_rows: int = 0
    examples: tuple[str, ...] = ()
    effects: Mapping[str, float] = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    joins: Mapping[str, str] = field(default_factory=dict)
    is_cleaned: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self) | {"examples": list(self.examples), "terms": list(self.terms)}


def quoted(terms: Iterable[str], most: int = 8) -> str:
    """The first of them for a sentence, and how many more there are."""
    listed = [f"{term!r}" for term in terms]
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
