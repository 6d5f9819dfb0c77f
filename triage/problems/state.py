"""What people make of a problem: how far it has come, and when one that was solved is back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from triage.errors import InvalidInput

__all__ = ["COMES_BACK_FROM", "STATES", "Recurrence", "State", "came_back", "state_of"]

State = Literal["new", "under_investigation", "known_error", "resolved"]
"""How far a problem has come; a `known_error` has a cause that is known, and is not mended yet."""

STATES: tuple[State, ...] = get_args(State)

COMES_BACK_FROM = 3
"""So many incidents after it was resolved mean that it is back; one or two may be late reports."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A problem that was resolved and is back: when it was resolved, and how many incidents came since."""

    resolved_at: datetime
    n_since: int


def state_of(text: str) -> State:
    """The state by its name, in whatever case, with blanks or dashes for underscores.

    Raises:
        InvalidInput: it is none.
    """
    name = "_".join(text.lower().replace("-", " ").replace("_", " ").split())
    for state in STATES:
        if state == name:
            return state
    raise InvalidInput(f"No state {text!r} of a problem. Known: {', '.join(STATES)}.")


def came_back(resolved_at: datetime | None, moments: Iterable[datetime]) -> Recurrence | None:
    """Whether a resolved problem is back; None where it is not, or nobody resolved it.

    Args:
        resolved_at: when a person said that it is resolved.
        moments: when its incidents were opened.
    """
    if resolved_at is None:
        return None
    n_since = sum(moment > resolved_at for moment in moments)
    return Recurrence(resolved_at, n_since) if n_since >= COMES_BACK_FROM else None
