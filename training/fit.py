"""Learning: one reading for all targets, a linear model and a network on it, out-of-fold answers to blend them by.

`FittedModel.scorer` takes the numbers out of what was learned, for the numpy scorer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import LinearSVC

from training.blend import extend, fit_blend
from training.calibrate import LabelThreshold, label_thresholds
from training.folds import Fold, FoldPlan, folds_of_groups
from training.parameters import TrainingParameters
from training.rarity import label_weights
from training.rows import TicketReader, TicketRows, learn_reader
from training.word_table import Meanings
from triage.blend import Blend
from triage.errors import UnusableTraining
from triage.model import Head, Meaning, TriageModel
from triage.network import Network, mean_log_probabilities
from triage.policy import NEVER
from triage.targets import Target
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["FittedHead", "FittedModel", "TicketClassifier", "fit_model"]

_Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FittedHead:
    """One target, as learned.

    Attributes:
        labels: in the order of the columns.
        svc: the linear member.
        blend: of the members.
        thresholds: one a label.
    """

    labels: tuple[str, ...]
    svc: LinearSVC
    blend: Blend
    thresholds: tuple[LabelThreshold, ...]

    def linear(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Weights float32 (n_terms, n_labels) and intercepts float64 (n_labels,), for the numpy scorer."""
        coef, intercept = self.svc.coef_, self.svc.intercept_
        if len(self.labels) == 2:
            coef, intercept = np.vstack([-coef, coef]), np.concatenate([-intercept, intercept])
        return coef.T.astype(np.float32), intercept.astype(np.float64)


@dataclass(frozen=True, slots=True)
class FittedModel:
    """What was learned: how tickets are read, a head for each target, and the network that they share."""

    reader: TicketReader
    heads: Mapping[Target, FittedHead]
    network: Network | None

    def confidences(self, tickets: Sequence[NewTicket]) -> dict[str, NDArray[np.float64]]:
        """For each target the confidences of all tickets, float64 of shape (n, n_labels)."""
        rows = self.reader.read(tickets)
        labels = [len(head.labels) for head in self.heads.values()]
        network = _network_scores(self.network, rows, labels)
        return {
            target.name: head.blend.confidences(
                np.stack([_both_sides(head.svc.decision_function(rows.terms)), *(part[i] for part in network)])
            )
            for i, (target, head) in enumerate(self.heads.items())
        }

    def classifiers(self) -> dict[str, "TicketClassifier"]:
        """For each target a scikit-learn classifier of tickets as filed; all share this model."""
        return {target.name: TicketClassifier(self, target.name) for target in self.heads}

    def scorer(self, *, version: str, trained_at: datetime) -> TriageModel:
        """The same model for serving, in numpy."""
        linear = [head.linear() for head in self.heads.values()]
        vectors = self.reader.vectors
        return TriageModel(
            version=version,
            trained_at=trained_at,
            view=self.reader.view,
            heads=tuple(
                Head(target.name, head.labels, tuple(found.threshold for found in head.thresholds), target.mode)
                for target, head in self.heads.items()
            ),
            weights=np.ascontiguousarray(np.hstack([weights for weights, _ in linear])),
            intercepts=np.concatenate([intercepts for _, intercepts in linear]),
            blends=tuple(head.blend for head in self.heads.values()),
            familiarity=self.reader.familiarity,
            meaning=Meaning(vectors, self.network) if vectors is not None and self.network is not None else None,
        )


class TicketClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """A fitted model's answers to one target, as scikit-learn's users expect a classifier; learned by `fit_model`."""

    def __init__(self, model: FittedModel, target: str) -> None:
        self.model = model
        self.target = target

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, in the order of the columns."""
        labels = next(head.labels for target, head in self.model.heads.items() if target.name == self.target)
        return np.asarray(labels, dtype=object)

    def predict_proba(self, tickets: Sequence[NewTicket]) -> NDArray[np.float64]:
        """Confidences of shape (n, n_labels)."""
        return self.model.confidences(tickets)[self.target]

    def predict(self, tickets: Sequence[NewTicket]) -> NDArray[Any]:
        """The likeliest labels, shape (n,)."""
        return np.asarray(self.classes_[self.predict_proba(tickets).argmax(axis=1)])


@dataclass(frozen=True, slots=True)
class _Question:
    """One target's labels among the tickets: each ticket's column, -1 where it has none."""

    target: Target
    labels: tuple[str, ...]
    columns: NDArray[np.int64]


def fit_model(
    tickets: Sequence[WorkedTicket],
    targets: Sequence[Target],
    parameters: TrainingParameters,
    *,
    plan: FoldPlan | None = None,
    meanings: Meanings | None = None,
    calibrated: FittedModel | None = None,
    on_step: _Step = lambda _: None,
) -> FittedModel:
    """Learn every target from a history.

    Args:
        tickets: the history; a ticket without a label for a target is passed over there.
        targets: what to learn.
        parameters: how.
        plan: on which answers members are blended and thresholds set; else all tickets count as strangers.
        meanings: gives words' embeddings; None leaves them out.
        calibrated: a model whose blends and thresholds are kept instead of being set anew.
        on_step: told what begins.

    Raises:
        UnusableTraining: a target has fewer than two labels here, no term is left to learn from, or no part of the
            history can be held against another.
    """
    questions = [_question(tickets, target) for target in targets]
    reader, rows = learn_reader(
        [ticket.filed for ticket in tickets],
        parameters,
        meanings=meanings,
        on_step=on_step,
    )
    if plan is None:
        strangers = np.arange(len(tickets))
        plan = FoldPlan(folds_of_groups(strangers, parameters.n_folds, seed=parameters.seed), strangers)
    folds = [] if calibrated else plan.folds
    *fold_networks, network = _fit_networks(rows, questions, folds, parameters, on_step)
    if calibrated:
        calibrations = [_kept(calibrated.heads[question.target], question.labels) for question in questions]
    elif not folds:
        raise UnusableTraining("All tickets are one customer's, or say the same: there is nothing to compare.")
    else:
        members = []
        for i, (fold, of_fold) in enumerate(zip(folds, fold_networks, strict=True), 1):
            on_step(f"answering part {i} of {len(folds)} unseen")
            members.append(_out_of_fold(rows, questions, fold, of_fold, parameters))
        answered = np.concatenate([fold.test for fold in folds])
        calibrations = []
        for i, question in enumerate(questions):
            on_step(f"calibrating {question.target.name}")
            scores = np.concatenate([part[i] for part in members], axis=1)
            calibrations.append(_calibrate(question, answered, scores, plan.groups, parameters.seed))
    heads = {}
    for question, (blend, thresholds) in zip(questions, calibrations, strict=True):
        on_step(f"learning {question.target.name}")
        svc = _fit_svc(rows.terms, question, parameters)
        heads[question.target] = FittedHead(question.labels, svc, blend, thresholds)
    return FittedModel(reader, heads, network)


_Calibration = tuple[Blend, tuple[LabelThreshold, ...]]


def _question(tickets: Sequence[WorkedTicket], target: Target) -> _Question:
    given = [ticket.label(target.name) for ticket in tickets]
    labels = tuple(sorted({label for label in given if label is not None}))
    if len(labels) < 2:
        raise UnusableTraining(f"The tickets to learn {target.name} from have fewer than two different labels.")
    columns = {label: i for i, label in enumerate(labels)}
    return _Question(target, labels, np.asarray([-1 if x is None else columns[x] for x in given], dtype=np.int64))


def _calibrate(
    question: _Question,
    answered: NDArray[np.int64],
    scores: NDArray[np.float64],
    groups: NDArray[np.int64],
    seed: int,
) -> _Calibration:
    """Blend and thresholds of a target, from the members' scores for tickets that they had not seen."""
    labelled = question.columns[answered] >= 0
    answered, scores = answered[labelled], scores[:, labelled]
    columns = question.columns[answered]
    if not np.isfinite(scores[:, np.arange(columns.size), columns]).any():
        raise UnusableTraining("Every customer has labels of their own: there is nothing to compare.")
    blended = fit_blend(_finite(scores), columns, groups[answered], seed=seed)
    return blended.blend, tuple(label_thresholds(blended.confidences, columns, question.target.precision))


