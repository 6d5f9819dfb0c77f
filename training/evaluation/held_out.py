"""A model's answers to tickets that it had not learned from, kept so that versions can be compared later.

A file holds a row for each ticket and target: no text and nobody's name, only a number for the ticket, what people
settled on, and what the model said.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.manifest import Manifest
from training.evaluation.answers import Answers
from training.histories.dataset import seen_keys
from triage.targets import Target
from triage.ticket import WorkedTicket

__all__ = ["TargetAnswers", "asked_precisions", "held_out_answers", "read_answers", "write_answers"]

_COLUMNS = ("key", "opened_at", "label", "answer", "confidence", "is_covered")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TargetAnswers:
    """One model's answers to one target's question, on n labelled tickets that it had not learned from.

    Attributes:
        key: a number for each ticket, as `training.histories.dataset.seen_keys` gives them, uint64 of shape (n,).
        opened_at: when each was opened, datetime64[s] in UTC of shape (n,); NaT where nobody wrote it down.
        label: what people settled on, shape (n,); may hold labels that are no possible answer.
        answer: the model's first answer, shape (n,).
        confidence: how sure it was of that, 0 to 1, float64 of shape (n,).
        is_covered: whether the answer lay at or above its threshold and rested on something, bool of shape (n,).
        vocabulary: every label that the model can answer.
        precision: how often covered answers were asked to be right, 0 to 1.
    """

    key: NDArray[np.uint64]
    opened_at: NDArray[np.datetime64]
    label: NDArray[np.str_]
    answer: NDArray[np.str_]
    confidence: NDArray[np.float64]
    is_covered: NDArray[np.bool_]
    vocabulary: tuple[str, ...]
    precision: float

    def take(self, rows: NDArray[Any]) -> Self:
        """Some of the tickets, by their positions or by a mask of shape (n,)."""
        columns: dict[str, Any] = {name: getattr(self, name)[rows] for name in _COLUMNS}
        return replace(self, **columns)

    def and_also(self, other: Self) -> Self:
        """These tickets and then the other's."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _COLUMNS
        }
        return replace(self, **columns)


def asked_precisions(manifest: Manifest) -> dict[str, float]:
    """For each target of a model the precision that its training was asked to keep."""
    configured = manifest.parameters.get("targets", {})
    return {
        head.target: float(configured.get(head.target, {}).get("precision", Target(head.target).precision))
        for head in manifest.questions
    }


def held_out_answers(
    answers: Mapping[str, Answers],
    tickets: Sequence[WorkedTicket],
    precisions: Mapping[str, float],
    *,
    keys: NDArray[np.uint64] | None = None,
) -> dict[str, TargetAnswers]:
    """What is kept of a model's answers to tickets that it had not learned from.

    Args:
        answers: for each target, as `training.evaluation.answers.answer_tickets` gives them.
        tickets: that were asked about.
        precisions: for each target the precision that was asked for, 0 to 1.
        keys: by which the tickets are known, uint64 of shape (n,), where something was taken out of their texts.
    """
    keys = seen_keys(tickets) if keys is None else keys
    opened_at = np.asarray([_moment(ticket) for ticket in tickets], dtype="datetime64[s]")
    return {
        target: TargetAnswers(
            key=keys[given.at],
            opened_at=opened_at[given.at],
            label=np.asarray(given.labels, dtype=np.str_),
            answer=np.asarray(given.first().answered, dtype=np.str_),
            confidence=given.sure(),
            is_covered=given.is_covered(),
            vocabulary=given.names,
            precision=precisions[target],
        )
        for target, given in answers.items()
    }


def write_answers(path: Path, answers: Mapping[str, TargetAnswers]) -> None:
    """Write them as a Parquet file of one row a ticket and target."""
    described = {
        target: {"vocabulary": found.vocabulary, "precision": found.precision} for target, found in answers.items()
    }
    schema = pa.schema(
        [
            ("target", pa.dictionary(pa.int32(), pa.string())),
            ("key", pa.uint64()),
            ("opened_at", pa.timestamp("s", "UTC")),
            ("label", pa.dictionary(pa.int32(), pa.string())),
            ("answer", pa.dictionary(pa.int32(), pa.string())),
            ("confidence", pa.float64()),
            ("is_covered", pa.bool_()),
        ],
        metadata={"targets": json.dumps(described)},
    )
    with pq.ParquetWriter(path, schema) as writer:
        for target, found in answers.items():
            columns = [[target] * found.key.size, *(getattr(found, name).tolist() for name in _COLUMNS)]
            writer.write_table(pa.table(columns, schema=schema))


def read_answers(path: Path) -> dict[str, TargetAnswers]:
    """The answers that a file of `write_answers` holds."""
    table = pq.read_table(path)
    described = json.loads(table.schema.metadata[b"targets"])
    targets = np.asarray(table.column("target").to_pylist(), dtype=np.str_)
    columns = {
        "key": table.column("key").to_numpy(),
        "opened_at": table.column("opened_at").to_numpy().astype("datetime64[s]"),
        "label": np.asarray(table.column("label").to_pylist(), dtype=np.str_),
        "answer": np.asarray(table.column("answer").to_pylist(), dtype=np.str_),
        "confidence": table.column("confidence").to_numpy(),
        "is_covered": table.column("is_covered").to_numpy(),
    }
    return {
        target: TargetAnswers(
            **{name: column[targets == target] for name, column in columns.items()},
            vocabulary=tuple(fact["vocabulary"]),
            precision=fact["precision"],
        )
        for target, fact in described.items()
    }


def _moment(ticket: WorkedTicket) -> datetime | None:
    """When the ticket was opened, in UTC as numpy takes it: without a zone."""
    opened = ticket.filed.opened_at
    return None if opened is None else opened.astimezone(UTC).replace(tzinfo=None)
