"""A desk's history as training sees it: what can be learned, which tickets repeat others, and its fingerprint."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from triage.errors import UnusableTraining
from triage.features import attribute_terms, text_of
from triage.redaction import EVERYTHING, RedactionRules, redact_ticket
from triage.targets import USUAL_TARGETS, check_names
from triage.text import words
from triage.ticket import WORKED_COLUMNS, NewTicket, WorkedTicket

__all__ = [
    "choose_targets",
    "closed_tickets",
    "commonest_label",
    "fingerprint",
    "label_columns",
    "label_counts",
    "seen_keys",
    "text_key",
    "unlearnable_reason",
    "without_personal_data",
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


def closed_tickets(tickets: Sequence[WorkedTicket]) -> list[WorkedTicket]:
    """The tickets whose labels are final: where a desk records when it closes tickets, those that are closed.

    The group and the priority of an open ticket are today's guess, and may be somebody's mistake of an hour ago.
    """
    closed = [ticket for ticket in tickets if ticket.settled_at is not None]
    return closed if 2 * len(closed) >= len(tickets) else list(tickets)


def choose_targets(tickets: Sequence[WorkedTicket], asked: Sequence[str] | None) -> tuple[str, ...]:
    """The targets to learn: those asked for, else the usual ones that this history has two labels of at least.

    Raises:
        InvalidInput: one that is asked for does not exist; the message lists the columns that do.
        UnusableTraining: there is nothing to learn.
    """
    columns = label_columns(tickets)
    if asked:
        check_names(asked, columns)
        return tuple(dict.fromkeys(asked))
    usual = tuple(name for name in USUAL_TARGETS if len(label_counts(tickets, name)) > 1)
    if not usual:
        raise UnusableTraining(
            f"There is nothing to learn: none of {', '.join(USUAL_TARGETS)} has two different values in this history. "
            f"Name a label column with --targets. Columns with values: {', '.join(columns) or 'none'}."
        )
    return usual


def unlearnable_reason(train: Sequence[WorkedTicket], test: Sequence[WorkedTicket], target: str) -> str | None:
    """Why a target cannot be learned from these tickets and measured on those, as a sentence; None if it can."""
    labels = label_counts(train, target)
    if len(labels) < 2:
        return f"{target!r} has fewer than two different labels in the tickets to learn from."
    if 2 * len(labels) > labels.total():
        return (
            f"{target!r} has {len(labels):,} different labels in {labels.total():,} tickets: too few of each to learn."
        )
    if not label_counts(test, target):
        return f"{target!r} has no label in the tickets set aside, so it cannot be measured."
    return None


def label_columns(tickets: Sequence[WorkedTicket]) -> list[str]:
    """The columns that have values here, the canonical ones and the desk's own."""
    own = {name for ticket in tickets for name in ticket.attributes}
    return sorted({c for c in LABEL_COLUMNS if any(t.label(c) is not None for t in tickets)} | own)


def without_personal_data(tickets: Iterable[WorkedTicket], rules: RedactionRules = EVERYTHING) -> list[WorkedTicket]:
    """The tickets in order, redacted as they would be stored; what people decided is their labels, and stays."""
    found = []
    for ticket in tickets:
        filed = redact_ticket(ticket.filed, rules).ticket
        found.append(ticket if filed is ticket.filed else replace(ticket, filed=filed))
    return found


def text_key(ticket: NewTicket) -> bytes:
    """Sixteen bytes that are the same for tickets that a model cannot tell apart: equal words, equal facts."""
    said = [" ".join(words(text_of(ticket))), *sorted(attribute_terms(ticket))]
    return hashlib.blake2b("\0".join(said).encode("utf-8", "surrogatepass"), digest_size=16).digest()


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


def fingerprint(seen: NDArray[np.uint64], tickets: Iterable[WorkedTicket], targets: Sequence[str]) -> str:
    """The sha256 of what is learned from: equal texts, moments and labels in order, equal fingerprint.

    Args:
        seen: the tickets' numbers, as `seen_keys` gives them.
        tickets: what is learned from.
        targets: whose labels are learned.
    """
    digest = hashlib.sha256(seen.tobytes())
    for ticket in tickets:
        digest.update("\0".join(ticket.label(target) or "" for target in targets).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
