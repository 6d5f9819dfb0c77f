"""What was learned of a desk's customers, as a file of its bundle: numbers of the desk, and nobody's name.

    norms       n_customers, prior: {shape, days}, typical: {measure: value}, bars: {measure: value}, satisfaction,
                rates: {rate: value}
    forecast    n_contacts, horizon_days, weights: {sign: weight}, intercept, threshold, volume_weight,
                calendar: {weekdays: [seven numbers], closed_day, closed_days: [ISO dates]}

`satisfaction`, `forecast` and a rate may be null. `rates` may be absent, as it is in older bundles: then no rate is
known, and nobody is judged by one. Reading believes nothing: names, types and ranges are checked, and a field
more of `DeskNorms` or `FlyerForecast` is to be checked here, too.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date
from math import inf, isfinite
from typing import Any

from triage.customers.calendar import WEEK, DeskCalendar
from triage.customers.forecast import FEATURES, LONGEST_HORIZON, FlyerForecast
from triage.customers.model import CustomerModel
from triage.customers.norms import BARS, DeskNorms
from triage.customers.profile import RatePrior
from triage.customers.rates import DeskRates
from triage.errors import BundleMalformed

__all__ = ["CUSTOMERS_FILE", "customers_from_bytes", "customers_to_bytes"]

_BUSIEST = 1_000
"""A day that brings more than so many average ones is a mistake."""

CUSTOMERS_FILE = "customers.json"
"""Its name; bundles of desks without customers or dates have none."""


def customers_to_bytes(model: CustomerModel) -> bytes:
    """The model as canonical JSON: the same model, the same bytes."""
    forecast = None
    if model.forecast is not None:
        closed_days = sorted(day.isoformat() for day in model.forecast.calendar.closed_days)
        forecast = asdict(model.forecast)
        forecast["calendar"]["closed_days"] = closed_days
    content = {"norms": asdict(model.norms), "forecast": forecast}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False).encode() + b"\n"


def customers_from_bytes(raw: bytes) -> CustomerModel:
    """The model that these bytes hold.

    Raises:
        BundleMalformed: they hold none; the message says what is wrong.
    """
    try:
        content = json.loads(raw)
        _check_names("it", content, ("norms", "forecast"))
        forecast = content["forecast"]
        return CustomerModel(_norms(content["norms"]), None if forecast is None else _forecast(forecast))
    except (ValueError, OverflowError, RecursionError) as error:
        raise BundleMalformed(f"{CUSTOMERS_FILE} does not describe a desk's customers: {error}.") from error


def _norms(content: Any) -> DeskNorms:  # noqa: ANN401 - any JSON, until it is checked
    if isinstance(content, Mapping) and "rates" not in content:
        content = {**content, "rates": asdict(DeskRates())}
    _check_names("norms", content, _names_of(DeskNorms))
    _check_names("rates", content["rates"], _names_of(DeskRates))
    _check_names("prior", content["prior"], _names_of(RatePrior))
    prior = RatePrior(**{name: _number(name, value) for name, value in content["prior"].items()})
    if not (prior.shape > 0 and prior.days > 0):
        raise ValueError("a prior's shape and days are above 0")
    for table in ("typical", "bars"):
        _check_names(table, content[table], BARS)
    satisfaction = content["satisfaction"]
    return DeskNorms(
        n_customers=_count("n_customers", content["n_customers"], least=0),
        prior=prior,
        typical={name: _number(name, content["typical"][name]) for name in BARS},
        bars={name: _number(name, content["bars"][name]) for name in BARS},
        satisfaction=None if satisfaction is None else _number("satisfaction", satisfaction),
        rates=DeskRates(**{name: _rate(name, value) for name, value in content["rates"].items()}),
    )


def _forecast(content: Any) -> FlyerForecast:  # noqa: ANN401 - as above
    _check_names("forecast", content, _names_of(FlyerForecast))
    weights = content["weights"]
    if not isinstance(weights, dict) or not weights.keys() <= FEATURES.keys():
        raise ValueError(f"weights are a table by sign, and the features are {', '.join(FEATURES)}")
    threshold = _number("threshold", content["threshold"])
    if not 0 <= threshold <= 1:
        raise ValueError("threshold is a probability, 0 to 1")
    return FlyerForecast(
        n_contacts=_count("n_contacts", content["n_contacts"], least=1),
        horizon_days=_count("horizon_days", content["horizon_days"], least=1, most=LONGEST_HORIZON),
        weights={name: _number(name, weight) for name, weight in weights.items()},
        intercept=_number("intercept", content["intercept"]),
        threshold=threshold,
        volume_weight=_number("volume_weight", content["volume_weight"]),
        calendar=_calendar(content["calendar"]),
    )


def _calendar(content: Any) -> DeskCalendar:  # noqa: ANN401 - as above
    _check_names("calendar", content, _names_of(DeskCalendar))
    weekdays, closed_days = content["weekdays"], content["closed_days"]
    if not isinstance(weekdays, list) or len(weekdays) != WEEK:
        raise ValueError(f"weekdays are {WEEK} numbers")
    if not isinstance(closed_days, list) or not all(isinstance(day, str) for day in closed_days):
        raise ValueError("closed_days are a list of dates")
    busy = tuple(_number("a weekday", value) for value in weekdays)
    closed_day = _number("closed_day", content["closed_day"])
    if not (min(*busy, closed_day) >= 0 and max(*busy, closed_day) <= _BUSIEST):
        raise ValueError(f"a day brings from nothing to {_BUSIEST} times what an average one does")
    return DeskCalendar(busy, closed_day, frozenset(map(date.fromisoformat, closed_days)))


def _rate(name: str, value: object) -> float | None:
    if value is None:
        return None
    rate = _number(name, value)
    if not 0 <= rate <= (1 if name.endswith("_ratio") else inf):
        raise ValueError(f"{name} is not below 0, and a ratio not above 1")
    return rate


def _names_of(kind: type[DeskNorms | DeskRates | RatePrior | FlyerForecast | DeskCalendar]) -> list[str]:
    return [f.name for f in fields(kind)]


def _check_names(what: str, content: Any, names: Iterable[str]) -> None:  # noqa: ANN401 - as above
    if not isinstance(content, Mapping) or content.keys() != set(names):
        raise ValueError(f"{what} has the names {', '.join(names)} and no others")


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{name} is no number")
    return float(value)


def _count(name: str, value: object, *, least: int, most: int = 10**9) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} is no whole number from {least} to {most:,}")
    return value
