"""Score an export with a model, into a Parquet or CSV file."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from commands.exports import MapOption, PresetOption, open_history, report_summary
from commands.progress import progress_bar
from models.bundle import load_bundle
from models.mlflow_registry import MlflowRegistry
from models.registry import ServedModel
from training.batch.results_file import check_out, written_whole
from triage.model import TriageModel
from triage.settings import Settings, read_settings
from triage.ticket import NewTicket

__all__ = ["score"]


def score(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV (also .gz), JSON Lines, Parquet or Excel.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="OUT.parquet", help="What to write; OUT.csv for a spreadsheet.")
    ],
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    model: Annotated[str | None, typer.Option(metavar="REF", help="A version or alias; else the champion.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Answer a model's questions about every ticket of an export, as of when it was filed.

    OUT holds a row a ticket: ticket_id, subject, and for each target its value, confidence, threshold, decision and
    reason.
    """
    check_out(out, file)
    settings = read_settings()
    scorer = _scorer(settings, model)
    history = open_history(file, preset, overrides, settings.rejected)
    decisions: dict[str, Counter[tuple[str, str]]] = {target: Counter() for target in scorer.targets}
    n_tickets = 0
    with progress_bar(f"Scoring {file.name}") as advance, written_whole(out, _schema(scorer)) as writer:
        for chunk in history.chunks():
            table = _scored(scorer, [ticket.filed for ticket in chunk])
            writer.write_table(table)
            n_tickets += len(chunk)
            for target, counts in decisions.items():
                decided, why = (table.column(f"{target}_{part}").to_pylist() for part in ("decision", "reason"))
                counts.update(zip(decided, why, strict=True))
            advance(history.progress_ratio)
    report_summary(history.summary, settings.rejected)
    if as_json:
        counted = {
            target: [{"decision": decided, "reason": why, "n": n} for (decided, why), n in counts.most_common()]
            for target, counts in decisions.items()
        }
        document = {"model": scorer.version, "tickets": n_tickets, "out": str(out), "decisions": counted}
        typer.echo(json.dumps(document))
        return
    for target, counts in decisions.items():
        parts = (f"{n:,} {decided} ({why.replace('_', ' ')})" for (decided, why), n in counts.most_common())
        typer.echo(f"{target}: {', '.join(parts)}")
    typer.echo(f"{n_tickets:,} tickets scored by model {scorer.version} into {out}.")


def _scorer(settings: Settings, ref: str | None) -> TriageModel:
    if ref is None:
        return ServedModel(settings.bundles).current()
    registry = MlflowRegistry(settings.mlflow, settings.mlflow_artifacts)
    found = registry.find(ref)
    with registry.bundle(found) as folder:
        return load_bundle(folder, version=found.version)


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
