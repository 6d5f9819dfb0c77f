"""What a desk's model says of one customer."""

from dataclasses import replace
from datetime import timedelta

from tests.builders import MONDAY
from triage.customers.calendar import DeskCalendar
from triage.customers.contact import Contact
from triage.customers.contact_columns import ContactColumns
from triage.customers.forecast import FlyerForecast
from triage.customers.model import CustomerModel
from triage.customers.norms import DeskNorms
from triage.customers.profile import RatePrior

FORECAST = FlyerForecast(3, 30, {"log_contacts_30d": 1.0}, intercept=0.0, threshold=0.7)


def contacts(n: int, *, machine: bool = False) -> list[Contact]:
    """So many of the last days."""
    return [Contact(MONDAY - timedelta(days=i), is_automatic=machine) for i in range(n)]


def test_a_customer_is_described_with_the_desk_s_prior() -> None:
    """What is expected of newcomers differs from desk to desk."""
    norms = replace(DeskNorms(), prior=RatePrior(3.0, 30.0))

    assert CustomerModel(norms).describe("u1", [], MONDAY).profile.contacts_per_30d == 3.0


def test_who_is_likely_to_call_often_is_flagged_before_they_do() -> None:
    """Two contacts make no frequent flyer, but this desk has learned what follows."""
    before, after = (CustomerModel(DeskNorms(), f).describe("u1", contacts(2), MONDAY) for f in (None, FORECAST))

    assert (before.probability, before.is_flagged) == (None, False)
    assert after.probability is not None
    assert after.probability > 0.7
    assert after.is_flagged


def test_a_week_of_holidays_ahead_takes_nobody_off_the_list() -> None:
    """It makes calls unlikely, and the people who need looking after need it still."""
    off = frozenset((MONDAY + timedelta(days=i)).date() for i in range(31))
    holidays = replace(FORECAST, volume_weight=2.0, calendar=DeskCalendar(closed_day=0.1, closed_days=off))

    found = CustomerModel(DeskNorms(), holidays).describe("u1", contacts(2), MONDAY)

    assert found.probability is not None
    assert found.probability < 0.1 < FORECAST.threshold
    assert found.is_flagged


def test_a_frequent_flyer_is_flagged_without_a_forecast() -> None:
    """A desk without dates in its history has none."""
    assert CustomerModel(DeskNorms()).describe("u1", contacts(9), MONDAY).is_flagged


def test_a_machine_is_never_flagged() -> None:
    """There is nobody to call back."""
    found = CustomerModel(DeskNorms(), FORECAST).describe("u1", contacts(9, machine=True), MONDAY)

    assert (found.probability, found.is_flagged) == (None, False)
    assert [segment.name for segment in found.segments] == ["on_behalf_of_many"]


def test_several_customers_are_described_as_each_would_be() -> None:
    """An answer must not hang on who else called in that moment."""
    model = CustomerModel(DeskNorms(), FORECAST)
    made = {"u1": contacts(2), "u2": [], "u3": contacts(9, machine=True), "u4": contacts(40)}

    found = model.describe_all([(who, ContactColumns.of(calls), MONDAY) for who, calls in made.items()])

    assert found == [model.describe(who, calls, MONDAY) for who, calls in made.items()]
    assert model.describe_all([]) == []
