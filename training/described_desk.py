"""Everybody who contacted a desk within a year: profiles, what is ordinary there, and who stands out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from training.profile_table import profile_contacts, profiles_of
from triage.customers.model import CustomerModel, DescribedCustomer
from triage.customers.norms import DeskNorms, learn_norms, learn_prior
from triage.customers.profile import CustomerProfile, RatePrior
from triage.customers.segments import SEGMENTS, writes_for_many

__all__ = ["DescribedDesk", "describe_desk", "n_top", "share_of_top"]

TOP = 20
"""One customer in so many is of the top: 5 %."""


@dataclass(frozen=True, slots=True)
class DescribedDesk:
    """The customers of a desk.

    Attributes:
        as_of: the moment.
        norms: what is ordinary there.
        rows: their profiles as `profile_table` has them.
        customers: the same as objects, in the same order, with segments and kinds.
    """

    as_of: datetime
    norms: DeskNorms
    rows: pa.Table
    customers: list[DescribedCustomer]

    @property
    def n_by_segment(self) -> Mapping[str, int]:
        """How many customers are in each segment."""
        counts = Counter(segment.name for customer in self.customers for segment in customer.segments)
        return {rule.__name__: counts[rule.__name__] for rule in SEGMENTS}

    @property
    def contacts_by_rank(self) -> list[int]:
        """Contacts of a year of each person, the most first; without accounts that write for many."""
        people = (customer.profile for customer in self.customers if _is_person(customer.profile))
        return sorted((profile.n_contacts_365d for profile in people), reverse=True)


def n_top(counts: Sequence[int]) -> int:
    """So many customers are 5 % of all, rounded up to whole ones."""
    return -(-len(counts) // TOP)


def share_of_top(counts: Sequence[int]) -> float:
    """Which share of all contacts the 5 % of customers make who make most; 0 without customers.

    Args:
        counts: the contacts of each, the most first.
    """
    return sum(counts[: n_top(counts)]) / sum(counts) if counts else 0.0


def describe_desk(contacts: pa.Table, as_of: datetime) -> DescribedDesk:
    """Profile and judge all customers, by what is ordinary among them.

    Args:
        contacts: of the desk, as `training/contact_table.py` has them.
        as_of: the moment.
    """
    unheld = profiles_of(profile_contacts(contacts, as_of, RatePrior()))
    prior = learn_prior(profile for profile in unheld if _is_person(profile))
    rows = profile_contacts(contacts, as_of, prior)
    profiles = list(profiles_of(rows))
    norms = learn_norms(profile for profile in profiles if _is_person(profile))
    model = CustomerModel(norms)
    return DescribedDesk(as_of, norms, rows, [model.judge(profile) for profile in profiles])


def _is_person(profile: CustomerProfile) -> bool:
    """Whose calls say something of what is ordinary; known before any norms are."""
    return not writes_for_many(profile, DeskNorms())
