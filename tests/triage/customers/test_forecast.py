"""How likely a customer is to call often soon."""

from dataclasses import replace
from datetime import timedelta
from math import exp, log, log1p

import pytest

from tests.builders import MONDAY
from triage.customers.calendar import DeskCalendar
from triage.customers.forecast import FEATURES, FlyerForecast, features_of
from triage.customers.profile import CustomerProfile

FORECAST = FlyerForecast(3, 30, {"log_contacts_30d": 2.0}, intercept=-3.0, threshold=0.5)


def test_a_probability_is_logistic_in_its_features() -> None:
    """The same numbers as scikit-learn's, without it."""
    found = FORECAST.predict(CustomerProfile("u1", MONDAY, n_contacts_30d=4)).probability

    assert found == pytest.approx(1 / (1 + exp(3.0 - 2.0 * log1p(4))))


def test_quiet_days_ahead_make_calls_less_likely_and_nobody_less_worth_looking_after() -> None:
    """The flag is held against the probability in days as busy as usual."""
    off = frozenset(MONDAY.date() + timedelta(days=i) for i in range(31))
    profile = CustomerProfile("u1", MONDAY, n_contacts_30d=4)
    usual = FORECAST.predict(profile).probability

    quiet = replace(FORECAST, volume_weight=2.0, calendar=DeskCalendar(closed_day=0.5, closed_days=off))

    odds, usual_odds = (p / (1 - p) for p in (quiet.predict(profile).probability, usual))
    assert odds == pytest.approx(usual_odds * 0.5**2)
    assert quiet.usual_probability(profile) == usual
    assert quiet.predict(profile).is_flagged
    assert not replace(quiet, threshold=usual + 1e-9).predict(profile).is_flagged


def test_a_score_beyond_bearing_is_no_error() -> None:
    """Somebody with a million contacts is a strange account, and not a crash."""
    steep = FlyerForecast(3, 30, {"log_contacts_30d": -1e9}, intercept=0.0, threshold=0.5)

    assert steep.predict(CustomerProfile("u1", MONDAY, n_contacts_30d=4)).probability == 0.0


@pytest.mark.parametrize(
    ("channels", "ratio"), [({}, 0.25), ({"phone": 1}, 3.5 / 11), ({"phone": 90, "email": 10}, 92.5 / 110)]
)
def test_a_first_call_by_phone_is_no_habit(channels: dict[str, int], ratio: float) -> None:
    """A share of one call would be all or nothing."""
    assert FEATURES["log_phone_ratio"](CustomerProfile("u1", MONDAY, channels=channels)) == pytest.approx(log(ratio))


def test_features_stand_in_their_order() -> None:
    """Weights are learned from rows of them."""
    features = features_of(CustomerProfile("u1", MONDAY, n_contacts_7d=2))

    assert features[list(FEATURES).index("log_contacts_7d")] == pytest.approx(log1p(2))
    assert len(features) == len(FEATURES)
