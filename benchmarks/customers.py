"""Whether hidden traits come back, and how well it is said who will call often, beside plain counts.

Generated desks know the truth that an export hides. A real log is measured where it is in `TRIAGE_BENCHMARK_DATA`, else
in `../shared/data` beside the project. Signs, and how a forecast is learned, were chosen on desks of other seeds and on
what the log holds up to the first cut.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score

from benchmarks.measurement import Measurement
from data.exports.files import read_tickets
from data.exports.preset import load_preset
from data.samples.desk import generate_desk
from training.configs.parameters import CustomerParameters
from training.customers.forecast import learn_forecast
from training.customers.forecast_evaluation import ForecastMeasures, evaluate_forecast, last_cut
from training.customers.history import customer_history
from training.customers.model import learn_customers
from training.evaluation.reliability import expected_calibration_error
from triage.customers.model import DescribedCustomer
from triage.customers.profile import CustomerProfile
from triage.errors import UnusableTraining

SEEDS = range(41, 46)

ACCOUNTS = frozenset({"monitoring", "shared_mailbox"})
"""Traits of those who are no people."""

LOG = "servicenow_incident_log.csv.gz"

CUTS = (datetime(2016, 4, 8, tzinfo=UTC), datetime(2016, 4, 12, tzinfo=UTC), datetime(2016, 4, 16, tzinfo=UTC))
"""The log ends on 30 April 2016: the last one leaves a fortnight."""

FORTNIGHT, N_CONTACTS = 14, 3

HOLIDAYS = (date(2016, 3, 25), date(2016, 4, 21))
"""Good Friday and Tiradentes, of Brazil, where those who published the log work."""

BRIDGE = date(2016, 4, 22)
"""The Friday after Tiradentes. A desk knows beforehand whether its people take it; here it was seen in the log, in the
days that are measured on."""

CLOSED_DAYS = {"": (), ", holidays told": HOLIDAYS, ", holidays and bridge told": (*HOLIDAYS, BRIDGE)}
"""What the forecast is told."""

RANKINGS: dict[str, Callable[[CustomerProfile], float]] = {
    "contacts per 30 days": lambda p: p.contacts_per_30d,
    "contacts of the year": lambda p: float(p.n_contacts_365d),
    "calls by phone within the year": lambda p: p.channels.get("phone", 0) + 1e-3 * p.n_contacts_365d,
}
"""Plain scores to hold a forecast against; of equally many calls the other contacts decide."""

TRUE_RATE = "their true rate, which nobody knows"
"""The best that can be said beforehand of how often somebody will call."""

FORECASTS = {"forecast, 30 days": 30, "forecast, 90 days": 90}
"""Days ahead."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What one generated desk gave: average precision by ranking, three ways to count walking EMPs; F1; accounts."""

    precision: dict[str, tuple[float, float, float]]
    walking_f1: float
    savvy_f1: float
    n_accounts_flagged: int
    soon: ForecastMeasures


def run() -> Iterator[Measurement]:
    """Five generated desks, then the log."""
    desks = [_desk(seed) for seed in SEEDS]
    for name in (*FORECASTS, *RANKINGS, TRUE_RATE):
        alone, both, without = (_spread([desk.precision[name][i] for desk in desks]) for i in range(3))
        yield Measurement(
            f"frequent callers found by {name}",
            f"average precision {alone}",
            f"walking EMPs counted among them {both}, left out {without}",
        )
    yield Measurement("walking EMPs found by their segment", f"F1 {_spread([desk.walking_f1 for desk in desks])}")
    yield Measurement("precise writers found by tech_savvy", f"F1 {_spread([desk.savvy_f1 for desk in desks])}")
    yield Measurement("accounts flagged", f"{sum(desk.n_accounts_flagged for desk in desks)} of {2 * len(desks)}")
    yield Measurement(
        "who calls often in the last 30 days",
        f"average precision {_spread([desk.soon.average_precision['forecast'][0] for desk in desks])}, "
        f"calibration error {_spread([desk.soon.calibration_error for desk in desks])} "
        f"(by chance {_spread([_least_error(desk.soon) for desk in desks])}), "
        f"lift at 5 % {_spread([desk.soon.lift['forecast'][0] for desk in desks])}",
        f"count {_spread([desk.soon.average_precision['count'][0] for desk in desks])}; "
        f"gain {_spread([desk.soon.gain[0] for desk in desks])}; "
        f"lift {_spread([desk.soon.lift['count'][0] for desk in desks])}",
    )
    yield from _log()


