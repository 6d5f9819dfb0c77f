"""Learning: one reading for all targets, a linear model and a network on it, blended by out-of-fold predictions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.svm import LinearSVC

from training.configs.parameters import TrainingParameters
from training.features.label_descriptions import describe_labels
from training.features.rows import TicketReader, TicketRows, learn_reader
from training.features.sentence_cache import SentenceCache
from training.features.subwords import learn_subwords
from training.features.word_vectors import Meanings
from training.histories.folds import Fold, FoldPlan, folds_of_groups
from training.learning.base_models import LINEAR, NETWORK, SUBWORDS
from training.learning.class_weights import label_weights
from training.learning.derived_priority import Derivation
from training.learning.fitted_model import FittedHead, FittedModel, both_sides, network_scores
from training.learning.question import Question, question_of
from training.learning.target_calibration import (
    ModelCalibration,
    OutOfFold,
    TargetCalibration,
    calibrate_priority,
    calibrate_target,
    kept_calibration,
)
from triage.errors import UnusableTraining
from triage.network import Network
from triage.targets import Target
from triage.ticket import WorkedTicket

__all__ = ["fit_model", "fit_svc"]

_Step = Callable[[str], None]
_ALIKE: Mapping[tuple[str, str], float] = MappingProxyType({})


def fit_model(  # noqa: PLR0913 - what from, what, and how
    tickets: Sequence[WorkedTicket],
    targets: Sequence[Target],
    parameters: TrainingParameters,
    *,
    derivation: Derivation | None = None,
    plan: FoldPlan | None = None,
    meanings: Meanings | None = None,
    sentences: SentenceCache | None = None,
    calibrated: FittedModel | None = None,
    weights: Mapping[tuple[str, str], float] = _ALIKE,
    on_step: _Step = lambda _: None,
) -> FittedModel:
    """Learn every target from a history.

    Args:
        tickets: the history; a ticket without a label for a target is passed over there.
        targets: what to learn.
        parameters: how.
        derivation: the priority to be derived from two of the targets.
        plan: the folds and groups for calibration; where None, every ticket stands alone.
        meanings: gives words' embeddings; None leaves them out.
        sentences: asked about whole tickets; None asks about none.
        calibrated: a model whose blends and thresholds are kept instead of being set anew.
        weights: by ticket and target as how many tickets a label counts that does not count as one. Only what is
            learned from is weighed; blends and thresholds are set on answers that count alike.
        on_step: told what begins.

    Raises:
        UnusableTraining: a target has fewer than two labels here, no term is left to learn from, or no part of the
            history can be held against another.
    """
    plan = plan or _every_ticket_alone(len(tickets), parameters)
    described = describe_labels(tickets, parameters, [target.name for target in targets])
    tickets, plan = [*tickets, *described], plan.with_learned_only(len(described))
    questions = [question_of(tickets, target, weights) for target in targets]
    has_network = not parameters.fast and (calibrated is None or calibrated.network is not None)
    reader, rows = learn_reader(
        [ticket.filed for ticket in tickets],
        parameters,
        meanings=meanings,
        sentences=sentences,
        has_vectors=has_network,
        on_step=on_step,
    )
    learner = _Learner(rows, questions, parameters, _subwords(reader, rows, parameters), on_step)
    if calibrated:
        calibration = kept_calibration(calibrated, questions, derivation)
    else:
        calibration = _calibrate(learner, tickets, plan, derivation)
    network = None
    if any(target.uses(NETWORK) for target in calibration.targets):
        (network,) = learner.networks([np.arange(len(tickets))], parameters.n_networks)
    else:
        reader = replace(reader, vectors=None, encoder=None)
    return FittedModel(reader, learner.heads(calibration.targets), network, calibration.priority)


@dataclass(frozen=True, slots=True)
class _Learner:
    """What every base model of one training shares."""

    rows: TicketRows
    questions: Sequence[Question]
    parameters: TrainingParameters
    subwords: csr_matrix | None
    on_step: _Step

    @property
    def names(self) -> tuple[str, ...]:
        """Of the base models, in the order of their scores."""
        subwords = () if self.subwords is None else (SUBWORDS,)
        return (LINEAR, *subwords, *(() if self.rows.dense is None else (NETWORK,)))

    def networks(self, learned_from: Sequence[NDArray[np.int64]], n_networks: int) -> list[Network | None]:
        """One of so many networks for each choice of rows; None each where words have no vectors."""
        if self.rows.dense is None:
            return [None] * len(learned_from)
        from training.learning.network import NetworkTask, fit_networks  # noqa: PLC0415 - torch takes seconds; --fast needs none

        columns, n_labels = [q.columns for q in self.questions], [len(q.labels) for q in self.questions]
        weights = [q.weights for q in self.questions]
        tasks = [NetworkTask(self.rows.dense, at, columns, n_labels, n_networks, weights) for at in learned_from]
        self.on_step("learning the network")
        return [
            *fit_networks(
                tasks, self.parameters, on_progress=lambda done: self.on_step(f"learning the network, {done:.0%}")
            )
        ]

    def out_of_fold_scores(self, folds: Sequence[Fold]) -> list[OutOfFold]:
        """For each question the base models' scores, (n_base_models, n, n_labels), fold after fold.

        Minus infinity for a label that a fold's training rows do not have.
        """
        networks = self.networks([fold.train for fold in folds], 1)  # one is enough to learn by how much to trust them
        self.on_step("answering unseen tickets")
        n_labels = [len(question.labels) for question in self.questions]
        parts: list[list[NDArray[np.float64]]] = [[] for _ in self.questions]
        for fold, network in zip(folds, networks, strict=True):
            train, test = self.rows.terms[fold.train], self.rows[fold.test]
            from_network = network_scores(network, test, n_labels)
            for i, (question, part) in enumerate(zip(self.questions, parts, strict=True)):
                scores = self._linear_scores(train, test.terms, question.of(fold.train))
                of_network = [np.where(np.isfinite(scores[0]), found[i], -np.inf) for found in from_network]
                part.append(np.stack([*scores, *of_network]))
        at = np.concatenate([fold.test for fold in folds])
        return [OutOfFold(at, np.concatenate(part, axis=1)) for part in parts]

    def heads(self, calibrations: Sequence[TargetCalibration]) -> dict[Target, FittedHead]:
        """For each target a linear model of all rows, calibrated as given."""
        heads = {}
        for question, found in zip(self.questions, calibrations, strict=True):
            self.on_step(f"learning {question.target.name}")
            subwords = self.subwords if found.uses(SUBWORDS) else None
            # one after the other: liblinear has one source of chance for all threads
            svc = fit_svc(self.rows.terms, question, self.parameters, subwords=subwords)
            heads[question.target] = FittedHead(question.labels, svc, found.blend, found.thresholds, found.base_models)
        return heads

    def _linear_scores(self, train: csr_matrix, test: csr_matrix, question: Question) -> list[NDArray[np.float64]]:
        """The linear models' scores of test rows, (n, n_labels) each: of terms, and of subwords as well."""
        learned = np.unique(question.columns[question.columns >= 0])
        found = []
        for subwords in (None,) if self.subwords is None else (None, self.subwords):
            scores = np.full((test.shape[0], len(question.labels)), -np.inf)
            if learned.size > 1:
                svc = fit_svc(train, question, self.parameters, subwords=subwords)
                scores[:, learned] = both_sides(svc.decision_function(test))
            else:
                scores[:, learned] = 0.0
            found.append(scores)
        return found


