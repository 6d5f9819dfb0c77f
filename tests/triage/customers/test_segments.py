"""What holds of a customer, and why."""

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import MONDAY
from triage.customers.norms import BARS, DeskNorms
from triage.customers.profile import CustomerProfile
from triage.customers.segments import KINDS, SEGMENTS, kind_of, segments_of

NORMS = replace(DeskNorms(), n_customers=40, typical=dict.fromkeys(BARS, 1.0), satisfaction=4.0)
"""A desk with the floors as its bars."""


def make_profile(**said: Any) -> CustomerProfile:  # noqa: ANN401 - any measure
    """A customer of whom nothing stands out: five contacts in a year."""
    usual: dict[str, Any] = {"n_contacts_365d": 5, "n_contacts_90d": 1, "n_typed": 5}
    usual |= {"days_since_first": 300.0, "days_since_last": 45.0}
    return CustomerProfile("u1", MONDAY, **usual | said)


def held(**said: Any) -> list[str]:  # noqa: ANN401 - any measure
    """The names of the segments that hold."""
    return [segment.name for segment in segments_of(make_profile(**said), NORMS)]


@pytest.mark.parametrize(
    ("said", "segment", "holds"),
    [
        ({"n_contacts_30d": 3}, "frequent_flyer", True),
        ({"n_contacts_30d": 2}, "frequent_flyer", False),
        ({"contacts_per_30d": 2.0, "n_contacts_90d": 3}, "frequent_flyer", True),
        ({"contacts_per_30d": 2.0, "n_contacts_90d": 2}, "frequent_flyer", False),
        ({"contacts_per_30d": 1.9, "n_contacts_90d": 3}, "frequent_flyer", False),
        ({"n_services_with_incidents": 8, "incident_ratio": 0.95, "n_typed": 10}, "walking_emp", True),
        ({"n_services_with_incidents": 7, "incident_ratio": 0.95, "n_typed": 10}, "walking_emp", False),
        ({"n_services_with_incidents": 8, "incident_ratio": 0.8, "n_typed": 10}, "walking_emp", False),
        ({"n_services_with_incidents": 8}, "walking_emp", False),
        ({"writing_precision": 0.5}, "tech_savvy", True),
        ({"writing_precision": 0.49}, "tech_savvy", False),
        ({"writing_precision": 0.9, "n_contacts_365d": 2}, "tech_savvy", True),
        ({"writing_precision": 0.9, "n_contacts_365d": 1}, "tech_savvy", False),
        ({}, "tech_savvy", False),
        ({"n_reopens": 2}, "troubled", True),
        ({"n_reopens": 1}, "troubled", False),
        ({"mean_reassignments": 1.0}, "troubled", True),
        ({"mean_reassignments": 1.0, "n_contacts_365d": 2}, "troubled", False),
        ({"hours_lost_90d": 16.0}, "troubled", True),
        ({"hours_lost_90d": 15.9}, "troubled", False),
        ({"satisfaction": 2.0, "n_satisfaction": 2}, "troubled", True),
        ({"satisfaction": 1.0, "n_satisfaction": 1}, "troubled", False),
        ({"satisfaction": 3.0, "n_satisfaction": 9}, "troubled", True),
        ({"satisfaction": 3.5, "n_satisfaction": 9}, "troubled", False),
        ({"days_since_first": 29.9}, "newcomer", True),
        ({"days_since_first": 30.0}, "newcomer", False),
        ({"days_since_first": 20.0, "n_contacts_365d": 99}, "newcomer", True),
        ({"days_since_first": 20.0, "n_contacts_365d": 100}, "newcomer", False),
        ({"n_contacts_90d": 0, "n_contacts_365d": 6}, "gone_quiet", True),
        ({"n_contacts_90d": 0, "n_contacts_365d": 5}, "gone_quiet", False),
        ({"n_contacts_90d": 1, "n_contacts_365d": 7}, "gone_quiet", False),
        ({"n_contacts_365d": 2, "days_since_last": 60.0}, "quiet", True),
        ({"n_contacts_365d": 3}, "quiet", False),
        ({"n_contacts_365d": 1, "days_since_first": 89.0}, "quiet", False),
        ({"n_contacts_365d": 0, "n_contacts_90d": 0, "days_since_first": None}, "quiet", False),
        ({"automatic_ratio": 0.5}, "on_behalf_of_many", True),
        ({"automatic_ratio": 0.49}, "on_behalf_of_many", False),
        ({"n_contacts_365d": 40, "channels": {"email": 40}, "n_services": 15}, "on_behalf_of_many", True),
        ({"n_contacts_365d": 39, "channels": {"email": 39}, "n_services": 15}, "on_behalf_of_many", False),
        ({"n_contacts_365d": 40, "channels": {"email": 39, "chat": 1}, "n_services": 15}, "on_behalf_of_many", False),
        ({"n_contacts_365d": 40, "channels": {"email": 40}, "n_services": 14}, "on_behalf_of_many", False),
    ],
)
def test_a_segment_begins_at_its_bar(said: dict[str, Any], segment: str, holds: bool) -> None:
    """One row an edge."""
    assert (segment in held(**said)) is holds


