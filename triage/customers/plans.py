"""What was agreed to do for a customer: who does what, until when it is looked at again, and how it ended.

A plan is agreed by people; what a playbook suggests is none before somebody has taken it on.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

__all__ = ["OUTCOMES", "Outcome", "Plan", "Terms"]

Outcome = Literal["open", "done", "dropped"]
OUTCOMES: tuple[Outcome, ...] = ("open", "done", "dropped")


@dataclass(frozen=True, slots=True)
class Terms:
    """What people agree on.

    Attributes:
        owner: who sees to it: a named person, so that somebody does.
        next_step: what they do.
        review_on: the day on which it is looked at again.
        segment: the segment or kind that it is for, where it is for one.
        outcome: `open` until it is `done` or `dropped`.
        note: how it went.
    """

    owner: str
    next_step: str
    review_on: date
    segment: str | None = None
    outcome: Outcome = "open"
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan for a customer, as it is now; moments are aware."""

    customer_id: str
    terms: Terms
    created_at: datetime
    updated_at: datetime

    def takes_on(self, terms: Terms) -> bool:
        """Whether other terms change this plan; opening one after it has ended begins a new one."""
        return self.terms.outcome == "open" or terms.outcome != "open"
