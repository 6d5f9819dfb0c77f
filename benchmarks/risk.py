"""How well it is told at opening what may go wrong, on two real desks, forward in time or in the order of the file.

The logs are measured where they are in `TRIAGE_BENCHMARK_DATA`, else in `../shared/data` beside the project. The
ServiceNow log is measured twice: with labels as they stand, as published figures have it, and with what a desk would
have known. `docs/risk.md` says what was chosen on which tickets, and how often the last fifth was looked at.
"""

import csv
import gzip
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.measurement import Measurement, median_seconds
from data.exports.files import read_tickets
from data.exports.preset import load_preset
from data.samples.desk import generate_desk
from training.configs.parameters import read_parameters
from training.experiment import run_experiment
from training.risk.learn import LearnedRisk, learn_risk
from training.risk.measures import OutcomeMeasures
from triage.risk import RiskModel, risk_of
from triage.ticket import NewTicket, WorkedTicket

LOG, BANK = "servicenow_incident_log.csv.gz", "rabobank_incidents.csv.gz"

FILED = {
    "CI_Name_aff": "ci",
    "Service_Component_WBS_aff": "service",
    "CI_TypeSubType_aff": "category",
    "KM_number": "knowledge document",
    "Impact": "impact",
    "Urgency": "urgency",
    "Open_Time_DayOfWeek": "day",
    "Open_Time_HourOfDay": "hour of opening",
}
"""Columns of the bank's incidents that are known at opening. By the description of the BPI Challenge 2014 the knowledge
document is what the service desk opens at intake: its questions lead to the configuration item, impact and urgency.
Related interactions, incidents and changes may have been counted later, and are left out."""

BATCH = 64
N_GENERATED = 4_000


def run() -> Iterator[Measurement]:
    """The ServiceNow log, its labels as they stand and as a desk would know them; then the bank's incidents."""
    folder = Path(os.environ.get("TRIAGE_BENCHMARK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    for name, read in ((LOG, _log), (BANK, _bank)):
        if not (folder / name).is_file():
            yield Measurement(name, "not measured", f"it is not in {folder}")
            continue
        tickets = read(folder / name)
        if name == LOG:
            yield from _measurements(f"{name}, labels as they stand", learn_risk(tickets, as_they_stand=True))
        learned = learn_risk(tickets)
        yield from _measurements(f"{name}, labels as known by then" if name == LOG else name, learned)
        if learned.model is not None:
            yield _cost(name, learned.model, [ticket.filed for ticket in tickets[-BATCH:]])
    yield _beside_scoring()


def _log(path: Path) -> list[WorkedTicket]:
    tickets, _ = read_tickets(path, load_preset("servicenow-log"))
    return tickets


def _bank(path: Path) -> list[WorkedTicket]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [
            WorkedTicket(
                filed=NewTicket(id=str(i), attributes={ours: row[name] for name, ours in FILED.items()}),
                made_sla=float(row["SLAFail"]) == 0,
            )
            for i, row in enumerate(csv.DictReader(file))
        ]


def _measurements(name: str, learned: LearnedRisk) -> Iterator[Measurement]:
    measures = learned.measures
    yield Measurement(f"{name}: split", measures.split, "; ".join(measures.remarks))
    for outcome, found in measures.outcomes.items():
        yield Measurement(f"{name}: {outcome}", _said(found), found.refusal or "told")
    if (hours := measures.hours) is not None and hours.covered is not None:
        yield Measurement(
            f"{name}: hours to resolve",
            f"R2 of the logarithm {hours.r2_log:.3f}, of hours {hours.r2_hours:.3f}; "
            f"{hours.covered:.3f} within the span, {hours.asked:g} asked",
            hours.refusal or "told",
        )


def _cost(name: str, model: RiskModel, batch: Sequence[NewTicket]) -> Measurement:
    seconds = median_seconds(lambda: model.assess(batch), 50)
    return Measurement(
        f"{name}: time of a ticket in batches of {BATCH}", f"{1e3 * seconds / BATCH:.3f} ms", "median of 50"
    )


def _beside_scoring() -> Measurement:
    """What a risk model adds to the cost of scoring; of a generated desk, whose tickets have texts to be scored by."""
    desk = generate_desk(n_tickets=N_GENERATED)
    model = run_experiment(desk.tickets, replace(read_parameters(), fast=True)).scorer
    what = f"{N_GENERATED:,} generated tickets: time of a ticket with risk"
    if model.risk is None:
        return Measurement(what, "not measured", "nothing of risk could be told")
    batch = [ticket.filed for ticket in desk.tickets[-BATCH:]]
    threadpool_limits(1, user_api="blas")  # as the service does
    plain = median_seconds(lambda: model.score(batch), 50)
    both = median_seconds(lambda: (model.score(batch), risk_of(model, batch)), 50)
    beside = f"{1e3 * both / BATCH:.3f} ms with, {1e3 * plain / BATCH:.3f} without, terms alone, batches of {BATCH}"
    return Measurement(what, f"{both / plain:.2f} x as long as without", beside)


def _said(found: OutcomeMeasures) -> str:
    if found.auc is None or found.auc_interval is None:
        return "not measured"
    low, high = found.auc_interval
    return (
        f"AUC {found.auc:.3f} ({low:.3f}-{high:.3f}), plain rates {found.baseline_auc:.3f}; calibration error "
        f"{found.calibration_error:.3f}, by chance alone {found.error_by_chance:.3f}; it happened to "
        f"{found.n_happened:,} of {found.n:,}"
    )
