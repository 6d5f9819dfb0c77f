"""A model as training holds it: scikit-learn's parts and numpy's, for bulk answers and for taking the scorer out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import LinearSVC

from training.features.rows import TicketReader, TicketRows
from training.learning.base_models import NETWORK, BaseModel
from triage.batch import Head
from triage.columns import LabelColumns
from triage.ensemble import Blend
from triage.model import DerivedPriority, Meaning, TriageModel
from triage.network import Network
from triage.priority import IMPACT, PRIORITY, URGENCY, PriorityMatrix
from triage.targets import Target
from triage.thresholds import LabelThreshold, Standing, UnseenAnswers
from triage.ticket import NewTicket

__all__ = [
    "FittedHead",
    "FittedModel",
    "FittedPriority",
    "FittedThresholds",
    "LabelEvidence",
    "TicketClassifier",
    "both_sides",
    "network_scores",
]


@dataclass(frozen=True, slots=True)
class LabelEvidence:
    """What one label has proved, and how many more of its tickets would prove the precision; None: no number would."""

    standing: Standing
    needs: int | None


@dataclass(frozen=True, slots=True)
class FittedThresholds:
    """From where on a target's answers count, and the answers to unseen tickets that this rests on.

    Attributes:
        labels: one a label.
        needs: for each label how many more of its tickets would prove the precision by themselves; 0 where it is
            proved, None where no number would do.
        suggest_from: below this confidence an answer is withheld.
        unseen: the answers.
    """

    labels: tuple[LabelThreshold, ...]
    needs: tuple[int | None, ...]
    suggest_from: float
    unseen: UnseenAnswers


@dataclass(frozen=True, slots=True)
class FittedPriority:
    """Priority as impact and urgency make it: the question, the matrix, and the thresholds of the priorities."""

    target: Target
    matrix: PriorityMatrix
    thresholds: FittedThresholds


@dataclass(frozen=True, slots=True)
class FittedHead:
    """One target, as learned.

    Attributes:
        labels: in the order of the columns.
        svc: the linear base model.
        blend: of the base models.
        thresholds: of the labels.
        base_models: what each way of scoring reached alone, and which take part.
    """

    labels: tuple[str, ...]
    svc: LinearSVC
    blend: Blend
    thresholds: FittedThresholds
    base_models: tuple[BaseModel, ...]

    @property
    def has_network(self) -> bool:
        """Whether the network takes part in the answers."""
        return any(found.is_kept for found in self.base_models if found.name == NETWORK)

    def linear(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Weights float32 (n_terms, n_labels) and intercepts float64 (n_labels,), for the numpy scorer."""
        coef, intercept = self.svc.coef_, self.svc.intercept_
        if len(self.labels) == 2:
            coef, intercept = np.vstack([-coef, coef]), np.concatenate([-intercept, intercept])
        return coef.T.astype(np.float32), intercept.astype(np.float64)


