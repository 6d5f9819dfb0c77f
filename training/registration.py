"""A finished training becomes a version: its report, its run, and its bundle in the registry."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.mlflow_registry import MlflowRegistry
from training.evaluation.held_out import TargetAnswers
from training.experiment import Experiment
from training.experiment_report import report_training
from training.pairing import answer_held_out
from training.promotion import current_champion
from training.reports.report import write_report
from training.tracking import log_experiment
from triage.errors import ModelUnusable, NotFound
from triage.settings import Settings

__all__ = ["RegisteredTraining", "register_version"]


@dataclass(frozen=True, slots=True)
class RegisteredTraining:
    """A training in the registry.

    Attributes:
        version: its number.
        report: the page on it.
        notes: why the champion could not be asked, if so; a sentence each.
    """

    version: str
    report: Path
    notes: tuple[str, ...]


def register_version(
    registry: MlflowRegistry,
    experiment: Experiment,
    source: str,
    settings: Settings,
    *,
    on_step: Callable[[str], None] = lambda _: None,
) -> RegisteredTraining:
    """Log a training as a run, register its bundle as the challenger, and keep its report.

    Args:
        registry: where runs and versions are kept.
        experiment: the training.
        source: where the history came from, for people.
        settings: where reports and bundles are.
        on_step: told what begins.
    """
    on_step("asking the champion about the same tickets")
    others, notes = _answers_of_champion(registry, settings, experiment)
    with tempfile.TemporaryDirectory(prefix="triage-") as folder:
        page = Path(folder) / "report.html"
        on_step("drawing the report")
        write_report(page, report_training(experiment, source))
        on_step("logging the run")
        version = log_experiment(registry, experiment, source, report=page, others=others)
        settings.reports.mkdir(parents=True, exist_ok=True)
        kept = Path(shutil.copy(page, settings.reports / f"model-{version}.html"))
    return RegisteredTraining(version, kept, tuple(notes))


def _answers_of_champion(
    registry: MlflowRegistry, settings: Settings, experiment: Experiment
) -> tuple[dict[str, Mapping[str, TargetAnswers]], list[str]]:
    """By its version, what the champion answers to the tickets set aside; and, where it cannot be asked, why."""
    serving = current_champion(registry, settings.bundles)
    if serving is None:
        return {}, []
    try:
        asked = answer_held_out(registry, serving, experiment.split.test, experiment.test_keys)
    except (NotFound, ModelUnusable) as error:
        return {}, [f"The champion could not be asked about the same tickets. {error}"]
    return {serving.version: asked}, []
