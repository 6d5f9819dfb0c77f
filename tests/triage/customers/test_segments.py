"""What holds of a customer, and why."""

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import MONDAY
from triage.customers.norms import BARS, DeskNorms
from triage.customers.profile import CustomerProfile
from triage.customers.rates import DeskRates
from triage.customers.segments import KINDS, SEGMENTS, kind_of, segments_of

RATES = DeskRates(
    reopened_ratio=0.07, mean_reassignments=0.6, mean_hours_lost=6.0, incident_ratio=0.6, how_to_ratio=0.1
)
NORMS = replace(DeskNorms(), n_customers=40, typical=dict.fromkeys(BARS, 1.0), satisfaction=4.0, rates=RATES)
"""A desk with the floors as its bars."""


def make_profile(**said: Any) -> CustomerProfile:  # noqa: ANN401 - any measure
    """A customer of whom nothing stands out: five contacts in a year."""
    usual: dict[str, Any] = {"n_contacts_365d": 5, "n_contacts_90d": 1, "n_typed": 5}
    usual |= {"days_since_first": 300.0, "days_since_last": 45.0}
    return CustomerProfile("u1", MONDAY, **usual | said)


def reopened(n: int, of: int) -> dict[str, int]:
    """So many of so many tickets, each once."""
    return {"n_reopened": n, "n_reopens": n, "n_reopens_known": of}


def handed_on(mean: float, n: int) -> dict[str, float]:
    """So often on average, of so many tickets."""
    return {"mean_reassignments": mean, "n_reassignments_known": n}


def waited(mean: float, n: int) -> dict[str, float]:
    """So many hours for each of so many incidents."""
    return {"mean_hours_lost_90d": mean, "hours_lost_90d": mean * n, "n_resolved_90d": n}


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
        (reopened(23, 225), "troubled", False),
        (reopened(40, 225), "troubled", True),
        (reopened(9, 20), "troubled", True),
        (reopened(5, 10), "troubled", True),
        (reopened(4, 10), "troubled", False),
        (reopened(2, 2), "troubled", False),
        (reopened(1, 4) | {"n_reopens": 9}, "troubled", False),
        (handed_on(1.4, 50), "troubled", True),
        (handed_on(1.3, 50), "troubled", False),
        (handed_on(0.7, 500), "troubled", False),
        (handed_on(3.0, 2), "troubled", False),
        (waited(24.0, 10), "troubled", True),
        (waited(7.0, 200), "troubled", False),
        (waited(40.0, 1), "troubled", False),
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
    assert held(n_contacts_30d=9, writing_precision=0.8, **reopened(9, 20)) == [
        "frequent_flyer",
        "tech_savvy",
        "troubled",
    ]


def test_who_writes_for_many_is_kept_out_of_all_else() -> None:
    """Nobody calls a mailbox back."""
    assert held(n_contacts_30d=99, automatic_ratio=1.0, **reopened(9, 9)) == ["on_behalf_of_many"]


def test_a_reason_is_in_numbers_beside_a_typical_customer() -> None:
    """A lead can check it."""
    (segment,) = segments_of(make_profile(n_contacts_30d=14), NORMS)

    assert segment.reason == "14 contacts in 30 days; a typical customer has 1"


@pytest.mark.parametrize(
    "said",
    [
        {"n_contacts_30d": 14},
        {"contacts_per_30d": 3.0, "n_contacts_90d": 5},
        {"n_services_with_incidents": 9, "incident_ratio": 1.0, "n_typed": 10},
        {"writing_precision": 0.9},
    ],
)
def test_nothing_is_said_of_a_typical_customer_that_nobody_has_learned(said: dict[str, Any]) -> None:
    """A model may know nothing of customers; that a typical one has 0 contacts would be made up."""
    (learned,), (alone,) = (segments_of(make_profile(**said), norms) for norms in (NORMS, DeskNorms()))

    assert "typical customer" in learned.reason
    assert learned.reason.startswith(alone.reason)
    assert "typical" not in alone.reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (reopened(9, 20), "9 of 20 tickets were reopened; at this desk 7 of 100 are"),
        (handed_on(1.44, 50), "their 50 tickets were handed on 1.4 times on average; at this desk 0.6 times"),
        (waited(24.0, 10), "10 incidents of 90 days cost them 24.0 hours each; at this desk one costs 6.0"),
        (
            reopened(9, 20) | waited(24.0, 10),
            (
                "9 of 20 tickets were reopened; at this desk 7 of 100 are; and "
                "10 incidents of 90 days cost them 24.0 hours each; at this desk one costs 6.0"
            ),
        ),
    ],
)
def test_who_is_let_down_is_told_by_rate_beside_the_desk_s(said: dict[str, Any], reason: str) -> None:
    """A lead can count the tickets."""
    (segment,) = segments_of(make_profile(**said), NORMS)

    assert segment.reason == reason


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(0.7, "70 of 100 are"), (0.01, "1 of 100 is"), (0.004, "4 of 1,000 are"), (0.0002, "2 of 10,000 are")],
)
def test_a_rare_thing_is_told_of_more_tickets(ratio: float, said: str) -> None:
    """That 0 of 100 are reopened would be wrong."""
    norms = replace(NORMS, rates=DeskRates(reopened_ratio=ratio))

    found = segments_of(make_profile(**reopened(100, 100)), norms)

    assert [segment.reason for segment in found] == (
        [] if ratio > 0.5 else [f"100 of 100 tickets were reopened; at this desk {said}"]
    )


