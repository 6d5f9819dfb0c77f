"""How good the answers are on tickets that the model did not learn from, and how far chance may have moved figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from training.evaluation.answers import Answers
from training.evaluation.intervals import Interval, clopper_pearson, percentiles, resampled_counts
from training.evaluation.reliability import (
    ReliabilityBin,
    brier_score,
    equal_mass_error,
    expected_calibration_error,
    log_loss,
    reliability,
)
from training.evaluation.risk_coverage import CoverageAt, RiskCoverage, coverage_at, risk_coverage
from training.learning.fitted_model import LabelEvidence
from triage.errors import InvalidInput
from triage.operating_points import OperatingPoint, operating_points
from triage.thresholds import Standing, UnseenAnswers

__all__ = ["Confusion", "LabelMeasures", "TargetMeasures", "evaluate_answers", "expected_calibration_error", "measure"]

PRECISIONS = (0.90, 0.95, 0.99)
"""At which the share of answerable tickets is told."""

N_CONFUSIONS = 20
"""Kept of the most frequent confusions where measures are written down; a desk of 72 groups has hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMeasures:
    """One label; all shares 0 to 1.

    Attributes:
        n: tickets that have it.
        precision: share of right ones among the answers that name it.
        recall: share of its tickets that are answered with it.
        f1: their harmonic mean.
        n_answered: answers that name it.
        threshold: the confidence from which those count as covered; None for a label that the model does not know.
        coverage: share of those that are covered; 0 where there are none.
        precision_at_coverage: share of right ones among the covered; 0 where there are none.
        standing: what its answers to unseen tickets had shown before; None where nobody knows.
        needs: how many more tickets of it would prove the precision by themselves; 0 where it is proved, None where no
            number would do, or nobody knows.
    """

    n: int
    precision: float
    recall: float
    f1: float
    n_answered: int
    threshold: float | None
    coverage: float
    precision_at_coverage: float
    standing: Standing | None
    needs: int | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many tickets of a label were answered with another."""

    label: str
    answered: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMeasures:
    """One target on n labelled tickets; all shares 0 to 1, all intervals 95 %.

    Attributes:
        n: tickets with a label.
        accuracy: share of right first answers; a label that the model does not know is a wrong answer.
        accuracy_interval: by bootstrap over tickets that belong together.
        macro_f1: F1, every label that occurs or is answered counting the same.
        macro_f1_interval: by the same bootstrap.
        weighted_f1: F1, every label counting by its tickets.
        top3: share of tickets whose label is among the first three answers.
        ece: expected calibration error of the first answers, 15 bins of equal width.
        ece_equal_mass: the same over the bins of `reliability`.
        brier: squared distance of all confidences from the truth, 0 to 2.
        log_loss: mean negative logarithm of the confidence in the right answer, over tickets whose label is known.
        coverage: share of answers at or above the threshold of their label.
        precision_at_coverage: share of right ones among these; 0 where there is none.
        precision_interval: of that share, exact (Clopper-Pearson); None where there is none.
        coverage_at: for each precision the share of tickets that could be answered so, with hindsight.
        operating_points: what one threshold for all labels would do to these tickets, the highest threshold first.
        aurc: the area under `risk_coverage`.
        baseline_label: the commonest label in training.
        baseline_accuracy: what answering that label always would reach.
        reliability: bins of about equally many answers.
        risk_coverage: share answered, the surest first, and share of wrong ones among these.
        confusions: all of them, the most frequent first.
        per_class: for each label that occurs or is answered.
    """

    n: int
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    macro_f1_interval: Interval
    weighted_f1: float
    top3: float
    ece: float
    ece_equal_mass: float
    brier: float
    log_loss: float | None
    coverage: float
    precision_at_coverage: float
    precision_interval: Interval | None
    coverage_at: Mapping[str, CoverageAt]
    operating_points: tuple[OperatingPoint, ...]
    aurc: float
    baseline_label: str
    baseline_accuracy: float
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage: RiskCoverage
    confusions: tuple[Confusion, ...]
    per_class: Mapping[str, LabelMeasures]

    def as_dict(self) -> dict[str, Any]:
        """As JSON wants it, with the most frequent confusions alone."""
        return asdict(self) | {"confusions": [asdict(confusion) for confusion in self.confusions[:N_CONFUSIONS]]}


def measure(
    answers: Answers,
    *,
    baseline_label: str,
    groups: NDArray[np.int64] | None = None,
    evidence: Mapping[str, LabelEvidence] | None = None,
) -> TargetMeasures:
    """The measures of one target.

    Args:
        answers: to n tickets, with what people settled on.
        baseline_label: the commonest label in training.
        groups: which of the n tickets belong together, int64 of shape (n,); where None, each stands alone.
        evidence: what each label had proved before, where that is known.

    Raises:
        InvalidInput: there is nothing to measure on.
    """
    if not answers.labels:
        raise InvalidInput("None of these tickets has a label to measure on.")
    found = _Ranked.of(answers)
    figures = _figures(found)
    return TargetMeasures(
        n=found.right.size,
        baseline_label=baseline_label,
        baseline_accuracy=float(np.mean([label == baseline_label for label in answers.labels])),
        confusions=_confusions(found.rows, found.answered, found.known),
        per_class=_per_class(answers, found, figures, evidence or {}),
        **_correctness(found, figures, groups),
        **_calibration(answers, found),
        **_coverage(answers, found, groups),
    )


@dataclass(frozen=True, slots=True)
class _Ranked:
    """First answers beside what was true.

    Attributes:
        known: labels that occur in either.
        rows: the true label of each ticket, by its place in `known`, shape (n,).
        answered: the first answer, likewise.
        columns: the true label by its column of the confidences, -1 where the model does not know it.
        ranked: all columns of each ticket, the surest first, shape (n, n_labels).
        right: whether the first answer is true.
        sure: its confidence.
        covered: whether that reaches its threshold.
    """

    known: list[str]
    rows: NDArray[np.int64]
    answered: NDArray[np.int64]
    columns: NDArray[np.int64]
    ranked: NDArray[np.int64]
    right: NDArray[np.bool_]
    sure: NDArray[np.float64]
    covered: NDArray[np.bool_]

    @classmethod
    def of(cls, answers: Answers) -> "_Ranked":
        """Those of a target's answers."""
        ranked = np.argsort(-answers.confidences, axis=1, kind="stable")
        first = [answers.names[i] for i in ranked[:, 0].tolist()]
        known = sorted({*answers.labels, *first})
        place = {label: i for i, label in enumerate(known)}
        column = {label: i for i, label in enumerate(answers.names)}
        rows, answered = (
            np.asarray([place[label] for label in side], dtype=np.int64) for side in (answers.labels, first)
        )
        columns = np.asarray([column.get(label, -1) for label in answers.labels], dtype=np.int64)
        return cls(known, rows, answered, columns, ranked, rows == answered, answers.sure(), answers.is_covered())

    def top(self, n: int) -> float:
        """The share of tickets whose true label is among the first n answers."""
        return float((self.ranked[:, :n] == self.columns[:, None]).any(axis=1).mean())


