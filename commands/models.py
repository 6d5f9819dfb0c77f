"""Train, evaluate, compare, list, show and promote models."""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from commands import champion
from commands.exports import MapOption, PresetOption, read_history
from commands.progress import progress_bar, progress_steps
from commands.rollback import rollback
from commands.tables import print_table
from models.bundle import load_bundle, read_manifest
from models.card import model_card
from models.journal import read_journal
from models.mlflow_registry import MlflowRegistry
from training.configs.parameters import read_parameters
from training.evaluation.answers import answer_tickets
from training.evaluation.held_out import TargetAnswers
from training.evaluation.intervals import Interval
from training.evaluation.measures import TargetMeasures, evaluate_answers
from training.experiment import Experiment, run_experiment
from training.experiment_report import report_training
from training.features.distillation import open_distillation
from training.histories.dataset import seen_keys
from training.histories.split import groups_of
from training.pairing import answer_held_out
from training.promotion import incumbent
from training.reports.report import Report, check_page, write_report
from training.tracking import SEEN, log_experiment
from triage.errors import ModelUnusable, NotFound
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

_WITH_INTERVAL = ("accuracy", "macro_f1")


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
    encoder: Annotated[
        str | None,
        typer.Option(
            metavar="static|minilm|none|PATH",
            help="What gives words, and with minilm whole tickets, their meaning; else what the configuration says.",
        ),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Learn from terms alone: no word vectors, no network.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides wherever chance does.")] = 0,
    as_json: Json = False,
) -> None:
    """Learn from an export, measure on tickets set aside, and register the version as the challenger."""
    begun = time.monotonic()
    if fast and encoder not in (None, "none"):
        raise typer.BadParameter("--fast learns from terms alone and asks no encoder.", param_hint="--encoder")
    settings = read_settings()
    parameters = read_parameters(config)
    parameters = replace(parameters, fast=fast, encoder=encoder or parameters.encoder)
    distillation = open_distillation(parameters, settings.encoders)
    registry = _registry(settings)
    history, _ = read_history(tickets, preset, overrides, settings.rejected)
    with progress_steps("Training") as step:
        asked = [name.strip() for name in targets.split(",") if name.strip()] if targets else None
        experiment = run_experiment(
            history, parameters, targets=asked, seed=seed, clean=clean, distillation=distillation, on_step=step
        )
        step("asking the champion about the same tickets")
        others, doubt = _answers_of_champion(registry, settings, experiment)
        source = f"{tickets.name} ({preset})"
        with tempfile.TemporaryDirectory(prefix="triage-") as folder:
            page = Path(folder) / "report.html"
            step("drawing the report")
            write_report(page, report_training(experiment, source))
            step("logging the run")
            version = log_experiment(registry, experiment, source, report=page, others=others)
            settings.reports.mkdir(parents=True, exist_ok=True)
            kept = Path(shutil.copy(page, settings.reports / f"model-{version}.html"))
    seconds = time.monotonic() - begun
    measures = experiment.measures
    typer.echo(f"Split {experiment.split}.", err=True)
    for note in (*experiment.notes, *_doubts(measures), *doubt):
        typer.echo(f"Note: {note}", err=True)
    if experiment.customers:
        typer.echo(experiment.customers.sentence, err=True)
    typer.echo(f"Report: {kept}", err=True)
    if as_json:
        content = {name: found.as_dict() for name, found in measures.items()}
        typer.echo(json.dumps({"version": version, "targets": content, "seconds": round(seconds, 2)}))
        return
    _show(measures)
    typer.echo(f"Model {version} learned in {seconds:.0f} s. `triage models promote {version}` lets it serve.")


