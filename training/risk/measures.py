"""How well risk is told on later tickets: ranking, beside a plain baseline, and whether the chances are right."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from training.evaluation.reliability import ReliabilityBin, expected_calibration_error, reliability
from triage.reliability import N_BINS

__all__ = [
    "HoursMeasures",
    "OutcomeMeasures",
    "RiskMeasures",
    "area",
    "error_by_chance",
    "measure_hours",
    "measure_outcome",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeMeasures:
    """How well one outcome is told.

    Attributes:
        n_learned: tickets learned from.
        n: tickets measured on, opened later.
        n_happened: how many of them it happened to.
        base_rate: the share of those.
        auc: how likely a ticket that it happened to ranks before one that it did not; 0.5 by chance.
        auc_interval: at 95 %.
        baseline_auc: of the plain rate of each category.
        calibration_error: how far chance and share lie apart, on average over tickets.
        error_by_chance: what would be left of that on so many tickets, were every chance right.
        bins: tickets of similar chance: the mean chance, the share that it happened to, and how many they are.
        refusal: why it is not told, a sentence; None where it is.
    """

    n_learned: int
    n: int = 0
    n_happened: int = 0
    base_rate: float = 0.0
    auc: float | None = None
    auc_interval: tuple[float, float] | None = None
    baseline_auc: float | None = None
    calibration_error: float | None = None
    error_by_chance: float | None = None
    bins: tuple[ReliabilityBin, ...] = ()
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursMeasures:
    """How well the time to resolve is told.

    Attributes:
        n_learned: tickets learned from.
        n: tickets measured on.
        asked: the share of tickets that was to lie within the span.
        covered: the share that did.
        median_width: hours from end to end of the span, of the ticket in the middle.
        r2_log: the explained share of the variance of the logarithm of one more than the hours.
        r2_hours: the same of the hours.
        refusal: as for an outcome.
    """

    n_learned: int
    n: int = 0
    asked: float = 0.0
    covered: float | None = None
    median_width: float | None = None
    r2_log: float | None = None
    r2_hours: float | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskMeasures:
    """How well risk is told.

    Attributes:
        split: how tickets were parted, in words.
        baseline: the fact whose plain rates are the baseline.
        outcomes: by name.
        hours: the time to resolve; None where the history has no dates.
        remarks: what was left out, a sentence each.
    """

    split: str
    baseline: str
    outcomes: Mapping[str, OutcomeMeasures]
    hours: HoursMeasures | None
    remarks: tuple[str, ...] = ()
    facts: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        found: dict[str, Any] = asdict(self)
        return found

    def in_brief(self) -> dict[str, dict[str, float | str | None]]:
        """By outcome the figures of which people ask first; `refusal` is None where it is told."""
        return {
            name: {
                "n": one.n,
                "base_rate": None if one.auc is None else one.base_rate,
                "auc": one.auc,
                "calibration_error": one.calibration_error,
                "told": one.refusal is None,
                "refusal": one.refusal,
            }
            for name, one in self.outcomes.items()
        }

    @property
    def refusals(self) -> dict[str, str]:
        """Why what is not told is not told."""
        return {name: one.refusal for name, one in self.outcomes.items() if one.refusal is not None}


def area(happened: NDArray[np.bool_], scores: NDArray[np.float64]) -> tuple[float, tuple[float, float]]:
    """The area under the ROC curve with its 95 % interval (DeLong et al. 1988).

    Args:
        happened: shape (n,), some and not all.
        scores: the higher, the likelier, shape (n,).
    """
    of_hits, of_others = scores[happened], scores[~happened]
    n_hits, n_others = of_hits.size, of_others.size
    ranks = rankdata(np.concatenate([of_hits, of_others]))
    before = (ranks[:n_hits] - rankdata(of_hits)) / n_others
    after = 1 - (ranks[n_hits:] - rankdata(of_others)) / n_hits
    found = float(before.mean())
    variance = before.var(ddof=1) / n_hits + after.var(ddof=1) / n_others if min(n_hits, n_others) > 1 else 0.25
    half = float(norm.ppf(0.975) * np.sqrt(variance))
    return found, (max(0.0, found - half), min(1.0, found + half))


def measure_outcome(
    happened: NDArray[np.bool_],
    chances: NDArray[np.float64],
    plain: NDArray[np.float64],
    *,
    n_learned: int,
) -> OutcomeMeasures:
    """How well chances told what happened to later tickets.

    Args:
        happened: shape (n,), some and not all.
        chances: 0 to 1, shape (n,).
        plain: the baseline's, shape (n,).
        n_learned: tickets learned from.
    """
    auc, interval = area(happened, chances)
    return OutcomeMeasures(
        n_learned=n_learned,
        n=int(happened.size),
        n_happened=int(happened.sum()),
        base_rate=float(happened.mean()),
        auc=auc,
        auc_interval=interval,
        baseline_auc=area(happened, plain)[0],
        calibration_error=expected_calibration_error(chances, happened),
        error_by_chance=error_by_chance(chances),
        bins=reliability(chances, happened),
    )


def error_by_chance(chances: NDArray[np.float64]) -> float:
    """The calibration error to be expected on n tickets whose chances, shape (n,), are all right.

    In each bin the hits scatter about their expectation; a normal deviate is sqrt(2 / pi) from it on average.
    """
    bins = np.minimum((chances * N_BINS).astype(np.int64), N_BINS - 1)
    scatter = np.sqrt(np.bincount(bins, weights=chances * (1 - chances), minlength=N_BINS))
    return float(scatter.sum() * np.sqrt(2 / np.pi) / chances.size)


def measure_hours(
    hours: NDArray[np.float64], spans: Sequence[tuple[float, float, float]], *, asked: float, n_learned: int
) -> HoursMeasures:
    """How well spans of hours held what later tickets took.

    Args:
        hours: that each took, shape (n,), n at least two.
        spans: low, middle and high end.
        asked: the share that was to lie within.
        n_learned: tickets learned from.
    """
    low, middle, high = np.asarray(spans).T
    return HoursMeasures(
        n_learned=n_learned,
        n=int(hours.size),
        asked=asked,
        covered=float(((low <= hours) & (hours <= high)).mean()),
        median_width=float(np.median(high - low)),
        r2_log=_explained(np.log1p(hours), np.log1p(middle)),
        r2_hours=_explained(hours, middle),
    )


def _explained(values: NDArray[np.float64], said: NDArray[np.float64]) -> float | None:
    spread = float(((values - values.mean()) ** 2).sum())
    return None if spread == 0 else 1 - float(((values - said) ** 2).sum()) / spread
