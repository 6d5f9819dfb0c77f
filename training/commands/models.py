"""Train, evaluate, list, show and promote models."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from models.bundle import load_bundle, read_manifest
from models.card import model_card
from models.mlflow_registry import MlflowRegistry
from training.dataset import seen_keys
from training.evaluate import TargetMeasures, evaluate_model
from training.experiment import run_experiment
from training.history import MapOption, PresetOption, read_history
from training.parameters import read_parameters
from training.progress import progress_bar, progress_steps
from training.promotion import promote as promote_version
from training.tracking import SEEN, log_experiment
from triage.settings import Settings, read_settings

__all__ = ["app"]

app = typer.Typer()

Tickets = Annotated[Path, typer.Option("--tickets", metavar="FILE", help="CSV (also .gz), JSON Lines, Parquet, Excel.")]
Ref = Annotated[str, typer.Argument(metavar="REF", help="A version's number, or an alias such as champion.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


FEW = 100
"""A share of 0.90 in a hundred tickets may stand for anything from 0.82 to 0.95 (95 % interval, Clopper-Pearson)."""

_SHOWN = {
    "accuracy": "accuracy",
    "  always the commonest": "baseline_accuracy",
    "macro-F1": "macro_f1",
    "weighted F1": "weighted_f1",
    "right among first three": "top3",
    "calibration error": "ece",
    "share above threshold": "coverage",
}
"""What a person is shown of the measures, and under which name."""


@app.command()
def train(  # noqa: PLR0913, PLR0917  # each is an option
    tickets: Tickets,
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    targets: Annotated[str | None, typer.Option(metavar="a,b", help="What to learn; else the usual ones.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="F.toml", help="Parameters over the defaults.")] = None,
    clean: Annotated[
        bool, typer.Option("--clean", help="Take out of the texts what the audit says can be taken out.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides wherever chance does.")] = 0,
    as_json: Json = False,
) -> None:
    """Learn from an export, measure on tickets set aside, and register the version as the challenger."""
    begun = time.monotonic()
    settings = read_settings()
    parameters = read_parameters(config)
    history, _ = read_history(tickets, preset, overrides, settings.rejected)
    with progress_steps("Training") as step:
        asked = [name.strip() for name in targets.split(",") if name.strip()] if targets else None
        experiment = run_experiment(history, parameters, targets=asked, seed=seed, clean=clean, on_step=step)
        step("logging the run")
        version = log_experiment(_registry(settings), experiment, source=f"{tickets.name} ({preset})")
    seconds = time.monotonic() - begun
    measures = experiment.measures
    typer.echo(f"Split {experiment.split}.", err=True)
    for note in (*experiment.notes, *_doubts(measures)):
        typer.echo(f"Note: {note}", err=True)
    if as_json:
        content = {name: found.as_dict() for name, found in measures.items()}
        typer.echo(json.dumps({"version": version, "targets": content, "seconds": round(seconds, 2)}))
        return
    _show(measures)
    typer.echo(f"Model {version} learned in {seconds:.0f} s. `triage models promote {version}` lets it serve.")


@app.command()
def evaluate(
    ref: Ref, tickets: Tickets, preset: PresetOption = "generic", overrides: MapOption = None, as_json: Json = False
) -> None:
    """Measure a model on an export; meant for tickets that it was not learned from."""
    settings = read_settings()
    registry = _registry(settings)
    found = registry.find(ref)
    with registry.bundle(found) as folder:
        manifest = read_manifest(folder)
        model = load_bundle(folder, version=found.version)
    with registry.artifact(found, SEEN) as file:
        learned_from = np.load(file, allow_pickle=False)
    history, _ = read_history(tickets, preset, overrides, settings.rejected)
    baselines = {name: str(measures["baseline_label"]) for name, measures in manifest.metrics.items()}
    with progress_bar("Measuring") as advance:
        measures = evaluate_model(model, history, baselines, on_progress=advance)
    n_seen = int(np.isin(seen_keys(history), learned_from).sum())
    if n_seen:
        typer.echo(
            f"Warning: model {found.version} has learned from {n_seen:,} of these {len(history):,} tickets; "
            "the figures flatter it.",
            err=True,
        )
    for doubt in _doubts(measures):
        typer.echo(f"Note: {doubt}", err=True)
    if as_json:
        content = {name: one.as_dict() for name, one in measures.items()}
        document = {"model": found.version, "rows": len(history), "seen_in_training": n_seen, "targets": content}
        typer.echo(json.dumps(document))
    else:
        _show(measures)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the versions, the newest first."""
    versions = _registry(read_settings()).versions()
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "version": v.version,
                        "created_at": v.created_at.isoformat(),
                        "aliases": v.aliases,
                        "run": v.run_id,
                    }
                    for v in versions
                ]
            )
        )
        return
    table = Table("version", "registered", "aliases", "run")
    for v in versions:
        table.add_row(v.version, f"{v.created_at:%Y-%m-%d %H:%M} UTC", ", ".join(v.aliases), v.run_id)
    if versions:
        Console(markup=False).print(table)
    else:
        typer.echo("No model was trained yet: run `triage models train`.")


@app.command()
def show(ref: Ref, as_json: Json = False) -> None:
    """Show a version's card."""
    registry = _registry(read_settings())
    found = registry.find(ref)
    with registry.bundle(found) as folder:
        manifest = read_manifest(folder)
    typer.echo(manifest.to_bytes().decode().strip() if as_json else model_card(manifest))


@app.command()
def promote(ref: Ref, as_json: Json = False) -> None:
    """Let a version serve: verify its bundle, export it, and make it the champion."""
    settings = read_settings()
    promoted = promote_version(_registry(settings), settings.bundles, ref)
    if as_json:
        typer.echo(json.dumps({"champion": promoted.version}))
    else:
        typer.echo(f"Model {promoted.version} is the champion; running services take it up by themselves.")


def _doubts(measures: Mapping[str, TargetMeasures]) -> list[str]:
    """What a person should know before promoting the model, a sentence each."""
    doubts = [
        f"{name} is right in {m.accuracy:.3f} of the tickets; always answering {m.baseline_label!r} would be right in "
        f"{m.baseline_accuracy:.3f}."
        for name, m in measures.items()
        if m.accuracy <= m.baseline_accuracy
    ]
    if few := [name for name, m in measures.items() if m.n < FEW]:
        doubts.append(f"Measured on fewer than {FEW} tickets, too few to tell figures from chance: {', '.join(few)}.")
    return doubts


def _registry(settings: Settings) -> MlflowRegistry:
    return MlflowRegistry(settings.mlflow, settings.mlflow_artifacts)


def _show(measures: Mapping[str, TargetMeasures]) -> None:
    table = Table("", *measures)
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("tickets", *(f"{m.n:,}" for m in measures.values()))
    for name, attribute in _SHOWN.items():
        table.add_row(name, *(f"{getattr(m, attribute):.3f}" for m in measures.values()))
    if any(m.coverage for m in measures.values()):
        right = (f"{m.precision_at_coverage:.3f}" if m.coverage else "-" for m in measures.values())
        table.add_row("  right among these", *right)
    Console(markup=False).print(table)
