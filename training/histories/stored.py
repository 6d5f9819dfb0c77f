"""A history out of the database: every stored ticket with the values that people gave, and who gave them.

What a model set and nobody touched is left out, and so is what a person rejected without saying what is right.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from data.database import reading
from data.decisions import ORIGINS, Decision, decided_tickets, n_tickets
from triage.ticket import WorkedTicket

__all__ = ["StoredHistory", "read_stored"]

REJECTED = "rejected"
"""Beside the origins: answers that a person rejected, and of which nobody has said since what is right."""


@dataclass(frozen=True, slots=True)
class StoredHistory:
    """What the database holds to learn from.

    Attributes:
        tickets: with the labels that are evidence.
        decisions: of all of them, also those without evidence.
    """

    tickets: Sequence[WorkedTicket]
    decisions: Sequence[Decision]

    def weights(self, of_correction: float) -> dict[tuple[str, str], float]:
        """By ticket and target as how many tickets a label counts that does not count as one."""
        return {(each.ticket_id, each.target): of_correction for each in self.decisions if each.origin == "corrected"}

    def labels(self) -> dict[str, dict[str, int]]:
        """By target how many labels there are of each origin, and how many were rejected."""
        found: dict[str, Counter[str]] = {}
        for each in self.decisions:
            kind = REJECTED if each.is_rejected else each.origin
            if kind is not None:
                found.setdefault(each.target, Counter())[kind] += 1
        return {
            target: {kind: counts[kind] for kind in (*ORIGINS, REJECTED)} for target, counts in sorted(found.items())
        }

    def provenance(self, of_correction: float, targets: Sequence[str]) -> dict[str, Any]:
        """What a manifest says of who gave the labels."""
        labels = self.labels()
        return {
            "labels": {target: labels[target] for target in targets if target in labels},
            "correction_weight": of_correction,
        }

    def n_new(self, since: datetime, targets: Sequence[str]) -> int:
        """How many labels of these targets people gave that came to be known here after a moment."""
        return sum(
            each.is_evidence and each.target in targets and each.known_at is not None and each.known_at > since
            for each in self.decisions
        )


def read_stored(
    engine: Engine, now: datetime, *, on_progress: Callable[[float], None] = lambda _: None
) -> StoredHistory:
    """Everything that the database holds.

    Args:
        engine: of the database.
        now: what was stored or said later does not count.
        on_progress: told the share done, 0 to 1.
    """
    found: list[WorkedTicket] = []
    decisions: list[Decision] = []
    with reading(engine) as connection:
        n_all = max(1, n_tickets(connection, now))
        for chunk in decided_tickets(connection, now):
            for each in chunk:
                found.append(each.ticket)
                decisions += each.decisions.values()
            on_progress(len(found) / n_all)
    return StoredHistory(found, decisions)