def _figures(found: _Ranked) -> NDArray[np.float64]:
    """Precision, recall, F1 and number of tickets of each known label, shape (4, n_labels)."""
    return np.stack(
        precision_recall_fscore_support(found.rows, found.answered, labels=range(len(found.known)), zero_division=0.0)
    )


def _correctness(found: _Ranked, figures: NDArray[np.float64], groups: NDArray[np.int64] | None) -> dict[str, Any]:
    """How often answers are right."""
    _, _, f1, n_tickets = figures
    accuracy_interval, macro_f1_interval = _intervals(found.rows, found.answered, len(found.known), groups)
    return {
        "accuracy": float(found.right.mean()),
        "accuracy_interval": accuracy_interval,
        "macro_f1": float(f1.mean()),
        "macro_f1_interval": macro_f1_interval,
        "weighted_f1": float(np.average(f1, weights=n_tickets)),
        "top3": found.top(3),
    }


def _calibration(answers: Answers, found: _Ranked) -> dict[str, Any]:
    """Whether answers are right as often as their confidence says."""
    bins = reliability(found.sure, found.right)
    return {
        "ece": expected_calibration_error(found.sure, found.right),
        "ece_equal_mass": equal_mass_error(bins),
        "brier": brier_score(answers.confidences, found.columns),
        "log_loss": log_loss(answers.confidences, found.columns),
        "reliability": bins,
    }


