"""How few customers make how much."""

import pytest

from triage.customers.workload import CustomerWork, measure_workload
from triage.measures import Concentration, concentration_of, safely


def spread(*contacts: int) -> Concentration:
    """Of customers with so many contacts."""
    found = concentration_of(measure_workload(CustomerWork(f"u{n}", each) for n, each in enumerate(contacts)))
    assert found is not None
    return found


def test_equal_contacts_have_no_concentration_and_one_caller_has_nearly_all() -> None:
    """The two ends that every reader of a Gini coefficient expects."""
    assert spread(3, 3, 3, 3).gini == pytest.approx(0)
    assert spread(*[0] * 99, 50).gini == pytest.approx(0.99)


def test_the_gini_is_the_mean_difference_by_twice_the_mean() -> None:
    """By its definition, on a small example."""
    contacts = (1, 2, 5, 12)

    differences = sum(abs(a - b) for a in contacts for b in contacts) / 16

    assert spread(*contacts).gini == pytest.approx(differences / (2 * 5))
    assert spread(*contacts).contacts_per_customer == 5


def test_the_top_two_and_twenty_percent_are_rounded_up() -> None:
    """Of ten customers two percent is one, not none."""
    found = spread(40, *[5] * 8, 20)

    assert [(top.n_customers, top.contacts_ratio) for top in found.tops] == [(1, 0.4), (2, 0.6)]


def test_nobody_has_no_concentration() -> None:
    """A new desk divides by no zero."""
    assert concentration_of(measure_workload([])) is None


@pytest.mark.parametrize(("n", "told"), [(4, None), (20, ()), (30, (6,)), (200, (40,)), (300, (6, 60))])
def test_groups_of_fewer_than_five_are_not_told_where_people_are_not(n: int, told: tuple[int, ...] | None) -> None:
    """The share of one customer is that customer's."""
    found = safely(spread(*[2] * n))

    assert (None if found is None else tuple(top.n_customers for top in found.tops)) == told
