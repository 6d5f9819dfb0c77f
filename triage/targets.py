"""A target: one question asked of every ticket, and what a desk lets the answers do.

Three are known everywhere; any other label column of a desk becomes a target by naming it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from triage.errors import InvalidInput
from triage.prediction import Mode

__all__ = ["USUAL_TARGETS", "Target", "check_names"]

USUAL_TARGETS: tuple[str, ...] = ("ticket_type", "assignment_group", "priority")
"""Asked where a desk's history has them and nobody named others."""


@dataclass(frozen=True, slots=True)
class Target:
    """One question, and what a desk asks of its answers.

    Attributes:
        name: the canonical column, or the desk's own, whose value is the answer.
        mode: what the answers may do.
        precision: how often an answer at or above the threshold should be right, 0 to 1.
        per_label: whether every label must prove that precision by its own answers, and not the target by all of them.
        cost_wrong: what an answer costs that was applied and is wrong, in any unit; None where precision decides.
        cost_by_hand: what a ticket costs that a person decides, in the same unit.
        suggest_from: the confidence below which an answer is not even suggested, 0 to 1; None for the share of the
            commonest label, so that a suggestion is better than naming that one.
    """

    name: str
    mode: Mode = "suggest"
    precision: float = 0.95
    per_label: bool = False
    cost_wrong: float | None = None
    cost_by_hand: float | None = None
    suggest_from: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no threshold can be set for."""
        if not 0 < self.precision < 1:
            raise InvalidInput(
                f"The precision asked for {self.name!r} must lie between 0 and 1; it is {self.precision}."
            )
        if self.suggest_from is not None and not 0 <= self.suggest_from <= 1:
            raise InvalidInput(f"suggest_from of {self.name!r} must lie between 0 and 1; it is {self.suggest_from}.")
        if self.cost_wrong is None and self.cost_by_hand is None:
            return
        if self.cost_wrong is None or self.cost_by_hand is None:
            raise InvalidInput(f"cost_wrong and cost_by_hand of {self.name!r} belong together.")
        if self.per_label:
            raise InvalidInput(f"per_label of {self.name!r} is about a precision; it does not go with costs.")
        if not 0 < self.cost_by_hand < self.cost_wrong < inf:
            raise InvalidInput(
                f"For {self.name!r} a wrong answer must cost more than a decision by hand, and both more than 0; they "
                f"are {self.cost_wrong:g} and {self.cost_by_hand:g}."
            )

    @property
    def asked_precision(self) -> float:
        """How often answers must be right: the precision, or the share of right ones at which costs break even."""
        if self.cost_wrong is None or self.cost_by_hand is None:
            return self.precision
        return 1 - self.cost_by_hand / self.cost_wrong


def check_names(names: Iterable[str], known: Iterable[str]) -> None:
    """Nothing, where every name is known; else `InvalidInput` that lists what is."""
    known = sorted(known)
    for name in names:
        if name not in known:
            raise InvalidInput(f"No target named {name!r}. Known: {', '.join(known) or 'none'}.")
