"""What a model answers to worked tickets, beside what people settled on: all that a measure is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from triage.batch import TargetBatch
from triage.model import TriageModel
from triage.policy import is_confident
from triage.ticket import WorkedTicket

__all__ = ["Answers", "Figures", "FirstAnswers", "Trial", "answer_tickets"]

_AT_ONCE = 1_000
"""Tickets between two words of progress."""


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
    parts: list[dict[str, Answers]] = []
    for start in range(0, max(len(tickets), 1), _AT_ONCE):
        on_progress(start / max(len(tickets), 1))
        chunk = tickets[start : start + _AT_ONCE]
        batches = model.answer([ticket.filed for ticket in chunk])
        parts.append({target: _labelled(batch, chunk, start) for target, batch in batches.items()})
    return {target: _together([part[target] for part in parts]) for target in model.targets}


def _labelled(batch: TargetBatch, tickets: Sequence[WorkedTicket], start: int) -> Answers:
    """A batch's answers to the tickets that have a label, the first of which is asked about at this place."""
    labels = [ticket.label(batch.head.target) for ticket in tickets]
    at = np.flatnonzero([label is not None for label in labels])
    return Answers(
        at=start + at,
        names=batch.head.labels,
        thresholds=np.asarray(batch.head.thresholds, dtype=np.float64),
        confidences=batch.confidences[at],
        has_evidence=batch.has_evidence[at],
        labels=tuple(label for label in labels if label is not None),
    )


def _together(parts: Sequence[Answers]) -> Answers:
    """Answers to the same question as one."""
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in ("at", "confidences", "has_evidence")
    }
    return replace(parts[0], **arrays, labels=tuple(chain.from_iterable(part.labels for part in parts)))
