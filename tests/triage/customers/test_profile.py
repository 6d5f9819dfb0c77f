"""From contacts to a profile."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import MONDAY
from triage.customers.contact import Contact
from triage.customers.profile import CustomerProfile, RatePrior, profile_customer


def ago(days: float, **said: Any) -> Contact:  # noqa: ANN401 - any field
    """A contact so many days before the moment."""
    return Contact(MONDAY - timedelta(days=days), **said)


def profiled(*contacts: Contact) -> CustomerProfile:
    """Their profile on that Monday, at nine."""
    return profile_customer("u1", contacts, MONDAY)


@pytest.mark.parametrize(
    ("days_ago", "counts"),
    [
        (0, (1, 1, 1, 1)),
        (6.99, (1, 1, 1, 1)),
        (7, (0, 1, 1, 1)),
        (30, (0, 0, 1, 1)),
        (90, (0, 0, 0, 1)),
        (364.99, (0, 0, 0, 1)),
        (365, (0, 0, 0, 0)),
        (-0.01, (0, 0, 0, 0)),
    ],
)
def test_a_contact_counts_within_its_window(days_ago: float, counts: tuple[int, ...]) -> None:
    """A window reaches back from the moment, its far edge left out, and never looks ahead."""
    found = profiled(ago(days_ago))

    assert (found.n_contacts_7d, found.n_contacts_30d, found.n_contacts_90d, found.n_contacts_365d) == counts


def test_incident_ratio_is_of_the_contacts_whose_type_is_known() -> None:
    """An open ticket says nothing yet; counting it as a request would flatter."""
    found = profiled(ago(1, ticket_type="incident"), ago(2, ticket_type="request"), ago(3))

    assert (found.n_typed, found.incident_ratio) == (2, 0.5)


def test_what_was_settled_later_was_not_known() -> None:
    """A profile of an earlier moment is compared with what came afterwards."""
    later = MONDAY + timedelta(hours=1)
    decided: dict[str, Any] = {"ticket_type": "incident", "reopens": 2, "reassignments": 3, "satisfaction": 1.0}

    before, after = (profiled(ago(1, settled_at=at, **decided)) for at in (later, MONDAY))

    assert (before.n_contacts_7d, before.incident_ratio, before.n_reopens, before.satisfaction) == (1, None, 0, None)
    assert before.mean_reassignments is None
    assert (after.incident_ratio, after.n_reopens, after.mean_reassignments, after.satisfaction) == (1.0, 2, 3.0, 1.0)


def test_an_unknown_customer_has_an_empty_profile() -> None:
    """A newcomer is no error."""
    found = profiled()

    assert found == CustomerProfile("u1", MONDAY, contacts_per_30d=found.contacts_per_30d)
    assert found.contacts_per_30d == pytest.approx(30 * RatePrior().shape / RatePrior().days)


def test_three_calls_in_a_first_week_are_no_rate_yet() -> None:
    """A newcomer with questions would be a frequent flyer; the same rate over a year is one."""
    week = [ago(days) for days in (0, 3, 7)]
    year = [ago(days) for days in range(0, 363, 3)]

    rates = [profile_customer("u1", made, MONDAY, RatePrior(0.5, 60.0)).contacts_per_30d for made in (week, year)]

    assert rates[0] == pytest.approx(30 * 2.5 / 67)
    assert rates[1] == pytest.approx(30 * 120.5 / 420)


@pytest.mark.parametrize(
    ("days_ago", "trend"), [((1, 2, 3), 2.0), ((40, 50), -1.0), ((1, 40, 50), 0.0), ((1, 2, 3, 31, 40, 50), 0.678)]
)
def test_trend_tells_the_last_month_from_the_two_before(days_ago: tuple[int, ...], trend: float) -> None:
    """In doublings, with one contact more on either side, so that one call after none is no explosion."""
    assert profiled(*(ago(days) for days in days_ago)).trend == pytest.approx(trend, abs=0.001)


def test_repeats_are_contacts_about_what_was_the_matter_before() -> None:
    """The same problem again is what a root cause would spare them."""
    found = profiled(
        ago(1, topic="VPN"),
        ago(2, topic="VPN"),
        ago(3, topic="VPN"),
        ago(4, topic="Mail"),
        ago(5),
        ago(91, topic="VPN"),
    )

    assert (found.n_repeats_90d, found.main_topic, found.n_main_topic_90d, found.n_topics) == (2, "VPN", 3, 2)


def test_of_equally_frequent_topics_the_first_in_the_alphabet_is_told() -> None:
    """The same history gives the same profile, in whatever order it is read."""
    contacts = [ago(1, topic="b"), ago(2, topic="a")]

    assert {profiled(*order).main_topic for order in (contacts, contacts[::-1])} == {"a"}


def test_breadth_counts_each_thing_once() -> None:
    """And incidents apart: wishes in ten services are no sign of anything broken."""
    found = profiled(
        ago(1, service="Mail", device="L1", ticket_type="incident"),
        ago(200, service="Mail", device="L1", ticket_type="incident"),
        ago(3, service="VPN", device="L2", ticket_type="request"),
        ago(4),
    )

    assert (found.n_services, found.n_services_with_incidents, found.n_devices) == (2, 1, 2)


@pytest.mark.parametrize(("hours", "lost"), [(2, 2.0), (8, 8.0), (10, 8.0), (24, 16.0), (None, 0.0), (-3, 0.0)])
def test_hours_lost_are_those_of_a_working_day(hours: float | None, lost: float) -> None:
    """Nobody loses a night; what is not resolved yet, or resolved before it was filed, is not counted."""
    opened = MONDAY - timedelta(days=3)
    resolved = None if hours is None else opened + timedelta(hours=hours)

    assert profiled(Contact(opened, "incident", resolved_at=resolved)).hours_lost_90d == pytest.approx(lost)


def test_a_mean_of_hours_lost_is_of_resolved_incidents_and_of_a_week_each() -> None:
    """An incident that was forgotten for a month would outweigh a season of quick ones."""
    found = profiled(
        ago(60, ticket_type="incident", resolved_at=MONDAY - timedelta(days=1)),
        ago(2, ticket_type="incident", resolved_at=MONDAY - timedelta(days=1, hours=22)),
        ago(1, ticket_type="incident"),
        ago(1, ticket_type="incident", resolved_at=MONDAY + timedelta(hours=1)),
        ago(1, ticket_type="request", resolved_at=MONDAY),
        ago(91, ticket_type="incident", resolved_at=MONDAY),
    )

    assert (found.hours_lost_90d, found.mean_hours_lost_90d, found.n_resolved_90d) == (482.0, 21.0, 2)
    assert (profiled(ago(1)).mean_hours_lost_90d, profiled(ago(1)).n_resolved_90d) == (None, 0)


def test_reopens_are_counted_as_often_as_they_were_and_ticket_by_ticket() -> None:
    """A rate is of tickets: one that was reopened five times is one that went wrong."""
    later = MONDAY + timedelta(hours=1)
    found = profiled(
        ago(1, reopens=5, reassignments=2),
        ago(2, reopens=0),
        ago(3),
        ago(4, reopens=1, reassignments=0, settled_at=later),
    )

    assert (found.n_reopens, found.n_reopened, found.n_reopens_known) == (5, 1, 2)
    assert (found.mean_reassignments, found.n_reassignments_known) == (2.0, 1)


def test_a_request_costs_no_working_hours() -> None:
    """One waits for a wish and works on."""
    found = profiled(ago(2, ticket_type="request", resolved_at=MONDAY - timedelta(days=1)))

    assert found.hours_lost_90d == 0


def test_ratios_are_of_what_is_known() -> None:
    """A desk that does not record something has none of it, and not zero."""
    found = profiled(
        ago(1, channel="portal", used_knowledge=True, first_contact_resolution=True, writing_precision=0.4),
        ago(2, channel="Portal", used_knowledge=False, first_contact_resolution=True, writing_precision=0.8),
        ago(3, channel="phone"),
        ago(4),
    )

    assert found.channels == {"portal": 1, "Portal": 1, "phone": 1}
    assert found.self_service_ratio == pytest.approx(2 / 3)
    assert (found.knowledge_ratio, found.first_contact_ratio) == (0.5, 1.0)
    assert found.writing_precision == pytest.approx(0.6)
    assert (found.satisfaction, found.n_satisfaction, found.mean_reassignments) == (None, 0, None)


@pytest.mark.parametrize(
    ("moment", "out"),
    [
        ("2026-02-27T05:00Z", False),
        ("2026-02-27T04:59Z", True),
        ("2026-02-27T18:59Z", False),
        ("2026-02-27T19:00Z", True),
        ("2026-02-28T12:00Z", True),
        ("2026-03-01T12:00Z", True),
    ],
)
def test_nights_and_weekends_are_out_of_hours(moment: str, out: bool) -> None:
    """Machines do not sleep."""
    assert profiled(Contact(datetime.fromisoformat(moment))).out_of_hours_ratio == float(out)


def test_old_contacts_fade() -> None:
    """After a half-life a contact counts half."""
    found = profiled(ago(0), ago(30))

    assert found.decayed == pytest.approx([1 + 2**-8, 1 + 2**-4, 1.25, 1.5, 1 + 2 ** (-1 / 3)])


def test_active_days_and_weeks_count_once() -> None:
    """Five mails about one outage are one bad day."""
    found = profiled(ago(0), ago(0.01), ago(0.02), ago(3), ago(8), ago(100))

    assert (found.n_active_days_90d, found.n_active_weeks_90d) == (3, 2)
    assert (found.days_since_last, found.days_since_first) == (0.0, pytest.approx(100.0))
