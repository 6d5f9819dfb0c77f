"""Contacts as columns of numbers."""

from datetime import datetime, timedelta, timezone
from operator import attrgetter
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import MONDAY
from tests.strategies import contacts_around
from triage.customers.contact import Contact
from triage.customers.contact_columns import DECIDED, FIELDS, OPENED_AT, SETTLED_AT, TEXTS, ContactColumns
from triage.customers.profiling import profile_customers


def ago(*days: float) -> list[Contact]:
    """Contacts so many days before the moment."""
    return [Contact(MONDAY - timedelta(days=one), topic=f"topic {one}") for one in days]


def days_ago(columns: ContactColumns) -> list[float]:
    """How long before the moment each contact was."""
    moment = (MONDAY - datetime.fromisoformat("1970-01-01T00:00Z")) / timedelta(microseconds=1)
    return ((moment - columns.array[OPENED_AT]) / (86_400 * 10**6)).tolist()


def test_contacts_are_in_order_whatever_order_they_come_in() -> None:
    """A profile counts neighbours."""
    columns = ContactColumns.of(ago(3, 400, 1, 2))

    assert len(columns) == 4
    assert days_ago(columns) == [400, 3, 2, 1]


def test_equal_texts_have_equal_codes_and_what_is_missing_is_said() -> None:
    """Two devices are one if their names are."""
    made = [Contact(MONDAY, "incident", service="VPN", topic="VPN", reopens=2), Contact(MONDAY, "request", topic="")]

    columns = ContactColumns.of(made)

    service, topic, device, channel = columns.array[TEXTS].astype(int)
    assert [columns.names[code] for code in service] == ["VPN", None]
    assert [columns.names[code] for code in topic] == ["VPN", ""]
    assert not device.any()
    assert not channel.any()
    assert np.isnan(columns.array[SETTLED_AT]).all()
    assert columns.array[DECIDED].T.tolist() == [[2, 0, 0, 0, 0, 1, 0, 0, 0, 0], [0] * 10]


@pytest.mark.parametrize("year", [1950, 1969, 1970, 2026, 2199])
def test_a_moment_is_kept_to_the_microsecond(year: int) -> None:
    """Windows end between two of them."""
    moment = datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=3)))

    (found,) = ContactColumns.of([Contact(moment)]).array[OPENED_AT]

    assert datetime.fromisoformat("1970-01-01T00:00Z") + timedelta(microseconds=int(found)) == moment


@pytest.mark.parametrize(
    ("moment", "most", "found"),
    [
        (MONDAY, None, [364, 30, 2, 2, 0]),
        (MONDAY, 3, [2, 2, 0]),
        (MONDAY, 5, [364, 30, 2, 2, 0]),
        (MONDAY - timedelta(days=1), 2, [2, 2]),
        (MONDAY - timedelta(days=2), None, [365, 364, 30, 2, 2]),
        (MONDAY - timedelta(days=2, microseconds=1), 1, [30]),
        (MONDAY - timedelta(days=800), None, []),
        (MONDAY + timedelta(days=800), None, []),
    ],
)
def test_a_year_ends_with_its_moment(moment: datetime, most: int | None, found: list[float]) -> None:
    """Its far edge is left out; of too many the latest are kept."""
    columns = ContactColumns.of(ago(0, 2, 2, 30, 364, 365))

    assert days_ago(columns.until(moment, most)) == found


def test_a_contact_more_goes_to_its_place() -> None:
    """Tickets are stored in whatever order they reach the desk."""
    columns = ContactColumns()
    for contact in ago(5, 1, 3, 9, 0, 1):
        columns.plus(contact)

    assert days_ago(columns) == [9, 5, 3, 1, 1, 0]


def test_what_was_looked_at_before_stays_as_it_was() -> None:
    """The tickets of a batch are stored one after the other, and described together."""
    columns = ContactColumns.of(ago(5, 1))
    for contact in ago(0.9, 0.8):
        columns.plus(contact)
    before = columns.until(MONDAY)
    some = columns.until(MONDAY, 2)

    for contact in ago(0, 3):
        columns.plus(contact)
    some.plus(*ago(0.5))

    assert days_ago(some) == pytest.approx([0.9, 0.8, 0.5])
    assert days_ago(columns) == pytest.approx([5, 3, 1, 0.9, 0.8, 0])
    assert before.until(MONDAY) is before


@given(contacts_around(MONDAY), st.randoms(use_true_random=False))
def test_however_contacts_came_in_the_profile_is_the_same(made: list[Contact], chance: Random) -> None:
    """All at once, as rows, or one by one."""
    at_once = ContactColumns.of(made)
    as_rows = ContactColumns.of_rows(map(attrgetter(*FIELDS), made))
    one_by_one = ContactColumns()
    chance.shuffle(made)
    for contact in made:
        one_by_one.plus(contact)

    first, *others = profile_customers([("u1", columns, MONDAY) for columns in (at_once, as_rows, one_by_one)])

    assert others[0] == first
    assert others[1].decayed == pytest.approx(first.decayed)
    assert (others[1].main_topic, others[1].channels) == (first.main_topic, first.channels)
