"""What was learned of customers, as bytes."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from models.customers import customers_from_bytes, customers_to_bytes
from triage.customers.calendar import DeskCalendar
from triage.customers.forecast import FEATURES, FlyerForecast
from triage.customers.model import CustomerModel
from triage.customers.norms import DeskNorms
from triage.customers.profile import RatePrior
from triage.customers.rates import DeskRates
from triage.errors import BundleMalformed

RATES = DeskRates(reopened_ratio=0.07, mean_reassignments=1.2, mean_hours_lost=6.5, incident_ratio=1.0)
NORMS = DeskNorms(n_customers=7, prior=RatePrior(0.3, 9.5), satisfaction=4.1, rates=RATES)
CALENDAR = DeskCalendar((1.3,) * 5 + (0.5, 0.0), 0.1, frozenset({date(2026, 12, 25), date(2026, 1, 1)}))
FORECAST = FlyerForecast(
    3,
    30,
    {name: 0.1 * i for i, name in enumerate(FEATURES)},
    intercept=-3.0,
    threshold=0.25,
    volume_weight=2.5,
    calendar=CALENDAR,
)
MODEL = CustomerModel(NORMS, FORECAST)


@pytest.mark.parametrize(
    "model",
    [MODEL, CustomerModel(NORMS), CustomerModel(DeskNorms()), CustomerModel(NORMS, FlyerForecast(1, 1, {}, 0.0, 1.0))],
)
def test_what_was_written_is_read(model: CustomerModel) -> None:
    """With or without a forecast, and where nobody said how content they are."""
    raw = customers_to_bytes(model)

    assert customers_from_bytes(raw) == model
    assert customers_to_bytes(customers_from_bytes(raw)) == raw


def test_the_same_closed_days_are_the_same_bytes() -> None:
    """A set has no order, and a bundle is known by its hash."""
    days = [date(2026, 1, 1) + timedelta(days=37 * i) for i in range(40)]
    first, second = (
        CustomerModel(NORMS, replace(FORECAST, calendar=replace(CALENDAR, closed_days=frozenset(told))))
        for told in (days, reversed(days))
    )

    raw = customers_to_bytes(first)

    assert customers_to_bytes(second) == raw
    kept = json.loads(raw)["forecast"]["calendar"]["closed_days"]
    assert kept == [day.isoformat() for day in days]


def spoilt(path: str, value: Any) -> bytes:  # noqa: ANN401 - whatever may stand there
    """The bytes with something else at a path; None takes the name away."""
    content = json.loads(customers_to_bytes(MODEL))
    *tables, name = path.split(".")
    table = content
    for one in tables:
        table = table[one]
    if value is None:
        del table[name]
    else:
        table[name] = value
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "does not describe a desk's customers"),
        (b"\xff", "does not describe"),
        (b"[" * 100_000, "does not describe"),
        (b"[]", "has the names norms, forecast and no others"),
        (spoilt("norms", None), "has the names norms, forecast"),
        (spoilt("more", 1), "has the names norms, forecast"),
        (spoilt("norms", []), "norms has the names"),
        (spoilt("norms.bars", None), "norms has the names"),
        (spoilt("norms.more", 1), "norms has the names"),
        (spoilt("norms.bars.n_reopens", None), "bars has the names"),
        (spoilt("norms.typical.more", 1), "typical has the names"),
        (spoilt("norms.bars.n_reopens", "2"), "n_reopens is no number"),
        (spoilt("norms.bars.n_reopens", True), "n_reopens is no number"),
        (spoilt("norms.bars.n_reopens", float("nan")), "n_reopens is no number"),
        (spoilt("norms.bars.n_reopens", 10**400), "does not describe"),
        (spoilt("norms.prior.shape", 0), "above 0"),
        (spoilt("norms.prior.days", -1.0), "above 0"),
        (spoilt("norms.prior", [1, 2]), "prior has the names"),
        (spoilt("norms.n_customers", -1), "n_customers is no whole number"),
        (spoilt("norms.rates", []), "rates has the names reopened_ratio"),
        (spoilt("norms.rates.reopened_ratio", None), "rates has the names reopened_ratio"),
        (spoilt("norms.rates.more", 1), "rates has the names reopened_ratio"),
        (spoilt("norms.rates.reopened_ratio", 1.01), "reopened_ratio is not below 0, and a ratio not above 1"),
        (spoilt("norms.rates.mean_hours_lost", -0.1), "mean_hours_lost is not below 0"),
        (spoilt("norms.rates.how_to_ratio", "some"), "how_to_ratio is no number"),
        (spoilt("norms.satisfaction", "good"), "satisfaction is no number"),
        (spoilt("forecast", 0), "forecast has the names"),
        (spoilt("forecast.threshold", 1.01), "threshold is a probability"),
        (spoilt("forecast.threshold", -0.01), "threshold is a probability"),
        (spoilt("forecast.n_contacts", 0), "n_contacts is no whole number"),
        (spoilt("forecast.n_contacts", 2.5), "n_contacts is no whole number"),
        (spoilt("forecast.horizon_days", True), "horizon_days is no whole number"),
        (spoilt("forecast.horizon_days", 366), "horizon_days is no whole number from 1 to 365"),
        (spoilt("forecast.weights", []), "weights are a table by sign"),
        (spoilt("forecast.weights.shoe_size", 1.0), "weights are a table by sign"),
        (spoilt("forecast.weights.log_rate", float("inf")), "log_rate is no number"),
        (spoilt("forecast.intercept", "0"), "intercept is no number"),
        (spoilt("forecast.volume_weight", None), "forecast has the names"),
        (spoilt("forecast.volume_weight", float("nan")), "volume_weight is no number"),
        (spoilt("forecast.calendar", []), "calendar has the names weekdays, closed_day, closed_days"),
        (spoilt("forecast.calendar.weekdays", [1.0] * 6), "weekdays are 7 numbers"),
        (spoilt("forecast.calendar.weekdays", "1111111"), "weekdays are 7 numbers"),
        (spoilt("forecast.calendar.weekdays", [1.0] * 6 + ["1"]), "a weekday is no number"),
        (spoilt("forecast.calendar.weekdays", [1.0] * 6 + [-0.1]), "a day brings from nothing to"),
        (spoilt("forecast.calendar.weekdays", [1e308] * 7), "a day brings from nothing to 1000 times"),
        (spoilt("forecast.calendar.closed_day", -0.1), "a day brings from nothing to"),
        (spoilt("forecast.calendar.closed_day", "none"), "closed_day is no number"),
        (spoilt("forecast.calendar.closed_days", "2026-12-25"), "closed_days are a list of dates"),
        (spoilt("forecast.calendar.closed_days", [20261225]), "closed_days are a list of dates"),
        (spoilt("forecast.calendar.closed_days", ["2026-13-25"]), "month must be in 1..12"),
    ],
)
def test_what_cannot_be_meant_is_refused(raw: bytes, said: str) -> None:
    """Half a forecast would flag the wrong people, and nobody would notice."""
    with pytest.raises(BundleMalformed, match=f"customers.json .*{said}"):
        customers_from_bytes(raw)


def test_a_bundle_from_before_rates_were_learned_is_read() -> None:
    """It knows no rate, so nobody is judged by one until the next training."""
    model = customers_from_bytes(spoilt("norms.rates", None))

    assert model == replace(MODEL, norms=replace(NORMS, rates=DeskRates()))


def test_it_holds_no_customer() -> None:
    """A bundle travels; who called does not travel with it."""
    assert set(json.loads(customers_to_bytes(MODEL))) == {"norms", "forecast"}
