"""Learning: one reading for all targets, a linear model and a network on it, out-of-fold answers to blend them by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

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
from training.learning.class_weights import label_weights
from training.learning.derived_priority import Derivation
from training.learning.ensemble import FittedBlend, extend, fit_blend
from training.learning.fitted_model import FittedHead, FittedModel, FittedPriority, both_sides, network_scores
from training.learning.thresholds import LabelThreshold, label_thresholds
from triage.ensemble import Blend
from triage.errors import UnusableTraining
from triage.network import Network
from triage.policy import NEVER
from triage.priority import IMPACT, URGENCY
from triage.targets import Target
from triage.ticket import WorkedTicket

__all__ = ["Question", "fit_model", "fit_svc", "question_of"]

_Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Question:
    """One target's labels among n tickets.

    Attributes:
        target: the question.
        labels: that occur, in the order of the columns.
        columns: each ticket's, int64 of shape (n,); -1 where it has none.
    """

    target: Target
    labels: tuple[str, ...]
    columns: NDArray[np.int64]


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
        on_step: told what begins.

    Raises:
        UnusableTraining: a target has fewer than two labels here, no term is left to learn from, or no part of the
            history can be held against another.
    """
    plan = plan or _every_ticket_alone(len(tickets), parameters)
    described = describe_labels(tickets, parameters, [target.name for target in targets])
    tickets, plan = [*tickets, *described], plan.with_learned_only(len(described))
    questions = [question_of(tickets, target) for target in targets]
    reader, rows = learn_reader(
        [ticket.filed for ticket in tickets], parameters, meanings=meanings, sentences=sentences, on_step=on_step
    )
    learner = _Learner(rows, questions, parameters, _subwords(reader, rows, parameters), on_step)
    *of_folds, network = _fit_networks(rows, questions, [] if calibrated else plan.folds, parameters, on_step)
    if calibrated:
        calibrated_as = _as_calibrated(calibrated, questions, derivation)
    else:
        calibrated_as = _calibrate(learner, tickets, plan, of_folds, derivation)
    return FittedModel(reader, learner.heads(calibrated_as.heads), network, calibrated_as.priority)


_HeadCalibration = tuple[Blend, tuple[LabelThreshold, ...]]


@dataclass(frozen=True, slots=True)
class _Calibrations:
    """How scores become confidences, and from where on those count: for each question, and for a derived priority."""

    heads: Sequence[_HeadCalibration]
    priority: FittedPriority | None


@dataclass(frozen=True, slots=True)
class _Learner:
    """What every linear model of one training shares."""

    rows: TicketRows
    questions: Sequence[Question]
    parameters: TrainingParameters
    subwords: csr_matrix | None
    on_step: _Step

    def heads(self, calibrations: Sequence[_HeadCalibration]) -> dict[Target, FittedHead]:
        """For each target a linear model of all rows, calibrated as given."""
        heads = {}
        for question, (blend, thresholds) in zip(self.questions, calibrations, strict=True):
            self.on_step(f"learning {question.target.name}")
            svc = fit_svc(self.rows.terms, question, self.parameters, subwords=self.subwords)
            heads[question.target] = FittedHead(question.labels, svc, blend, thresholds)
        return heads

    def out_of_fold_scores(
        self, folds: Sequence[Fold], networks: Sequence[Network | None]
    ) -> list[NDArray[np.float64]]:
        """For each question the base models' out-of-fold scores, (n_base_models, n, n_labels), fold after fold."""
        parts = []
        for i, (fold, network) in enumerate(zip(folds, networks, strict=True), 1):
            self.on_step(f"answering part {i} of {len(folds)} unseen")
            parts.append(_out_of_fold(self.rows, self.questions, fold, network, self.parameters, self.subwords))
        return [np.concatenate([part[i] for part in parts], axis=1) for i in range(len(self.questions))]


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
    networks: Sequence[Network | None],
    derivation: Derivation | None,
) -> _Calibrations:
    """Ensembles, confidences and thresholds, all from out-of-fold predictions."""
    if not plan.folds:
        raise UnusableTraining("All tickets are one customer's, or say the same: there is nothing to compare.")
    scores = learner.out_of_fold_scores(plan.folds, networks)
    answered = np.concatenate([fold.test for fold in plan.folds])
    heads: list[_HeadCalibration] = []
    unseen = {}
    for question, of_question in zip(learner.questions, scores, strict=True):
        learner.on_step(f"calibrating {question.target.name}")
        at, blended = _blend(question, answered, of_question, plan.groups, learner.parameters.seed)
        thresholds = label_thresholds(blended.confidences, question.columns[at], question.target.precision)
        heads.append((blended.blend, tuple(thresholds)))
        unseen[question.target.name] = at, blended.confidences
    return _Calibrations(heads, None if derivation is None else _derive(tickets, derivation, unseen))


