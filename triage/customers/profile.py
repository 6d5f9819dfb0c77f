"""One pure function from a customer's contacts to their profile, and what is ordinary at this desk to hold it against.

Why a profile holds what it holds: it is read by people who help the customer. A new measure is a field of
`CustomerProfile`, computed in `profile_customer`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from triage.customers.contact import Contact

__all__ = ["CustomerProfile", "DeskNorms", "desk_norms", "profile_customer"]

RECENT = timedelta(days=30)
SEASON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class CustomerProfile:
    """What a customer's contacts say as of a moment; counts reach back the days in their name.

    `incident_ratio` is the share of incidents, 0 to 1, among the contacts of ninety days whose type is known; None
    where none is.
    """

    customer_id: str
    as_of: datetime
    n_contacts_30d: int
    n_contacts_90d: int
    incident_ratio: float | None


@dataclass(frozen=True, slots=True)
class DeskNorms:
    """What is ordinary at this desk: the distribution of contacts in thirty days over the customers who made any.

    A customer is a frequent flyer from `frequent_flyer_contacts` contacts on: more than what 95 of 100 of these
    customers make, and never fewer than three.
    """

    n_customers: int
    typical_contacts: int
    frequent_flyer_contacts: int


def profile_customer(customer_id: str, contacts: Iterable[Contact], as_of: datetime) -> CustomerProfile:
    """The profile of one customer from their contacts, in any order; those after `as_of` are not looked at."""
    season = [c for c in contacts if as_of - SEASON < c.opened_at <= as_of]
    typed = [c for c in season if c.ticket_type is not None]
    return CustomerProfile(
        customer_id=customer_id,
        as_of=as_of,
        n_contacts_30d=sum(c.opened_at > as_of - RECENT for c in season),
        n_contacts_90d=len(season),
        incident_ratio=sum(c.ticket_type == "incident" for c in typed) / len(typed) if typed else None,
    )


def desk_norms(contacts_30d: Sequence[int]) -> DeskNorms:
    """What is ordinary, from the thirty-day contacts of every customer who made at least one."""
    if not contacts_30d:
        return DeskNorms(n_customers=0, typical_contacts=0, frequent_flyer_contacts=3)
    ordered = sorted(contacts_30d)
    return DeskNorms(
        n_customers=len(ordered),
        typical_contacts=ordered[len(ordered) // 2],
        frequent_flyer_contacts=max(3, ordered[ceil(0.95 * len(ordered)) - 1] + 1),
    )
