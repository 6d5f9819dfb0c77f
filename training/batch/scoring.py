"""Scores whole files: tickets in chunks in, a row of answers a ticket out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from training.batch.results_file import written_whole
from triage.model import TriageModel
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["ScoredFile", "score_chunks"]


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """What was written.

    Attributes:
        n_tickets: scored.
        decisions: for each target how many answers had a decision and a reason.
    """

    n_tickets: int
    decisions: Mapping[str, Counter[tuple[str, str]]]


def score_chunks(model: TriageModel, chunks: Iterable[Sequence[WorkedTicket]], out: Path) -> ScoredFile:
    """Answers a model's questions about every ticket, as of when it was filed.

    Args:
        model: to be asked.
        chunks: tickets, some at a time.
        out: what to write, as `training.batch.results_file.check_out` allows it; it appears when it is complete.
    """
    decisions: dict[str, Counter[tuple[str, str]]] = {target: Counter() for target in model.targets}
    n_tickets = 0
    with written_whole(out, _schema(model)) as writer:
        for chunk in chunks:
            table = _scored(model, [ticket.filed for ticket in chunk])
            writer.write_table(table)
            n_tickets += len(chunk)
            for target, counts in decisions.items():
                decided, why = (table.column(f"{target}_{part}").to_pylist() for part in ("decision", "reason"))
                counts.update(zip(decided, why, strict=True))
    return ScoredFile(n_tickets, decisions)


def _schema(model: TriageModel) -> pa.Schema:
    fields = [pa.field("ticket_id", pa.string(), nullable=False), pa.field("subject", pa.string())]
    for target in model.targets:
        fields += [
            pa.field(target, pa.string()),
            pa.field(f"{target}_confidence", pa.float64()),
            pa.field(f"{target}_threshold", pa.float64()),
            pa.field(f"{target}_decision", pa.string()),
            pa.field(f"{target}_reason", pa.string()),
        ]
    return pa.schema(fields, metadata={"model": model.version})


def _scored(model: TriageModel, tickets: Sequence[NewTicket]) -> pa.Table:
    columns: list[list[object]] = [[ticket.id for ticket in tickets], [ticket.subject for ticket in tickets]]
    answers = model.score(tickets, top_n=1)
    for i in range(len(model.targets)):
        columns += [
            [predictions[i].value for predictions in answers],
            [predictions[i].confidence for predictions in answers],
            [predictions[i].threshold for predictions in answers],
            [predictions[i].decision for predictions in answers],
            [predictions[i].reason for predictions in answers],
        ]
    return pa.table(columns, schema=_schema(model))