def _as_calibrated(model: FittedModel, questions: Sequence[Question], derivation: Derivation | None) -> _Calibrations:
    """The calibration of an earlier fit, kept."""
    heads = [_kept(model.heads[question.target], question.labels) for question in questions]
    return _Calibrations(heads, None if derivation is None else _kept_priority(model, derivation))


def question_of(tickets: Sequence[WorkedTicket], target: Target) -> Question:
    """A target's labels among these tickets.

    Raises:
        UnusableTraining: they have fewer than two.
    """
    given = [ticket.label(target.name) for ticket in tickets]
    labels = tuple(sorted({label for label in given if label is not None}))
    if len(labels) < 2:
        raise UnusableTraining(f"The tickets to learn {target.name} from have fewer than two different labels.")
    columns = {label: i for i, label in enumerate(labels)}
    return Question(target, labels, np.asarray([-1 if x is None else columns[x] for x in given], dtype=np.int64))


def _blend(
    question: Question,
    answered: NDArray[np.int64],
    scores: NDArray[np.float64],
    groups: NDArray[np.int64],
    seed: int,
) -> tuple[NDArray[np.int64], FittedBlend]:
    """The blend of a target, from the base models' scores for tickets that they had not seen, and those tickets."""
    labelled = question.columns[answered] >= 0
    answered, scores = answered[labelled], scores[:, labelled]
    columns = question.columns[answered]
    if not np.isfinite(scores[:, np.arange(columns.size), columns]).any():
        raise UnusableTraining("Every customer has labels of their own: there is nothing to compare.")
    if np.unique(groups[answered]).size < 2:
        raise UnusableTraining(
            f"All answers about {question.target.name} belong together: there is nothing to compare."
        )
    # a label that nobody had in these tickets would be learned to be never right: it takes the average's weights
    occurring, columns = np.unique(columns, return_inverse=True)
    found = fit_blend(_finite(scores)[:, :, occurring], columns, groups[answered], seed=seed)
    confidences = np.zeros(scores.shape[1:])
    confidences[:, occurring] = found.confidences
    blend = extend(found.blend, [question.labels[i] for i in occurring], question.labels)
    return answered, FittedBlend(blend, found.shrinkage, confidences)


