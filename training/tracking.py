"""The run log: what went into an experiment, what came out, and the pipelines to open in a notebook."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import joblib
import numpy as np
from mlflow.entities import Metric, Param

from models.mlflow_registry import MlflowRegistry
from training.evaluation.held_out import TargetAnswers, write_answers
from training.experiment import Experiment

__all__ = ["HELD_OUT", "SEEN", "held_out_by", "log_experiment"]

HELD_OUT = "held_out.parquet"
"""The run's file of the answers to the tickets that it was measured on."""

SEEN = "seen.npy"
"""The run's file of `training.histories.dataset.seen_keys`."""


def held_out_by(version: str) -> str:
    """The run's file of an earlier version's answers to those tickets."""
    return f"held_out_by_{version}.parquet"


def log_experiment(
    registry: MlflowRegistry,
    experiment: Experiment,
    source: str,
    *,
    report: Path | None = None,
    others: Mapping[str, Mapping[str, TargetAnswers]] | None = None,
) -> str:
    """Log the experiment as a finished run and register its bundle; the new version's number.

    The run holds the parameters, one metric per target and measure and per outcome of risk, the bundle, the report, and
    `pipelines.joblib`: for each target a scikit-learn pipeline from tickets as filed to confidences.

    Args:
        registry: where runs and versions are kept.
        experiment: what to log.
        source: where the history came from, for people.
        report: the page on it, kept under its own name; None where none was drawn.
        others: by version, what others answer to the tickets set aside; usually the champion alone.
    """
    client = registry.client
    run_id = client.create_run(registry.experiment(), run_name=experiment.split.kind).info.run_id
    try:
        parameters = {k: v for k, v in experiment.manifest.parameters.items() if k != "targets"}
        described = {
            "source": source,
            "targets": ", ".join(experiment.measures),
            "split": experiment.manifest.split,
            "n_tickets": experiment.manifest.n_tickets,
            "fingerprint": experiment.manifest.fingerprint,
        }
        params = [Param(name, str(value)) for name, value in (parameters | described).items()]
        client.log_batch(run_id, params=params, metrics=_metrics(experiment))
        if report is not None:
            client.log_artifact(run_id, str(report))
        with tempfile.TemporaryDirectory(prefix="triage-") as folder:
            joblib.dump(experiment.fitted.classifiers(), Path(folder) / "pipelines.joblib")
            client.log_artifact(run_id, str(Path(folder) / "pipelines.joblib"))
            np.save(Path(folder) / SEEN, experiment.seen, allow_pickle=False)
            client.log_artifact(run_id, str(Path(folder) / SEEN))
            by_others = {held_out_by(version): answers for version, answers in (others or {}).items()}
            for name, answers in {HELD_OUT: experiment.held_out, **by_others}.items():
                write_answers(Path(folder) / name, answers)
                client.log_artifact(run_id, str(Path(folder) / name))
            experiment.write(Path(folder) / "bundle")
            version = registry.register(run_id, Path(folder) / "bundle")
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id)
    return version


def _metrics(experiment: Experiment) -> list[Metric]:
    """One for each target and single figure, and those of what may go wrong; `told` is 0 where that is refused."""
    now = int(time.time() * 1000)
    found = []
    for target, measures in experiment.measures.items():
        figures = {name: value for name, value in measures.as_dict().items() if isinstance(value, int | float)}
        figures |= {f"coverage_at_{at}": reached.coverage for at, reached in measures.coverage_at.items()}
        found += [Metric(f"{_metric_name(target)}.{name}", value, now, 0) for name, value in figures.items()]
    for outcome, risk in experiment.risk.measures.in_brief().items():
        figures = {name: float(value) for name, value in risk.items() if isinstance(value, int | float)}
        found += [Metric(f"risk.{outcome}.{name}", value, now, 0) for name, value in figures.items()]
    return found


def _metric_name(target: str) -> str:
    """The target as MLflow allows it in a metric's name: a desk's own column may hold any character."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-. /") else "_" for c in target)