@app.command()
def evaluate(
    ref: Ref,
    tickets: Tickets,
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Also write a page on it.")] = None,
    as_json: Json = False,
) -> None:
    """Measure a model on an export; meant for tickets that it was not learned from."""
    if report is not None:
        check_page(report)
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
        answers = answer_tickets(model, history, on_progress=advance)
    measures = evaluate_answers(answers, baselines, groups=groups_of(history, "by customer"))
    n_seen = int(np.isin(seen_keys(history), learned_from).sum())
    if report is not None:
        facts = {
            "Source": f"{tickets.name} ({preset})",
            "Tickets": f"{len(history):,}",
            "Model": f"{found.version}, learned from {manifest.n_tickets:,} tickets",
        }
        title = f"Model {found.version} on {tickets.name}"
        lead = f"The model has learned from {n_seen:,} of these {len(history):,} tickets" + (
            ", which flatters it." if n_seen else "."
        )
        write_report(report, Report(title=title, lead=lead, facts=facts, measures=measures))
    if n_seen:
        typer.echo(
            f"Warning: model {found.version} has learned from {n_seen:,} of these {len(history):,} tickets; "
            "the figures flatter it.",
            err=True,
        )
    for doubt in _doubts(measures):
        typer.echo(f"Note: {doubt}", err=True)
    if report is not None:
        typer.echo(f"Report: {report}", err=True)
    if as_json:
        content = {name: one.as_dict() for name, one in measures.items()}
        document = {"model": found.version, "rows": len(history), "seen_in_training": n_seen, "targets": content}
        typer.echo(json.dumps(document))
    else:
        _show(measures)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the versions, the newest first."""
    settings = read_settings()
    versions = _registry(settings).versions()
    journal = read_journal(settings.bundles)
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "version": v.version,
                        "created_at": v.created_at.isoformat(),
                        "aliases": v.aliases,
                        "run": v.run_id,
                        "bundle_hash": v.bundle_hash,
                        "history": [entry.as_dict() for entry in journal if entry.version == v.version],
                    }
                    for v in versions
                ]
            )
        )
        return
    table = Table("version", "registered", "aliases", "bundle", "run")
    for v in versions:
        table.add_row(
            v.version, f"{v.created_at:%Y-%m-%d %H:%M} UTC", ", ".join(v.aliases), (v.bundle_hash or "")[:12], v.run_id
        )
    if versions:
        print_table(table)
    else:
        typer.echo("No model was trained yet: run `triage models train`.")


@app.command()
def show(ref: Ref, as_json: Json = False) -> None:
    """Show a version's card, and when it was learned, promoted and refused."""
    settings = read_settings()
    registry = _registry(settings)
    found = registry.find(ref)
    with registry.bundle(found) as folder:
        manifest = read_manifest(folder)
    if as_json:
        typer.echo(json.dumps(json.loads(manifest.to_bytes()) | {"bundle_hash": manifest.bundle_hash}))
        return
    typer.echo(model_card(manifest))
    typer.echo(f"Learned on {manifest.trained_at:%Y-%m-%d %H:%M} UTC; bundle hash {manifest.bundle_hash}.")
    for entry in read_journal(settings.bundles):
        if entry.version == found.version:
            typer.echo(f"{entry}.")


for verb in (champion.compare, champion.promote, rollback):
    app.command()(verb)


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


def _answers_of_champion(
    registry: MlflowRegistry, settings: Settings, experiment: Experiment
) -> tuple[dict[str, Mapping[str, TargetAnswers]], list[str]]:
    """By its version, what the champion answers to the tickets set aside; and, where it cannot be asked, why."""
    serving = incumbent(registry, settings.bundles)
    if serving is None:
        return {}, []
    try:
        asked = answer_held_out(registry, serving, experiment.split.test, experiment.test_keys)
    except (NotFound, ModelUnusable) as error:
        return {}, [f"The champion could not be asked about the same tickets. {error}"]
    return {serving.version: asked}, []


def _registry(settings: Settings) -> MlflowRegistry:
    return MlflowRegistry(settings.mlflow, settings.mlflow_artifacts)


def _show(measures: Mapping[str, TargetMeasures]) -> None:
    table = Table("", *measures)
    for column in table.columns[1:]:
        column.justify = "right"
        column.min_width = len("0.000-0.000")  # a cut figure is another figure
    table.add_row("tickets", *(f"{m.n:,}" for m in measures.values()))
    for name, attribute in _SHOWN.items():
        table.add_row(name, *(f"{getattr(m, attribute):.3f}" for m in measures.values()))
        if attribute in _WITH_INTERVAL:
            ends = (getattr(m, f"{attribute}_interval") for m in measures.values())
            table.add_row("  95 % interval", *map(_range, ends))
    if any(m.coverage for m in measures.values()):
        right = (f"{m.precision_at_coverage:.3f}" if m.coverage else "-" for m in measures.values())
        table.add_row("  right among these", *right)
        table.add_row("  95 % interval", *(_range(m.precision_interval) for m in measures.values()))
    for precision in next(iter(measures.values())).coverage_at:
        shares = (f"{m.coverage_at[precision].coverage:.3f}" for m in measures.values())
        table.add_row(f"answerable at {precision}, with hindsight", *shares)
        table.add_row("  95 % interval", *(_range(m.coverage_at[precision].interval) for m in measures.values()))
    print_table(table)


def _range(interval: Interval | None) -> str:
    return f"{interval[0]:.3f}-{interval[1]:.3f}" if interval else "-"
