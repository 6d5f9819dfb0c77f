"""Groups of customers: of how many something holds, and what they make; none of fewer than five is told."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from api.customers import LOOKED_AT_TOGETHER, MOST_LOOKED_AT, MOST_READ, described_callers
from api.desk import Desk
from data.customers import callers
from data.persons import find
from triage.customers.words import WORDS
from triage.customers.workload import FEWEST_SHOWN

__all__ = ["Group", "Groups", "groups_of"]


@dataclass(frozen=True, slots=True)
class Group:
    """Customers of whom one segment or kind holds.

    Attributes:
        name: of the segment or kind.
        n_customers: how many; None where they are too few to be shown.
        n_contacts: theirs, in the window; None likewise.
    """

    name: str
    n_customers: int | None
    n_contacts: int | None


@dataclass(frozen=True, slots=True)
class Groups:
    """What holds of the customers with most contacts; a customer may be in several groups.

    Attributes:
        groups: one for every segment and kind.
        n_looked_at: customers who were looked at; None where they are too few to be shown.
        is_all: whether nobody else contacted the desk.
    """

    groups: tuple[Group, ...]
    n_looked_at: int | None
    is_all: bool


def groups_of(connection: Connection, desk: Desk, window: timedelta, now: datetime) -> Groups:
    """What holds of the customers with most contacts in a window, so many as can be looked at in about a second."""
    asked = callers(connection, now - window, now, most=MOST_LOOKED_AT)
    persons = find(connection, (caller.customer_id for caller in asked))
    n_customers: Counter[str] = Counter()
    n_contacts: Counter[str] = Counter()
    n_read, n_looked_at, n_described = 0, 0, 0
    model = desk.customers()
    for at in range(0, len(asked), LOOKED_AT_TOGETHER):
        if n_read >= MOST_READ:
            break
        together = asked[at : at + LOOKED_AT_TOGETHER]
        described = described_callers(connection, model, together, persons, now)
        n_looked_at += len(together)
        n_described += len(described)
        for caller in together:
            customer = described.get(caller.customer_id)
            if customer is None:
                continue
            n_read += customer.profile.n_contacts_365d
            kinds = () if customer.kind is None else (customer.kind,)
            for name in {segment.name for segment in (*customer.segments, *kinds)}:
                n_customers[name] += 1
                n_contacts[name] += caller.n_contacts
    return Groups(
        groups=tuple(_group(name, n_customers, n_contacts) for name in WORDS),
        n_looked_at=n_described if n_described >= FEWEST_SHOWN else None,
        is_all=n_looked_at == len(asked) < MOST_LOOKED_AT,
    )


def _group(name: str, n_customers: Mapping[str, int], n_contacts: Mapping[str, int]) -> Group:
    n = n_customers.get(name, 0)
    return Group(name, n, n_contacts[name]) if n >= FEWEST_SHOWN else Group(name, None, None)
