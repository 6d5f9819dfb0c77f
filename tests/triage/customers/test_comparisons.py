"""A customer's measures beside what is usual."""

from dataclasses import replace

from tests.builders import MONDAY
from triage.customers.comparisons import Comparison, compare
from triage.customers.norms import BARS, DeskNorms
from triage.customers.profile import CustomerProfile
from triage.customers.rates import DeskRates

RATES = DeskRates(reopened_ratio=0.07, mean_reassignments=0.6, mean_hours_lost=6.0)
NORMS = replace(DeskNorms(), n_customers=40, typical=dict.fromkeys(BARS, 1.0), satisfaction=4.0, rates=RATES)

NOW = CustomerProfile(
    "u1", MONDAY, n_contacts_30d=9, n_contacts_365d=40, n_reopened=3, n_reopens_known=30, satisfaction=2.5
)
BEFORE = CustomerProfile(
    "u1",
    MONDAY,
    n_contacts_365d=24,
    days_since_first=360.0,
    n_reopened=1,
    n_reopens_known=20,
    satisfaction=4.5,
)


def told(now: CustomerProfile, before: CustomerProfile, norms: DeskNorms = NORMS) -> dict[str, Comparison]:
    """The comparisons by their titles."""
    return {row.title: row for row in compare(now, before, norms)}


def test_a_measure_stands_beside_their_usual_and_the_desks() -> None:
    """Nine contacts are much for whoever makes two a month, at a desk where one is typical."""
    rows = told(NOW, BEFORE)

    contacts, reopened = rows["contacts in 30 days"], rows["tickets that were reopened"]
    assert (contacts.now, contacts.usual, contacts.desk) == (9.0, 2.0, 1.0)
    assert (reopened.now, reopened.usual, reopened.desk, reopened.unit) == (0.1, 0.05, 0.07, "share")
    assert rows["answers about satisfaction"].desk == 4.0


def test_what_nobody_knows_is_left_out() -> None:
    """Rows of "not known" hide the others."""
    assert "times that a ticket was handed on" not in told(NOW, BEFORE)
    assert "incidents among contacts whose type is known" not in told(NOW, BEFORE)


def test_who_was_hardly_known_before_has_no_usual() -> None:
    """Two contacts in two weeks are no rate."""
    short = replace(BEFORE, days_since_first=29.0)

    assert told(NOW, short)["contacts in 30 days"].usual is None
    assert told(NOW, CustomerProfile("u1", MONDAY))["tickets that were reopened"].usual is None


def test_of_an_unlearned_desk_nothing_is_called_typical() -> None:
    """Its medians are zeros that nobody measured."""
    assert told(NOW, BEFORE, DeskNorms())["contacts in 30 days"].desk is None
