"""A forecast held against what came: learned on what was known by a cut, measured on the days after it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.customers.forecast import LearnedForecast, learn_forecast
from training.customers.history import CustomerHistory
from training.evaluation.intervals import Interval, percentiles
from training.evaluation.ranking import TOP, Ranking, bootstrap_weights
from training.evaluation.reliability import expected_calibration_error
from triage.customers.norms import learn_prior
from triage.errors import UnusableTraining

__all__ = ["RANKINGS", "ForecastMeasures", "evaluate_forecast", "last_cut"]

RANKINGS = ("forecast", "count")
"""What is compared: the forecast's probability, and the contacts of the last thirty days."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForecastMeasures:
    """How well a forecast did beside the plain count.

    Attributes:
        cut: until when was learned.
        learned: what was.
        n_left_out: accounts that write for many; neither learned from nor measured on.
        n_unknown_flyers: called so often after the cut without a contact in the year before it; nobody can rank those.
        probabilities: of each customer with a contact in the year before the cut, float64 of shape (n,).
        flagged: whether the forecast flags them, shape (n,).
        counts: their contacts of the thirty days before it, shape (n,).
        happened: whether they called so often after it, shape (n,).
        average_precision: of each of `RANKINGS`, with its interval, as are the next two.
        lift: at the top 5 %.
        gain: how many times the count's average precision the forecast's is.
        calibration_error: expected, in fifteen bins, over all customers.
    """

    cut: datetime
    learned: LearnedForecast
    n_left_out: int
    n_unknown_flyers: int
    probabilities: NDArray[np.float64]
    flagged: NDArray[np.bool_]
    counts: NDArray[np.int64]
    happened: NDArray[np.bool_]
    average_precision: Mapping[str, tuple[float, Interval]]
    lift: Mapping[str, tuple[float, Interval]]
    gain: tuple[float, Interval]
    calibration_error: float

    @property
    def n_positives(self) -> int:
        """How many called so often."""
        return int(self.happened.sum())

    @property
    def base_rate(self) -> float:
        """Which share of all that is."""
        return float(self.happened.mean())

    @property
    def n_flagged(self) -> int:
        """How many the forecast flags."""
        return int(self.flagged.sum())

    @property
    def n_flagged_rightly(self) -> int:
        """How many of those called so often."""
        return int(self.happened[self.flagged].sum())

    def rankings(self) -> Mapping[str, Ranking]:
        """The customers by each of `RANKINGS`."""
        scores = (self.probabilities, self.counts.astype(np.float64))
        return {name: Ranking.of(found, self.happened) for name, found in zip(RANKINGS, scores, strict=True)}

    def as_dict(self) -> dict[str, Any]:
        """As `triage customers evaluate --json` prints it."""
        forecast = self.learned.forecast
        return {
            "cut": self.cut.isoformat(),
            "horizon_days": forecast.horizon_days,
            "n_contacts": forecast.n_contacts,
            "customers": self.happened.size,
            "positives": self.n_positives,
            "base_rate": self.base_rate,
            "average_precision": self.average_precision["forecast"][0],
            "average_precision_interval": self.average_precision["forecast"][1],
            "baseline_average_precision": self.average_precision["count"][0],
            "baseline_average_precision_interval": self.average_precision["count"][1],
            "gain": self.gain[0],
            "gain_interval": self.gain[1],
            "lift_at_5_percent": self.lift["forecast"][0],
            "lift_at_5_percent_interval": self.lift["forecast"][1],
            "baseline_lift_at_5_percent": self.lift["count"][0],
            "baseline_lift_at_5_percent_interval": self.lift["count"][1],
            "calibration_error": self.calibration_error,
            "threshold": forecast.threshold,
            "flagged": self.n_flagged,
            "flagged_positives": self.n_flagged_rightly,
            "accounts_left_out": self.n_left_out,
            "positives_unknown_before": self.n_unknown_flyers,
            "learned": {
                "snapshots": self.learned.n_snapshots,
                "profiles": self.learned.n_rows,
                "positives": self.learned.n_followed,
                "regularisation": self.learned.regularisation,
                "temperature": self.learned.temperature,
            },
        }


