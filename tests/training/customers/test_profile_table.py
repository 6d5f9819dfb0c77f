"""The contract between batch and live: the profiles of a whole table are those of its customers, one by one."""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.samples.desk import generate_desk
from tests.builders import MONDAY
from tests.strategies import EDGES, MOMENTS, contacts_around
from training.customers.contact_table import CONTACTS, contact_batch, contact_table
from training.customers.profile_table import profile_contacts, profiles_of
from triage.customers.contact import Contact, contact_of
from triage.customers.profile import SELF_SERVICE, YEAR, CustomerProfile, RatePrior
from triage.customers.profiling import profile_customer

PRIOR = RatePrior(0.7, 41.0)


def table_of(histories: dict[str, list[Contact]]) -> pa.Table:
    """Everybody's contacts, as a table."""
    return pa.Table.from_batches([contact_batch([(who, c) for who, made in histories.items() for c in made])])


def in_batch(histories: dict[str, list[Contact]], as_of: datetime) -> list[CustomerProfile]:
    """The profiles as the batch makes them."""
    return list(profiles_of(profile_contacts(table_of(histories), as_of, PRIOR)))


def live(histories: dict[str, list[Contact]], as_of: datetime) -> list[CustomerProfile]:
    """The profiles as the service makes them, of those who contacted the desk within the year."""
    found = [profile_customer(who, made, as_of, PRIOR) for who, made in sorted(histories.items())]
    return [profile for profile in found if profile.n_contacts_365d]


def assert_same(batch: Sequence[CustomerProfile], live: Sequence[CustomerProfile]) -> None:
    """Field by field, types and all; floats to nine digits, as sums may be taken in another order."""
    assert [profile.customer_id for profile in batch] == [profile.customer_id for profile in live]
    for found, expected in zip(batch, live, strict=True):
        for name in (field.name for field in fields(CustomerProfile)):
            value, wanted = getattr(found, name), getattr(expected, name)
            if isinstance(wanted, float | tuple):
                wanted = pytest.approx(wanted, rel=1e-9, abs=1e-12)
            assert value == wanted, (found.customer_id, name)


@settings(max_examples=20)
@given(st.data(), MOMENTS)
def test_batch_equals_live(data: st.DataObject, as_of: datetime) -> None:
    """Or a list for a team lead contradicts what an agent sees beside the ticket."""
    histories = data.draw(st.dictionaries(st.sampled_from(["u1", "u10", "U2", "ä", "🙂"]), contacts_around(as_of)))

    assert_same(in_batch(histories, as_of), live(histories, as_of))


@pytest.fixture(scope="module")
def desk() -> dict[str, list[Contact]]:
    """The contacts of a generated desk, by customer."""
    histories = defaultdict(list)
    for ticket in generate_desk(n_tickets=600, n_customers=40, seed=3).tickets:
        assert ticket.filed.customer_id is not None
        assert ticket.filed.opened_at is not None
        histories[ticket.filed.customer_id].append(contact_of(ticket, ticket.filed.opened_at))
    return histories


@pytest.mark.parametrize("as_of", ["2025-03-01T00:00Z", "2025-12-24T18:30:00.5Z", "2026-06-30T23:59:59.999999Z"])
def test_batch_equals_live_at_a_desk(desk: dict[str, list[Contact]], as_of: str) -> None:
    """Early, when little is settled, in between and at the end, all of it as desks have it."""
    moment = datetime.fromisoformat(as_of)

    batch = in_batch(desk, moment)

    assert len(batch) > 10
    assert_same(batch, live(desk, moment))


def test_batch_equals_live_on_every_edge() -> None:
    """Chance meets an edge seldom, and desks whose tickets are filed at the full hour meet it daily."""
    by_window = {
        f"{ago}, then {later}": Contact(MONDAY - ago, "incident", MONDAY - later, resolved_at=MONDAY - later, topic="a")
        for ago in EDGES
        for later in EDGES
    }
    midnight = MONDAY - timedelta(days=28, hours=MONDAY.hour)
    hours = (timedelta(days=day, hours=hour) for day in range(7) for hour in (0, 5, 19))
    by_hour = {
        f"{hour} and {nudge} µs": Contact(midnight + hour + timedelta(microseconds=nudge))
        for hour in hours
        for nudge in (-1, 0)
    }
    histories = {name: [contact] for name, contact in (by_window | by_hour).items()}

    assert_same(in_batch(histories, MONDAY), live(histories, MONDAY))


@pytest.fixture
def _far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose days begin at another hour."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_far_from_utc")
def test_days_and_hours_are_utc_on_every_machine(desk: dict[str, list[Contact]]) -> None:
    """Two machines of one desk would otherwise disagree about who works at night."""
    assert time.tzname[0] == "NZST"

    assert_same(in_batch(desk, MONDAY), live(desk, MONDAY))


def test_a_moment_may_be_told_in_another_zone() -> None:
    """It is the same moment."""
    tokyo = datetime.fromisoformat("2026-03-02T18:00+09:00")
    histories = {"u1": [Contact(MONDAY), Contact(MONDAY + timedelta(microseconds=1))]}

    (profile,) = in_batch(histories, tokyo)

    assert (profile.as_of, profile.n_contacts_7d) == (MONDAY, 1)


def test_who_did_not_call_within_the_year_is_not_in_it() -> None:
    """A row of nothing for everybody who ever called would drown the others."""
    histories = {"gone": [Contact(MONDAY - YEAR)], "here": [Contact(MONDAY)], "later": [Contact(MONDAY + YEAR)]}

    assert [profile.customer_id for profile in in_batch(histories, MONDAY)] == ["here"]


def test_nobody_is_no_error() -> None:
    """A desk of today has no history."""
    assert in_batch({}, MONDAY) == []


def test_no_foreign_letter_is_a_small_letter_of_a_portal() -> None:
    """Channels are compared with the capitals of ASCII made small, as databases and Python disagree about others."""
    foreign = {chr(code).lower() for code in range(128, sys.maxunicode + 1)}

    assert not foreign & set("".join(SELF_SERVICE))


def test_contacts_of_tickets_are_those_of_the_table() -> None:
    """The whole way of a batch, from tickets to profiles."""
    tickets = generate_desk(n_tickets=200, n_customers=20, seed=4).tickets
    histories = defaultdict(list)
    for ticket in tickets:
        assert ticket.filed.opened_at is not None
        histories[str(ticket.filed.customer_id)].append(contact_of(ticket, ticket.filed.opened_at))
    as_of = datetime(2026, 5, 1, tzinfo=UTC)

    table = contact_table([tickets[:150], tickets[150:]], as_of)

    assert table.schema == CONTACTS
    assert_same(list(profiles_of(profile_contacts(table, as_of, PRIOR))), live(histories, as_of))