def _derive(
    tickets: Sequence[WorkedTicket],
    derivation: Derivation,
    unseen: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> FittedPriority:
    """The thresholds of priorities, from answers about impact and urgency to tickets that the fit had not seen."""
    matrix = derivation.matrix
    (impact_at, impact), (urgency_at, urgency) = unseen[IMPACT], unseen[URGENCY]
    at, of_impact, of_urgency = np.intersect1d(impact_at, urgency_at, return_indices=True)
    places = {priority: i for i, priority in enumerate(matrix.priorities)}
    labels = [tickets[i].label(derivation.target.name) for i in at]
    known = np.asarray([label in places for label in labels], dtype=np.bool_)
    columns = np.asarray([places[label] for label in labels if label in places], dtype=np.int64)
    confidences = matrix.confidences(impact[of_impact[known]], urgency[of_urgency[known]])
    thresholds = label_thresholds(confidences, columns, derivation.target.precision)
    return FittedPriority(derivation.target, matrix, tuple(thresholds))


def _kept_priority(calibrated: FittedModel, derivation: Derivation) -> FittedPriority:
    known = dict(zip(*calibrated.answers()[derivation.target.name], strict=True))
    new = LabelThreshold(NEVER, 0, 0, None)
    thresholds = tuple(known.get(label, new) for label in derivation.matrix.priorities)
    return FittedPriority(derivation.target, derivation.matrix, thresholds)


def _out_of_fold(
    rows: TicketRows,
    questions: Sequence[Question],
    fold: Fold,
    network: Network | None,
    parameters: TrainingParameters,
    subwords: csr_matrix | None,
) -> list[NDArray[np.float64]]:
    """For each target the base models' scores of the fold's test rows, (n_base_models, n, n_labels).

    Minus infinity for a label that the fit had not seen.
    """
    train, test = rows.terms[fold.train], rows[fold.test]
    from_network = network_scores(network, test, [len(q.labels) for q in questions])
    found = []
    for i, question in enumerate(questions):
        part = replace(question, columns=question.columns[fold.train])
        seen = np.unique(part.columns[part.columns >= 0])
        linear = np.full((len(fold.test), len(question.labels)), -np.inf)
        if seen.size > 1:
            svc = fit_svc(train, part, parameters, subwords=subwords)
            linear[:, seen] = both_sides(svc.decision_function(test.terms))
        else:
            linear[:, seen] = 0.0
        base_scores = np.stack([linear, *(scores[i] for scores in from_network)])
        base_scores[:, :, np.setdiff1d(np.arange(len(question.labels)), seen)] = -np.inf
        found.append(base_scores)
    return found


def _finite(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores in which a label that a fit had not seen is as unlikely as the least likely one that it had."""
    lowest = np.where(np.isfinite(scores), scores, np.inf).min(axis=2, keepdims=True)
    return np.where(np.isfinite(scores), scores, np.where(np.isfinite(lowest), lowest, 0.0))


def _kept(head: FittedHead, labels: tuple[str, ...]) -> _HeadCalibration:
    """A head's calibration for labels of which some may be new; those have proved nothing."""
    known = dict(zip(head.labels, head.thresholds, strict=True))
    new = LabelThreshold(NEVER, 0, 0, None)
    return extend(head.blend, head.labels, labels), tuple(known.get(label, new) for label in labels)


def fit_svc(
    rows: csr_matrix, question: Question, parameters: TrainingParameters, *, subwords: csr_matrix | None = None
) -> LinearSVC:
    """The linear base model; its weights are rounded to float32, so that what is served is what is computed with here.

    A label's errors weigh by the square root of how rare it is: half way to equal weights, which serves small groups
    without drowning them in the large one's tickets.

    Args:
        rows: shape (n, n_terms).
        question: each row's label.
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
    svc.fit(learned, columns)
    if subwords is not None:
        of_terms, of_ngrams = np.split(svc.coef_, [rows.shape[1]], axis=1)
        svc.coef_, svc.n_features_in_ = of_terms + of_ngrams @ subwords.T, rows.shape[1]
    svc.coef_ = svc.coef_.astype(np.float32).astype(np.float64)
    return svc


def _fit_networks(
    rows: TicketRows,
    questions: Sequence[Question],
    folds: Sequence[Fold],
    parameters: TrainingParameters,
    on_step: _Step,
) -> list[Network | None]:
    """A network for every fold's training rows, and one for all rows; None each where words have no vectors."""
    if rows.dense is None:
        return [None] * (len(folds) + 1)
    from training.learning.network import NetworkTask, fit_networks  # noqa: PLC0415 - torch takes seconds; --fast needs none

    n_labels = [len(q.labels) for q in questions]
    tasks = [
        NetworkTask(rows.dense, at, [q.columns for q in questions], n_labels, n_networks)
        # one is enough to learn by how much to trust them
        for at, n_networks in [
            *((fold.train, 1) for fold in folds),
            (np.arange(len(rows.dense)), parameters.n_networks),
        ]
    ]
    on_step("learning the network")
    return [
        *fit_networks(
            tasks,
            parameters,
            on_progress=lambda done: on_step(f"learning the network, {done:.0%}"),
        )
    ]
