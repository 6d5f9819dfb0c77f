"""Score an export with a model, into a Parquet or CSV file."""

import json
from pathlib import Path
from typing import Annotated

import typer

from commands.exports import DateFormatOption, MapOption, PresetOption, read_columns
from commands.models.registry import find_bundle
from models.policies import read_policies
from models.registry import served_version
from triage.settings import read_settings

__all__ = ["score"]


def score(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV (also .gz), JSON, Parquet or Excel.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="OUT.parquet", help="What to write; OUT.csv for a spreadsheet.")
    ],
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    date_formats: DateFormatOption = None,
    model: Annotated[str | None, typer.Option(metavar="REF", help="A version or alias; else the champion.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Answer a model's questions about every ticket of an export, as of when it was filed.

    OUT holds a row a ticket: ticket_id, subject, and for each target its value, confidence, threshold, decision and
    reason.
    """
    from data.exports.frames import filed_frame
    from training.batch.results_file import check_out
    from training.batch.scoring import score_frames
    from training.frames import BundleScorer

    check_out(out, file)
    settings = read_settings()
    with find_bundle(settings, model or served_version(settings.bundles)) as (version, folder):
        scorer = BundleScorer(folder, version, tuple(read_policies(settings.bundles, version).items()))
        chunks = read_columns(
            file, preset, overrides, settings.rejected, title="Scoring", later=(), date_formats=date_formats
        )
        scored = score_frames(scorer, scorer.model, map(filed_frame, chunks), out)
    if as_json:
        counted = {
            target: [{"decision": decided, "reason": why, "n": n} for (decided, why), n in counts.most_common()]
            for target, counts in scored.decisions.items()
        }
        document = {"model": version, "tickets": scored.n_tickets, "out": str(out), "decisions": counted}
        typer.echo(json.dumps(document))
        return
    for target, counts in scored.decisions.items():
        parts = (f"{n:,} {decided} ({why.replace('_', ' ')})" for (decided, why), n in counts.most_common())
        typer.echo(f"{target}: {', '.join(parts)}")
    typer.echo(f"{scored.n_tickets:,} tickets scored by model {version} into {out}.")
