"""How well real desks are learned, beside TF-IDF + LinearSVC on the same splits; needs the real exports.

The folder is `TRIAGE_BENCHMARK_DATA`, else `../shared/data` beside the project. Random splits flatter; they are here
because published figures use them.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.measurement import Measurement
from data.exports.files import read_tickets
from data.exports.preset import load_preset, with_map
from training.baselines import PLAIN, measure_baselines
from training.dataset import commonest_label
from training.evaluate import evaluate_model
from training.fit import fit_model
from training.parameters import read_parameters
from training.split import Split, split_history
from triage.targets import Target

SEEDS = range(5)

DESKS: tuple[tuple[str, str, Sequence[str], str], ...] = (
    ("endava_it_tickets.csv.gz", "generic", ("body=text", "assignment_group=topic"), "assignment_group"),
    ("servicenow_incidents_with_callers.csv.gz", "servicenow", (), "assignment_group"),
    ("multilingual_helpdesk.csv.gz", "generic", (), "ticket_type"),
)


def run() -> Iterator[Measurement]:
    """For each desk the split that its history allows, five seeds, mean and spread."""
    folder = Path(os.environ.get("TRIAGE_BENCHMARK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    for name, preset, overrides, target in DESKS:
        if not (folder / name).is_file():
            yield Measurement(name, "not measured", f"it is not in {folder}")
            continue
        tickets, _ = read_tickets(folder / name, with_map(load_preset(preset), overrides))
        splits = [split_history(tickets, test_ratio=0.2, seed=seed) for seed in SEEDS]
        own = np.array([_own(split, target) for split in splits])
        plain = np.array([_plain(split, target) for split in splits])
        yield Measurement(
            f"{name}: {target}, split {splits[0].kind}",
            f"accuracy {_mean(own[:, 0])}, macro-F1 {_mean(own[:, 1])}, ECE {_mean(own[:, 2])}",
            f"TF-IDF + LinearSVC: {_mean(plain[:, 0])}, {_mean(plain[:, 1])}",
        )


def _own(split: Split, target: str) -> tuple[float, float, float]:
    fitted = fit_model(split.train, [Target(target)], read_parameters(), seed=0)
    scorer = fitted.scorer(version="benchmark", trained_at=None)  # type: ignore[arg-type] # nobody asks it
    found = evaluate_model(scorer, split.test, {target: commonest_label(split.train, target)})[target]
    return found.accuracy, found.macro_f1, found.ece


def _plain(split: Split, target: str) -> tuple[float, float]:
    found = measure_baselines(split, [target])[target][PLAIN]
    return found.accuracy, found.macro_f1


def _mean(values: np.ndarray) -> str:
    return f"{values.mean():.4f} ± {values.std():.4f}"
