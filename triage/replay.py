"""A replay: what a model's answers would have done to tickets that people have decided, beside what was done then."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from triage.prediction import Decision

__all__ = ["MOST_MISTAKES", "Fate", "Replay", "Replayed", "Tally", "TargetReplay", "fate", "is_fresh", "replay_of"]

MOST_MISTAKES = 20
"""Mistakes that a replay names; more of them nobody reads one by one."""

Fate = Literal["right", "wrong", "by_hand", "unasked"]
"""What becomes of a target of a ticket: answered by itself, rightly or wrongly; left to people; no model was asked."""


def fate(decision: Decision | None, *, is_right: bool) -> Fate:
    """What becomes of a target whose answer met this decision.

    Args:
        decision: None where no model was asked.
        is_right: whether the answer is what people have settled on.
    """
    if decision is None:
        return "unasked"
    if decision != "auto":
        return "by_hand"
    return "right" if is_right else "wrong"


def is_fresh(
    opened_at: datetime | None, known_at: datetime | None, *, learned_at: datetime, last_day: str | None
) -> bool:
    """Whether a model cannot have learned from a ticket, as far as is known.

    Args:
        opened_at: when the ticket was filed.
        known_at: when people's value came to be known here.
        learned_at: when the model was.
        last_day: on which a ticket of its file was opened, as an ISO date: what is imported later may have been in the
            same file. None for a model that was learned from the database, or from a file without dates.
    """
    if last_day is not None:
        return opened_at is not None and opened_at.date().isoformat() > last_day
    return known_at is not None and known_at > learned_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One target of one ticket.

    Attributes:
        ticket: its number.
        target: the question.
        answered: what the replayed model says.
        chosen: what people have settled on.
        would: what would have become of it.
        then: what became of it by the model that answered then.
        is_fresh: whether the replayed model cannot have learned from it.
    """

    ticket: str
    target: str
    answered: str
    chosen: str
    would: Fate
    then: Fate
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tickets met which fate."""

    right: int
    wrong: int
    by_hand: int
    unasked: int

    @classmethod
    def of(cls, fates: Iterable[Fate]) -> "Tally":
        """Counted."""
        found = list(fates)
        return cls(found.count("right"), found.count("wrong"), found.count("by_hand"), found.count("unasked"))

    @property
    def n(self) -> int:
        """All of them."""
        return self.right + self.wrong + self.by_hand + self.unasked

    @property
    def n_applied(self) -> int:
        """Those that were answered without a person."""
        return self.right + self.wrong

    @property
    def precision(self) -> float | None:
        """The share of right ones among the applied, 0 to 1; None where there are none."""
        return self.right / self.n_applied if self.n_applied else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReplay:
    """One target.

    Attributes:
        target: the question.
        would: what would have become of its tickets.
        then: what became of them then.
        would_fresh: what would have become of those that the replayed model cannot have learned from.
    """

    target: str
    would: Tally
    then: Tally
    would_fresh: Tally


@dataclass(frozen=True, slots=True)
class Replay:
    """All targets, by name, and the first of the mistakes that would have been made."""

    targets: tuple[TargetReplay, ...]
    mistakes: tuple[Replayed, ...]


def replay_of(replayed: Iterable[Replayed]) -> Replay:
    """The sum of what was replayed."""
    every = list(replayed)
    targets = [
        _of_target(target, [each for each in every if each.target == target])
        for target in sorted({each.target for each in every})
    ]
    mistakes = [each for each in every if each.would == "wrong"]
    return Replay(tuple(targets), tuple(mistakes[:MOST_MISTAKES]))


def _of_target(target: str, own: list[Replayed]) -> TargetReplay:
    return TargetReplay(
        target=target,
        would=Tally.of(each.would for each in own),
        then=Tally.of(each.then for each in own),
        would_fresh=Tally.of(each.would for each in own if each.is_fresh),
    )