@pytest.mark.parametrize("said", [reopened(9, 20), handed_on(9.0, 50), waited(40.0, 50)])
@pytest.mark.parametrize(
    "rates", [DeskRates(), DeskRates(reopened_ratio=0.0, mean_reassignments=0.0, mean_hours_lost=0.0)]
)
def test_without_the_desk_s_rate_nobody_is_judged_by_theirs(said: dict[str, Any], rates: DeskRates) -> None:
    """Of an older model nothing is known, and a desk where nothing ever happened does not record it."""
    assert segments_of(make_profile(**said), replace(NORMS, rates=rates)) == ()


@pytest.mark.parametrize(
    ("said", "bar"),
    [
        (reopened(9, 20), {"n_reopens": 10.0}),
        (handed_on(1.4, 50), {"mean_reassignments": 1.5}),
        (waited(24.0, 10), {"hours_lost_90d": 250.0}),
    ],
)
def test_a_desk_may_ask_for_more_in_all_before_a_rate_counts(said: dict[str, Any], bar: dict[str, float]) -> None:
    """Bars that it has set still hold."""
    profile = make_profile(**said)

    assert [segment.name for segment in segments_of(profile, NORMS)] == ["troubled"]
    assert segments_of(profile, NORMS.with_bars(bar)) == ()


@pytest.mark.parametrize(
    ("desk", "ratio", "n_typed", "holds"),
    [
        (0.85, 0.85, 200, False),  # an ordinary share, however many contacts
        (0.85, 0.95, 200, True),
        (0.95, 1.0, 10, False),  # where hardly anybody has requests, ten contacts without one are no sign
        (0.95, 1.0, 60, True),
        (1.0, 1.0, 200, False),
        (None, 0.95, 10, True),
        (0.2, 0.8, 200, False),
        (0.2, 0.85, 200, True),
    ],
)
def test_whatever_they_touch_breaks_more_often_than_at_the_desk(
    desk: float | None, ratio: float, n_typed: int, holds: bool
) -> None:
    """Where nearly every ticket is an incident, whoever calls most has incidents everywhere."""
    norms = replace(NORMS, rates=replace(RATES, incident_ratio=desk))
    profile = make_profile(n_services_with_incidents=9, incident_ratio=ratio, n_typed=n_typed)

    assert ("walking_emp" in [segment.name for segment in segments_of(profile, norms)]) is holds


@pytest.mark.parametrize(
    ("rates", "said", "kind"),
    [
        ({"incident_ratio": 0.85}, {"incident_ratio": 0.85, "n_services_with_incidents": 9, "n_typed": 99}, None),
        (
            {"incident_ratio": 0.85},
            {"incident_ratio": 0.9, "n_services_with_incidents": 9, "n_typed": 99},
            "fragile_setup",
        ),
        ({"incident_ratio": 0.99}, {"incident_ratio": 1.0, "n_services_with_incidents": 9, "n_typed": 99}, None),
        ({"incident_ratio": 0.2}, {"incident_ratio": 0.2, "n_typed": 99}, None),
        ({"incident_ratio": 0.2}, {"incident_ratio": 0.1, "n_typed": 99}, "needs_training"),
        ({"incident_ratio": 0.2}, {"incident_ratio": 0.0, "n_typed": 7}, None),
        ({"incident_ratio": 0.0}, {"incident_ratio": 0.0, "n_typed": 99}, None),
        ({"how_to_ratio": 0.4}, {"incident_ratio": 0.6, "n_how_to": 59, "n_contacts_365d": 100}, None),
        ({"how_to_ratio": 0.4}, {"incident_ratio": 0.6, "n_how_to": 61, "n_contacts_365d": 100}, "needs_training"),
        ({"how_to_ratio": None}, {"incident_ratio": 0.6, "n_how_to": 20, "n_contacts_365d": 100}, "needs_training"),
    ],
)
def test_what_is_usual_at_the_desk_is_nobody_s_reason_to_call(
    rates: dict[str, Any], said: dict[str, Any], kind: str | None
) -> None:
    """Or everybody who calls often would need training at a desk that is asked for things."""
    found = kind_of(make_profile(**said), replace(NORMS, rates=replace(RATES, **rates)))

    assert (found and found.name) == kind


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
