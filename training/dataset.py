"""A desk's history as training sees it: what can be learned, which tickets repeat others, and its fingerprint."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from triage.errors import UnusableTraining
from triage.targets import USUAL_TARGETS, check_names
from triage.text import normalise
from triage.ticket import WORKED_COLUMNS, NewTicket, WorkedTicket

__all__ = [
    "choose_targets",
    "commonest_label",
    "fingerprint",
    "label_counts",
    "seen_keys",
    "text_key",
    "without_repeats",
]

LABEL_COLUMNS = tuple(
    column
    for column in WORKED_COLUMNS
    if column not in ("resolved_at", "closed_at", "resolution", "effort_minutes", "problem_id", "change_id")
)
"""Canonical columns whose values can be labels."""


def label_counts(tickets: Iterable[WorkedTicket], target: str) -> Counter[str]:
    """How often each label of a target occurs; tickets without one are not counted."""
    return Counter(label for ticket in tickets if (label := ticket.label(target)) is not None)


def commonest_label(tickets: Iterable[WorkedTicket], target: str) -> str:
    """The label that most tickets have; of equals the first in the alphabet."""
    counts = label_counts(tickets, target)
    return min(counts, key=lambda label: (-counts[label], label))


def choose_targets(tickets: Sequence[WorkedTicket], asked: Sequence[str] | None) -> tuple[str, ...]:
    """The targets to learn: those asked for, else the usual ones that this history has at least two labels of.

    Raises:
        InvalidInput: one that is asked for does not exist; the message lists the columns that do.
        UnusableTraining: a target has a single label throughout, or nothing is there to learn.
    """
    if not asked:
        usual = tuple(name for name in USUAL_TARGETS if len(label_counts(tickets, name)) > 1)
        if not usual:
            raise UnusableTraining(
                f"There is nothing to learn: none of {', '.join(USUAL_TARGETS)} has two different values in this "
                f"history. Name a label column with --targets. Columns with values: {', '.join(_columns(tickets))}."
            )
        return usual
    check_names(asked, _columns(tickets))
    for name in asked:
        if len(labels := label_counts(tickets, name)) < 2:
            raise UnusableTraining(f"{name!r} has a single label throughout ({', '.join(labels)}): nothing to learn.")
    return tuple(dict.fromkeys(asked))


def _columns(tickets: Sequence[WorkedTicket]) -> list[str]:
    own = {name for ticket in tickets for name in ticket.attributes}
    return sorted({c for c in LABEL_COLUMNS if any(t.label(c) is not None for t in tickets)} | own)


def text_key(ticket: NewTicket) -> bytes:
    """Sixteen bytes that are the same for tickets whose words and attributes, normalised, are the same."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(" ".join(normalise(f"{ticket.subject}\n{ticket.body}").split()).encode("utf-8", "surrogatepass"))
    for name, value in sorted(ticket.attributes.items()):
        digest.update(f"\0{name}={value}".encode("utf-8", "surrogatepass"))
    return digest.digest()


def seen_keys(tickets: Iterable[WorkedTicket]) -> NDArray[np.uint64]:
    """A number for each ticket's text and moment, uint64 of shape (n,): equal tickets, equal numbers.

    Kept with a training run, so that a later evaluation can say which of its tickets the model has learned from.
    """
    digests = (
        hashlib.blake2b(text_key(t.filed) + str(t.filed.opened_at).encode(), digest_size=8).digest() for t in tickets
    )
    return np.frombuffer(b"".join(digests), dtype=np.uint64)


def without_repeats(tickets: Sequence[WorkedTicket]) -> list[WorkedTicket]:
    """The tickets in order, each text once: of those that say the same the first is kept."""
    seen: dict[bytes, WorkedTicket] = {}
    for ticket in tickets:
        seen.setdefault(text_key(ticket.filed), ticket)
    return list(seen.values())


def fingerprint(tickets: Iterable[WorkedTicket], targets: Sequence[str]) -> str:
    """The sha256 of what is learned from, texts and labels in order: equal data, equal fingerprint."""
    digest = hashlib.sha256()
    for ticket in tickets:
        digest.update(text_key(ticket.filed))
        digest.update("\0".join(ticket.label(target) or "" for target in targets).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
