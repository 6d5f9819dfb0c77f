"""Learning: one vectorising for all targets, one linear head each, out-of-fold answers to calibrate on.

The heads are scikit-learn estimators, so a pipeline of vectoriser and head opens in a notebook; `FittedModel.scorer`
takes the numbers out of them for the numpy scorer.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from training.calibrate import fit_temperature, threshold_for
from training.parameters import TrainingParameters
from triage.errors import UnusableTraining
from triage.features import TermView, terms
from triage.model import Head, TriageModel, softmax
from triage.targets import Target
from triage.ticket import WorkedTicket

__all__ = ["FittedModel", "LinearHead", "fit_model"]


class LinearHead(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """LinearSVC with confidences: a temperature and a threshold set on answers that its folds had not seen.

    A label's errors weigh by the square root of how rare it is: half way to equal weights, which serves small groups
    without drowning them in the large one's tickets. Weights are rounded to float32 on learning, so that what is
    served later is what scikit-learn computes with here.
    """

    def __init__(self, C: float = 0.3, n_folds: int = 3, precision: float = 0.95, seed: int = 0) -> None:
        self.C = C
        self.n_folds = n_folds
        self.precision = precision
        self.seed = seed

    def fit(self, X: csr_matrix, y: Sequence[str], groups: NDArray[np.int64] | None = None) -> Self:
        """Learn from rows of shape (n, n_terms) and their labels; rows of one group never part over the folds."""
        self.classes_, columns = np.unique(np.asarray(y, dtype=object), return_inverse=True)
        groups = np.arange(columns.size) if groups is None else groups
        scores = self._out_of_fold(X, columns, groups)
        self.temperature_ = fit_temperature(scores, columns)
        confidences = softmax(self.temperature_ * scores)
        first = confidences.argmax(axis=1)
        self.threshold_ = threshold_for(confidences.max(axis=1), first == columns, self.precision)
        return self._learn_weights(X, columns)

    def fit_like(self, calibrated: "LinearHead", X: csr_matrix, y: Sequence[str]) -> Self:
        """Learn the weights from rows and labels, with the temperature and the threshold of another head."""
        self.classes_, columns = np.unique(np.asarray(y, dtype=object), return_inverse=True)
        self.temperature_ = calibrated.temperature_
        self.threshold_ = calibrated.threshold_
        return self._learn_weights(X, columns)

    def decision_function(self, X: csr_matrix) -> NDArray[np.float64]:
        """Scores of shape (n, n_labels); with two labels, the one is the other's negative."""
        return _both_sides(self.svc_.decision_function(X))

    def predict_proba(self, X: csr_matrix) -> NDArray[np.float64]:
        """Confidences of shape (n, n_labels)."""
        return softmax(self.temperature_ * self.decision_function(X))

    def predict(self, X: csr_matrix) -> NDArray[Any]:
        """The likeliest labels, shape (n,)."""
        return np.asarray(self.classes_[self.decision_function(X).argmax(axis=1)])

    def weights(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Weights float32 (n_terms, n_labels) and intercepts float64 (n_labels,), for the numpy scorer."""
        coef, intercept = self.svc_.coef_, self.svc_.intercept_
        if self.classes_.size == 2:
            coef, intercept = np.vstack([-coef, coef]), np.concatenate([-intercept, intercept])
        return coef.T.astype(np.float32), intercept.astype(np.float64)

    def _learn_weights(self, X: csr_matrix, columns: NDArray[np.int64]) -> Self:
        self.svc_ = self._svc(X, columns)
        self.svc_.coef_ = self.svc_.coef_.astype(np.float32).astype(np.float64)
        return self

    def _svc(self, X: csr_matrix, columns: NDArray[np.int64]) -> LinearSVC:
        counts = Counter(columns.tolist())
        even = columns.size / len(counts)
        weight = {column: (even / count) ** 0.5 for column, count in counts.items()}
        return LinearSVC(C=self.C, class_weight=weight, random_state=self.seed).fit(X, columns)

    def _out_of_fold(
        self,
        X: csr_matrix,
        columns: NDArray[np.int64],
        groups: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Scores (n, n_labels) of fits that had not seen the row; minus infinity for labels they had not seen."""
        n_folds = min(self.n_folds, np.unique(groups).size)
        if n_folds < 2:
            raise UnusableTraining("All tickets are one customer's, or say the same: there is nothing to compare.")
        scores = np.full((columns.size, self.classes_.size), -np.inf)
        for train, test in GroupKFold(n_folds, shuffle=True, random_state=self.seed).split(X, columns, groups):
            seen = np.unique(columns[train])
            if seen.size == 1:
                scores[test, seen[0]] = 0.0
                continue
            fold = _both_sides(self._svc(X[train], columns[train]).decision_function(X[test]))
            scores[np.ix_(test, seen)] = fold
        if np.isneginf(scores[np.arange(columns.size), columns]).all():
            raise UnusableTraining("Every customer has labels of their own: there is nothing to compare.")
        return scores


def _both_sides(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores


@dataclass(frozen=True, slots=True)
class FittedModel:
    """What was learned, as scikit-learn holds it: one vectoriser, and a head for each target."""

    vectoriser: TfidfVectorizer
    heads: Mapping[Target, LinearHead]

    def pipelines(self) -> dict[str, Pipeline]:
        """For each target a pipeline from tickets as filed to confidences; all share the vectoriser."""
        return {
            target.name: Pipeline([("terms", self.vectoriser), ("head", head)]) for target, head in self.heads.items()
        }

    def scorer(self, *, version: str, trained_at: datetime) -> TriageModel:
        """The same model for serving, in numpy."""
        stacked = [head.weights() for head in self.heads.values()]
        return TriageModel(
            version=version,
            trained_at=trained_at,
            view=TermView(self.vectoriser.get_feature_names_out().tolist(), self.vectoriser.idf_.astype(np.float64)),
            heads=[
                Head(target.name, tuple(head.classes_.tolist()), head.temperature_, head.threshold_, target.mode)
                for target, head in self.heads.items()
            ],
            weights=np.ascontiguousarray(np.hstack([weights for weights, _ in stacked])),
            intercepts=np.concatenate([intercepts for _, intercepts in stacked]),
        )


def fit_model(
    tickets: Sequence[WorkedTicket],
    targets: Sequence[Target],
    parameters: TrainingParameters,
    *,
    seed: int,
    groups: NDArray[np.int64] | None = None,
    calibrated: FittedModel | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> FittedModel:
    """Learn every target from a history.

    Args:
        tickets: the history; a ticket without a label for a target is passed over there.
        targets: what to learn.
        parameters: how.
        seed: for folds and solver.
        groups: tickets that belong together, int64 of shape (n,), as `training.split.groups_of` gives them.
        calibrated: a model whose temperatures and thresholds are kept instead of being set anew.
        on_step: told what begins.

    Raises:
        UnusableTraining: a target has fewer than two labels here, or no term is left to learn from.
    """
    on_step("reading words")
    vectoriser = TfidfVectorizer(
        analyzer=terms,
        sublinear_tf=True,
        min_df=min(parameters.min_tickets_per_term, len(tickets)),
        max_features=parameters.max_terms,
    )
    try:
        rows = vectoriser.fit_transform([ticket.filed for ticket in tickets])
    except ValueError as error:
        raise UnusableTraining("No word stands in enough tickets to be learned from.") from error

    def learn(target: Target) -> LinearHead:
        labelled = [(i, label) for i, ticket in enumerate(tickets) if (label := ticket.label(target.name)) is not None]
        at = np.asarray([i for i, _ in labelled], dtype=np.int64)
        labels = [label for _, label in labelled]
        if len(set(labels)) < 2:
            raise UnusableTraining(f"The tickets to learn {target.name} from have fewer than two different labels.")
        head = LinearHead(parameters.regularisation, parameters.n_folds, target.precision, seed)
        on_step(f"learning {target.name}")
        if calibrated is None:
            return head.fit(rows[at], labels, None if groups is None else groups[at])
        return head.fit_like(calibrated.heads[target], rows[at], labels)

    # One after the other: liblinear draws from one generator a process, so threads would not learn the same twice.
    return FittedModel(vectoriser, {target: learn(target) for target in targets})
