"""Scores whole files: frames of tickets in, a row of answers a ticket out, on all cores where there are many."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
from joblib import Parallel, cpu_count, delayed

from training.batch.results_file import written_whole
from triage.model import TriageModel

__all__ = ["FrameScorer", "ScoredFile", "score_frames"]

FrameScorer = Callable[[pd.DataFrame], pd.DataFrame]
"""From a frame of tickets to the frame of their answers, as `training/frames.py` has it."""

FEW_TICKETS = 20_000
"""So many are answered before other processes have started and loaded the model."""

WRITTEN_AT_ONCE = 50_000
"""Rows of a group in a Parquet file; groups as small as frames would make it slow to read."""


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """What was written.

    Attributes:
        n_tickets: scored.
        decisions: for each target how many answers had a decision and a reason.
    """

    n_tickets: int
    decisions: Mapping[str, Counter[tuple[str, str]]]


def score_frames(
    score: FrameScorer, model: TriageModel, frames: Iterable[pd.DataFrame], out: Path, *, few_tickets: int = FEW_TICKETS
) -> ScoredFile:
    """Answers a model's questions about every ticket, as of when it was filed.

    Args:
        score: asks the model, also where it was sent to another process.
        model: that is asked.
        frames: of tickets, some at a time; a few of them wait at any moment, so that memory stays bounded.
        out: what to write, as `training.batch.results_file.check_out` allows it; it appears when it is complete.
        few_tickets: up to so many are answered in this process.
    """
    decisions: dict[str, Counter[tuple[str, str]]] = {target: Counter() for target in model.targets}
    n_tickets = 0
    schema = _schema(model)
    with written_whole(out, schema) as writer, closing(_answers(score, frames, few_tickets)) as answers:
        waiting: list[pa.Table] = []
        for answered in answers:
            for target, counts in decisions.items():
                counts.update(zip(answered[f"{target}_decision"], answered[f"{target}_reason"], strict=True))
            n_tickets += len(answered)
            waiting.append(pa.Table.from_pandas(answered, schema=schema, preserve_index=False))
            if sum(map(len, waiting)) >= WRITTEN_AT_ONCE:
                writer.write_table(pa.concat_tables(waiting))
                waiting.clear()
        if waiting:
            writer.write_table(pa.concat_tables(waiting))
    return ScoredFile(n_tickets, decisions)


def _answers(score: FrameScorer, frames: Iterable[pd.DataFrame], few_tickets: int) -> Generator[pd.DataFrame]:
    """The answers in the order of the frames; processes are started when there are more than a few tickets."""
    rest = iter(frames)
    first: list[pd.DataFrame] = []
    n_first = 0
    while n_first <= few_tickets and (frame := next(rest, None)) is not None:
        first.append(frame)
        n_first += len(frame)
    if n_first <= few_tickets:
        yield from map(score, first)
        return
    # joblib gives each of so many processes one thread of BLAS, and starts none where there is one core
    work = Parallel(n_jobs=cpu_count(), return_as="generator", pre_dispatch="3 * n_jobs", batch_size=1)
    yield from work(delayed(score)(frame) for frame in chain(first, rest))


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
