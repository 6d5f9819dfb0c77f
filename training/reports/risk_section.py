"""What the report says of risk: for each outcome how well it is told, or why it is not, in words and rows."""

from dataclasses import dataclass

from training.evaluation.intervals import clopper_pearson
from training.reports.wording import percent, percent_range
from training.risk.measures import OutcomeMeasures, RiskMeasures

__all__ = ["OutcomeRow", "ReliabilityRow", "RiskSection", "risk_section"]

_TITLES = {"sla_missed": "misses its SLA", "handed_on": "is handed on", "reopened": "is reopened"}


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """Tickets of similar chance: what was said, and what came."""

    said: str
    came: str
    interval: str
    n: int


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome: its title, what is said of it, its measures as text, and its rows of similar chance."""

    title: str
    sentence: str
    cells: tuple[str, ...]
    rows: tuple[ReliabilityRow, ...]


@dataclass(frozen=True, slots=True)
class RiskSection:
    """All that the report says of risk."""

    split: str
    outcomes: tuple[OutcomeRow, ...]
    hours: str
    remarks: tuple[str, ...]


def risk_section(measures: RiskMeasures) -> RiskSection:
    """What is to be said of these measures."""
    rows = tuple(
        OutcomeRow(_TITLES[name], _sentence(one, measures.baseline), _cells(one), _reliability(one))
        for name, one in measures.outcomes.items()
    )
    return RiskSection(measures.split, rows, _hours(measures), measures.remarks)


def _sentence(one: OutcomeMeasures, baseline: str) -> str:
    if one.refusal is not None:
        return one.refusal
    assert one.auc is not None  # noqa: S101  (what is told was measured)
    assert one.baseline_auc is not None  # noqa: S101
    assert one.calibration_error is not None  # noqa: S101
    return (
        f"A ticket that it happened to ranks before another in {percent(one.auc)} of pairs, and in "
        f"{percent(one.baseline_auc)} by the plain rates of {baseline}; the chances were off by "
        f"{percent(one.calibration_error)} on average."
    )


def _cells(one: OutcomeMeasures) -> tuple[str, ...]:
    if one.auc is None or one.auc_interval is None or one.baseline_auc is None or one.calibration_error is None:
        return (f"{one.n:,}", "–", "–", "–", "–", "–")
    low, high = one.auc_interval
    return (
        f"{one.n:,}",
        percent(one.base_rate),
        f"{one.auc:.3f}",
        f"{low:.3f} to {high:.3f}",
        f"{one.baseline_auc:.3f}",
        percent(one.calibration_error),
    )


def _reliability(one: OutcomeMeasures) -> tuple[ReliabilityRow, ...]:
    return tuple(
        ReliabilityRow(
            percent(each.confidence),
            percent(each.accuracy),
            percent_range(clopper_pearson(round(each.accuracy * each.n), each.n)),
            each.n,
        )
        for each in one.bins
    )


def _hours(measures: RiskMeasures) -> str:
    one = measures.hours
    if one is None:
        return "The history has no dates, so the time to resolve is not told."
    told = one.refusal or "The time to resolve is told as a span of hours."
    if one.covered is None or one.median_width is None:
        return told
    explained = "–" if one.r2_log is None else f"{one.r2_log:.2f}"
    return (
        f"{told} {percent(one.covered)} of {one.n:,} later tickets lay within it, {percent(one.asked)} were to; half "
        f"of the spans are wider than {one.median_width:,.0f} hours. R2 of its middle, of the logarithm: {explained}."
    )
