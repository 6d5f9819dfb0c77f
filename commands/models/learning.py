"""What `triage models train` and `retrain` share: reading the database, learning, and word of what came of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

from commands.models.measures_table import cautions
from commands.progress import progress_bar, progress_steps
from data.database import open_database
from data.schema import prepare
from triage.settings import Settings

if TYPE_CHECKING:
    from models.mlflow_registry import MlflowRegistry
    from training.configs.parameters import TrainingParameters
    from training.experiment import Experiment
    from training.features.distillation import Distillation
    from training.histories.stored import StoredHistory
    from training.registration import RegisteredTraining
    from triage.ticket import WorkedTicket

__all__ = ["STORE", "Learned", "Lesson", "learn", "need_what_learns", "read_store"]

STORE = "the database"
"""What a history is called that was read from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is to be learned from what, and how.

    Attributes:
        tickets: the history.
        source: where it comes from, for people.
        parameters: how to learn.
        targets: what to learn; None for the usual targets.
        clean: whether texts are cleaned.
        weights: by ticket and target as how many tickets a label counts that does not count as one.
        provenance: who gave the labels, for the manifest.
    """

    tickets: "Sequence[WorkedTicket]"
    source: str
    parameters: "TrainingParameters"
    targets: Sequence[str] | None
    clean: bool
    weights: Mapping[tuple[str, str], float]
    provenance: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Learned:
    """A training that is registered, and how long it took in seconds."""

    experiment: "Experiment"
    registered: "RegisteredTraining"
    seconds: float


def need_what_learns() -> None:
    """Imports what learns now, so that a package that is missing is said before a long history is read.

    Raises:
        ModuleNotFoundError: a package is missing.
    """
    import_module("training.experiment")


def read_store(settings: Settings) -> "StoredHistory":
    """Everything that the database holds to learn from, behind a progress bar.

    Raises:
        UnusableTraining: it holds no tickets.
    """
    from training.histories.stored import read_stored
    from triage.errors import UnusableTraining

    engine = open_database(settings.database)
    prepare(engine)
    with progress_bar("Reading the database") as advance:
        history = read_stored(engine, datetime.now(UTC), on_progress=advance)
    engine.dispose()
    if not history.tickets:
        raise UnusableTraining("The database holds no tickets: `triage tickets import FILE` brings a history.")
    n_automatic = sum(decision.origin == "automatic" for decision in history.decisions)
    typer.echo(
        f"{len(history.tickets):,} tickets read from the database; {n_automatic:,} automatic values that nobody "
        "touched are not learned from.",
        err=True,
    )
    return history


def learn(
    lesson: Lesson, settings: Settings, registry: "MlflowRegistry", distillation: "Distillation | None"
) -> Learned:
    """Learns, registers the version as the challenger, and says on stderr what a person should know."""
    from training.experiment import run_experiment
    from training.registration import register_version

    begun = time.monotonic()
    with progress_steps("Training") as step:
        experiment = run_experiment(
            lesson.tickets,
            lesson.parameters,
            targets=lesson.targets,
            seed=lesson.parameters.seed,
            clean=lesson.clean,
            redaction=settings.redaction,
            weights=lesson.weights,
            provenance=lesson.provenance,
            distillation=distillation,
            on_step=step,
        )
        registered = register_version(registry, experiment, lesson.source, settings, on_step=step)
    typer.echo(f"Split {experiment.split}.", err=True)
    for note in (*experiment.notes, *cautions(experiment.measures), *registered.notes):
        typer.echo(f"Note: {note}", err=True)
    if experiment.customers:
        typer.echo(experiment.customers.sentence, err=True)
    typer.echo(f"Report: {registered.report}", err=True)
    return Learned(experiment, registered, time.monotonic() - begun)
