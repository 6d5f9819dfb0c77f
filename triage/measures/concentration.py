"""How few customers make how much of a desk's contacts, in three numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from triage.customers.workload import FEWEST_SHOWN, Workload

__all__ = ["TOPS_TOLD", "Concentration", "TopContacts", "concentration_of", "safely"]

TOPS_TOLD = (0.02, 0.2)
"""Shares of the customers, those with most contacts, of which it is told what they make."""


@dataclass(frozen=True, slots=True)
class TopContacts:
    """What the customers with most contacts make: so many, rounded up, and their share of all contacts, 0 to 1."""

    ratio: float
    n_customers: int
    contacts_ratio: float


@dataclass(frozen=True, slots=True)
class Concentration:
    """How contacts are spread over customers.

    Attributes:
        n_customers: who contacted the desk.
        n_contacts: theirs.
        gini: 0 if all made equally many, nearly 1 if one made all (Gini 1912).
        tops: one for each of `TOPS_TOLD`.
    """

    n_customers: int
    n_contacts: int
    gini: float
    tops: tuple[TopContacts, ...]

    @property
    def contacts_per_customer(self) -> float:
        """The mean."""
        return self.n_contacts / self.n_customers


def concentration_of(workload: Workload) -> Concentration | None:
    """Of a window; None where nobody contacted the desk."""
    most_first = [one.n_tickets for one in workload.customers]
    if not most_first:
        return None
    n, total = len(most_first), sum(most_first)
    weighted = sum(rank * contacts for rank, contacts in enumerate(reversed(most_first), 1))
    made = list(accumulate(most_first))
    return Concentration(
        n, total, 2 * weighted / (n * total) - (n + 1) / n, tuple(_top(made, ratio) for ratio in TOPS_TOLD)
    )


def safely(found: Concentration) -> Concentration | None:
    """The same without shares of groups that are too few, or leave too few, to be told apart; None of few customers."""
    if found.n_customers < FEWEST_SHOWN:
        return None
    tops: list[TopContacts] = []
    for top in found.tops:
        before = tops[-1].n_customers if tops else 0
        if top.n_customers - before >= FEWEST_SHOWN and found.n_customers - top.n_customers >= FEWEST_SHOWN:
            tops.append(top)
    return Concentration(found.n_customers, found.n_contacts, found.gini, tuple(tops))


def _top(made: Sequence[int], ratio: float) -> TopContacts:
    n = ceil(ratio * len(made) - 1e-9)
    return TopContacts(ratio, n, made[n - 1] / made[-1])
