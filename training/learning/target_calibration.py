"""The calibration of each target and of a derived priority: learned from out-of-fold predictions, or kept as it was.

A target's calibration is its blend (`ensemble.py`, `calibration.py`) and its thresholds (`triage/thresholds.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.learning.base_models import (
    NETWORK,
    BaseModel,
    choose_linear,
    is_gain,
    label_losses,
    measure_base_models,
)
from training.learning.derived_priority import Derivation
from training.learning.ensemble import FittedBlend, extend, fit_blend
from training.learning.fitted_model import FittedModel, FittedPriority, FittedThresholds
from training.learning.question import Question
from training.learning.thresholds import tickets_needed
from triage.ensemble import Blend
from triage.errors import UnusableTraining
from triage.priority import IMPACT, URGENCY
from triage.targets import Target
from triage.thresholds import UnseenAnswers, label_thresholds
from triage.ticket import WorkedTicket

__all__ = [
    "ModelCalibration",
    "OutOfFold",
    "TargetCalibration",
    "calibrate_priority",
    "calibrate_target",
    "kept_calibration",
]


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Tickets of one history, and for each what fits say that did not learn from it.

    Attributes:
        at: which tickets, int64 of shape (n,).
        values: scores or confidences, float64; n along the last axis but one, labels along the last.
    """

    at: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TargetCalibration:
    """How one target's scores become confidences, and from where on those count, label by label."""

    blend: Blend
    thresholds: FittedThresholds
    base_models: tuple[BaseModel, ...]

    def uses(self, name: str) -> bool:
        """Whether a base model takes part in the answers."""
        return any(found.is_kept for found in self.base_models if found.name == name)


@dataclass(frozen=True, slots=True)
class ModelCalibration:
    """The calibration of each target, in the order of the questions, and of a derived priority."""

    targets: Sequence[TargetCalibration]
    priority: FittedPriority | None


def calibrate_target(
    question: Question, names: Sequence[str], scores: OutOfFold, groups: NDArray[np.int64], *, seed: int
) -> tuple[TargetCalibration, OutOfFold]:
    """A target's calibration, and the out-of-fold confidences that its thresholds rest on.

    Args:
        question: the target, and every ticket's label.
        names: of the base models.
        scores: theirs, of shape (n_base_models, n, n_labels).
        groups: tickets that belong together, int64 of shape (n_tickets,).
        seed: for the folds in which blends are compared.

    Raises:
        UnusableTraining: no answer can be held against another's.
    """
    labelled = question.columns[scores.at] >= 0
    answered, base_scores = scores.at[labelled], scores.values[:, labelled]
    columns = question.columns[answered]
    _check_comparable(question, base_scores, columns, groups[answered])
    by_name = dict(zip(names, _finite(base_scores), strict=True))
    kept, fitted = _choose(question, by_name, columns, groups[answered], seed)
    thresholds = _thresholds(fitted.confidences, columns, question.target)
    base_models = measure_base_models(by_name, columns, kept, fitted.confidences)
    return TargetCalibration(fitted.blend, thresholds, base_models), OutOfFold(answered, fitted.confidences)


def calibrate_priority(
    derivation: Derivation, tickets: Sequence[WorkedTicket], confidences: Mapping[str, OutOfFold]
) -> FittedPriority:
    """The thresholds of derived priorities, from out-of-fold confidences in impact and urgency.

    Args:
        derivation: how priority follows from the two.
        tickets: the history, with the priorities that people set.
        confidences: by the target's name; of impact and urgency at least.
    """
    matrix = derivation.matrix
    impact, urgency = confidences[IMPACT], confidences[URGENCY]
    at, of_impact, of_urgency = np.intersect1d(impact.at, urgency.at, return_indices=True)
    places = {priority: i for i, priority in enumerate(matrix.priorities)}
    labels = [tickets[i].label(derivation.target.name) for i in at]
    known = np.asarray([label in places for label in labels], dtype=np.bool_)
    columns = np.asarray([places[label] for label in labels if label in places], dtype=np.int64)
    derived = matrix.confidences(impact.values[of_impact[known]], urgency.values[of_urgency[known]])
    return FittedPriority(derivation.target, matrix, _thresholds(derived, columns, derivation.target))


