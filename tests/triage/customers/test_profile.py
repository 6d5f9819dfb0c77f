"""From contacts to a profile, and what is ordinary at a desk."""

from datetime import timedelta

import pytest

from tests.builders import MONDAY
from triage.customers.contact import Contact
from triage.customers.profile import desk_norms, profile_customer


@pytest.mark.parametrize(
    ("days_ago", "in_30d", "in_90d"),
    [(0, 1, 1), (29.99, 1, 1), (30, 0, 1), (89.99, 0, 1), (90, 0, 0), (-0.01, 0, 0)],
)
def test_a_contact_counts_within_its_window(days_ago: float, in_30d: int, in_90d: int) -> None:
    """A window reaches back from the moment, its far edge left out, and never looks ahead."""
    profile = profile_customer("u1", [Contact(MONDAY - timedelta(days=days_ago))], MONDAY)

    assert (profile.n_contacts_30d, profile.n_contacts_90d) == (in_30d, in_90d)


def test_incident_ratio_is_of_the_contacts_whose_type_is_known() -> None:
    """An open ticket says nothing yet; counting it as a request would flatter."""
    contacts = [Contact(MONDAY, "incident"), Contact(MONDAY, "incident"), Contact(MONDAY, "request"), Contact(MONDAY)]

    assert profile_customer("u1", contacts, MONDAY).incident_ratio == pytest.approx(2 / 3)


def test_an_unknown_customer_has_an_empty_profile() -> None:
    """A newcomer is no error."""
    profile = profile_customer("u1", [], MONDAY)

    assert (profile.n_contacts_30d, profile.n_contacts_90d, profile.incident_ratio) == (0, 0, None)


@pytest.mark.parametrize(
    ("contacts", "typical", "frequent_from"),
    [
        ([], 0, 3),
        ([1], 1, 3),
        ([1] * 99 + [50], 1, 3),
        ([1] * 90 + [10] * 10, 1, 11),
        ([2] * 50 + [4] * 45 + [9] * 5, 4, 5),
        ([2] * 50 + [4] * 44 + [9] * 6, 4, 10),
    ],
)
def test_norms_are_the_desk_s_own(contacts: list[int], typical: int, frequent_from: int) -> None:
    """Five calls a month are many at one desk and nothing at another; two are never many."""
    norms = desk_norms(contacts)

    assert norms.n_customers == len(contacts)
    assert norms.typical_contacts == typical
    assert norms.frequent_flyer_contacts == frequent_from
