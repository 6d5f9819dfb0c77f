"""What a model answers to worked tickets, beside what people settled on: all that a measure is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from triage.errors import InvalidInput
from triage.model import TriageModel
from triage.ticket import WorkedTicket

__all__ = ["Answers", "Figures", "Learner", "answer_tickets"]

Learner = Callable[[Sequence[WorkedTicket]], TriageModel]
"""Learns a model from tickets; may raise `UnusableTraining` where they are too few or too uniform."""


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
class Answers:
    """The answers to one target's question about n tickets that have a label of it.

    Attributes:
        at: which of the tickets asked about these are, int64 of shape (n,).
        names: the possible answers, in the order of the columns.
        confidences: float64 of shape (n, n_answers).
        has_evidence: whether an answer rests on anything, shape (n,).
        labels: what people settled on, shape (n,); may hold labels that are no answer.
    """

    at: NDArray[np.int64]
    names: tuple[str, ...]
    confidences: NDArray[np.float64]
    has_evidence: NDArray[np.bool_]
    labels: tuple[str, ...]

    def first(self) -> list[str]:
        """The likeliest answer to each, shape (n,)."""
        return [self.names[column] for column in self.confidences.argmax(axis=1).tolist()]

    def figures(self) -> Figures:
        """How often the likeliest answer was right."""
        return Figures.of(self.first(), self.labels)


def answer_tickets(
    model: TriageModel, tickets: Sequence[WorkedTicket], *, on_progress: Callable[[float], None] = lambda _: None
) -> dict[str, Answers]:
    """The model's answers, asked as in serving, for each of its targets that these tickets have labels of.

    Args:
        model: to be asked.
        tickets: as people worked them; the model sees what was filed.
        on_progress: told the share done, 0 to 1, now and then.

    Raises:
        InvalidInput: the tickets have no label of any target.
    """
    given: dict[str, list[tuple[int, NDArray[np.float64], bool, str]]] = {target: [] for target in model.targets}
    for i, ticket in enumerate(tickets):
        if i % 500 == 0:
            on_progress(i / len(tickets))
        answers, hindrance = model.weigh(ticket.filed)
        for target, confidences in answers.items():
            label = ticket.label(target)
            if label is not None:
                given[target].append((i, confidences, hindrance is None, label))
    if not any(given.values()):
        known = ", ".join(model.targets)
        raise InvalidInput(f"None of these tickets has a value for any of the model's targets: {known}.")
    return {
        head.target: Answers(
            at=np.asarray([at for at, _, _, _ in given[head.target]], dtype=np.int64),
            names=head.labels,
            confidences=np.vstack([confidences for _, confidences, _, _ in given[head.target]]),
            has_evidence=np.asarray([evidence for _, _, evidence, _ in given[head.target]], dtype=np.bool_),
            labels=tuple(label for _, _, _, label in given[head.target]),
        )
        for head in model.questions
        if given[head.target]
    }
