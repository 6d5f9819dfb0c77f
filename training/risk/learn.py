"""Learn what may go wrong: measure it forward in time, refuse what history cannot tell, and learn again from all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.risk.fit import COVERAGE, FEWEST_HOURS, Cuts, can_be_ranked, fit_risk, is_enough
from training.risk.history import RiskHistory, named, risk_history
from training.risk.measures import HoursMeasures, OutcomeMeasures, RiskMeasures, measure_hours, measure_outcome
from training.risk.rates import FactTable, fact_table, learn_rates
from triage.risk import HOURS, OUTCOMES, RiskModel
from triage.ticket import WorkedTicket

__all__ = ["LearnedRisk", "learn_risk"]

MEASURED, CALIBRATED = 0.2, 0.1
"""Shares of the history: the latest tickets are measured on, those before calibrate."""

LEAST_AUC = 0.6
"""The lower end of the interval must reach it: what ranks little better than chance gives reasons to nobody."""

FEWEST_MEASURED = 20
"""Of those that it happened to, and of the others."""

FEWEST_RANKED = 10
"""Of either kind: the AUC of fewer is not worth writing down, though what is refused has it beside the reason."""

FARTHEST = 0.04
"""A chance that is off by more on later tickets, beyond what chance alone does, is wrong, however well it ranks."""


MISSED = 0.1
"""How far the share of later tickets within the span of hours may lie from what was asked."""


@dataclass(frozen=True, slots=True)
class LearnedRisk:
    """What was learned.

    Attributes:
        model: for serving, of the outcomes that can be told; None where there is none.
        measures: of a fit that had not seen the tickets it is measured on.
    """

    model: RiskModel | None
    measures: RiskMeasures


def learn_risk(tickets: Sequence[WorkedTicket], *, seed: int = 0, as_they_stand: bool = False) -> LearnedRisk:
    """Learn risk from a history.

    Three stretches, one after the other: trees learn from the first, the second calibrates, the third measures. Then
    the first two take the place of the first, and what was refused stays refused.

    Args:
        tickets: the history, in any order where it has dates; redacted.
        seed: for what chance decides.
        as_they_stand: whether labels are believed and known at once, as `risk_history` says; for comparison alone.
    """
    history = risk_history(tickets, as_they_stand=as_they_stand)
    table = fact_table(history.filed)
    outcomes = {name: _measure(history, table, name, seed) for name in OUTCOMES}
    known = ~np.isnan(history.settled)
    measures = RiskMeasures(
        split=_split(history, _cuts(history, known)[0]),
        baseline=_plain_fact(table) or "none",
        outcomes=outcomes,
        hours=_measure_hours(history, table, seed) if history.is_dated else None,
        remarks=history.remarks,
        facts=table.facts,
    )
    return LearnedRisk(_whole(history, table, _cuts(history, known)[1], measures, seed), measures)


def _whole(history: RiskHistory, table: FactTable, cuts: Cuts, measures: RiskMeasures, seed: int) -> RiskModel | None:
    """The model that is kept; what there is not enough of at the end of the history is not told either."""
    told = [name for name, one in measures.outcomes.items() if one.refusal is None]
    told = [name for name in told if is_enough(history, name, cuts) is None]
    has_hours = measures.hours is not None and measures.hours.refusal is None and _has_hours(history, cuts)
    if not told and not has_hours:
        return None
    model = fit_risk(history, table, cuts, told, has_hours=has_hours, seed=seed)
    refusals = {
        name: one.refusal or _cannot(name, "its latest tickets are too few")
        for name, one in measures.outcomes.items()
        if name not in told
    }
    if measures.hours is None or not has_hours:
        why = None if measures.hours is None else measures.hours.refusal
        refusals[HOURS] = why or _cannot(HOURS, "it has no dates")
    return replace(model, refusals=refusals)


def _cuts(history: RiskHistory, known: NDArray[np.bool_]) -> tuple[Cuts, Cuts]:
    """When learning ends and measuring begins, and the same for the model that is kept.

    Args:
        history: the tickets.
        known: those of which one knows what became of them, shape (n,).
    """
    opened = history.opened[known]
    if opened.size < 10:
        return Cuts(np.inf, np.inf), Cuts(np.inf, np.inf)
    first, second = (float(opened[int(opened.size * (1 - share))]) for share in (MEASURED + CALIBRATED, MEASURED))
    last = max(float(history.opened[-1]), float(np.nanmax(history.settled)))
    return Cuts(first, second), Cuts(second, last)


def _has_hours(history: RiskHistory, cuts: Cuts) -> bool:
    known = ~np.isnan(history.hours)
    n_learned, n_later = ((known & part).sum() for part in (cuts.learned(history), cuts.later(history)))
    return bool(n_learned >= FEWEST_HOURS and n_later >= FEWEST_HOURS // 2)


def _measure(history: RiskHistory, table: FactTable, name: str, seed: int) -> OutcomeMeasures:
    """How well an outcome is told of the latest tickets of which one knows, by a fit of those before."""
    known = ~np.isnan(history.became[name])
    cuts = _cuts(history, known)[0]
    n_learned = int((cuts.learned(history) & known).sum())
    missing = is_enough(history, name, cuts)
    if missing and not can_be_ranked(history, name, cuts):
        return OutcomeMeasures(n_learned=n_learned, refusal=_cannot(name, missing))
    fitted = fit_risk(history, table, cuts, [name], has_hours=False, seed=seed)
    at = np.flatnonzero(cuts.measured(history) & known)
    happened = history.became[name][at] > 0
    fewest = int(min(happened.sum(), (~happened).sum()))
    if fewest < FEWEST_MEASURED:
        few = f"of the {at.size:,} latest tickets it happened to {int(happened.sum()):,}, too few to measure it well"
        missing = missing or few
    if fewest < FEWEST_RANKED:
        return OutcomeMeasures(n_learned=n_learned, n=int(at.size), refusal=_cannot(name, missing or ""))
    chances = fitted.chances(fitted.rows([history.filed[i] for i in at.tolist()]))[name]
    plain = _plain_rates(history, table, cuts, name)[at]
    measures = measure_outcome(happened, chances, plain, n_learned=n_learned)
    return replace(measures, refusal=_cannot(name, missing) if missing else _refusal(name, measures))


def _refusal(name: str, measures: OutcomeMeasures) -> str | None:
    """Why the measures forbid to tell an outcome; None where they do not."""
    assert measures.auc is not None  # noqa: S101  (measured)
    assert measures.auc_interval is not None  # noqa: S101
    assert measures.calibration_error is not None  # noqa: S101
    low, high = measures.auc_interval
    if low < LEAST_AUC:
        return _cannot(
            name,
            f"on {measures.n:,} later tickets its AUC was {measures.auc:.2f} ({low:.2f} to {high:.2f}), "
            "which is not clearly better than chance",
        )
    if measures.calibration_error - (measures.error_by_chance or 0.0) > FARTHEST:
        return _cannot(
            name,
            f"on later tickets its chances were off by {100 * measures.calibration_error:.0f} points on average, as "
            "the desk has changed",
        )
    return None


def _measure_hours(history: RiskHistory, table: FactTable, seed: int) -> HoursMeasures:
    known = ~np.isnan(history.hours)
    cuts = _cuts(history, known)[0]
    n_learned = int((cuts.learned(history) & known).sum())
    at = np.flatnonzero(cuts.measured(history) & known)
    if not _has_hours(history, cuts) or at.size < FEWEST_MEASURED:
        return HoursMeasures(n_learned=n_learned, refusal=_cannot(HOURS, "too few tickets say when they were resolved"))
    fitted = fit_risk(history, table, cuts, [], has_hours=True, seed=seed)
    spans = fitted.spans(fitted.rows([history.filed[i] for i in at.tolist()]))
    ends = [(span.low, span.middle, span.high) for span in spans if span is not None]
    found = measure_hours(history.hours[at], ends, asked=COVERAGE, n_learned=n_learned)
    assert found.covered is not None  # noqa: S101  (measured)
    if abs(found.covered - COVERAGE) > MISSED:
        what = f"{found.covered:.0%} of later tickets lay within its span, and {COVERAGE:.0%} were to"
        return replace(found, refusal=_cannot(HOURS, what))
    return found


def _plain_fact(table: FactTable) -> str | None:
    """The fact whose plain rates are the baseline: a category where there is one, else the channel or the first."""
    for name in ("category", "channel"):
        if name in table.facts:
            return name
    return next(iter(table.facts), None)


def _plain_rates(history: RiskHistory, table: FactTable, cuts: Cuts, outcome: str) -> NDArray[np.float64]:
    """How often it happened before to tickets of the same category, shape (n,)."""
    fact = _plain_fact(table)
    if fact is None:
        return np.zeros(len(history.filed))
    at = table.facts.index(fact)
    one = FactTable((fact,), (table.values[at],), table.codes[:, [at]], table.numbers)
    rates = learn_rates(one, {outcome: history.became[outcome]}, cuts.learned(history))
    place = {mark: 1 + i for i, mark in enumerate(rates.values[0])}
    rows = np.asarray([place.get(mark, 0) for mark in table.values[at]])
    found: NDArray[np.float64] = rates.rates[rows[table.codes[:, at]], 0]
    return found


def _split(history: RiskHistory, cuts: Cuts) -> str:
    how = "forward in time" if history.is_dated else "forward in the order of the file, as it has no dates"
    return (
        f"{how}: {int(cuts.learned(history).sum()):,} tickets to learn from, {int(cuts.later(history).sum()):,} that "
        f"were settled later to calibrate on, {int(cuts.measured(history).sum()):,} opened later to measure on"
    )


def _cannot(name: str, what: str) -> str:
    return f"History cannot tell {named(name)}: {what}."
