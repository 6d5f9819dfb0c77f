"""A target: one question asked of every ticket, and what a desk lets the answers do.

Three are known everywhere; any other label column of a desk becomes a target by naming it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from triage.errors import InvalidInput
from triage.prediction import Mode

__all__ = ["USUAL_TARGETS", "Target", "check_names"]

USUAL_TARGETS: tuple[str, ...] = ("ticket_type", "assignment_group", "priority")
"""Asked where a desk's history has them and nobody named others."""


@dataclass(frozen=True, slots=True)
class Target:
    """One question.

    Attributes:
        name: the canonical column, or the desk's own, whose value is the answer.
        mode: what the answers may do.
        precision: how often an answer at or above the threshold should be right, 0 to 1.
    """

    name: str
    mode: Mode = "suggest"
    precision: float = 0.95

    def __post_init__(self) -> None:
        """Refuse what no threshold can be set for."""
        if not 0 < self.precision < 1:
            raise InvalidInput(
                f"The precision asked for {self.name!r} must lie between 0 and 1; it is {self.precision}."
            )


def check_names(names: Iterable[str], known: Iterable[str]) -> None:
    """Nothing, where every name is known; else `InvalidInput` that lists what is."""
    known = sorted(known)
    for name in names:
        if name not in known:
            raise InvalidInput(f"No target named {name!r}. Known: {', '.join(known) or 'none'}.")
