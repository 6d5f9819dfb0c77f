"""A history seen from its customers' side: who made which contacts, and everybody's profile as of any moment of it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from training.customers.dated_ids import DatedIds
from training.histories.ends import Ends, as_moments, find_ends
from triage.customers.contact import Contact, contact_of
from triage.customers.contact_columns import ContactColumns
from triage.customers.profile import UNKNOWN_DESK, YEAR, CustomerProfile, RatePrior
from triage.customers.profiling import profile_customers
from triage.customers.segments import writes_for_many
from triage.errors import UnusableTraining
from triage.ticket import WorkedTicket

__all__ = ["CustomerHistory", "customer_history"]

MAX_CONTACTS = 100_000
"""Of larger histories whole customers are drawn by chance, up to so many contacts: profiles are made a dozen times."""

EDGE = 0.01
"""A history begins where this share of its contacts was made, without those that are stray: the few tickets that were
still open when the tool was new are no beginning either."""


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """The contacts of a desk's customers.

    Attributes:
        contacts: of each customer, the oldest first.
        moments: when each of those was made, in the same order.
        n_customers: how many customers the desk has; more than are here where they were drawn by chance.
        first: when the history begins.
        last: when its last contact was made that is not stray.
        ends: of all contacts, those of customers who were not drawn too, and before a moment was asked about.
        remarks: which dates were not believed, a sentence each; stray contacts are here all the same.
    """

    contacts: Mapping[str, Sequence[Contact]]
    moments: Mapping[str, Sequence[datetime]]
    n_customers: int
    first: datetime
    last: datetime
    ends: Ends
    remarks: tuple[str, ...] = ()
    _columns: Mapping[str, ContactColumns] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # profiles are made a dozen times
        columns = {who: ContactColumns.of(made) for who, made in self.contacts.items()}
        object.__setattr__(self, "_columns", columns)

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
        return _of(contacts, self.n_customers, self.ends, self.remarks)

    def profiles(self, as_of: datetime, prior: RatePrior = UNKNOWN_DESK) -> list[CustomerProfile]:
        """Of all people with a contact in the year up to a moment; accounts that write for many are none.

        Args:
            as_of: the moment; what came later is not looked at.
            prior: what is believed of a rate beforehand.
        """
        profiles = profile_customers([(who, self._columns[who], as_of) for who in self.callers(as_of)], prior)
        return [profile for profile in profiles if not writes_for_many(profile)]

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
        until: later ones are mistyped, or not known yet, and no contacts; a remark says how many.
        most: contacts, at most, unless every customer made more; of more, whole customers are drawn by chance.
        seed: for that.

    Raises:
        UnusableTraining: no ticket names both.
    """
    filed: dict[str, list[tuple[datetime, WorkedTicket]]] = defaultdict(list)
    dates = DatedIds(until)
    for ticket in tickets:
        who, opened_at = ticket.filed.customer_id, ticket.filed.opened_at
        if who is not None and opened_at is not None and dates.count(ticket.filed.id, opened_at):
            filed[who].append((opened_at, ticket))
    if not filed:
        raise UnusableTraining(
            f"No ticket of this history names both its customer and when, up to {until:%Y-%m-%d}, it was opened."
        )
    ends = find_ends(as_moments(opened_at for made in filed.values() for opened_at, _ in made))
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
    return _of(contacts, len(filed), ends, dates.remarks(ends))


def _of(
    contacts: Mapping[str, Sequence[Contact]], n_customers: int, ends: Ends, remarks: tuple[str, ...]
) -> CustomerHistory:
    moments = {who: [contact.opened_at for contact in made] for who, made in contacts.items()}
    every = sorted(moment for made in moments.values() for moment in made)
    ordered = [moment for moment in every if ends.hold(moment)] or every
    first = ordered[int(EDGE * len(ordered))]
    return CustomerHistory(contacts, moments, n_customers, first, ordered[-1], ends, remarks)
