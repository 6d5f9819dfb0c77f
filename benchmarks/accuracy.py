"""How well real desks are learned, beside TF-IDF + LinearSVC on the same splits; needs the real exports.

The folder is `TRIAGE_BENCHMARK_DATA`, else `../shared/data` beside the project. The splits are those of published
figures, repeats removed: at random where an export names no customers, else by customer. Random ones flatter.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measurement import Measurement
from data.exports.files import read_tickets
from data.exports.preset import load_preset, with_map
from models.encoder import PACKAGED, find_encoder
from training.configs.parameters import read_parameters
from training.evaluation.answers import Answers, answer_tickets
from training.evaluation.baselines import PLAIN, measure_baselines
from training.evaluation.reliability import expected_calibration_error
from training.evaluation.risk_coverage import coverage_at
from training.features.distillation import Distillation
from training.histories.dataset import without_repeats
from training.histories.folds import FoldPlan, folds_of_groups
from training.histories.split import Kind, Split, groups_of, random_split
from training.learning.base_models import TOGETHER
from training.learning.fit import fit_model
from triage.targets import Target
from triage.ticket import WorkedTicket

SEEDS = range(5)


@dataclass(frozen=True, slots=True)
class Desk:
    """An export, how it is read, and what is asked of it; `labels` keeps the tickets that have one of these."""

    file: str
    preset: str
    overrides: Sequence[str]
    target: str
    test_ratio: float
    labels: Sequence[str] = ()


DESKS = (
    Desk("endava_it_tickets.csv.gz", "generic", ("body=text", "assignment_group=topic"), "assignment_group", 0.2),
    Desk("endava_it_tickets.csv.gz", "generic", ("body=text", "assignment_group=topic"), "ticket_type", 0.2),
    Desk("servicenow_incidents_with_callers.csv.gz", "servicenow", (), "assignment_group", 0.2),
    Desk("multilingual_helpdesk.csv.gz", "generic", (), "ticket_type", 0.25),
    Desk("multilingual_helpdesk.csv.gz", "generic", (), "ticket_type", 0.25, ("incident", "request")),
    Desk("multilingual_helpdesk.csv.gz", "generic", ("assignment_group=queue",), "assignment_group", 0.25),
    Desk("github_issues.csv.gz", "generic", ("subject=title", "ticket_type=label"), "ticket_type", 0.2),
    Desk("bank_requests.csv.gz", "generic", ("body=text", "assignment_group=category"), "assignment_group", 0.2),
)


@dataclass(frozen=True, slots=True)
class _Answered:
    """One split's answers: the measures, and what the calibration error of all splits together is made of.

    Attributes:
        coverage: share of test tickets above the threshold.
        possible: what one threshold, chosen with hindsight, would have covered at 0.95.
        precision: share of right ones among the covered.
        blend: out-of-fold accuracy of the blend, on the tickets that were learned from.
        members: of the best base model.
        kept: the base models that take part.
    """

    accuracy: float
    macro_f1: float
    ece: float
    coverage: float
    possible: float
    precision: float
    blend: float
    members: float
    kept: tuple[str, ...]
    sure: NDArray[np.float64]
    right: NDArray[np.bool_]


def run() -> Iterator[Measurement]:
    """For each desk five seeds, mean and spread."""
    folder = Path(os.environ.get("TRIAGE_BENCHMARK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    with tempfile.TemporaryDirectory() as cache:
        distillation = Distillation(find_encoder(PACKAGED), Path(cache))
        for desk in DESKS:
            if not (folder / desk.file).is_file():
                yield Measurement(desk.file, "not measured", f"it is not in {folder}")
                continue
            tickets, _ = read_tickets(folder / desk.file, with_map(load_preset(desk.preset), desk.overrides))
            kept = [t for t in without_repeats(tickets) if not desk.labels or t.label(desk.target) in desk.labels]
            kind: Kind = "by customer" if all(t.filed.customer_id for t in kept) else "at random"
            splits = [_split(kept, kind, desk.test_ratio, seed) for seed in SEEDS]
            own = [_own(split, desk.target, distillation) for split in splits]
            plain = [measure_baselines(split, [desk.target])[desk.target][PLAIN] for split in splits]
            pooled = expected_calibration_error(
                np.concatenate([found.sure for found in own]), np.concatenate([found.right for found in own])
            )
            yield Measurement(
                f"{desk.file}: {desk.target}{' of ' + ', '.join(desk.labels) if desk.labels else ''}, {kind}",
                f"accuracy {_mean([o.accuracy for o in own])}, macro-F1 {_mean([o.macro_f1 for o in own])}, "
                f"ECE {_mean([o.ece for o in own])} (all together {pooled:.4f}; were every confidence true "
                f"{np.mean([_least_error(o.sure) for o in own]):.4f}), "
                f"coverage {_mean([o.coverage for o in own])} at precision {_mean([o.precision for o in own])} "
                f"(possible with hindsight {_mean([o.possible for o in own])}); out-of-fold the blend "
                f"{_mean([o.blend for o in own])}, its best base model {_mean([o.members for o in own])} (kept: "
                f"{', '.join(sorted({' + '.join(o.kept) for o in own}))})",
                f"TF-IDF + LinearSVC: {_mean([p.accuracy for p in plain])}, {_mean([p.macro_f1 for p in plain])}; "
                f"gain {_mean([o.accuracy - p.accuracy for o, p in zip(own, plain, strict=True)])}",
            )


def _split(tickets: Sequence[WorkedTicket], kind: Kind, test_ratio: float, seed: int) -> Split:
    if kind == "at random":
        return random_split(tickets, test_ratio=test_ratio, seed=seed)
    groups = groups_of(tickets, kind)
    order = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    is_test = np.isin(groups, order[: round(test_ratio * order.size)])
    train, test = ([t for t, on in zip(tickets, side, strict=True) if on] for side in (~is_test, is_test))
    return Split(kind, train, test, 0)


def _own(split: Split, target: str, distillation: Distillation) -> _Answered:
    parameters = read_parameters()
    groups = groups_of(split.train, split.kind)
    plan = FoldPlan(folds_of_groups(groups, parameters.n_folds, seed=parameters.seed), groups)
    fitted = fit_model(split.train, [Target(target)], parameters, plan=plan, meanings=distillation)
    scorer = fitted.scorer(version="benchmark", trained_at=None)  # type: ignore[arg-type] # nobody asks it
    (head,) = fitted.heads.values()
    answers: Answers = answer_tickets(scorer, split.test)[target]
    sure, right = answers.sure(), answers.first().is_right()
    covered = answers.is_covered()
    figures = answers.first().figures()
    return _Answered(
        accuracy=figures.accuracy,
        macro_f1=figures.macro_f1,
        ece=expected_calibration_error(sure, right),
        coverage=float(covered.mean()),
        possible=coverage_at(sure, right, answers.has_evidence, (0.95,))["0.95"].coverage,
        blend=float(head.thresholds.unseen.is_right.mean()),
        members=max(found.accuracy for found in head.base_models if found.name != TOGETHER),
        kept=tuple(found.name for found in head.base_models if found.is_kept and found.name != TOGETHER),
        precision=float(right[covered].mean()) if covered.any() else float("nan"),
        sure=sure,
        right=right,
    )


def _least_error(sure: NDArray[np.float64]) -> float:
    """The calibration error that chance alone leaves on as many answers, each right as often as it says."""
    chance = np.random.default_rng(0)
    return float(np.mean([expected_calibration_error(sure, chance.random(sure.size) < sure) for _ in range(200)]))


def _mean(values: Sequence[float]) -> str:
    return f"{np.nanmean(values):.4f} ± {np.nanstd(values):.4f}"
