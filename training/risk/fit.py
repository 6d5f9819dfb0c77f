"""One fit of risk: rates and trees from what was settled first, calibration and spans from what was settled next.

What became of a ticket is learned only if it was settled when one would have learned it. Calibration takes all tickets
that were settled between two moments, whenever they were opened: of those opened lately only the quick ones are settled
yet, and quick ones miss no SLA.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.risk.base_rate import lately, shifted
from training.risk.history import RiskHistory
from training.risk.rates import FactTable, against_its_time, learn_rates, rows_out_of_fold
from training.risk.trees import Boosted, fit_chance, fit_mean, joined
from triage.risk import HoursRule, OutcomeRule, RiskModel
from triage.ticket import NewTicket

__all__ = ["COVERAGE", "Cuts", "can_be_ranked", "fit_risk", "is_enough"]

COVERAGE = 0.8
"""Of tickets lie within the span that is told: one in ten is quicker, one in ten slower."""

N_BANDS = 5
"""By the hours that are expected: quick tickets scatter otherwise than slow ones."""

FEWEST_HAPPENED = 50
"""Of fewer tickets that something happened to, trees learn who they were."""

FEWEST_TO_CALIBRATE = 20
"""Of both kinds."""

FEWEST_HOURS = 200


@dataclass(frozen=True, slots=True)
class Cuts:
    """Moments, in the unit of `RiskHistory.opened`.

    Attributes:
        learn: trees learn from tickets that were settled until then.
        calibrate: calibration takes those that were settled after that and until then; whoever measures takes tickets
            that were opened later.
    """

    learn: float
    calibrate: float

    def learned(self, history: RiskHistory) -> NDArray[np.bool_]:
        """Which tickets trees learn from, shape (n,)."""
        return history.settled <= self.learn

    def later(self, history: RiskHistory) -> NDArray[np.bool_]:
        """Which tickets calibration takes, shape (n,)."""
        return (history.settled > self.learn) & (history.settled <= self.calibrate)

    def measured(self, history: RiskHistory) -> NDArray[np.bool_]:
        """Which tickets are left to measure on, shape (n,)."""
        return history.opened >= self.calibrate


def is_enough(history: RiskHistory, outcome: str, cuts: Cuts) -> str | None:
    """What is missing to learn an outcome, as the end of a sentence; None where it can be learned."""
    became = history.became[outcome]
    if not (~np.isnan(became)).any():
        return "the history does not say"
    learned, later = cuts.learned(history), cuts.later(history)
    for part, fewest, what in ((learned, FEWEST_HAPPENED, "learn from"), (later, FEWEST_TO_CALIBRATE, "calibrate on")):
        known = became[part & ~np.isnan(became)]
        n = int(min(known.sum(), known.size - known.sum()))
        if n < fewest:
            which = "of them it happened to" if known.sum() == n else "of them it did not happen to"
            return f"of {known.size:,} tickets to {what}, {n:,} are those {which}, and {fewest} are needed"
    return None


def can_be_ranked(history: RiskHistory, outcome: str, cuts: Cuts) -> bool:
    """Whether there is a little of both kinds to learn from: what is refused is measured too, where that can be."""
    became = history.became[outcome]
    parts = (cuts.learned(history), FEWEST_TO_CALIBRATE), (cuts.later(history), 1)
    return all(min((became[part] == kind).sum() for kind in (0, 1)) >= fewest for part, fewest in parts)


def fit_risk(
    history: RiskHistory, table: FactTable, cuts: Cuts, outcomes: Sequence[str], *, has_hours: bool, seed: int
) -> RiskModel:
    """A model of these outcomes.

    Trees of what was settled first are calibrated on what was settled next. Then trees are grown of both, and keep that
    calibration: the newest tickets are most like those to come.

    Args:
        history: all tickets.
        table: their facts.
        cuts: what is learned when; tickets opened after the second are not looked at.
        outcomes: for which there is enough.
        has_hours: whether the time to resolve is learned.
        seed: for what chance decides.
    """
    later = cuts.later(history)
    at = np.flatnonzero(later)
    trial = _grow(history, table, cuts.learned(history), outcomes, has_hours=has_hours, seed=seed)
    grown = _grow(history, table, cuts.learned(history) | later, outcomes, has_hours=has_hours, seed=seed)
    sums, again = (each.sums([history.filed[i] for i in at.tolist()]) for each in (trial, grown))
    rules = {}
    for i, name in enumerate(outcomes):
        rule = _calibrated(sums[i], again[i], history.became[name][at], grown.parts[i], grown.bases[i])
        rules[name] = _of_these_days(rule, history, name, cuts, grown.plain)
    hours = None
    if has_hours:
        hours = _banded(sums[-1], np.log1p(history.hours[at]), grown.parts[-1], grown.bases[-1])
    return replace(grown.plain, outcomes=rules, hours=hours)


@dataclass(frozen=True, slots=True)
class _Grown:
    """Trees that are not calibrated: for each outcome, and for the hours last, which are its own, and its base."""

    plain: RiskModel
    parts: list[tuple[int, int]]
    bases: list[float]

    def sums(self, tickets: Sequence[NewTicket]) -> list[NDArray[np.float64]]:
        """For each outcome the sum of its trees, shape (n,)."""
        found = self.plain.forest.values[self.plain.forest.leaves(self.plain.rows(tickets))]
        own = zip(self.parts, self.bases, strict=True)
        return [base + found[:, first:end].sum(axis=1) for (first, end), base in own]


def _grow(
    history: RiskHistory,
    table: FactTable,
    among: NDArray[np.bool_],
    outcomes: Sequence[str],
    *,
    has_hours: bool,
    seed: int,
) -> _Grown:
    """Rates and trees of some tickets, which are asked as of the end of their time."""
    became = {name: column[among] for name, column in history.became.items()}
    columns = {name: history.became[name] for name, column in became.items() if _is_mixed(column)}
    columns["hours"] = np.log1p(history.hours)
    relative = {name: against_its_time(column, among) for name, column in columns.items()}
    rates = learn_rates(table, relative, among)
    seen = np.hstack([rows_out_of_fold(table, relative, among), history.opened[among, None]])
    models: list[Boosted] = []
    for name in outcomes:
        known = ~np.isnan(became[name])
        models.append(fit_chance(seen[known], became[name][known], seed=seed))
    if has_hours:
        hours = columns["hours"][among]
        models.append(fit_mean(seen[~np.isnan(hours), :-1], hours[~np.isnan(hours)], seed=seed))
    forest, parts, bases = joined(models, when=seen.shape[1] - 1)
    plain = RiskModel(rates.facts, rates.values, rates.rates, forest, {}, None, {})
    return _Grown(plain, parts, bases)


def _calibrated(
    scores: NDArray[np.float64],
    again: NDArray[np.float64],
    became: NDArray[np.float64],
    trees: tuple[int, int],
    base: float,
) -> OutcomeRule:
    """Platt's slope (1999) of tickets that the trees had not seen, and the level of the trees that are kept.

    Both answer as of the end of their time, and those ends differ. A slope below 0 would turn the ranking round, and
    is none.

    Args:
        scores: of the trees that had not seen these tickets, shape (n,).
        again: of those that are kept, shape (n,).
        became: of these tickets.
        trees: that are kept.
        base: of these.
    """
    known = ~np.isnan(became)
    happened = became[known]
    usual = float(happened.mean())
    slope = max(0.0, float(LogisticRegression(C=1e6).fit(scores[known, None], happened).coef_[0, 0]))
    return OutcomeRule(trees, base, slope, shifted(slope * again[known], usual), usual)


def _of_these_days(rule: OutcomeRule, history: RiskHistory, name: str, cuts: Cuts, plain: RiskModel) -> OutcomeRule:
    """The rule, moved so that it happens as often as it does to tickets opened lately: a desk's own rate moves most."""
    if not history.is_dated or (found := lately(history, name, cuts.calibrate)) is None:
        return rule
    window, usual = found
    rows = plain.rows([history.filed[i] for i in np.flatnonzero(window).tolist()])
    score = rule.base + plain.forest.values[plain.forest.leaves(rows)[:, slice(*rule.trees)]].sum(axis=1)
    return replace(rule, intercept=shifted(rule.slope * score, usual), usual=usual)


