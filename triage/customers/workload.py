"""How a desk's contacts are spread over its customers: who makes which share, and what share the few make.

A share says where work comes from, and nothing about a person: who calls often may be let down often.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor
from typing import Literal

__all__ = [
    "FEWEST_CONTACTS",
    "FEWEST_SHOWN",
    "TOPS",
    "CustomerWork",
    "HoursOf",
    "TopShare",
    "Workload",
    "curve",
    "measure_workload",
    "safe_tops",
]

FEWEST_CONTACTS = 3
"""Fewer contacts are never far above what is usual, however quiet the others are."""

STANDS_OUT_FROM = 0.95

TOPS = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Shares of a desk's customers, those with most contacts, of which it is told what they make."""

FEWEST_SHOWN = 5
"""Where people are not to be told apart, a group of fewer is not shown."""

LEAST_RECORDED = 0.5
"""Where effort is recorded for fewer tickets than this share, it tells of recording and not of work."""

HoursOf = Literal["effort", "lost"]
"""What hours are: work that the desk recorded, or what incidents cost customers."""


@dataclass(frozen=True, slots=True)
class CustomerWork:
    """What came from one customer in a window.

    Attributes:
        customer_id: the stored id that they go by.
        n_tickets: filed in it, open and closed alike.
        n_open: those of them that are not closed.
        n_with_effort: those for which effort was recorded.
        effort_hours: recorded for them.
        lost_hours: to their incidents that were resolved, eight hours a day at most.
    """

    customer_id: str
    n_tickets: int
    n_open: int = 0
    n_with_effort: int = 0
    effort_hours: float = 0.0
    lost_hours: float = 0.0

    def hours(self, of: HoursOf) -> float:
        """Their hours, of one or the other."""
        return self.effort_hours if of == "effort" else self.lost_hours

    def joined_with(self, other: "CustomerWork") -> "CustomerWork":
        """What came from both, who are one person."""
        return CustomerWork(
            self.customer_id,
            self.n_tickets + other.n_tickets,
            self.n_open + other.n_open,
            self.n_with_effort + other.n_with_effort,
            self.effort_hours + other.effort_hours,
            self.lost_hours + other.lost_hours,
        )


@dataclass(frozen=True, slots=True)
class TopShare:
    """What the customers with most contacts make.

    Attributes:
        ratio: of all customers, 0 to 1.
        n_customers: these are so many, rounded up.
        n_tickets: theirs.
        tickets_ratio: of all tickets, 0 to 1.
    """

    ratio: float
    n_customers: int
    n_tickets: int
    tickets_ratio: float


@dataclass(frozen=True, slots=True)
class Workload:
    """Of a desk in a window.

    Attributes:
        customers: each with what came from them, most tickets first; of equals by id.
        n_tickets: of all of them; tickets without a customer are not among them.
        n_with_effort: those for which effort was recorded.
        hours_of: what hours are here.
        hours: of all.
        threshold: from so many contacts on a customer stands out here.
        n_above: so many customers do.
        tops: what the few make, one for each of `TOPS`; empty where there is nobody.
    """

    customers: tuple[CustomerWork, ...]
    n_tickets: int
    n_with_effort: int
    hours_of: HoursOf
    hours: float
    threshold: int
    n_above: int
    tops: tuple[TopShare, ...]


def measure_workload(counted: Iterable[CustomerWork]) -> Workload:
    """The workload of a desk.

    A customer stands out from the 95th percentile of those who contacted the desk in the window, and from
    `FEWEST_CONTACTS` contacts on. Where effort is recorded for half of the tickets or more, hours are that; else they
    are what incidents cost customers. The two are never mixed: one is the desk's time, the other is the customers'.
    """
    customers = tuple(sorted(counted, key=lambda one: (-one.n_tickets, one.customer_id)))
    n_tickets = sum(one.n_tickets for one in customers)
    n_with_effort = sum(one.n_with_effort for one in customers)
    of: HoursOf = "effort" if n_tickets and n_with_effort >= LEAST_RECORDED * n_tickets else "lost"
    threshold = _threshold([one.n_tickets for one in customers])
    return Workload(
        customers=customers,
        n_tickets=n_tickets,
        n_with_effort=n_with_effort,
        hours_of=of,
        hours=sum(one.hours(of) for one in customers),
        threshold=threshold,
        n_above=sum(one.n_tickets >= threshold for one in customers),
        tops=_tops([one.n_tickets for one in customers]),
    )


def curve(workload: Workload, n_points: int = 100) -> list[tuple[float, float]]:
    """Which share of the customers, those with most contacts first, makes which share of the contacts."""
    made = list(accumulate((one.n_tickets for one in workload.customers), initial=0))
    n = len(made) - 1
    places = sorted({round(n * point / n_points) for point in range(n_points + 1)})
    return [(place / n, made[place] / made[-1]) for place in places] if n else []


def safe_tops(workload: Workload) -> tuple[TopShare, ...]:
    """What the few make, only where neither they, nor the others, nor the difference of two such groups are few.

    Else what one customer makes could be told from the numbers of two groups.
    """
    found: list[TopShare] = []
    n, shown = len(workload.customers), 0
    for top in workload.tops:
        is_all = top.n_customers == n
        if top.n_customers - shown >= FEWEST_SHOWN and (is_all or n - top.n_customers >= FEWEST_SHOWN):
            found.append(top)
            shown = top.n_customers
    return tuple(found)


def _threshold(most_first: Sequence[int]) -> int:
    """The least number of contacts with which a customer stands out; of counts in the order of most first."""
    if not most_first:
        return FEWEST_CONTACTS
    ordered = most_first[::-1]
    at = STANDS_OUT_FROM * (len(ordered) - 1)
    low, high = ordered[floor(at)], ordered[ceil(at)]
    return max(FEWEST_CONTACTS, ceil(low + (high - low) * (at - floor(at)) - 1e-9))


def _tops(most_first: Sequence[int]) -> tuple[TopShare, ...]:
    if not most_first:
        return ()
    made = list(accumulate(most_first))
    numbers = [(ratio, ceil(ratio * len(made) - 1e-9)) for ratio in TOPS]
    return tuple(TopShare(ratio, n, made[n - 1], made[n - 1] / made[-1]) for ratio, n in numbers)
