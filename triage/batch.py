"""One target's answers to many tickets, as arrays: what is computed for a batch, before anybody asks for one ticket."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from triage.policy import DECISIONS, REASONS
from triage.prediction import LabelConfidence, Mode, Prediction

__all__ = ["Head", "TargetBatch"]


@dataclass(frozen=True, slots=True)
class Head:
    """One target's part of the model.

    Attributes:
        target: the question's name.
        labels: its possible answers, in the order of the head's columns.
        thresholds: for each label the confidence from which its answers may be applied, 0 to 1.
        mode: what the answers may do.
        suggest_from: the confidence below which an answer is withheld, 0 to 1.
        has_network: whether the network takes part in its answers beside the linear model.
    """

    target: str
    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    mode: Mode
    suggest_from: float = 0.0
    has_network: bool = False


@dataclass(frozen=True, eq=False)
class TargetBatch:
    """The answers to one target's question about n tickets.

    Attributes:
        head: the question.
        confidences: of every label, float64 of shape (n, n_labels), in the order of the head.
        first: the likeliest label's column, int64 of shape (n,).
        has_evidence: whether an answer about the ticket rests on anything, bool of shape (n,).
        decisions: places in `triage.policy.DECISIONS`, int8 of shape (n,).
        reasons: places in `triage.policy.REASONS`, int8 of shape (n,).
    """

    head: Head
    confidences: NDArray[np.float64]
    first: NDArray[np.int64]
    has_evidence: NDArray[np.bool_]
    decisions: NDArray[np.int8]
    reasons: NDArray[np.int8]

    @cached_property
    def sure(self) -> NDArray[np.float64]:
        """The confidence of each first answer, 0 to 1, shape (n,)."""
        return self.confidences[np.arange(self.first.size), self.first]

    @cached_property
    def thresholds(self) -> NDArray[np.float64]:
        """The threshold of each first answer's label, shape (n,)."""
        return np.asarray(self.head.thresholds)[self.first]

    def predictions(self, top_n: int) -> list[Prediction]:
        """The answers one by one, each with so many ranked labels; one at least."""
        labels = self.head.labels
        ranked = np.argsort(-self.confidences, axis=1, kind="stable")[:, : max(top_n, 1)]
        sure = self.confidences[np.arange(len(ranked))[:, None], ranked]
        rows = zip(
            ranked.tolist(),
            sure.tolist(),
            self.thresholds.tolist(),
            self.decisions.tolist(),
            self.reasons.tolist(),
            strict=True,
        )
        target, named = self.head.target, LabelConfidence._make
        return [
            Prediction(
                target,
                labels[columns[0]],
                confidences[0],
                threshold,
                DECISIONS[decision],
                REASONS[reason],
                tuple(map(named, zip([labels[column] for column in columns], confidences, strict=True))),
            )
            for columns, confidences, threshold, decision, reason in rows
        ]