def _log() -> Iterator[Measurement]:
    folder = Path(os.environ.get("TRIAGE_BENCHMARK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (folder / LOG).is_file():
        yield Measurement(LOG, "not measured", f"it is not in {folder}")
        return
    tickets, _ = read_tickets(folder / LOG, load_preset("servicenow-log"))
    history = customer_history(tickets, datetime.now(UTC))
    for horizon_days, n_contacts in ((FORTNIGHT, N_CONTACTS), (FORTNIGHT, None), (30, None)):
        asked = product(CLOSED_DAYS.items(), CUTS)
        if horizon_days != FORTNIGHT:
            asked = product([("", ())], [last_cut(history, horizon_days)])
        for (told, closed_days), cut in asked:
            what = f"{LOG}: {cut:%Y-%m-%d}, {horizon_days} days{told}"
            try:
                found = evaluate_forecast(
                    history, cut, horizon_days=horizon_days, n_contacts=n_contacts, closed_days=closed_days
                )
            except UnusableTraining as why:
                yield Measurement(what, "not measured", str(why))
                continue
            yield _measurement(f"{what}, {found.learned.forecast.n_contacts} contacts", found)


def _measurement(what: str, found: ForecastMeasures) -> Measurement:
    gain, (low, high) = found.gain
    return Measurement(
        what,
        f"{found.n_positives:,} of {found.happened.size:,}; "
        f"average precision {found.average_precision['forecast'][0]:.3f}, "
        f"calibration error {found.calibration_error:.3f} (by chance {_least_error(found):.3f}), "
        f"lift at 5 % {found.lift['forecast'][0]:.2f}",
        f"count {found.average_precision['count'][0]:.3f}: {gain:.2f} x ({low:.2f}-{high:.2f}); "
        f"lift {found.lift['count'][0]:.2f}",
    )


def _desk(seed: int) -> _Found:
    desk = generate_desk(seed=seed)
    traits = {customer.id: customer.traits for customer in desk.customers}
    history = customer_history(desk.tickets, datetime.max.replace(tzinfo=UTC))
    learned = learn_customers(history, history.last, CustomerParameters())
    prior = learned.model.norms.prior
    accounts = {who for who, held in traits.items() if held & ACCOUNTS}
    profiles = [found for found in history.profiles(history.last, prior) if found.customer_id not in accounts]
    scores: dict[str, list[float]] = {
        name: [score(profile) for profile in profiles] for name, score in RANKINGS.items()
    }
    rates = {customer.id: customer.contact_rate for customer in desk.customers}
    scores[TRUE_RATE] = [rates[profile.customer_id] for profile in profiles]
    for name, horizon_days in FORECASTS.items():
        found = learn_forecast(history, history.last, prior, horizon_days=horizon_days)
        scores[name] = [found.forecast.predict(profile).probability for profile in profiles]

    def has(trait: str) -> NDArray[np.bool_]:
        return np.asarray([trait in traits[profile.customer_id] for profile in profiles])

    frequent, walking = has("frequent_caller"), has("walking_emp")
    described = [learned.model.judge(profile) for profile in profiles]
    flagged = [learned.model.describe(who, history.contacts[who], history.last).is_flagged for who in accounts]
    return _Found(
        precision={name: _precisions(np.asarray(found), frequent, walking) for name, found in scores.items()},
        walking_f1=float(f1_score(walking, _in_segment(described, "walking_emp"))),
        savvy_f1=float(f1_score(has("precise"), _in_segment(described, "tech_savvy"))),
        n_accounts_flagged=sum(flagged),
        soon=evaluate_forecast(history, last_cut(history, 30), horizon_days=30),
    )


def _precisions(
    scores: NDArray[np.float64], frequent: NDArray[np.bool_], walking: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Average precision for frequent callers; with walking EMPs counted among them; with those left out."""
    return (
        float(average_precision_score(frequent, scores)),
        float(average_precision_score(frequent | walking, scores)),
        float(average_precision_score(frequent[~walking], scores[~walking])),
    )


def _least_error(found: ForecastMeasures) -> float:
    """The calibration error that chance alone leaves on as many customers, were every probability true."""
    chance, said = np.random.default_rng(0), found.probabilities
    return float(np.mean([expected_calibration_error(said, chance.random(said.size) < said) for _ in range(200)]))


def _in_segment(described: Sequence[DescribedCustomer], name: str) -> list[bool]:
    return [any(segment.name == name for segment in one.segments) for one in described]


def _spread(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f} ({min(values):.3f}-{max(values):.3f})"
