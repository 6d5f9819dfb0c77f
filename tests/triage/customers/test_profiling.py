"""From contacts to a profile."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, timezone
from math import log2
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import MONDAY
from tests.strategies import EDGES, MOMENTS, contacts_around
from triage.customers.contact import Contact
from triage.customers.contact_columns import ContactColumns
from triage.customers.profile import CustomerProfile, RatePrior
from triage.customers.profiling import profile_customer, profile_customers


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


def slow_profile(customer_id: str, contacts: Sequence[Contact], as_of: datetime, prior: RatePrior) -> dict[str, Any]:
    """The fields of a profile, each by itself and as its name says, contact by contact."""

    def days_ago(contact: Contact) -> float:
        return (as_of - contact.opened_at) / timedelta(days=1)

    def opened(contact: Contact) -> datetime:
        return contact.opened_at.astimezone(UTC)

    def lost(contact: Contact) -> float:
        assert contact.resolved_at is not None
        until = contact.resolved_at.astimezone(UTC)
        n_days = (until.date() - opened(contact).date()).days + 1
        return max(0.0, min((until - opened(contact)) / timedelta(hours=1), 8.0 * n_days))

    def mean(values: Sequence[float]) -> float | None:
        return sum(values) / len(values) if values else None

    def known(read: Callable[[Contact], Any], among: Sequence[Contact]) -> list[Any]:
        return [read(contact) for contact in among if read(contact) is not None]

    year = [c for c in contacts if timedelta() <= as_of - c.opened_at < timedelta(days=365)]
    season = [c for c in year if as_of - c.opened_at < timedelta(days=90)]
    month = [c for c in year if as_of - c.opened_at < timedelta(days=30)]
    decided = [c for c in year if c.settled_at is None or c.settled_at <= as_of]
    incidents = [c for c in decided if c.ticket_type == "incident"]
    hours = [lost(c) for c in incidents if c in season and c.resolved_at is not None and c.resolved_at <= as_of]
    topics, channels = known(lambda c: c.topic, season), known(lambda c: c.channel, year)
    types, reopens = known(lambda c: c.ticket_type, decided), known(lambda c: c.reopens, decided)
    portals = ("portal", "self-service", "self_service", "web", "chatbot", "virtual agent")
    most = max(map(topics.count, topics), default=0)
    first = max(map(days_ago, year), default=None)
    return {
        "customer_id": customer_id,
        "as_of": as_of,
        "n_contacts_7d": sum(as_of - c.opened_at < timedelta(days=7) for c in year),
        "n_contacts_30d": len(month),
        "n_contacts_90d": len(season),
        "n_contacts_365d": len(year),
        "days_since_first": first,
        "days_since_last": min(map(days_ago, year), default=None),
        "decayed": tuple(sum(0.5 ** (days_ago(c) / days) for c in year) for days in (3.75, 7.5, 15, 30, 90)),
        "n_active_days_90d": len({opened(c).date() for c in season}),
        "n_active_weeks_90d": len({(as_of - c.opened_at) // timedelta(days=7) for c in season}),
        "contacts_per_30d": 30 * (prior.shape + max(0, len(year) - 1)) / (prior.days + (first or 0.0)),
        "trend": log2((len(month) + 1) / ((len(season) - len(month)) / 2 + 1)),
        "n_typed": len(types),
        "incident_ratio": mean([kind == "incident" for kind in types]),
        "n_services": len(set(known(lambda c: c.service, year))),
        "n_services_with_incidents": len(set(known(lambda c: c.service, incidents))),
        "n_topics": len(set(known(lambda c: c.topic, year))),
        "n_devices": len(set(known(lambda c: c.device, year))),
        "n_repeats_90d": len(topics) - len(set(topics)),
        "main_topic": min((topic for topic in topics if topics.count(topic) == most), default=None),
        "n_main_topic_90d": most,
        "n_how_to": sum(c.asks_how for c in year),
        "n_reopens": sum(reopens),
        "n_reopened": sum(n > 0 for n in reopens),
        "n_reopens_known": len(reopens),
        "mean_reassignments": mean(known(lambda c: c.reassignments, decided)),
        "n_reassignments_known": len(known(lambda c: c.reassignments, decided)),
        "hours_lost_90d": sum(hours, 0.0),
        "mean_hours_lost_90d": mean([min(40.0, one) for one in hours]),
        "n_resolved_90d": len(hours),
        "first_contact_ratio": mean(known(lambda c: c.first_contact_resolution, decided)),
        "satisfaction": mean(known(lambda c: c.satisfaction, decided)),
        "n_satisfaction": len(known(lambda c: c.satisfaction, decided)),
        "channels": {channel: channels.count(channel) for channel in channels},
        "self_service_ratio": mean([channel.lower() in portals for channel in channels]),
        "knowledge_ratio": mean(known(lambda c: c.used_knowledge, decided)),
        "writing_precision": mean(known(lambda c: c.writing_precision, year)),
        "out_of_hours_ratio": mean([opened(c).weekday() > 4 or not 5 <= opened(c).hour < 19 for c in year]),
        "automatic_ratio": mean([c.is_automatic for c in year]),
    }


def assert_as_said(found: CustomerProfile, wanted: dict[str, Any]) -> None:
    """Whole numbers and texts exactly and as such, others to nine digits."""
    for name, value in asdict(found).items():
        expected = wanted[name]
        assert type(value) is type(expected), name
        assert value == (pytest.approx(expected, rel=1e-9) if isinstance(expected, float | tuple) else expected), name


_PRIOR = RatePrior(0.7, 41.0)


@given(st.data(), MOMENTS, st.integers(-12, 14))
def test_profiles_are_what_their_fields_say(data: st.DataObject, as_of: datetime, zone: int) -> None:
    """Of many at once, wherever their clocks stand; some have no contacts, and nobody's are counted with another's."""
    there = timezone(timedelta(hours=zone))
    moments = {who: as_of - ago for who, ago in zip("abc", data.draw(st.permutations(EDGES))[:3], strict=True)}
    made = {
        who: [replace(c, opened_at=c.opened_at.astimezone(there)) for c in data.draw(contacts_around(moment))]
        for who, moment in moments.items()
    }

    found = profile_customers([(who, ContactColumns.of(made[who]), at) for who, at in moments.items()], _PRIOR)

    for profile in found:
        who = profile.customer_id
        assert_as_said(profile, slow_profile(who, made[who], moments[who], _PRIOR))


def test_a_profile_is_what_its_fields_say_on_every_edge() -> None:
    """Chance meets an edge seldom."""
    made = [
        Contact(MONDAY - ago, "incident", MONDAY - later, topic="a", resolved_at=MONDAY - later, reopens=1)
        for ago in EDGES
        for later in EDGES
    ]
    asked = [(str(i), [contact]) for i, contact in enumerate(made)] + [("all", made)]

    found = profile_customers([(who, ContactColumns.of(calls), MONDAY) for who, calls in asked], _PRIOR)

    for profile, (who, calls) in zip(found, asked, strict=True):
        assert_as_said(profile, slow_profile(who, calls, MONDAY, _PRIOR))


def test_a_customer_may_be_asked_about_as_of_several_moments() -> None:
    """Two of their tickets may be in one batch."""
    columns = ContactColumns.of([ago(3, reopens=1), ago(1)])

    early, late = profile_customers([("u1", columns, MONDAY - timedelta(days=2)), ("u1", columns, MONDAY)])

    assert (early.n_contacts_7d, late.n_contacts_7d) == (1, 2)
    assert (early.n_reopens, late.n_reopens) == (1, 1)


def test_a_dissatisfied_answer_may_be_below_nothing() -> None:
    """Some desks ask from -2 to 2."""
    found = profiled(ago(1, satisfaction=-2.0), ago(2, satisfaction=1.0), ago(3))

    assert (found.satisfaction, found.n_satisfaction) == (-0.5, 2)


def test_nobody_asked_about_is_no_error() -> None:
    """A batch of tickets may name no customer."""
    assert profile_customers([]) == []
