"""Everybody who contacted a desk within a year: profiles, what is ordinary there, and who stands out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from training.customers.profile_table import profile_contacts, profiles_of
from training.evaluation.ranking import n_top
from triage.customers.model import CustomerModel, DescribedCustomer
from triage.customers.norms import DeskNorms, learn_norms, learn_prior
from triage.customers.profile import UNKNOWN_DESK
from triage.customers.segments import SEGMENTS, writes_for_many

__all__ = ["DescribedDesk", "describe_desk", "share_of_top"]


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
        people = (customer.profile for customer in self.customers if not writes_for_many(customer.profile))
        return sorted((profile.n_contacts_365d for profile in people), reverse=True)


def share_of_top(counts: Sequence[int]) -> float:
    """Which share of all contacts the 5 % of customers make who make most; 0 without customers.

    Args:
        counts: the contacts of each, the most first.
    """
    return sum(counts[: n_top(len(counts))]) / sum(counts) if counts else 0.0


def describe_desk(contacts: pa.Table, as_of: datetime) -> DescribedDesk:
    """Profile and judge all customers, by what is ordinary among them.

    Args:
        contacts: of the desk, as `training/customers/contact_table.py` has them.
        as_of: the moment.
    """
    unheld = profiles_of(profile_contacts(contacts, as_of, UNKNOWN_DESK))
    prior = learn_prior(profile for profile in unheld if not writes_for_many(profile))
    rows = profile_contacts(contacts, as_of, prior)
    profiles = list(profiles_of(rows))
    norms = learn_norms(profile for profile in profiles if not writes_for_many(profile))
    model = CustomerModel(norms)
    return DescribedDesk(as_of, norms, rows, [model.judge(profile) for profile in profiles])