def test_nothing_stands_out_of_an_ordinary_customer() -> None:
    """Who calls now and then is nobody's case."""
    assert held() == []


def test_several_segments_may_hold() -> None:
    """A frequent flyer may be let down, too."""
    assert held(n_contacts_30d=9, n_reopens=4, writing_precision=0.8) == ["frequent_flyer", "tech_savvy", "troubled"]


def test_who_writes_for_many_is_kept_out_of_all_else() -> None:
    """Nobody calls a mailbox back."""
    assert held(n_contacts_30d=99, automatic_ratio=1.0, n_reopens=9) == ["on_behalf_of_many"]


def test_a_reason_is_in_numbers_beside_a_typical_customer() -> None:
    """A lead can check it."""
    (segment,) = segments_of(make_profile(n_contacts_30d=14), NORMS)

    assert segment.reason == "14 contacts in 30 days; a typical customer has 1"


@pytest.mark.parametrize(
    "said",
    [
        {"n_contacts_30d": 14},
        {"contacts_per_30d": 3.0, "n_contacts_90d": 5},
        {"n_services_with_incidents": 9, "incident_ratio": 1.0},
        {"writing_precision": 0.9},
        {"mean_reassignments": 2.0},
        {"hours_lost_90d": 20.0},
    ],
)
def test_nothing_is_said_of_a_typical_customer_that_nobody_has_learned(said: dict[str, Any]) -> None:
    """A model may know nothing of customers; that a typical one has 0 contacts would be made up."""
    (learned,), (alone,) = (segments_of(make_profile(**said), norms) for norms in (NORMS, DeskNorms()))

    assert "typical customer" in learned.reason
    assert learned.reason.startswith(alone.reason)
    assert "typical" not in alone.reason


def test_of_a_scale_below_nothing_nobody_is_judged() -> None:
    """From -10 to 10, a desk's mean may be negative; four fifths of it lie above it."""
    profile = make_profile(satisfaction=-10.0, n_satisfaction=3)

    assert segments_of(profile, replace(NORMS, satisfaction=-10.0)) == ()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, None),
        ({"n_contacts_90d": 10, "n_main_topic_90d": 4, "main_topic": "VPN"}, "one_unsolved_problem"),
        ({"n_contacts_90d": 11, "n_main_topic_90d": 4, "main_topic": "VPN"}, None),
        ({"n_contacts_90d": 3, "n_main_topic_90d": 3, "main_topic": "VPN"}, None),
        ({"incident_ratio": 0.7, "n_services_with_incidents": 4}, "fragile_setup"),
        ({"incident_ratio": 0.69, "n_services_with_incidents": 4}, None),
        ({"incident_ratio": 0.7, "n_services_with_incidents": 3}, None),
        ({"incident_ratio": 0.3}, "needs_training"),
        ({"incident_ratio": 0.31}, None),
        ({"incident_ratio": 0.3, "n_typed": 3}, None),
        ({"incident_ratio": 0.6, "n_how_to": 3}, "needs_training"),
        ({"incident_ratio": 0.6, "n_how_to": 2}, None),
        ({"automatic_ratio": 1.0, "incident_ratio": 0.1}, "on_behalf_of_many"),
    ],
)
def test_kinds_are_told_apart(said: dict[str, Any], kind: str | None) -> None:
    """Because the remedy differs."""
    found = kind_of(make_profile(**said), NORMS)

    assert (found and found.name) == kind


def test_every_rule_explains_itself() -> None:
    """Its docstring is what the review page shows."""
    assert all(rule.__doc__ for rule in (*SEGMENTS, *KINDS))