def _banded(
    scores: NDArray[np.float64],
    took: NDArray[np.float64],
    trees: tuple[int, int],
    base: float,
) -> HoursRule:
    """For each band of expected hours how far unseen tickets lay from what was expected (Lei et al. 2018).

    Split conformal: the ends are quantiles of the distances, a little further out for few tickets.
    """
    known = ~np.isnan(took)
    scores, distances = scores[known], (took - scores)[known]
    edges = np.unique(np.quantile(scores, np.arange(1, N_BANDS) / N_BANDS))
    bands = np.searchsorted(edges, scores)
    shifts = []
    for band in range(edges.size + 1):
        own = bands == band
        if own.sum() < FEWEST_TO_CALIBRATE:
            own = np.ones(own.size, dtype=np.bool_)
        further = 0.5 + (1 + 1 / own.sum()) * COVERAGE / 2 * np.asarray([-1, 0, 1])
        low, middle, high = np.quantile(distances[own], further.clip(0, 1)).tolist()
        shifts.append((low, middle, high))
    return HoursRule(trees, base, tuple(edges.tolist()), tuple(shifts), COVERAGE)


def _is_mixed(column: NDArray[np.float64]) -> bool:
    known = column[~np.isnan(column)]
    return bool(known.size and known.min() < known.max())
