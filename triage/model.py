"""The model that answers: a ticket is read once, every target's base models score it, a blend of them is the answer.

Members are the linear model on the ticket's terms and, where one was learned, the network on its words' vectors and,
for a model that asks an encoder, on what that makes of the whole text. The labels of all targets stand side by side,
so a further target costs a few more columns of the same gather. numpy alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from triage.batch import Head, TargetBatch
from triage.columns import LabelColumns
from triage.customers.model import CustomerModel
from triage.ensemble import Blend, with_noise
from triage.familiarity import Familiarity
from triage.features import TermRows, TermView
from triage.missing import AskedBack
from triage.network import Network
from triage.policy import decide
from triage.prediction import Prediction, TermWeight
from triage.priority import IMPACT, URGENCY, PriorityMatrix
from triage.risk import RiskModel
from triage.sentence import SentenceEncoder, sentence_rows
from triage.ticket import NewTicket
from triage.word_vectors import WordVectors

__all__ = ["DerivedPriority", "Meaning", "TriageModel"]

N_EXPLAINED = 8
"""Terms in an explanation: as many as a person reads at a glance."""

AT_ONCE = 256
"""Tickets whose arrays are made together: enough to spread the cost of a call, and few enough to stay in the cache."""

_BLAS = ThreadpoolController()


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

    def scores(self, rows: TermRows, tickets: Sequence[NewTicket]) -> NDArray[np.float32]:
        """Every network's scores for tickets and their rows, float32 of shape (n_networks, n, n_columns)."""
        dense = self.vectors.rows(rows)
        if self.encoder is not None:
            dense = np.hstack([dense, sentence_rows(self.encoder, tickets)])
        return self.network.scores(dense)


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
        meaning: the second base model; None for a model of terms alone, or where no head asks for it.
        priority: the question that is answered by two others; None where a desk has no matrix.
        customers: what was learned of those who write; no answer depends on it. None where the history told nothing.
        asked_back: what agents had to ask back for; no answer depends on it. None where the history does not show it.
        risk: what may go wrong with a ticket; no answer depends on it. None where the history cannot tell.
        columns: where the labels of each head stand.
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
    asked_back: AskedBack | None = None
    risk: RiskModel | None = None

    columns: LabelColumns = field(init=False)

    def __post_init__(self) -> None:
        """Remember where the labels of each head stand."""
        object.__setattr__(self, "columns", LabelColumns.of([len(head.labels) for head in self.heads]))

    @property
    def targets(self) -> tuple[str, ...]:
        """The questions it answers, in the order of the answers."""
        return tuple(head.target for head in self.questions)

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """By target every answer that it can give."""
        return {head.target: head.labels for head in self.questions}

    @property
    def questions(self) -> tuple[Head, ...]:
        """The heads of all questions, the derived one last."""
        return self.heads if self.priority is None else (*self.heads, self.priority.head)

    def confidences(self, tickets: Sequence[NewTicket]) -> dict[str, NDArray[np.float64]]:
        """For each target the confidence of every label, float64 of shape (n, n_labels), in the order of its head."""
        return {target: batch.confidences for target, batch in self.answer(tickets).items()}

    def answer(self, tickets: Sequence[NewTicket]) -> dict[str, TargetBatch]:
        """The answers to each target's question about all tickets, as arrays, in the order of `targets`."""
        parts = [answers for _, answers in self._parts(tickets)]
        return {head.target: _together([part[head.target] for part in parts]) for head in self.questions}

    def score(
        self, tickets: Sequence[NewTicket], *, top_n: int = 3, explain: bool = False
    ) -> list[tuple[Prediction, ...]]:
        """The answers to every question about each ticket, in the order of the tickets and of `targets`.

        Args:
            tickets: as filed.
            top_n: how many labels of each answer to rank, at least one.
            explain: whether to name the terms that spoke loudest for or against the answer.
        """
        scored: list[tuple[Prediction, ...]] = []
        for rows, answers in self._parts(tickets):
            found = [batch.predictions(top_n) for batch in answers.values()]
            if explain:
                for i, (head, columns) in enumerate(zip(self.heads, self.columns.parts, strict=True)):
                    first = answers[head.target].first.tolist()
                    found[i] = [
                        prediction._replace(explanation=self._explain(rows, at, columns, winner))
                        for at, (prediction, winner) in enumerate(zip(found[i], first, strict=True))
                    ]
            scored += zip(*found, strict=True)
        return scored

    def _parts(self, tickets: Sequence[NewTicket]) -> list[tuple[TermRows, dict[str, TargetBatch]]]:
        """The rows of some tickets at a time, and the answers about them; one part at least."""
        found = []
        with _BLAS.limit(limits=1, user_api="blas"):  # matrices this small gain nothing from being shared out
            for start in range(0, max(len(tickets), 1), AT_ONCE):
                part = tickets[start : start + AT_ONCE]
                rows = self.view.rows(part)
                found.append((rows, self._answer(rows, part)))
        return found

    def _answer(self, rows: TermRows, tickets: Sequence[NewTicket]) -> dict[str, TargetBatch]:
        abstentions = self.familiarity.abstention_reasons(rows)
        confidences = self._confidences(rows, tickets)
        first = [found.argmax(axis=1) for found in confidences]
        two = np.stack([np.partition(found, -2, axis=1)[:, -2:] for found in confidences], axis=2)
        thresholds = [np.asarray(head.thresholds)[at] for head, at in zip(self.questions, first, strict=True)]
        decisions, reasons = decide(
            two[:, 1],
            two[:, 0],
            np.stack(thresholds, axis=1),
            modes=[head.mode for head in self.questions],
            suggest_from=[head.suggest_from for head in self.questions],
            abstentions=abstentions,
        )
        has_evidence = np.asarray([abstention is None for abstention in abstentions], dtype=np.bool_)
        return {
            head.target: TargetBatch(head, confidences[i], first[i], has_evidence, decisions[:, i], reasons[:, i])
            for i, head in enumerate(self.questions)
        }

    def _confidences(self, rows: TermRows, tickets: Sequence[NewTicket]) -> list[NDArray[np.float64]]:
        """For each question the confidence of every label, float64 of shape (n, n_labels)."""
        linear = self._linear(rows)
        network = None
        if self.meaning is not None and not tickets:
            network = linear  # of shape (0, n_columns); an encoder is not asked about nothing
        elif self.meaning is not None:
            network = self.columns.mean_log_softmax(self.meaning.scores(rows, tickets))
        scores = np.empty_like(linear)
        for head, part, blend in zip(self.heads, self.columns.parts, self.blends, strict=True):
            base_scores = [linear[:, part]]
            if head.has_network and network is not None:
                base_scores.append(network[:, part])
            scores[:, part] = blend.scores(base_scores)
        every = self.columns.softmax(scores)
        found = [with_noise(every[:, part], b.noise) for part, b in zip(self.columns.parts, self.blends, strict=True)]
        if self.priority is not None:
            by_target = {head.target: found[i] for i, head in enumerate(self.heads)}
            found.append(self.priority.matrix.confidences(by_target[IMPACT], by_target[URGENCY]))
        return found

    def _linear(self, rows: TermRows) -> NDArray[np.float64]:
        """The linear base model's scores, float64 of shape (n, n_columns)."""
        scores = np.empty((len(rows), self.weights.shape[1]))
        for i, (start, end) in enumerate(pairwise(rows.starts.tolist())):
            weights = self.weights.take(rows.at[start:end], axis=0).astype(np.float64)
            np.matmul(rows.weights[start:end], weights, out=scores[i])
        return scores + self.intercepts

    def _explain(self, rows: TermRows, at: int, columns: slice, winner: int) -> tuple[TermWeight, ...]:
        """What each term of a ticket added to the winner beyond what it added to the average label, loudest first.

        Of the linear base model: terms are what people can check, and it speaks for the blend nearly always.
        """
        own = slice(rows.starts[at], rows.starts[at + 1])
        terms = rows.at[own]
        added = rows.weights[own][:, None] * self.weights[terms, columns]
        shares = added[:, winner] - added.mean(axis=1)
        loudest = np.argsort(-np.abs(shares), kind="stable")[:N_EXPLAINED]
        return tuple(TermWeight(self.view.known[terms[i]], float(shares[i])) for i in loudest)


def _together(parts: Sequence[TargetBatch]) -> TargetBatch:
    """Batches of one target as one."""
    if len(parts) == 1:
        return parts[0]
    arrays = ("confidences", "first", "has_evidence", "decisions", "reasons")
    return TargetBatch(parts[0].head, *(np.concatenate([getattr(part, name) for part in parts]) for name in arrays))
