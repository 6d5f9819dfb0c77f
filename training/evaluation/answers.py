"""What a model answers to worked tickets, beside what people settled on: all that a measure is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from triage.model import TriageModel
from triage.policy import is_confident
from triage.ticket import WorkedTicket

__all__ = ["Answers", "Figures", "FirstAnswers", "Trial", "answer_tickets"]


@dataclass(frozen=True, slots=True)
class Figures:
    """The two figures that any way of answering can be compared by, each 0 to 1."""

    accuracy: float
    macro_f1: float

    @classmethod
    def of(cls, answered: Sequence[str], labels: Sequence[str]) -> "Figures":
        """Measured where these answers were given to tickets of these labels, both of shape (n,)."""
        hits = sum(a == label for a, label in zip(answered, labels, strict=True))
        macro_f1 = f1_score(labels, answered, average="macro", zero_division=0.0)
        return cls(hits / len(labels), float(macro_f1))


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """The likeliest answers to one target's question about n tickets that have a label of it.

    Attributes:
        at: which of the tickets asked about these are, int64 of shape (n,).
        answered: the answer to each, shape (n,).
        labels: what people settled on, shape (n,); may hold labels that are no answer.
    """

    at: NDArray[np.int64]
    answered: tuple[str, ...]
    labels: tuple[str, ...]

    def is_right(self) -> NDArray[np.bool_]:
        """Whether each answer is what people settled on, shape (n,)."""
        return np.asarray([a == label for a, label in zip(self.answered, self.labels, strict=True)], dtype=np.bool_)

    def figures(self) -> Figures:
        """How often the answers are right; there must be one."""
        return Figures.of(self.answered, self.labels)


Trial = Callable[[Sequence[WorkedTicket], Sequence[WorkedTicket]], Mapping[str, FirstAnswers]]
"""Learns from some tickets and answers others; raises `UnusableTraining` where there is too little to learn from."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one target's question about n tickets that have a label of it.

    Attributes:
        at: which of the tickets asked about these are, int64 of shape (n,).
        names: the possible answers, in the order of the columns.
        thresholds: for each of them the confidence from which it counts as covered, float64 of shape (n_answers,).
        confidences: float64 of shape (n, n_answers).
        has_evidence: whether an answer rests on anything, shape (n,); one that does not is never covered.
        labels: what people settled on, shape (n,); may hold labels that are no answer.
    """

    at: NDArray[np.int64]
    names: tuple[str, ...]
    thresholds: NDArray[np.float64]
    confidences: NDArray[np.float64]
    has_evidence: NDArray[np.bool_]
    labels: tuple[str, ...]

    def first(self) -> FirstAnswers:
        """The likeliest of them."""
        answered = tuple(self.names[column] for column in self.confidences.argmax(axis=1).tolist())
        return FirstAnswers(self.at, answered, self.labels)

    def sure(self) -> NDArray[np.float64]:
        """How sure the model was of the likeliest answer to each, 0 to 1, shape (n,)."""
        return np.asarray(self.confidences.max(axis=1))

    def is_covered(self) -> NDArray[np.bool_]:
        """Whether the likeliest answer to each lies at or above its threshold and rests on something, shape (n,)."""
        return self.has_evidence & is_confident(self.sure(), self.thresholds[self.confidences.argmax(axis=1)])


def answer_tickets(
    model: TriageModel, tickets: Sequence[WorkedTicket], *, on_progress: Callable[[float], None] = lambda _: None
) -> dict[str, Answers]:
    """The model's answers to each of its questions, asked as in serving, on the tickets that have a label.

    Every measure and everything that is kept of a model's answers is made of these: a ticket is asked about once.

    Args:
        model: to be asked.
        tickets: as people worked them; the model sees what was filed.
        on_progress: told the share done, 0 to 1, now and then.
    """
    given: dict[str, list[tuple[int, NDArray[np.float64], bool, str]]] = {target: [] for target in model.targets}
    for i, ticket in enumerate(tickets):
        if i % 500 == 0:
            on_progress(i / len(tickets))
        answers, abstention = model.confidences_with_abstention(ticket.filed)
        for target, confidences in answers.items():
            label = ticket.label(target)
            if label is not None:
                given[target].append((i, confidences, abstention is None, label))
    return {
        head.target: Answers(
            at=np.asarray([at for at, _, _, _ in given[head.target]], dtype=np.int64),
            names=head.labels,
            thresholds=np.asarray(head.thresholds, dtype=np.float64),
            confidences=np.asarray([row for _, row, _, _ in given[head.target]]).reshape(-1, len(head.labels)),
            has_evidence=np.asarray([evidence for _, _, evidence, _ in given[head.target]], dtype=np.bool_),
            labels=tuple(label for _, _, _, label in given[head.target]),
        )
        for head in model.questions
    }