def kept_calibration(
    model: FittedModel, questions: Sequence[Question], derivation: Derivation | None
) -> ModelCalibration:
    """The calibration of an earlier fit, for labels of which some may be new."""
    targets = []
    for question in questions:
        head = model.heads[question.target]
        blend = extend(head.blend, head.labels, question.labels)
        thresholds = _kept_thresholds(head.labels, head.thresholds, question.labels, question.target)
        targets.append(TargetCalibration(blend, thresholds, head.base_models))
    if derivation is None:
        return ModelCalibration(targets, None)
    known, of_known = model.answers()[derivation.target.name]
    thresholds = _kept_thresholds(known, of_known, derivation.matrix.priorities, derivation.target)
    return ModelCalibration(targets, FittedPriority(derivation.target, derivation.matrix, thresholds))


def _check_comparable(
    question: Question, scores: NDArray[np.float64], columns: NDArray[np.int64], groups: NDArray[np.int64]
) -> None:
    if not np.isfinite(scores[:, np.arange(columns.size), columns]).any():
        raise UnusableTraining("Every customer has labels of their own: there is nothing to compare.")
    if np.unique(groups).size < 2:
        raise UnusableTraining(
            f"All answers about {question.target.name} belong together: there is nothing to compare."
        )


def _choose(
    question: Question,
    scores: Mapping[str, NDArray[np.float64]],
    columns: NDArray[np.int64],
    groups: NDArray[np.int64],
    seed: int,
) -> tuple[tuple[str, ...], FittedBlend]:
    """The base models that pay, and their blend: a linear one, and the network where it helps beyond chance."""
    linear = choose_linear(scores, columns)
    alone = _blend(question, np.stack([scores[linear]]), columns, groups, seed)
    if NETWORK not in scores:
        return (linear,), alone
    both = _blend(question, np.stack([scores[linear], scores[NETWORK]]), columns, groups, seed)
    before, after = (label_losses(found.confidences, columns) for found in (alone, both))
    return ((linear, NETWORK), both) if is_gain(before, after, groups) else ((linear,), alone)


def _blend(
    question: Question,
    scores: NDArray[np.float64],
    columns: NDArray[np.int64],
    groups: NDArray[np.int64],
    seed: int,
) -> FittedBlend:
    """The blend for all labels of the question, learned of those that occur among these tickets.

    A label that none of them has would be learned to be never right: it takes the average's weights.
    """
    occurring, columns = np.unique(columns, return_inverse=True)
    found = fit_blend(scores[:, :, occurring], columns, groups, seed=seed)
    confidences = np.zeros(scores.shape[1:])
    confidences[:, occurring] = found.confidences
    blend = extend(found.blend, [question.labels[i] for i in occurring], question.labels)
    return FittedBlend(blend, found.shrinkage, confidences)


def _finite(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores in which a label that a fold did not learn is as unlikely as the least likely one that it learned."""
    lowest = np.where(np.isfinite(scores), scores, np.inf).min(axis=2, keepdims=True)
    return np.where(np.isfinite(scores), scores, np.where(np.isfinite(lowest), lowest, 0.0))


def _thresholds(confidences: NDArray[np.float64], columns: NDArray[np.int64], target: Target) -> FittedThresholds:
    """What a target's answers to unseen tickets prove.

    Args:
        confidences: out-of-fold, float64 of shape (n, n_labels).
        columns: the right labels, int64 of shape (n,).
        target: what is asked.
    """
    n_labels = confidences.shape[1]
    unseen = UnseenAnswers.of(confidences, columns)
    n_tickets = np.bincount(columns, minlength=n_labels)
    floor = (
        float(n_tickets.max(initial=0) / max(columns.size, 1)) if target.suggest_from is None else target.suggest_from
    )
    return FittedThresholds(
        labels=label_thresholds(unseen, n_labels, target),
        needs=tickets_needed(unseen, n_tickets, target.asked_precision),
        suggest_from=floor,
        unseen=unseen,
    )


def _kept_thresholds(
    known: Sequence[str], kept: FittedThresholds, labels: Sequence[str], target: Target
) -> FittedThresholds:
    """The thresholds for other labels in another order; a new one has too little evidence, as any that is rare."""
    places = {label: i for i, label in enumerate(labels)}
    of_known = np.asarray([places.get(label, -1) for label in known], dtype=np.int64)
    named = of_known[kept.unseen.labels]
    is_left = named >= 0
    unseen = UnseenAnswers(named[is_left], kept.unseen.confidences[is_left], kept.unseen.is_right[is_left])
    needs = dict(zip(known, kept.needs, strict=True))
    return replace(
        kept,
        labels=label_thresholds(unseen, len(labels), target),
        needs=tuple(needs.get(label) for label in labels),
        unseen=unseen,
    )
