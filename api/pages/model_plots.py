"""What the plots of a target show, from a version's answers to tickets that were unseen in training."""

import json
from dataclasses import dataclass

from models.dial import Dial
from triage.operating_points import LabelPoint, Share, label_points
from triage.reliability import ReliabilityBin, expected_calibration_error, reliability
from triage.risk_coverage import RiskCoverage, risk_coverage

__all__ = ["LabelRow", "Plots", "plots_of"]

_TABLE_STEPS = 10
"""Rows of the table beside the curve: one each tenth of the tickets."""


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A label with what its threshold does."""

    label: str
    point: LabelPoint

    @property
    def is_applied(self) -> bool:
        """Whether any of its answers would be."""
        return self.point.applied.share > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plots:
    """The plots of one target; with `n` 0 there is nothing to draw.

    Attributes:
        target: the question.
        n: answers that they are made of.
        error: the expected calibration error.
        bins: confidence beside the share of right answers.
        curve: share answered beside the share of wrong ones among these.
        labels: one row a label that was answered.
        asked: the precision that is asked.
    """

    target: str
    n: int
    error: float
    bins: tuple[tuple[ReliabilityBin, Share], ...]
    curve: RiskCoverage
    labels: tuple[LabelRow, ...]
    asked: float

    @property
    def reliability_data(self) -> str:
        """What a script draws."""
        return json.dumps(
            [
                {"x": found.confidence, "y": found.accuracy, "low": share.low, "high": share.high, "n": found.n}
                for found, share in self.bins
            ]
        )

    @property
    def curve_data(self) -> str:
        """The same for the curve."""
        return json.dumps(
            {
                "points": list(zip(self.curve.coverage, self.curve.error, strict=True)),
                "allowed": 1 - self.asked,
            }
        )

    @property
    def labels_data(self) -> str:
        """The same for the labels."""
        return json.dumps(
            [
                {
                    "label": row.label,
                    "x": row.point.applied.share,
                    "y": (row.point.precision if row.is_applied else row.point.right).share,
                    "n": row.point.n,
                    "applied": row.is_applied,
                }
                for row in self.labels
            ]
        )

    @property
    def curve_rows(self) -> list[tuple[float, float]]:
        """Some points of the curve, for a table."""
        wanted = [step / _TABLE_STEPS for step in range(1, _TABLE_STEPS + 1)]
        points = list(zip(self.curve.coverage, self.curve.error, strict=True))
        found = [min(points, key=lambda point: abs(point[0] - share)) for share in wanted] if points else []
        return list(dict.fromkeys(found))

    @property
    def error_of_all(self) -> float:
        """The share of wrong answers, were all of them applied."""
        return self.curve.error[-1] if self.curve.error else 0.0

    @property
    def error_of_surest_half(self) -> float:
        """The share of wrong answers among the surer half."""
        points = zip(self.curve.coverage, self.curve.error, strict=True)
        return next((error for coverage, error in points if coverage >= 1 / 2), 0.0)

    @property
    def n_labels_applied(self) -> int:
        """How many labels are applied at all."""
        return sum(row.is_applied for row in self.labels)


def plots_of(dial: Dial, target: str) -> Plots:
    """Those of one target.

    Raises:
        InvalidInput: the version has no such target.
    """
    head, unseen = dial.head(target), dial.unseen[target]
    confidences, is_right = unseen.confidences, unseen.is_right
    is_empty = not is_right.size
    bins = () if is_empty else reliability(confidences, is_right)
    points = label_points(unseen, dial.thresholds(target))
    return Plots(
        target=target,
        n=is_right.size,
        error=0.0 if is_empty else expected_calibration_error(confidences, is_right),
        bins=tuple((found, Share.of(round(found.accuracy * found.n), found.n)) for found in bins),
        curve=RiskCoverage((), ()) if is_empty else risk_coverage(confidences, is_right)[0],
        labels=tuple(LabelRow(head.labels[point.label], point) for point in points),
        asked=dial.asked[target].asked_precision,
    )
