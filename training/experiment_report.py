"""What the report says of a training: where its figures come from, and what puts them into proportion."""

from training.experiment import Experiment
from training.reports.report import Report

__all__ = ["report_training"]


def report_training(experiment: Experiment, source: str) -> Report:
    """What is to be said of a training.

    Args:
        experiment: the training.
        source: where the history came from, for people.
    """
    manifest = experiment.manifest
    return Report(
        title=f"What was learned from {source}",
        lead="How good the answers are on tickets that were set aside and that the measured fit had not seen, how far "
        "chance may have moved the figures, and what stands in the way of better ones.",
        details={
            "Source": source,
            "Split": manifest.split,
            "Tickets": f"{manifest.n_tickets:,}",
            **_sampled(experiment),
            "Opened": " to ".join(manifest.window) if manifest.window else "no dates in the history",
            "Seed": str(manifest.parameters["seed"]),
            "Versions": ", ".join(
                f"{name} {number}"
                for name, number in [("triage", manifest.triage_version), *manifest.libraries.items()]
            ),
        },
        measures=experiment.measures,
        study=experiment.study,
        base_models=manifest.base_models,
        risk=experiment.risk.measures,
    )


def _sampled(experiment: Experiment) -> dict[str, str]:
    """That what the model is compared with was measured on fewer tickets than the model; nothing where it was not."""
    if experiment.study.n_tickets >= experiment.manifest.n_tickets:
        return {}
    return {
        "Compared on": f"{experiment.study.n_tickets:,} tickets drawn by chance: baselines, the quick learner, the "
        "random split and the learning curve"
    }
