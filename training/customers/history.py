"""A history seen from its customers' side: who made which contacts, and everybody's profile as of any moment of it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from triage.customers.contact import Contact, contact_of
from triage.customers.profile import UNKNOWN_DESK, YEAR, CustomerProfile, RatePrior, profile_customer
from triage.customers.segments import writes_for_many
from triage.errors import UnusableTraining
from triage.ticket import WorkedTicket

__all__ = ["CustomerHistory", "customer_history"]

MAX_CONTACTS = 100_000
"""Of larger histories whole customers are drawn by chance, up to so many contacts: profiles are made a dozen times."""

EDGE = 0.01
"""A history begins where this share of its contacts was made: a mistyped date is no beginning."""


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """The contacts of a desk's customers.

    Attributes:
        contacts: of each customer, the oldest first.
        moments: when each of those was made, in the same order.
        n_customers: how many customers the desk has; more than are here where they were drawn by chance.
        first: when the history begins.
        last: when its last contact was made.
    """

    contacts: Mapping[str, Sequence[Contact]]
    moments: Mapping[str, Sequence[datetime]]
    n_customers: int
    first: datetime
    last: datetime

    def until(self, moment: datetime) -> "CustomerHistory":
        """What was filed by a moment.

        Raises:
            UnusableTraining: nothing was.
        """
        n_known = {who: bisect_right(made, moment) for who, made in self.moments.items()}
        contacts = {who: self.contacts[who][:n] for who, n in n_known.items() if n}
        if not contacts:
            raise UnusableTraining(
                f"No customer had contacted the desk by {moment:%Y-%m-%d}; the history begins on {self.first:%Y-%m-%d}."
            )
        return _of(contacts, n_customers=self.n_customers)

    def profiles(self, as_of: datetime, prior: RatePrior = UNKNOWN_DESK) -> list[CustomerProfile]:
        """Of all people with a contact in the year up to a moment; accounts that write for many are none.

        Args:
            as_of: the moment; what came later is not looked at.
            prior: what is believed of a rate beforehand.
        """
        found = []
        for who in self.callers(as_of):
            made = self.moments[who]
            year = self.contacts[who][bisect_right(made, as_of - YEAR) : bisect_right(made, as_of)]
            profile = profile_customer(who, year, as_of, prior)
            if not writes_for_many(profile):
                found.append(profile)
        return found

    def callers(self, as_of: datetime) -> list[str]:
        """Who contacted the desk in the year up to a moment, people and accounts."""
        return [who for who in self.contacts if self.n_contacts(who, as_of - YEAR, as_of)]

    def n_contacts(self, customer_id: str, after: datetime, until: datetime) -> int:
        """How many contacts a customer made after one moment and up to another."""
        made = self.moments[customer_id]
        return bisect_right(made, until) - bisect_right(made, after)


def customer_history(
    tickets: Iterable[WorkedTicket], until: datetime, *, most: int = MAX_CONTACTS, seed: int = 0
) -> CustomerHistory:
    """The customers of a desk's tickets.

    Args:
        tickets: in any order; those that do not name their customer or their moment say nothing here.
        until: later ones are mistyped, or not known yet.
        most: contacts, at most, unless every customer made more; of more, whole customers are drawn by chance.
        seed: for that.

    Raises:
        UnusableTraining: no ticket names both.
    """
    filed: dict[str, list[tuple[datetime, WorkedTicket]]] = defaultdict(list)
    for ticket in tickets:
        who, opened_at = ticket.filed.customer_id, ticket.filed.opened_at
        if who is not None and opened_at is not None and opened_at <= until:
            filed[who].append((opened_at, ticket))
    if not filed:
        raise UnusableTraining(
            f"No ticket of this history names both its customer and when, up to {until:%Y-%m-%d}, it was opened."
        )
    names = sorted(filed)
    if sum(map(len, filed.values())) > most:
        drawn, left = [], most
        for i in np.random.default_rng(seed).permutation(len(names)):
            # an account too large for what is left is passed over: it must not keep everybody else out
            if len(filed[names[i]]) <= left:
                drawn.append(names[i])
                left -= len(filed[names[i]])
        names = sorted(drawn or names[:1])
    contacts = {
        who: [contact_of(ticket, opened_at) for opened_at, ticket in sorted(filed[who], key=lambda one: one[0])]
        for who in names
    }
    return _of(contacts, n_customers=len(filed))


def _of(contacts: Mapping[str, Sequence[Contact]], *, n_customers: int) -> CustomerHistory:
    moments = {who: [contact.opened_at for contact in made] for who, made in contacts.items()}
    ordered = sorted(moment for made in moments.values() for moment in made)
    first = ordered[int(EDGE * len(ordered))]
    return CustomerHistory(contacts, moments, n_customers, first, ordered[-1])
