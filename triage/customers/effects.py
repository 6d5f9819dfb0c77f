"""Whether contacts fell after a plan: each customer who got one beside similar ones who did not.

Plans are made when somebody calls most, and most people call less after that, plan or no plan (regression to the mean).
So a customer is never held against their own past alone, but also against the change of others who had called as often.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST_DAYS", "FEWEST_PLANS", "WINDOW", "Effect", "SoFar", "measure_effect", "so_far"]

WINDOW = timedelta(days=90)
"""Contacts are counted this long before a plan and this long after it."""

FEWEST_PLANS = 10
"""With fewer, one customer's good or bad season would decide; nothing is said."""

FEWEST_DAYS = 14
"""Sooner after one plan there is nothing to say of it."""

MOST_SIMILAR = 3
"""As many others are compared with a customer, where there are as many; each of them once."""

LEAST_ALIKE = 0.2
"""Somebody is similar whose contacts before the plan differ by no more than this share."""

ROUND = timedelta(days=1)
"""Plans that are agreed within this belong to one round; customers of it are not held against each other."""

CONFIDENCE = 0.95

_MONTH = timedelta(days=30)
_N_FLIPS, _N_HALVINGS = 1_999, 40
_SEED = 20  # two looks at the same plans must say the same


@dataclass(frozen=True, slots=True)
class Effect:
    """What followed on plans, in contacts of ninety days; the means are None where nothing was compared.

    Attributes:
        n_plans: customers with a plan who were compared, each by the first one.
        n_waiting: plans that are not yet ninety days old.
        n_alone: plans before which the customer had not called, or nobody else as often.
        before: mean contacts before the plan.
        after: after it.
        similar_before: the same of similar customers without a plan.
        similar_after: -
        change: by how much contacts changed beyond what they changed with similar customers; None if too few to say.
        low: where it may lie by chance alone (95 %), at the least.
        high: at the most.
    """

    n_plans: int
    n_waiting: int
    n_alone: int
    before: float | None = None
    after: float | None = None
    similar_before: float | None = None
    similar_after: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None


def measure_effect(begun: Mapping[str, datetime], contacts: Mapping[str, Sequence[datetime]], now: datetime) -> Effect:
    """Difference in differences over plans, with an interval that is exact for pairs.

    Similar are customers who had no plan by then and whose contacts in the ninety days before come nearest; among
    equals those whose last thirty days do. Some get a plan later, which makes an effect look smaller. To leave them out
    would be worse: who needs no plan later is who will call less, and that is what is asked. The interval inverts a
    sign-flip test: without an effect, either of a pair could have been the one with the plan.

    Args:
        begun: when each customer's first plan was agreed, aware.
        contacts: when each customer contacted the desk, with a plan or without.
        now: what is known so far.
    """
    done = {customer: at for customer, at in begun.items() if at + WINDOW <= now}
    pairs = _pairs(done, _Contacts(contacts, begun))
    n_plans, n_waiting, n_alone = len(pairs), len(begun) - len(done), len(done) - len(pairs)
    counted = Effect(n_plans, n_waiting, n_alone)
    if not pairs:
        return counted
    before, after, similar_before, similar_after = table = np.array(pairs).T
    means = dict(zip(("before", "after", "similar_before", "similar_after"), table.mean(axis=1).tolist(), strict=True))
    if n_plans < FEWEST_PLANS:
        return replace(counted, **means)
    differences = (after - before) - (similar_after - similar_before)
    low, high = _interval(differences)
    return replace(counted, **means, change=float(differences.mean()), low=low, high=high)


@dataclass(frozen=True, slots=True)
class SoFar:
    """Contacts of one customer in as many days before a plan as after it; no effect, only what was counted."""

    n_days: int
    before: int
    after: int


def so_far(begun: datetime, contacts: Sequence[datetime], now: datetime) -> SoFar | None:
    """What followed on one plan up to now; None where it is too early to say.

    Args:
        begun: when it was agreed, aware.
        contacts: when the customer contacted the desk.
        now: what is known so far; of more than `WINDOW` after the plan nothing is counted.
    """
    n_days = min(now - begun, WINDOW).days
    if n_days < FEWEST_DAYS:
        return None
    span = timedelta(days=n_days)
    return SoFar(
        n_days,
        before=sum(begun - span < at <= begun for at in contacts),
        after=sum(begun < at <= begun + span for at in contacts),
    )