def _every_ticket_alone(n_tickets: int, parameters: TrainingParameters) -> FoldPlan:
    """Folds in which no two tickets belong together."""
    groups = np.arange(n_tickets)
    return FoldPlan(folds_of_groups(groups, parameters.n_folds, seed=parameters.seed), groups)


def _subwords(reader: TicketReader, rows: TicketRows, parameters: TrainingParameters) -> csr_matrix | None:
    return None if parameters.fast else learn_subwords(reader.view.known, rows.terms)


def _calibrate(
    learner: _Learner,
    tickets: Sequence[WorkedTicket],
    plan: FoldPlan,
    derivation: Derivation | None,
) -> ModelCalibration:
    """Blends and thresholds, all from out-of-fold predictions."""
    if not plan.folds:
        raise UnusableTraining("All tickets are one customer's, or say the same: there is nothing to compare.")
    targets, confidences = [], {}
    of_questions = learner.out_of_fold_scores(plan.folds)
    for question, scores in zip(learner.questions, of_questions, strict=True):
        learner.on_step(f"calibrating {question.target.name}")
        calibration, out_of_fold = calibrate_target(
            question, learner.names, scores, plan.groups, seed=learner.parameters.seed
        )
        targets.append(calibration)
        confidences[question.target.name] = out_of_fold
    priority = None if derivation is None else calibrate_priority(derivation, tickets, confidences)
    return ModelCalibration(targets, priority)


def fit_svc(
    rows: csr_matrix, question: Question, parameters: TrainingParameters, *, subwords: csr_matrix | None = None
) -> LinearSVC:
    """The linear base model; its weights are rounded to float32, so that what is served is what is computed with here.

    A label's errors weigh by the square root of how rare it is: half way to equal weights, which serves small groups
    without drowning them in the large one's tickets.

    Args:
        rows: shape (n, n_terms).
        question: each row's label, and as how many it counts.
        parameters: how strongly weights are held back, and the seed.
        subwords: as `training.features.subwords.learn_subwords` gives them; None learns from terms alone.
    """
    at = np.flatnonzero(question.columns >= 0)
    columns = question.columns[at]
    weights = label_weights(columns, len(question.labels), 0.5)
    costs = {int(column): float(weights[column]) for column in np.unique(columns)}
    learned = rows[at]
    if subwords is not None:
        learned = csr_matrix(hstack([learned, learned @ subwords]))
    # left to itself scikit-learn solves the primal where rows outnumber terms: as accurate, and many times as slow
    svc = LinearSVC(C=parameters.regularisation, class_weight=costs, random_state=parameters.seed, dual=True)
    svc.fit(learned, columns, sample_weight=None if question.weights is None else question.weights[at])
    if subwords is not None:
        of_terms, of_ngrams = np.split(svc.coef_, [rows.shape[1]], axis=1)
        svc.coef_, svc.n_features_in_ = of_terms + of_ngrams @ subwords.T, rows.shape[1]
    svc.coef_ = svc.coef_.astype(np.float32).astype(np.float64)
    return svc
