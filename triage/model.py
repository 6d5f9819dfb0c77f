"""The model that answers: shared features once a ticket, then one linear head a target; numpy alone.

A head's scores are the ticket's row times the head's columns of one stacked matrix, so a further target costs a few
more columns of the same gather. Confidences are the softmax of the scores at the head's temperature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from triage.features import TermView
from triage.policy import decide
from triage.prediction import LabelConfidence, Mode, Prediction, TermWeight
from triage.ticket import NewTicket

__all__ = ["Head", "TriageModel", "softmax"]

N_EXPLAINED = 8
"""Terms in an explanation: as many as a person reads at a glance."""


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities along the last axis, of the scores' shape; safe for scores of any size."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Head:
    """One target's part of the model.

    Attributes:
        target: the question's name.
        labels: its possible answers, in the order of the head's columns.
        temperature: what scores are multiplied by before the softmax; above 1 sharpens.
        threshold: the confidence from which an answer keeps the precision that was asked for, 0 to 1.
        mode: what the answers may do.
    """

    target: str
    labels: tuple[str, ...]
    temperature: float
    threshold: float
    mode: Mode


class TriageModel:
    """Answers every target's question about a ticket.

    Args:
        version: the registry's name for this model.
        trained_at: when it was learned, aware.
        view: how a ticket becomes a row.
        heads: one a target; their labels, in order, are the columns of `weights`.
        weights: float32 of shape (n_terms, n_columns).
        intercepts: float64 of shape (n_columns,).
    """

    def __init__(
        self,
        *,
        version: str,
        trained_at: datetime,
        view: TermView,
        heads: Sequence[Head],
        weights: NDArray[np.float32],
        intercepts: NDArray[np.float64],
    ) -> None:
        self.version = version
        self.trained_at = trained_at
        self.view = view
        self.heads = tuple(heads)
        self.weights = weights
        self.intercepts = intercepts
        ends = np.cumsum([len(head.labels) for head in self.heads]).tolist()
        self._columns = tuple(slice(end - len(head.labels), end) for head, end in zip(self.heads, ends, strict=True))

    @property
    def targets(self) -> tuple[str, ...]:
        """The questions it answers, in the order of the answers."""
        return tuple(head.target for head in self.heads)

    def confidences(self, ticket: NewTicket) -> dict[str, NDArray[np.float64]]:
        """For each target the confidence of every label, float64 of shape (n_labels,), in the order of its head."""
        return self.weigh(ticket)[0]

    def weigh(self, ticket: NewTicket) -> tuple[dict[str, NDArray[np.float64]], bool]:
        """The confidences, and whether they rest on anything: one known term at least."""
        at, row = self.view.row(ticket)
        return self._confidences(self._scores(at, row)), at.size > 0

    def score(
        self, tickets: Sequence[NewTicket], *, top_n: int = 3, explain: bool = False
    ) -> list[tuple[Prediction, ...]]:
        """The answers to every question about each ticket, in the order of the tickets and of `targets`.

        Args:
            tickets: as filed.
            top_n: how many labels of each answer to rank, at least one.
            explain: whether to name the terms that spoke loudest for or against the answer.
        """
        return [self._answer(ticket, top_n, explain) for ticket in tickets]

    def _scores(self, at: NDArray[np.int64], row: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(row @ self.weights[at].astype(np.float64) + self.intercepts)

    def _confidences(self, scores: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        return {
            head.target: softmax(head.temperature * scores[columns])
            for head, columns in zip(self.heads, self._columns, strict=True)
        }

    def _answer(self, ticket: NewTicket, top_n: int, explain: bool) -> tuple[Prediction, ...]:
        at, row = self.view.row(ticket)
        confidences = self._confidences(self._scores(at, row))
        answers = []
        for head, columns in zip(self.heads, self._columns, strict=True):
            sure = confidences[head.target]
            ranked = np.argsort(-sure, kind="stable")[: max(top_n, 1)]
            top = tuple(LabelConfidence(head.labels[i], float(sure[i])) for i in ranked)
            decision, reason = decide(top[0].confidence, head.threshold, head.mode, has_evidence=at.size > 0)
            answers.append(
                Prediction(
                    target=head.target,
                    value=top[0].value,
                    confidence=top[0].confidence,
                    threshold=head.threshold,
                    decision=decision,
                    reason=reason,
                    top=top,
                    explanation=self._explain(at, row, columns, int(ranked[0])) if explain else (),
                )
            )
        return tuple(answers)

    def _explain(
        self, at: NDArray[np.int64], row: NDArray[np.float64], columns: slice, winner: int
    ) -> tuple[TermWeight, ...]:
        """What each term added to the winner beyond what it added to the average label, loudest first."""
        added = row[:, None] * self.weights[at, columns]
        shares = added[:, winner] - added.mean(axis=1)
        loudest = np.argsort(-np.abs(shares), kind="stable")[:N_EXPLAINED]
        return tuple(TermWeight(self.view.known[at[i]], float(shares[i])) for i in loudest)