class _Contacts:
    """All contacts in the order of time, so that every customer is counted at once."""

    def __init__(self, contacts: Mapping[str, Sequence[datetime]], begun: Mapping[str, datetime]) -> None:
        self.place = {customer: i for i, customer in enumerate(sorted(contacts))}
        who = [i for customer, i in self.place.items() for _ in contacts[customer]]
        when = np.array([moment.timestamp() for customer in self.place for moment in contacts[customer]])
        order = np.argsort(when, kind="stable")
        self._who, self._when = np.array(who, dtype=np.int64)[order], when[order]
        self._begun = np.array([begun[c].timestamp() if c in begun else np.inf for c in self.place])

    def count(self, since: datetime, until: datetime) -> NDArray[np.int64]:
        """Each customer's contacts after `since` and up to `until`, int64 of shape (n_customers,)."""
        first, last = np.searchsorted(self._when, (since.timestamp(), until.timestamp()), side="right")
        return np.bincount(self._who[first:last], minlength=len(self.place))

    def without_plan(self, until: datetime) -> NDArray[np.bool_]:
        """Who had none up to then, bool of shape (n_customers,)."""
        return self._begun > until.timestamp()


class _Window:
    """The days around one customer's plan, with everybody's contacts in them."""

    def __init__(self, at: datetime, place: int, known: _Contacts) -> None:
        self._place = place
        self._before, self._after = known.count(at - WINDOW, at), known.count(at, at + WINDOW)
        self.n_before = int(self._before[place])
        apart = np.abs(self._before - self.n_before)
        recently = known.count(at - _MONTH, at)
        # less than one contact in all, so that it decides among equals only
        tie = np.abs(recently - recently[place]) / (1 + recently.max(initial=0))
        may_be_compared = known.without_plan(at + ROUND) & (apart <= LEAST_ALIKE * self.n_before)
        self._distance = np.where(may_be_compared, apart + tie, np.inf)

    def nearest(self, used: NDArray[np.bool_]) -> int | None:
        """The most similar customer of those not used; None where there is none."""
        distance = np.where(used, np.inf, self._distance)
        place = int(distance.argmin())
        return place if np.isfinite(distance[place]) else None

    def pair(self, similar: Sequence[int]) -> tuple[float, float, float, float]:
        """Contacts before and after, and the means of those of the similar ones."""
        others = list(similar)
        return (
            float(self.n_before),
            float(self._after[self._place]),
            float(self._before[others].mean()),
            float(self._after[others].mean()),
        )


def _pairs(done: Mapping[str, datetime], known: _Contacts) -> list[tuple[float, float, float, float]]:
    """For each plan that can be compared, contacts before and after, and those of similar customers."""
    windows = [_Window(at, known.place[customer], known) for customer, at in done.items() if customer in known.place]
    # whoever calls most has the fewest equals, so they choose first; and everybody once before anybody twice
    windows = sorted((window for window in windows if window.n_before), key=lambda window: -window.n_before)
    found: list[list[int]] = [[] for _ in windows]
    used = np.zeros(len(known.place), dtype=np.bool_)
    for n_found in range(MOST_SIMILAR):
        for window, similar in zip(windows, found, strict=True):
            if len(similar) == n_found and (nearest := window.nearest(used)) is not None:
                used[nearest] = True
                similar.append(nearest)
    return [window.pair(similar) for window, similar in zip(windows, found, strict=True) if similar]


def _interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """The changes that a two-sided sign-flip test does not refuse at 5 %."""
    flips = np.random.default_rng(_SEED).choice((-1.0, 1.0), size=(_N_FLIPS + 1, len(differences)))
    flips[0] = 1.0  # as it was
    sums, signs = flips @ differences, flips.sum(axis=1)

    def is_refused(change: float) -> bool:
        flipped = np.abs(sums - change * signs)
        return bool((flipped >= flipped[0] - 1e-9).mean() <= 1 - CONFIDENCE)

    mean = float(differences.mean())
    widest = float(np.abs(differences - mean).max()) + 1e-9
    return _edge(is_refused, mean, -widest), _edge(is_refused, mean, widest)


def _edge(is_refused: Callable[[float], bool], inside: float, step: float) -> float:
    """Where refusing begins, in the direction of `step`."""
    while not is_refused(inside + step):
        step *= 2
    refused_from, allowed_to = step, 0.0
    for _ in range(_N_HALVINGS):
        half = (refused_from + allowed_to) / 2
        refused_from, allowed_to = (half, allowed_to) if is_refused(inside + half) else (refused_from, half)
    return inside + allowed_to
