"""The model that answers: a ticket is read once, every target's base models score it, a blend of them is the answer.

Members are the linear model on the ticket's terms and, where one was learned, the network on its words' vectors and,
for a model that asks an encoder, on what that makes of the whole text. The labels of all targets stand side by side,
so a further target costs a few more columns of the same gather. numpy alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from triage.customers.model import CustomerModel
from triage.ensemble import Blend
from triage.familiarity import Familiarity
from triage.features import TermRow, TermView
from triage.network import Network, mean_log_probabilities
from triage.policy import decide
from triage.prediction import LabelConfidence, Mode, Prediction, Reason, TermWeight
from triage.priority import IMPACT, URGENCY, PriorityMatrix
from triage.sentence import SentenceEncoder, sentence_rows
from triage.ticket import NewTicket
from triage.word_vectors import WordVectors

__all__ = ["DerivedPriority", "Head", "Meaning", "TriageModel"]

N_EXPLAINED = 8
"""Terms in an explanation: as many as a person reads at a glance."""


@dataclass(frozen=True, slots=True)
class Head:
    """One target's part of the model.

    Attributes:
        target: the question's name.
        labels: its possible answers, in the order of the head's columns.
        thresholds: for each label the confidence from which it keeps the precision that was asked for, 0 to 1.
        mode: what the answers may do.
    """

    target: str
    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    mode: Mode


@dataclass(frozen=True, slots=True)
class DerivedPriority:
    """Priority from the answers about impact and urgency, which must be among the model's heads.

    Attributes:
        head: the labels are the matrix's priorities.
        matrix: rows and columns are the labels of those two heads.
    """

    head: Head
    matrix: PriorityMatrix


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a model knows beyond terms.

    Attributes:
        vectors: of its words.
        network: on the dense row that they make of a ticket.
        encoder: asked about every ticket, and its answer is the last block of the row; None for most models.
    """

    vectors: WordVectors
    network: Network
    encoder: SentenceEncoder | None = None

    @property
    def n_sentence(self) -> int:
        """How many dimensions of a dense row are the encoder's; 0 without one."""
        return int(self.network.hidden.shape[0]) - self.vectors.n_dims

    def scores(self, row: TermRow, sentence: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Every network's scores for one ticket, float32 of shape (n_networks, 1, n_columns)."""
        dense = self.vectors.row(row)
        return self.network.scores((dense if sentence is None else np.concatenate([dense, sentence]))[None, :])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TriageModel:
    """Answers every target's question about a ticket.

    Attributes:
        version: the registry's name for this model.
        trained_at: when it was learned, aware.
        view: how a ticket becomes a row of terms.
        heads: one a target; their labels, in order, are the columns of `weights` and of the network.
        weights: float32 of shape (n_terms, n_columns).
        intercepts: float64 of shape (n_columns,).
        blends: one a head: how the base models' scores become its confidences.
        familiarity: which tickets the model may speak about.
        meaning: the second base model; None for a model of terms alone.
        priority: the question that is answered by two others; None where a desk has no matrix.
        customers: what was learned of those who write; no answer depends on it. None where the history told nothing.
    """

    version: str
    trained_at: datetime
    view: TermView
    heads: tuple[Head, ...]
    weights: NDArray[np.float32]
    intercepts: NDArray[np.float64]
    blends: tuple[Blend, ...]
    familiarity: Familiarity
    meaning: Meaning | None = None
    priority: DerivedPriority | None = None
    customers: CustomerModel | None = None

    @property
    def columns(self) -> Iterator[slice]:
        """For each head the columns of its labels."""
        end = 0
        for head in self.heads:
            end += len(head.labels)
            yield slice(end - len(head.labels), end)

    @property
    def targets(self) -> tuple[str, ...]:
        """The questions it answers, in the order of the answers."""
        return tuple(head.target for head in self.questions)

    @property
    def questions(self) -> tuple[Head, ...]:
        """The heads of all questions, the derived one last."""
        return self.heads if self.priority is None else (*self.heads, self.priority.head)

    def confidences(self, ticket: NewTicket) -> dict[str, NDArray[np.float64]]:
        """For each target the confidence of every label, float64 of shape (n_labels,), in the order of its head."""
        return self.confidences_with_abstention(ticket)[0]

    def confidences_with_abstention(self, ticket: NewTicket) -> tuple[dict[str, NDArray[np.float64]], Reason | None]:
        """The confidences, and why an answer about this ticket would rest on nothing; None where it would not."""
        row = self.view.row(ticket)
        (sentence,) = self._sentences([ticket])
        return self._confidences(row, sentence), self.familiarity.abstention_reason(row)

    def score(
        self, tickets: Sequence[NewTicket], *, top_n: int = 3, explain: bool = False
    ) -> list[tuple[Prediction, ...]]:
        """The answers to every question about each ticket, in the order of the tickets and of `targets`.

        Args:
            tickets: as filed.
            top_n: how many labels of each answer to rank, at least one.
            explain: whether to name the terms that spoke loudest for or against the answer.
        """
        return [
            self._answer(ticket, sentence, top_n, explain)
            for ticket, sentence in zip(tickets, self._sentences(tickets), strict=True)
        ]

    def _sentences(self, tickets: Sequence[NewTicket]) -> Sequence[NDArray[np.float32] | None]:
        """Each ticket's sentence block, all asked for at once; None each where no encoder is asked."""
        if self.meaning is None or self.meaning.encoder is None or not tickets:
            return [None] * len(tickets)
        return list(sentence_rows(self.meaning.encoder, tickets))

    def _confidences(self, row: TermRow, sentence: NDArray[np.float32] | None) -> dict[str, NDArray[np.float64]]:
        linear = row.weights @ self.weights[row.at].astype(np.float64) + self.intercepts
        network = None
        if self.meaning is not None:
            network = self.meaning.scores(row, sentence)
        found = {}
        for head, columns, blend in zip(self.heads, self.columns, self.blends, strict=True):
            scores = [linear[None, columns]]
            if network is not None:
                scores.append(mean_log_probabilities(network[:, :, columns]))
            found[head.target] = blend.confidences(np.stack(scores))[0]
        if self.priority is not None:
            parts = (found[part][None, :] for part in (IMPACT, URGENCY))
            found[self.priority.head.target] = self.priority.matrix.confidences(*parts)[0]
        return found

    def _answer(
        self, ticket: NewTicket, sentence: NDArray[np.float32] | None, top_n: int, explain: bool
    ) -> tuple[Prediction, ...]:
        row = self.view.row(ticket)
        abstention = self.familiarity.abstention_reason(row)
        confidences = self._confidences(row, sentence)
        answers = []
        columns = dict(zip(self.heads, self.columns, strict=True))
        for head in self.questions:
            sure = confidences[head.target]
            ranked = np.argsort(-sure, kind="stable")
            top = tuple(LabelConfidence(head.labels[i], float(sure[i])) for i in ranked[: max(top_n, 1)])
            threshold = head.thresholds[ranked[0]]
            decision, reason = decide(top[0].confidence, float(sure[ranked[1]]), threshold, head.mode, abstention)
            answers.append(
                Prediction(
                    target=head.target,
                    value=top[0].value,
                    confidence=top[0].confidence,
                    threshold=threshold,
                    decision=decision,
                    reason=reason,
                    top=top,
                    explanation=self._explain(row, columns[head], int(ranked[0]))
                    if explain and head in columns
                    else (),
                )
            )
        return tuple(answers)

    def _explain(self, row: TermRow, columns: slice, winner: int) -> tuple[TermWeight, ...]:
        """What each term added to the winner beyond what it added to the average label, loudest first.

        Of the linear base model: terms are what people can check, and it speaks for the blend nearly always.
        """
        added = row.weights[:, None] * self.weights[row.at, columns]
        shares = added[:, winner] - added.mean(axis=1)
        loudest = np.argsort(-np.abs(shares), kind="stable")[:N_EXPLAINED]
        return tuple(TermWeight(self.view.known[row.at[i]], float(shares[i])) for i in loudest)
