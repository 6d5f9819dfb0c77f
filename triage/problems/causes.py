"""Changes shortly before a problem began or came more often, where that is no coincidence to be expected.

A desk that changes a service every day always finds a change the day before. So each change of the service is held
against every other moment of the window: how many of them have as steep a step in the problem's incidents behind them?
That share is the chance of one change; it is corrected for as many changes as the service had (Šidák), and what is not
surprising is not told. A change after the step is never blamed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOOK_BACK", "SURPRISING", "Cause", "Change", "causes_of"]

LOOK_BACK = timedelta(days=14)
"""A change longer before the next incident is not looked at."""

SURPRISING = 0.05
"""A coincidence that is to be expected more often than this is not told."""

MOST_CAUSES = 3

FADE_DAYS = 10.0
"""An incident counts the less for a step the longer before or after it, an e-th after so many days."""

FEWEST_AFTER = 3
"""Fewer incidents in `LOOK_BACK` after a change are no step."""

N_MOMENTS = 4_000
"""So many moments of the window changes are held against."""

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed.

    Attributes:
        id: in the desk's own system.
        kind: `change` or `release`.
        title: what it is called.
        service: what was changed; None where nobody says.
        at: when it was in effect, aware.
    """

    id: str
    kind: str
    title: str
    service: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Cause:
    """A change shortly before a problem began, or came more often.

    Attributes:
        change: which.
        followed_at: when the next incident came.
        chance: how likely one of as many changes has as steep a step behind it by chance, 0 to 1.
        n_changes: of that service in the window, which were looked at.
        n_before: incidents in `LOOK_BACK` before the change; 0 where the problem began behind it.
        n_after: in as much time after it.
    """

    change: Change
    followed_at: datetime
    chance: float
    n_changes: int
    n_before: int
    n_after: int

    @property
    def hours_before(self) -> float:
        """How long before the next incident the change was."""
        return (self.followed_at - self.change.at) / timedelta(hours=1)


def causes_of(
    moments: Sequence[datetime], service: str | None, changes: Sequence[Change], since: datetime, until: datetime
) -> tuple[Cause, ...]:
    """The changes of a service behind which a problem surprisingly began or came more often, the most surprising first.

    Args:
        moments: when its incidents were opened.
        service: of the problem; without one there is nothing to hold changes against.
        changes: of the desk.
        since: from when on incidents are known.
        until: the moment.
    """
    if service is None or until <= since or not moments:
        return ()
    own = [each for each in changes if _is_same(each.service, service) and since <= each.at <= until]
    days = np.sort([moment.timestamp() / _DAY for moment in moments])
    begin, end = since.timestamp() / _DAY, until.timestamp() / _DAY
    usual = np.sort(_steps(days, np.linspace(begin, end, N_MOMENTS)))
    found = []
    for change in own:
        at = change.at.timestamp() / _DAY
        n_before, n_after = (int(((days >= at - back) & (days < at + ahead)).sum()) for back, ahead in _SPANS)
        step = float(_steps(days, np.array([at]))[0])
        if n_after < FEWEST_AFTER or step <= 0:
            continue
        once = (N_MOMENTS - int(np.searchsorted(usual, step, side="left")) + 1) / (N_MOMENTS + 1)
        chance = 1 - (1 - once) ** len(own)
        if chance <= SURPRISING:
            followed_at = min(moment for moment in moments if moment >= change.at)
            found.append(Cause(change, followed_at, chance, len(own), n_before, n_after))
    found.sort(key=lambda cause: (cause.chance, cause.hours_before))
    return tuple(found[:MOST_CAUSES])


_SPANS = ((LOOK_BACK / timedelta(days=1), 0.0), (0.0, LOOK_BACK / timedelta(days=1)))


def _steps(days: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much likelier, in logarithms, a step at each moment is than none; 0 where less comes after than before."""
    after, before = np.empty(len(at)), np.empty(len(at))
    for n, moment in enumerate(at):
        away = days - moment
        near = np.exp(-np.abs(away) / FADE_DAYS)
        after[n], before[n] = near[away >= 0].sum(), near[away < 0].sum()
    both = after + before
    with np.errstate(divide="ignore", invalid="ignore"):
        gained = after * np.log(2 * after / both) + np.where(before > 0, before * np.log(2 * before / both), 0.0)
    return np.where(after > before, gained, 0.0)


def _is_same(one: str | None, other: str) -> bool:
    return one is not None and " ".join(one.casefold().split()) == " ".join(other.casefold().split())