def _coverage(answers: Answers, found: _Ranked, groups: NDArray[np.int64] | None) -> dict[str, Any]:
    """How many answers reach their threshold, or could with hindsight, and how often those are right."""
    right, covered = found.right, found.covered
    n_covered = int(covered.sum())
    shown = np.where(answers.has_evidence, found.sure, 0.0)
    curve, aurc = risk_coverage(shown, right)
    points = operating_points(UnseenAnswers(found.answered, shown, right))
    return {
        "coverage": float(covered.mean()),
        "precision_at_coverage": float(right[covered].mean()) if n_covered else 0.0,
        "precision_interval": clopper_pearson(int(right[covered].sum()), n_covered) if n_covered else None,
        "coverage_at": coverage_at(found.sure, right, answers.has_evidence, PRECISIONS, groups),
        "operating_points": tuple(point for point in points if point.threshold),
        "aurc": aurc,
        "risk_coverage": curve,
    }


def _per_class(
    answers: Answers, found: _Ranked, figures: NDArray[np.float64], evidence: Mapping[str, LabelEvidence]
) -> dict[str, LabelMeasures]:
    """Every label that occurs.

    Args:
        answers: to n tickets.
        found: the first of them.
        figures: precision, recall, F1 and number of tickets of each label, shape (4, n_labels).
        evidence: what each label had proved before.
    """
    thresholds = dict(zip(answers.names, answers.thresholds, strict=True))
    per_class = {}
    for i, (label, (precision, recall, f1, n)) in enumerate(zip(found.known, figures.T.tolist(), strict=True)):
        named = found.answered == i
        among = named & found.covered
        per_class[label] = LabelMeasures(
            n=int(n),
            precision=precision,
            recall=recall,
            f1=f1,
            n_answered=int(named.sum()),
            threshold=float(thresholds[label]) if label in thresholds else None,
            coverage=float(among.sum() / max(1, named.sum())),
            precision_at_coverage=float(found.right[among].mean()) if among.any() else 0.0,
            standing=evidence[label].standing if label in evidence else None,
            needs=evidence[label].needs if label in evidence else None,
        )
    return per_class


def evaluate_answers(
    answers: Mapping[str, Answers],
    baselines: Mapping[str, str],
    *,
    groups: NDArray[np.int64] | None = None,
    evidence: Mapping[str, Mapping[str, LabelEvidence]] | None = None,
) -> dict[str, TargetMeasures]:
    """The measures of each target that there are tickets with a label of.

    Args:
        answers: for each target, to tickets that the model should not have learned from.
        baselines: for each target the commonest label in training.
        groups: which of the tickets asked about belong together, int64; see `training.histories.split.groups_of`.
        evidence: for each target what its labels had proved before, where that is known.

    Raises:
        InvalidInput: the tickets have no label of any target.
    """
    if not any(given.labels for given in answers.values()):
        raise InvalidInput(f"None of these tickets has a value for any of the model's targets: {', '.join(answers)}.")
    return {
        target: measure(
            given,
            baseline_label=baselines[target],
            groups=None if groups is None else groups[given.at],
            evidence=(evidence or {}).get(target),
        )
        for target, given in answers.items()
        if given.labels
    }


def _intervals(
    rows: NDArray[np.int64], answered: NDArray[np.int64], n_labels: int, groups: NDArray[np.int64] | None
) -> tuple[Interval, Interval]:
    """Of accuracy and macro-F1: percentile bootstrap, both recomputed from the resampled confusion matrix."""
    cells, cell = np.unique(rows * n_labels + answered, return_inverse=True)
    of_row, of_column = cells // n_labels, cells % n_labels
    counts = resampled_counts(cell, cells.size, groups)
    hits = counts * (of_row == of_column)
    every = np.eye(n_labels)
    # F1 is twice the right answers over the label's tickets and answers together
    both = counts @ (every[of_row] + every[of_column])
    occurs = both > 0
    f1 = 2 * (hits @ every[of_row]) / np.where(occurs, both, 1)
    return percentiles(hits.sum(axis=1) / counts.sum(axis=1)), percentiles(f1.sum(axis=1) / occurs.sum(axis=1))


def _confusions(rows: NDArray[np.int64], answered: NDArray[np.int64], known: Sequence[str]) -> tuple[Confusion, ...]:
    wrong = rows != answered
    pairs, counts = np.unique(np.column_stack([rows[wrong], answered[wrong]]), axis=0, return_counts=True)
    found = [Confusion(known[row], known[column], n) for (row, column), n in zip(pairs.tolist(), counts, strict=True)]
    return tuple(
        Confusion(c.label, c.answered, int(c.n)) for c in sorted(found, key=lambda c: (-c.n, c.label, c.answered))
    )
