"""A registered version measured on an export: how good it is there, and how many of the tickets it knew."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.manifest import Manifest
from training.audit.joined_labels import JoinedLabels
from training.evaluation.answers import answer_tickets
from training.evaluation.measures import TargetMeasures, evaluate_answers
from training.histories.dataset import seen_keys, without_personal_data
from training.histories.split import groups_of
from training.registered_model import RegisteredModel
from training.reports.report import Report
from triage.redaction import EVERYTHING, RedactionRules
from triage.ticket import WorkedTicket

__all__ = ["EvaluatedVersion", "evaluate_version", "report_evaluation"]


@dataclass(frozen=True, slots=True)
class EvaluatedVersion:
    """How a version did.

    Attributes:
        version: its number.
        manifest: what its bundle says of itself.
        n_tickets: asked about.
        n_seen: of them, those that it had learned from, which flatter it.
        measures: for each target.
    """

    version: str
    manifest: Manifest
    n_tickets: int
    n_seen: int
    measures: Mapping[str, TargetMeasures]


def evaluate_version(
    asked: RegisteredModel,
    history: Sequence[WorkedTicket],
    *,
    redaction: RedactionRules = EVERYTHING,
    on_progress: Callable[[float], None] = lambda _: None,
) -> EvaluatedVersion:
    """Ask a version about every ticket of a history, whose labels are joined where those that it learned were.

    Raises:
        InvalidInput: the history has nothing to measure on.
    """
    baselines = {name: str(measures["baseline_label"]) for name, measures in asked.manifest.metrics.items()}
    joined = JoinedLabels.in_manifest(asked.manifest)
    history = without_personal_data(history, redaction)
    history = [joined.ticket(ticket) for ticket in history] if joined else history
    answers = answer_tickets(asked.model, history, on_progress=on_progress)
    measures = evaluate_answers(answers, baselines, groups=groups_of(history, "by customer"))
    n_seen = int(np.isin(seen_keys(history), asked.learned_from).sum())
    return EvaluatedVersion(asked.model.version, asked.manifest, len(history), n_seen, measures)


def report_evaluation(found: EvaluatedVersion, file: str, preset: str) -> Report:
    """What the page says of an evaluation on a file."""
    lead = f"The model has learned from {found.n_seen:,} of these {found.n_tickets:,} tickets" + (
        ", which flatters it." if found.n_seen else "."
    )
    return Report(
        title=f"Model {found.version} on {file}",
        lead=lead,
        details={
            "Source": f"{file} ({preset})",
            "Tickets": f"{found.n_tickets:,}",
            "Model": f"{found.version}, learned from {found.manifest.n_tickets:,} tickets",
        },
        measures=found.measures,
        base_models=found.manifest.base_models,
    )