def _out_of_fold(
    rows: TicketRows,
    questions: Sequence[_Question],
    fold: Fold,
    network: Network | None,
    parameters: TrainingParameters,
) -> list[NDArray[np.float64]]:
    """For each target the members' scores of the fold's test rows, (n_members, n, n_labels).

    Minus infinity for a label that the fit had not seen.
    """
    train, test = rows[fold.train], rows[fold.test]
    from_network = _network_scores(network, test, [len(q.labels) for q in questions])
    found = []
    for i, question in enumerate(questions):
        part = replace(question, columns=question.columns[fold.train])
        seen = np.unique(part.columns[part.columns >= 0])
        linear = np.full((len(fold.test), len(question.labels)), -np.inf)
        if seen.size > 1:
            svc = _fit_svc(train.terms, part, parameters)
            linear[:, seen] = _both_sides(svc.decision_function(test.terms))
        else:
            linear[:, seen] = 0.0
        members = np.stack([linear, *(scores[i] for scores in from_network)])
        members[:, :, np.setdiff1d(np.arange(len(question.labels)), seen)] = -np.inf
        found.append(members)
    return found


def _finite(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores in which a label that a fit had not seen is as unlikely as the least likely one that it had."""
    lowest = np.where(np.isfinite(scores), scores, np.inf).min(axis=2, keepdims=True)
    return np.where(np.isfinite(scores), scores, np.where(np.isfinite(lowest), lowest, 0.0))


def _kept(head: FittedHead, labels: tuple[str, ...]) -> _Calibration:
    """A head's calibration for labels of which some may be new; those have proved nothing."""
    known = dict(zip(head.labels, head.thresholds, strict=True))
    new = LabelThreshold(NEVER, 0, 0, None)
    return extend(head.blend, head.labels, labels), tuple(known.get(label, new) for label in labels)


def _fit_svc(rows: csr_matrix, question: _Question, parameters: TrainingParameters) -> LinearSVC:
    """The linear member; its weights are rounded to float32, so that what is served is what is computed with here.

    A label's errors weigh by the square root of how rare it is: half way to equal weights, which serves small groups
    without drowning them in the large one's tickets.
    """
    at = np.flatnonzero(question.columns >= 0)
    columns = question.columns[at]
    weights = label_weights(columns, len(question.labels), 0.5)
    costs = {int(column): float(weights[column]) for column in np.unique(columns)}
    svc = LinearSVC(C=parameters.regularisation, class_weight=costs, random_state=parameters.seed).fit(
        rows[at], columns
    )
    svc.coef_ = svc.coef_.astype(np.float32).astype(np.float64)
    return svc


def _fit_networks(
    rows: TicketRows,
    questions: Sequence[_Question],
    folds: Sequence[Fold],
    parameters: TrainingParameters,
    on_step: _Step,
) -> list[Network | None]:
    """A network for every fold's training rows, and one for all rows; None each where words have no vectors."""
    if rows.dense is None:
        return [None] * (len(folds) + 1)
    from training.network import NetworkTask, fit_networks  # noqa: PLC0415 - torch takes seconds; --fast needs none

    parts = [*(fold.train for fold in folds), np.arange(len(rows.dense))]
    tasks = [
        NetworkTask(rows.dense[at], [q.columns[at] for q in questions], [len(q.labels) for q in questions])
        for at in parts
    ]
    on_step("learning the network")
    return [
        *fit_networks(
            tasks,
            parameters,
            on_progress=lambda done: on_step(f"learning the network, {done:.0%}"),
        )
    ]


def _network_scores(
    network: Network | None, rows: TicketRows, n_labels: Sequence[int]
) -> list[list[NDArray[np.float64]]]:
    """The network as a member: a list of one, each target's mean log-probabilities; empty without a network."""
    if network is None or rows.dense is None:
        return []
    ends = np.cumsum(n_labels)
    parts: list[list[NDArray[np.float64]]] = [[] for _ in n_labels]
    for start in range(0, len(rows.dense), 4096):  # a block at a time: hidden layers of a million tickets do not fit
        scores = network.scores(rows.dense[start : start + 4096])
        for part, end, n in zip(parts, ends, n_labels, strict=True):
            part.append(mean_log_probabilities(scores[:, :, end - n : end]))
    return [[np.concatenate(part) for part in parts]]


def _both_sides(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
