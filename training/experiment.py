"""One training from end to end: set tickets aside, learn, measure, learn again from all, and write the bundle."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.bundle import write_bundle
from models.manifest import Manifest
from training.audit.cleaning import clean_history
from training.audit.inspection import audit_history
from training.configs.parameters import TrainingParameters
from training.customers.history import customer_history
from training.customers.model import LearnedCustomers, learn_customers
from training.evaluation.answers import answer_tickets
from training.evaluation.held_out import TargetAnswers, held_out_answers
from training.evaluation.measures import TargetMeasures, evaluate_answers
from training.evaluation.quick_trial import QuickTrial
from training.evaluation.study import Study, study_history
from training.features.distillation import Distillation
from training.histories.dataset import (
    choose_targets,
    commonest_label,
    fingerprint,
    label_columns,
    obstacle,
    seen_keys,
    settled,
)
from training.histories.folds import FoldPlan, folds_forward, folds_of_groups
from training.histories.split import Split, split_history
from training.learning.derived_priority import PARTS, derive_priority, is_derived
from training.learning.fit import fit_model
from training.learning.fitted_model import FittedModel
from triage.errors import UnusableTraining
from triage.model import TriageModel
from triage.priority import PRIORITY
from triage.targets import USUAL_TARGETS, check_names
from triage.ticket import WorkedTicket

__all__ = ["Experiment", "run_experiment"]

MAX_STUDIED = 100_000
"""A study is of so many tickets at most, drawn by chance: what it compares learns a dozen times."""

LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch")


@dataclass(frozen=True, slots=True)
class Experiment:
    """What one training gave.

    Attributes:
        fitted: learned from the whole history, as scikit-learn holds it.
        scorer: the same for serving.
        measures: for each target, taken with a fit of `split.train` on `split.test`.
        split: how those were parted.
        manifest: the description that the bundle will carry.
        held_out: that fit's answers to `split.test`, for later comparisons.
        test_keys: the keys of those tickets as filed, see `training.histories.dataset.seen_keys`.
        seen: a number for each ticket learned from, as `training.histories.dataset.seen_keys` gives them.
        notes: why a usual target was not learned, what the audit warns of and what was cleaned away, a sentence each.
        study: what puts the measures into proportion.
        customers: what was learned of those who write; None where the history does not name them and days.
    """

    fitted: FittedModel
    scorer: TriageModel
    measures: Mapping[str, TargetMeasures]
    split: Split
    manifest: Manifest
    held_out: Mapping[str, TargetAnswers]
    test_keys: NDArray[np.uint64]
    seen: NDArray[np.uint64]
    notes: tuple[str, ...]
    study: Study
    customers: LearnedCustomers | None

    def write(self, folder: Path) -> Manifest:
        """Write the bundle; the folder must not exist yet."""
        return write_bundle(folder, self.scorer, self.manifest)


def run_experiment(
    tickets: Sequence[WorkedTicket],
    parameters: TrainingParameters,
    *,
    targets: Sequence[str] | None = None,
    seed: int = 0,
    clean: bool = False,
    distillation: Distillation | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Experiment:
    """Learn from a history and measure honestly.

    The measured fit sees the training part alone; its members are blended and its thresholds set there, on answers to
    tickets that they had not seen. The model that is kept has the same blends and thresholds, and weights from the
    whole history: what is newest is what routing needs most.

    Args:
        tickets: the history, in any order.
        parameters: how to learn.
        targets: what to learn; where None, the usual targets that this history allows.
        seed: for everything that chance decides.
        clean: whether what the audit of the training part says can be taken out is taken out of all texts.
        distillation: gives words, and whole tickets where it is to, their meaning; None learns without.
        on_step: told what begins.

    Raises:
        InvalidInput: a target does not exist, or the history is too small or uniform to learn from.
    """
    parameters = replace(parameters, seed=seed)
    check_names(parameters.targets, {*USUAL_TARGETS, *label_columns(tickets)})
    history = settled(tickets)
    chosen = choose_targets(history, targets)
    split = split_history(tickets, test_ratio=parameters.test_ratio, seed=seed, gap_days=parameters.gap_days)
    obstacles = {name: why for name in chosen if (why := obstacle(split.train, split.test, name))}
    names = [name for name in chosen if name not in obstacles]
    if obstacles and (targets or not names):
        raise UnusableTraining(" ".join(obstacles.values()))
    on_step("auditing the history")
    findings = audit_history(split.train, names, families=split.train_families, seed=seed)
    removable = findings if clean else ()
    test_keys = seen_keys(split.test)
    whole = clean_history(history, removable)
    # What nearly said the same still belongs together when some of its words are gone: texts are not compared again.
    split = _with_texts_of(whole.tickets, history, split)
    derived = is_derived(split.train, names, parameters)
    names += [part for part in PARTS if derived and part not in names]
    asked = [parameters.target(name) for name in names if not (derived and name == PRIORITY)]
    groups = split.train_groups()
    forward = split.kind == "forward"
    folds = (
        folds_forward(split.train, parameters.n_folds)
        if forward
        else folds_of_groups(groups, parameters.n_folds, seed=seed)
    )
    plan = FoldPlan(folds, groups)
    sentences = None if distillation is None or parameters.fast else distillation.sentences
    measured = fit_model(
        split.train,
        asked,
        parameters,
        derivation=derive_priority(split.train, parameters) if derived else None,
        plan=plan,
        meanings=distillation,
        sentences=sentences,
        on_step=on_step,
    )

    if sentences is not None:
        sentences.remember([ticket.filed for ticket in split.test], on_step)
    on_step(f"measuring on {len(split.test):,} tickets")
    trained_at = datetime.now(UTC)
    baselines = {name: commonest_label(split.train, name) for name in names}
    answers = answer_tickets(measured.scorer(version="measured", trained_at=trained_at), split.test)
    measures = evaluate_answers(answers, baselines, groups=split.test_groups(), needs=measured.needs())
    precisions = {name: parameters.target(name).precision for name in names}
    held_out = held_out_answers(answers, split.test, precisions, keys=test_keys)

    on_step("counting words for comparisons")
    studied = split.sample(MAX_STUDIED, seed=seed)
    compared = whole.tickets if studied is split else [*studied.train, *studied.test]
    comparable = [name for name in names if obstacle(studied.train, studied.test, name) is None]
    study = study_history(
        compared,
        studied,
        comparable,
        QuickTrial(compared, [parameters.target(name) for name in comparable], parameters),
        test_ratio=parameters.test_ratio,
        seed=seed,
        on_step=on_step,
    )
    on_step("learning from the whole history")
    fitted = fit_model(
        whole.tickets,
        asked,
        parameters,
        derivation=derive_priority(whole.tickets, parameters) if derived else None,
        meanings=distillation,
        sentences=sentences,
        calibrated=measured,
        on_step=on_step,
    )
    on_step("learning who writes")
    customers = _learn_customers(tickets, parameters, trained_at)
    scorer = replace(
        fitted.scorer(version="unregistered", trained_at=trained_at), customers=customers.model if customers else None
    )
    opened = sorted(ticket.filed.opened_at for ticket in history if ticket.filed.opened_at is not None)
    seen = seen_keys(history)
    manifest = Manifest(
        trained_at=trained_at,
        triage_version=version("triage"),
        heads=scorer.heads,
        priority=scorer.priority,
        floors=scorer.familiarity.floors,
        blocks=scorer.meaning.vectors.blocks if scorer.meaning else (),
        encoder=(
            {"name": distillation.encoder.name, "sha256": distillation.encoder.sha256}
            if distillation and scorer.meaning
            else None
        ),
        n_sentence=scorer.meaning.n_sentence if scorer.meaning else 0,
        n_tickets=len(history),
        window=(opened[0].date().isoformat(), opened[-1].date().isoformat()) if opened else None,
        fingerprint=fingerprint(seen, history, names),
        split=str(split),
        parameters=parameters.as_dict() | {"clean": clean},
        metrics={name: found.as_dict() for name, found in measures.items()},
        libraries={name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
        audit={"findings": [finding.as_dict() for finding in findings], "cleaned": list(whole.actions)},
    )
    warnings = [f"{f.sentence} {f.advice}" for f in findings if f.severity == "warning" and f not in removable]
    sampled = f"Plain baselines, learning curve and random split are of {len(compared):,} tickets drawn by chance."
    notes = (*obstacles.values(), *warnings, *whole.actions, *([] if studied is split else [sampled]))
    return Experiment(fitted, scorer, measures, split, manifest, held_out, test_keys, seen, notes, study, customers)


def _learn_customers(
    tickets: Sequence[WorkedTicket], parameters: TrainingParameters, until: datetime
) -> LearnedCustomers | None:
    """What the whole history says of its customers, open tickets too: that somebody called is known at once."""
    try:
        history = customer_history(tickets, until, seed=parameters.seed)
    except UnusableTraining:  # nobody is named, or no day: nothing that would have to be said
        return None
    return learn_customers(history, history.last, parameters.customers)


def _with_texts_of(cleaned: Sequence[WorkedTicket], history: Sequence[WorkedTicket], split: Split) -> Split:
    """The split with the cleaned tickets in the place of those of the history, from which it was taken."""
    now = {id(ticket): clean for ticket, clean in zip(history, cleaned, strict=True)}
    return replace(split, train=[now[id(t)] for t in split.train], test=[now[id(t)] for t in split.test])