def last_cut(history: CustomerHistory, horizon_days: int) -> datetime:
    """The last midnight (UTC) after which the history goes on for the whole horizon."""
    at = (history.last - timedelta(days=horizon_days)).astimezone(UTC)
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def evaluate_forecast(
    history: CustomerHistory,
    cut: datetime,
    *,
    horizon_days: int,
    n_contacts: int | None = None,
    closed_days: Collection[date] = (),
    on_step: Callable[[str], None] = lambda _: None,
) -> ForecastMeasures:
    """Learn until the cut, and measure on the horizon after it.

    Args:
        history: contacts before and after the cut.
        cut: until when is learned.
        horizon_days: how far ahead.
        n_contacts: how many contacts are often; where None, as many as the top 5 % made before the cut.
        closed_days: days, before and after the cut, on which people are off.
        on_step: told what begins.

    Raises:
        UnusableTraining: there is too little before the cut to learn from, or after it to measure on.
    """
    end = cut + timedelta(days=horizon_days)
    # a day's grace: the last day of an export ends with its last ticket
    if history.last < end - timedelta(days=1):
        raise UnusableTraining(
            f"The history ends on {history.last:%Y-%m-%d}; {horizon_days} days after {cut:%Y-%m-%d} are not over by "
            f"then. The last cut that leaves them is {last_cut(history, horizon_days):%Y-%m-%d}."
        )
    on_step("learning what was known by the cut")
    known = history.until(cut)
    prior = learn_prior(known.profiles(cut))
    learned = learn_forecast(
        known, cut, prior, horizon_days=horizon_days, n_contacts=n_contacts, closed_days=closed_days
    )
    asked = learned.forecast.n_contacts

    on_step("measuring")
    profiles = known.profiles(cut, prior)
    n_after = {who: history.n_contacts(who, cut, end) for who in history.contacts}
    happened = np.asarray([n_after[profile.customer_id] >= asked for profile in profiles])
    if not happened.any():
        raise UnusableTraining(
            f"None of {happened.size:,} customers made {asked} contacts or more in the {horizon_days} days after "
            f"{cut:%Y-%m-%d}: there is nothing to measure on."
        )
    forecasts = [learned.forecast.predict(profile) for profile in profiles]
    probabilities = np.asarray([one.probability for one in forecasts])
    counts = np.asarray([profile.n_contacts_30d for profile in profiles])
    callers = set(known.callers(cut))
    precision, lift, gain = _against_the_count(probabilities, counts, happened)
    return ForecastMeasures(
        cut=cut,
        learned=learned,
        n_left_out=len(callers) - len(profiles),
        n_unknown_flyers=sum(n >= asked for who, n in n_after.items() if who not in callers),
        probabilities=probabilities,
        flagged=np.asarray([one.is_flagged for one in forecasts]),
        counts=counts,
        happened=happened,
        average_precision=precision,
        lift=lift,
        gain=gain,
        calibration_error=expected_calibration_error(probabilities, happened),
    )


Figures = Mapping[str, tuple[float, Interval]]
"""Of each of `RANKINGS` a figure, and its interval."""


def _against_the_count(
    probabilities: NDArray[np.float64], counts: NDArray[np.int64], happened: NDArray[np.bool_]
) -> tuple[Figures, Figures, tuple[float, Interval]]:
    """Average precision, lift, and the ratio of the two average precisions; for intervals customers are resampled."""
    rankings = [Ranking.of(scores, happened) for scores in (probabilities, counts.astype(np.float64))]

    def figures(times: NDArray[np.int64] | None = None) -> list[list[float]]:
        return [
            [ranking.average_precision(times) for ranking in rankings],
            [ranking.lift(TOP, times) for ranking in rankings],
        ]

    points = figures()
    drawn = np.asarray([figures(times) for times in bootstrap_weights(happened.size) if happened[times > 0].any()])
    precision, lift = (
        {name: (points[i][j], percentiles(drawn[:, i, j])) for j, name in enumerate(RANKINGS)} for i in (0, 1)
    )
    gain = points[0][0] / points[0][1], percentiles(drawn[:, 0, 0] / drawn[:, 0, 1])
    return precision, lift, gain
