"""What goes over the wire of customers."""

from api.customer_schemas import CustomerAnswer, FrequentFlyer, Profile
from api.customers import MEASURES, customer_answer
from tests.builders import MONDAY
from triage.customers.model import DescribedCustomer
from triage.customers.playbook import Playbook
from triage.customers.profile import CustomerProfile

SEVENTH = 1 / 7

PROFILE = CustomerProfile(
    "u1",
    MONDAY,
    days_since_first=100 * SEVENTH,
    days_since_last=SEVENTH,
    contacts_per_30d=10 * SEVENTH,
    trend=-0.8639384504239714,
    incident_ratio=SEVENTH,
    mean_reassignments=SEVENTH,
    hours_lost_90d=1_000 * SEVENTH,
    first_contact_ratio=SEVENTH,
    satisfaction=30 * SEVENTH,
    self_service_ratio=SEVENTH,
    writing_precision=SEVENTH,
)


def answered(profile: CustomerProfile, probability: float | None) -> tuple[Profile, FrequentFlyer]:
    """What is said of a customer with this profile."""
    described = DescribedCustomer(profile, (), None, probability, is_flagged=False)
    answer = CustomerAnswer(**customer_answer("u1", described, None, Playbook(())))
    assert answer.profile is not None
    return answer.profile, answer.frequent_flyer


def test_numbers_are_told_to_digits_that_mean_something() -> None:
    """Nobody reads -0.8639384504239714, and no forecast is that sure."""
    profile, flyer = answered(PROFILE, SEVENTH)

    told = profile.model_dump(exclude_none=True)
    assert {name: value for name, value in told.items() if isinstance(value, float)} == {
        "days_since_first": 14.3,
        "days_since_last": 0.1,
        "expected_contacts_30d": 1.43,
        "trend": -0.86,
        "incident_share": 0.1429,
        "mean_reassignments": 0.14,
        "hours_lost_90d": 142.9,
        "first_contact_share": 0.1429,
        "satisfaction": 4.29,
        "self_service_share": 0.1429,
        "writing_precision": 0.1429,
    }
    assert flyer.probability == 0.1429


def test_what_is_not_known_stays_unknown_and_nothing_is_below_nought() -> None:
    """A trend of -0.0 looks like a fall."""
    profile, flyer = answered(CustomerProfile("u1", MONDAY, trend=-0.001), None)

    assert (str(profile.trend), profile.satisfaction, flyer.probability) == ("0.0", None, None)


def test_every_number_has_its_digits() -> None:
    """A new measure is told, and is not to bring all its digits along."""
    told = {name: field.annotation for name, field in Profile.model_fields.items() if name != "channels"}

    assert MEASURES.keys() == told.keys()
    assert [name for name, (_, digits) in MEASURES.items() if digits is not None] == [
        name for name, kind in told.items() if kind in (float, float | None)
    ]
