"""How good the answers are on tickets that the model had not seen, beside plain guessing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from triage.errors import InvalidInput
from triage.model import TriageModel
from triage.policy import is_confident
from triage.ticket import WorkedTicket

__all__ = ["LabelMeasures", "TargetMeasures", "evaluate_model", "expected_calibration_error", "measure"]

N_BINS = 15
"""Bins of the calibration error, as in Guo et al. 2017."""


@dataclass(frozen=True, slots=True)
class LabelMeasures:
    """One label: how many tickets have it, and how the answers fared with it, each 0 to 1."""

    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMeasures:
    """One target on n labelled tickets; all shares 0 to 1.

    Attributes:
        n: tickets with a label.
        accuracy: share of right first answers; a label that the model does not know is a wrong answer.
        macro_f1: F1, every label that occurs or is answered counting the same.
        weighted_f1: F1, every label counting by its tickets.
        top3: share of tickets whose label is among the first three answers.
        ece: expected calibration error of the first answers, 15 bins of equal width.
        coverage: share of answers at or above the threshold.
        precision_at_coverage: share of right ones among these; 0 where there is none.
        baseline_label: the commonest label in training.
        baseline_accuracy: what answering that label always would reach.
        per_class: for each label that occurs or is answered.
    """

    n: int
    accuracy: float
    macro_f1: float
    weighted_f1: float
    top3: float
    ece: float
    coverage: float
    precision_at_coverage: float
    baseline_label: str
    baseline_accuracy: float
    per_class: Mapping[str, LabelMeasures]

    def as_dict(self) -> dict[str, Any]:
        """As JSON wants it."""
        return asdict(self)


def measure(
    confidences: NDArray[np.float64],
    has_evidence: NDArray[np.bool_],
    answers: Sequence[str],
    labels: Sequence[str],
    *,
    threshold: float,
    baseline_label: str,
) -> TargetMeasures:
    """The measures of one target.

    Args:
        confidences: float64 of shape (n, n_answers).
        has_evidence: whether an answer rests on anything, shape (n,); one that does not is never covered.
        answers: what the columns stand for, shape (n_answers,).
        labels: what people settled on, shape (n,); may hold labels that are no answer.
        threshold: the confidence from which an answer counts as covered.
        baseline_label: the commonest label in training.

    Raises:
        InvalidInput: there is nothing to measure on.
    """
    if not labels:
        raise InvalidInput("None of these tickets has a label to measure on.")
    truth = np.asarray(labels, dtype=object)
    names = np.asarray(answers, dtype=object)
    ranked = np.argsort(-confidences, axis=1, kind="stable")
    first = names[ranked[:, 0]]
    right = first == truth
    sure = confidences.max(axis=1)
    covered = has_evidence & is_confident(sure, threshold)
    known = sorted(set(labels) | set(first.tolist()))
    precision, recall, f1, support = precision_recall_fscore_support(
        truth.tolist(), first.tolist(), labels=known, zero_division=0.0
    )
    return TargetMeasures(
        n=len(labels),
        accuracy=float(right.mean()),
        macro_f1=float(f1.mean()),
        weighted_f1=float(np.average(f1, weights=support)),
        top3=float((names[ranked[:, :3]] == truth[:, None]).any(axis=1).mean()),
        ece=expected_calibration_error(sure, right),
        coverage=float(covered.mean()),
        precision_at_coverage=float(right[covered].mean()) if covered.any() else 0.0,
        baseline_label=baseline_label,
        baseline_accuracy=float((truth == baseline_label).mean()),
        per_class={
            label: LabelMeasures(int(support[i]), float(precision[i]), float(recall[i]), float(f1[i]))
            for i, label in enumerate(known)
        },
    )


def expected_calibration_error(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """How far confidence and share of right answers lie apart, averaged over the answers; 0 to 1.

    Args:
        confidences: of the first answers, shape (n,).
        right: whether each was right, shape (n,).
    """
    bins = np.minimum((confidences * N_BINS).astype(np.int64), N_BINS - 1)
    surplus = np.bincount(bins, weights=confidences - right, minlength=N_BINS)
    return float(np.abs(surplus).sum() / confidences.size)


def evaluate_model(
    model: TriageModel,
    tickets: Sequence[WorkedTicket],
    baselines: Mapping[str, str],
    *,
    on_progress: Callable[[float], None] = lambda _: None,
) -> dict[str, TargetMeasures]:
    """The measures of each of the model's targets that these tickets have labels of.

    Args:
        model: asked as in serving.
        tickets: should be tickets that it was not learned from.
        baselines: for each target the commonest label in training.
        on_progress: told the share done, 0 to 1, now and then.

    Raises:
        InvalidInput: the tickets have no label of any target.
    """
    found: dict[str, list[NDArray[np.float64]]] = {target: [] for target in model.targets}
    evidence: dict[str, list[bool]] = {target: [] for target in model.targets}
    labels: dict[str, list[str]] = {target: [] for target in model.targets}
    for n_done, ticket in enumerate(tickets):
        if n_done % 500 == 0:
            on_progress(n_done / len(tickets))
        answers, rests_on_something = model.weigh(ticket.filed)
        for target, confidences in answers.items():
            label = ticket.label(target)
            if label is not None:
                found[target].append(confidences)
                evidence[target].append(rests_on_something)
                labels[target].append(label)
    measures = {
        head.target: measure(
            np.vstack(found[head.target]),
            np.asarray(evidence[head.target]),
            head.labels,
            labels[head.target],
            threshold=head.threshold,
            baseline_label=baselines[head.target],
        )
        for head in model.heads
        if labels[head.target]
    }
    if not measures:
        known = ", ".join(model.targets)
        raise InvalidInput(f"None of these tickets has a value for any of the model's targets: {known}.")
    return measures