@dataclass(frozen=True, slots=True)
class FittedModel:
    """What was learned: how tickets are read, a head for each target, the network that they share, derived priority."""

    reader: TicketReader
    heads: Mapping[Target, FittedHead]
    network: Network | None
    priority: FittedPriority | None = None

    def confidences(self, tickets: Sequence[NewTicket]) -> dict[str, NDArray[np.float64]]:
        """For each target the confidences of all tickets, float64 of shape (n, n_labels)."""
        rows = self.reader.read(tickets)
        labels = [len(head.labels) for head in self.heads.values()]
        network = network_scores(self.network, rows, labels)
        found = {
            target.name: head.blend.confidences(
                [
                    both_sides(head.svc.decision_function(rows.terms)),
                    *(part[i] for part in network if head.has_network),
                ]
            )
            for i, (target, head) in enumerate(self.heads.items())
        }
        if self.priority is not None:
            found[PRIORITY] = self.priority.matrix.confidences(found[IMPACT], found[URGENCY])
        return found

    def answers(self) -> dict[str, tuple[tuple[str, ...], FittedThresholds]]:
        """For each target, the derived one too, its labels and their thresholds."""
        found = {target.name: (head.labels, head.thresholds) for target, head in self.heads.items()}
        if self.priority is not None:
            found[PRIORITY] = (self.priority.matrix.priorities, self.priority.thresholds)
        return found

    def evidence(self) -> dict[str, dict[str, LabelEvidence]]:
        """For each target what each of its labels has proved."""
        return {
            target: {
                label: LabelEvidence(threshold.standing, needs)
                for label, threshold, needs in zip(labels, found.labels, found.needs, strict=True)
            }
            for target, (labels, found) in self.answers().items()
        }

    def unseen(self) -> dict[str, UnseenAnswers]:
        """For each target the answers to unseen tickets that its thresholds rest on."""
        return {target: thresholds.unseen for target, (_, thresholds) in self.answers().items()}

    def classifiers(self) -> dict[str, "TicketClassifier"]:
        """For each target a scikit-learn classifier of tickets as filed; all share this model."""
        return {target: TicketClassifier(self, target) for target in self.answers()}

    def scorer(self, *, version: str, trained_at: datetime) -> TriageModel:
        """The same model for serving, in numpy."""
        linear = [head.linear() for head in self.heads.values()]
        vectors = self.reader.vectors
        return TriageModel(
            version=version,
            trained_at=trained_at,
            view=self.reader.view,
            heads=tuple(
                _head(target, head.labels, head.thresholds, has_network=head.has_network)
                for target, head in self.heads.items()
            ),
            weights=np.ascontiguousarray(np.hstack([weights for weights, _ in linear])),
            intercepts=np.concatenate([intercepts for _, intercepts in linear]),
            blends=tuple(head.blend for head in self.heads.values()),
            familiarity=self.reader.familiarity,
            meaning=Meaning(vectors, self.network, self.reader.encoder)
            if vectors is not None and self.network is not None
            else None,
            priority=None
            if self.priority is None
            else DerivedPriority(
                _head(self.priority.target, self.priority.matrix.priorities, self.priority.thresholds),
                self.priority.matrix,
            ),
        )


def _head(target: Target, labels: tuple[str, ...], found: FittedThresholds, *, has_network: bool = False) -> Head:
    thresholds = tuple(label.threshold for label in found.labels)
    return Head(target.name, labels, thresholds, target.mode, found.suggest_from, has_network)


class TicketClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """A fitted model's answers to one target, as scikit-learn's users expect a classifier; learned by `fit_model`."""

    def __init__(self, model: FittedModel, target: str) -> None:
        self.model = model
        self.target = target

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, in the order of the columns."""
        return np.asarray(self.model.answers()[self.target][0], dtype=object)

    def predict_proba(self, tickets: Sequence[NewTicket]) -> NDArray[np.float64]:
        """Confidences of shape (n, n_labels)."""
        return self.model.confidences(tickets)[self.target]

    def predict(self, tickets: Sequence[NewTicket]) -> NDArray[Any]:
        """The likeliest labels, shape (n,)."""
        return np.asarray(self.classes_[self.predict_proba(tickets).argmax(axis=1)])


def network_scores(
    network: Network | None, rows: TicketRows, n_labels: Sequence[int]
) -> list[list[NDArray[np.float64]]]:
    """The network as a base model: a list of one, each target's mean log-probabilities; empty without a network."""
    if network is None or rows.dense is None:
        return []
    columns = LabelColumns.of(n_labels)
    blocks = [  # a block at a time: hidden layers of a million tickets do not fit
        columns.mean_log_softmax(network.scores(rows.dense[start : start + 4096]))
        for start in range(0, len(rows.dense), 4096)
    ]
    scores = np.concatenate(blocks)
    return [[scores[:, part] for part in columns.parts]]


def both_sides(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """A column for each of two labels, where scikit-learn gives one for both; others as they are."""
    return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
