"""What a desk does for customers of whom something holds, as its playbook says; every segment and kind has an entry.

The default is `playbook.toml` beside this; `data/playbooks.py` reads it, and a desk's own over it.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from triage.customers.segments import KINDS, SEGMENTS
from triage.errors import UnusablePlaybook

__all__ = ["NAMES", "Advice", "Playbook", "Suggestion", "parse_playbook"]

NAMES: tuple[str, ...] = tuple(dict.fromkeys(rule.__name__ for rule in (*SEGMENTS, *KINDS)))
"""All that can hold of a customer: segments, and the kinds of reasons to call often."""

_LONGEST_REVIEW = 3_650


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do for a customer of whom one thing holds.

    Attributes:
        name: the segment or kind.
        next_call: for whoever answers next.
        next_step: of a plan; None where none is worth agreeing on.
        review_after_days: of that plan.
    """

    name: str
    next_call: str
    next_step: str | None = None
    review_after_days: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the playbook suggests for a customer, for people to agree on or not."""

    segment: str
    next_call: str
    next_step: str | None
    review_on: date | None


@dataclass(frozen=True, slots=True)
class Playbook:
    """Advice, in the order in which it is looked for."""

    entries: tuple[Advice, ...]

    def suggest(self, holding: Iterable[str], today: date) -> Suggestion | None:
        """The first entry for any of the segments and kinds that hold; None where none of them do."""
        names = set(holding)
        advice = next((entry for entry in self.entries if entry.name in names), None)
        if advice is None:
            return None
        days = advice.review_after_days
        review_on = None if days is None else today + timedelta(days=days)
        return Suggestion(advice.name, advice.next_call, advice.next_step, review_on)

    def over(self, default: "Playbook") -> "Playbook":
        """The default, with the entries of this one in the place of its own; one that has all counts as it is."""
        own = {entry.name: entry for entry in self.entries}
        if own.keys() >= {entry.name for entry in default.entries}:
            return self
        return Playbook(tuple(own.get(entry.name, entry) for entry in default.entries))


def parse_playbook(text: str, name: str) -> Playbook:
    """A playbook of the entries in a TOML text.

    Args:
        text: of the file.
        name: of the file, for what is said of it.

    Raises:
        UnusablePlaybook: no TOML, or an entry that does not fit its form.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnusablePlaybook(f"{name} is no TOML: {error}.") from None
    return Playbook(tuple(_advice(entry, table, name) for entry, table in tables.items()))


def _advice(entry: str, table: object, name: str) -> Advice:
    if entry not in NAMES:
        raise UnusablePlaybook(f"{name}: no segment or kind named {entry!r}. Known: {', '.join(NAMES)}.")
    given = table if isinstance(table, dict) else {}
    known = ("next_call", "next_step", "review_after_days")
    if unknown := [key for key in given if key not in known]:
        raise UnusablePlaybook(f"{name}: [{entry}] has {unknown[0]!r}. Known: {', '.join(known)}.")
    next_call, next_step, days = (given.get(key) for key in known)
    if not _is_text(next_call):
        raise UnusablePlaybook(f"{name}: [{entry}] needs next_call, a sentence for whoever answers next.")
    if next_step is None and days is None:
        return Advice(entry, str(next_call))
    if not (_is_text(next_step) and type(days) is int and 1 <= days <= _LONGEST_REVIEW):
        raise UnusablePlaybook(
            f"{name}: [{entry}] needs a sentence as next_step, and with it review_after_days from 1 to "
            f"{_LONGEST_REVIEW}; or neither."
        )
    return Advice(entry, str(next_call), str(next_step), days)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
