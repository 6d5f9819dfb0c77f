"""Segments and their reasons."""

import pytest

from tests.builders import MONDAY
from triage.customers.profile import CustomerProfile, DeskNorms
from triage.customers.segments import SEGMENTS, segments_of

NORMS = DeskNorms(n_customers=100, typical_contacts=1, frequent_flyer_contacts=5)


def make_profile(n_contacts_30d: int) -> CustomerProfile:
    """A customer who made this many contacts lately."""
    return CustomerProfile("u1", MONDAY, n_contacts_30d, n_contacts_30d, None)


@pytest.mark.parametrize(("n", "holds"), [(4, False), (5, True)])
def test_frequent_flyer_holds_from_the_desk_s_threshold(n: int, holds: bool) -> None:
    """Its edge decides whether somebody is looked after."""
    assert [s.name for s in segments_of(make_profile(n), NORMS)] == ["frequent_flyer"] * holds


def test_the_reason_is_in_numbers_against_a_typical_customer() -> None:
    """A lead has to be able to tell the customer why."""
    assert segments_of(make_profile(14), NORMS)[0].reason == "14 contacts in 30 days; a typical customer has 1"


def test_every_rule_explains_itself() -> None:
    """Its docstring is what the review page shows."""
    assert all(rule.__doc__ for rule in SEGMENTS)
