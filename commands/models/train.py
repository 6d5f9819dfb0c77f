"""Train and evaluate models."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from commands.exports import DateFormatOption, MapOption, PresetOption, read_history
from commands.models.learning import STORE, Lesson, learn, need_what_learns, read_store
from commands.models.measures_table import cautions, measures_table
from commands.models.registry import open_registry
from commands.progress import progress_bar
from commands.tables import print_table
from triage.settings import read_settings
from triage.targets import USUAL_TARGETS

__all__ = ["app", "evaluate", "train"]

app = typer.Typer()

Tickets = Annotated[Path, typer.Option("--tickets", metavar="FILE", help="CSV (also .gz), JSON Lines, Parquet, Excel.")]
Ref = Annotated[str, typer.Argument(metavar="REF", help="A version's number, or an alias such as champion.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def train(  # noqa: PLR0913, PLR0917  # each is an option
    tickets: Annotated[
        Path | None, typer.Option("--tickets", metavar="FILE", help="CSV (also .gz), JSON Lines, Parquet, Excel.")
    ] = None,
    from_store: Annotated[
        bool, typer.Option("--from-store", help="From the database in the place of a file: with who gave each label.")
    ] = False,
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    date_formats: DateFormatOption = None,
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
    """Learn from an export or the database, measure on tickets set aside, and register it as the challenger."""
    from training.configs.parameters import read_parameters
    from training.features.distillation import open_distillation

    if from_store == (tickets is not None):
        raise typer.BadParameter(
            "Name a file with --tickets, or the database with --from-store.", param_hint="--tickets"
        )
    if from_store and (overrides or date_formats):
        raise typer.BadParameter("The database is read as it is.", param_hint="--map / --date-format")
    if fast and encoder not in (None, "none"):
        raise typer.BadParameter("--fast learns from terms alone and asks no encoder.", param_hint="--encoder")
    begun = time.monotonic()
    need_what_learns()
    settings = read_settings()
    parameters = read_parameters(config)
    parameters = replace(parameters, fast=fast, encoder=encoder or parameters.encoder, seed=seed)
    distillation = open_distillation(parameters, settings.encoders)
    registry = open_registry(settings)
    asked = [name.strip() for name in targets.split(",") if name.strip()] if targets else None
    if tickets is None:
        stored = read_store(settings)
        lesson = Lesson(
            tickets=stored.tickets,
            source=STORE,
            parameters=parameters,
            targets=asked,
            clean=clean,
            weights=stored.weights(parameters.correction_weight),
            provenance=stored.provenance(parameters.correction_weight, asked or USUAL_TARGETS),
        )
    else:
        history, _ = read_history(tickets, preset, overrides, settings.rejected, date_formats=date_formats)
        lesson = Lesson(
            tickets=history,
            source=f"{tickets.name} ({preset})",
            parameters=parameters,
            targets=asked,
            clean=clean,
            weights={},
            provenance={},
        )
    learned = learn(lesson, settings, registry, distillation)
    measures, version, seconds = learned.experiment.measures, learned.registered.version, time.monotonic() - begun
    if as_json:
        content = {name: found.as_dict() for name, found in measures.items()}
        risk = learned.experiment.risk.measures.in_brief()
        typer.echo(json.dumps({"version": version, "targets": content, "risk": risk, "seconds": round(seconds, 2)}))
        return
    print_table(measures_table(measures))
    typer.echo(f"Model {version} learned in {seconds:.0f} s. `triage models promote {version}` lets it serve.")


@app.command()
def evaluate(
    ref: Ref,
    tickets: Tickets,
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    date_formats: DateFormatOption = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Also write a page on it.")] = None,
    as_json: Json = False,
) -> None:
    """Measure a model on an export; meant for tickets that it was not learned from."""
    from models.policies import read_policies
    from training.registered_model import load_registered
    from training.reports.report import check_page, write_report
    from training.version_evaluation import evaluate_version, report_evaluation

    if report is not None:
        check_page(report)
    settings = read_settings()
    registry = open_registry(settings)
    found = registry.find(ref)
    policies = read_policies(settings.bundles, found.version)
    # a bundle that cannot be used is said before a long export is read
    asked = load_registered(registry, found, policies)
    history, _ = read_history(tickets, preset, overrides, settings.rejected, date_formats=date_formats)
    with progress_bar("Measuring") as advance:
        evaluated = evaluate_version(asked, history, redaction=settings.redaction, on_progress=advance)
    if report is not None:
        write_report(report, report_evaluation(evaluated, tickets.name, preset))
    n_seen, measures = evaluated.n_seen, evaluated.measures
    if n_seen:
        typer.echo(
            f"Warning: model {found.version} has learned from {n_seen:,} of these {len(history):,} tickets; "
            "the figures flatter it.",
            err=True,
        )
    for caution in cautions(measures):
        typer.echo(f"Note: {caution}", err=True)
    if report is not None:
        typer.echo(f"Report: {report}", err=True)
    if as_json:
        content = {name: one.as_dict() for name, one in measures.items()}
        document = {"model": found.version, "rows": len(history), "seen_in_training": n_seen, "targets": content}
        typer.echo(json.dumps(document))
    else:
        print_table(measures_table(measures))
