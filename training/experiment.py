"""One training from end to end: set tickets aside, learn, measure, learn again from all, and write the bundle."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.details import read_details
from models.bundle import write_bundle
from models.manifest import Manifest
from training.asking_back import learn_asked_back
from training.configs.parameters import TrainingParameters
from training.customers.history import customer_history
from training.customers.model import LearnedCustomers, learn_customers
from training.evaluation.answers import answer_tickets
from training.evaluation.held_out import TargetAnswers, held_out_answers
from training.evaluation.measures import TargetMeasures, evaluate_answers
from training.evaluation.quick_trial import QuickTrial
from training.evaluation.study import Study, study_history
from training.features.distillation import Distillation
from training.features.sentence_cache import SentenceCache
from training.histories.dataset import commonest_label, fingerprint, seen_keys, unlearnable_reason
from training.histories.ends import as_moments, find_ends
from training.histories.folds import FoldPlan
from training.histories.split import Split
from training.learning.base_models import BaseModel
from training.learning.derived_priority import derive_priority
from training.learning.fit import fit_model
from training.learning.fitted_model import FittedModel
from training.preparation import PreparedHistory, prepare_history
from training.risk.learn import LearnedRisk, learn_risk
from triage.errors import UnusableTraining
from triage.model import TriageModel
from triage.redaction import EVERYTHING, RedactionRules
from triage.ticket import WorkedTicket

__all__ = ["Experiment", "run_experiment"]

MAX_STUDIED = 100_000
"""A study is of so many tickets at most, drawn by chance: what it compares learns a dozen times."""

_ALIKE: Mapping[tuple[str, str], float] = MappingProxyType({})
_UNKNOWN: Mapping[str, Any] = MappingProxyType({})

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
        risk: what was learned of what may go wrong with a ticket, and of what history cannot tell.
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
    risk: LearnedRisk

    def write(self, folder: Path) -> Manifest:
        """Write the bundle; the folder must not exist yet."""
        return write_bundle(folder, self.scorer, self.manifest, self.fitted.unseen())


def run_experiment(  # noqa: PLR0913  # each says another thing of the training
    tickets: Sequence[WorkedTicket],
    parameters: TrainingParameters,
    *,
    targets: Sequence[str] | None = None,
    seed: int = 0,
    clean: bool = False,
    redaction: RedactionRules = EVERYTHING,
    weights: Mapping[tuple[str, str], float] = _ALIKE,
    provenance: Mapping[str, Any] = _UNKNOWN,
    distillation: Distillation | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Experiment:
    """Learn from a history and measure honestly.

    The measured fit sees the training part alone; its ensemble and thresholds are fitted there, on answers to
    tickets that they had not seen. The model that is kept has the same blends and thresholds, and weights from the
    whole history: what is newest is what routing needs most.

    Args:
        tickets: the history, in any order.
        parameters: how to learn.
        targets: what to learn; where None, the usual targets that this history allows.
        seed: for everything that chance decides.
        clean: whether what the audit of the training part says can be taken out is taken out of all texts.
        redaction: what is redacted where before anything is learned.
        weights: by ticket and target as how many tickets a label counts in learning that does not count as one.
        provenance: who gave the labels, for the manifest; empty where nobody knows.
        distillation: gives words, and whole tickets where it is to, their meaning; None learns without.
        on_step: told what begins.

    Raises:
        InvalidInput: a target does not exist, or the history is too small or uniform to learn from.
    """
    parameters = replace(parameters, seed=seed)
    on_step("auditing the history")
    history = prepare_history(tickets, parameters, targets=targets, clean=clean, redaction=redaction)
    learner = _Learner(parameters, distillation, weights, on_step)
    measured = learner.fit(history.split.train, history, plan=history.fold_plan(parameters))
    trial = _measure(measured, history, parameters, learner)
    study = _study(history, parameters, on_step)
    on_step("learning from the whole history")
    fitted = learner.fit(history.cleaned.tickets, history, calibrated=measured)
    on_step("learning what may go wrong")
    risk = learn_risk(history.filed, seed=seed)
    on_step("learning who writes")
    trained_at = datetime.now(UTC)
    customers = _learn_customers(tickets, parameters, trained_at)
    scorer = replace(
        fitted.scorer(version="unregistered", trained_at=trained_at),
        customers=customers.model if customers else None,
        asked_back=learn_asked_back(history.filed, read_details()),
        risk=risk.model,
    )
    seen = seen_keys(history.filed)
    manifest = _describe(scorer, history, trial, seen, parameters.as_dict() | {"clean": clean}, distillation)
    return Experiment(
        fitted=fitted,
        scorer=scorer,
        measures=trial.measures,
        split=history.split,
        manifest=replace(manifest, provenance=dict(provenance), risk=risk.measures.as_dict()),
        held_out=trial.held_out,
        test_keys=history.test_keys,
        seen=seen,
        notes=(*history.notes(), *_sampled_note(study.n_tickets, len(history.cleaned.tickets))),
        study=study,
        customers=customers,
        risk=risk,
    )


@dataclass(frozen=True, slots=True)
class _Trial:
    """How the fit of the train part did on the test part."""

    measures: Mapping[str, TargetMeasures]
    held_out: Mapping[str, TargetAnswers]
    base_models: Mapping[str, tuple[BaseModel, ...]]


@dataclass(frozen=True, slots=True)
class _Learner:
    """How every fit of a training is made."""

    parameters: TrainingParameters
    distillation: Distillation | None
    weights: Mapping[tuple[str, str], float]
    on_step: Callable[[str], None]

    @property
    def sentences(self) -> SentenceCache | None:
        """What is asked about whole tickets; None where nothing is."""
        return None if self.distillation is None or self.parameters.fast else self.distillation.sentences

    def fit(
        self,
        tickets: Sequence[WorkedTicket],
        history: PreparedHistory,
        *,
        plan: FoldPlan | None = None,
        calibrated: FittedModel | None = None,
    ) -> FittedModel:
        """A model of these tickets, calibrated on a plan's folds or as an earlier one is."""
        return fit_model(
            tickets,
            history.targets,
            self.parameters,
            derivation=derive_priority(tickets, self.parameters) if history.is_derived else None,
            plan=plan,
            meanings=self.distillation,
            sentences=self.sentences,
            calibrated=calibrated,
            weights=self.weights,
            on_step=self.on_step,
        )


def _measure(
    measured: FittedModel, history: PreparedHistory, parameters: TrainingParameters, learner: _Learner
) -> _Trial:
    """What the fit of the train part answers to the test part, and how good that is."""
    split = history.split
    if learner.sentences is not None:
        learner.sentences.remember([ticket.filed for ticket in split.test], learner.on_step)
    learner.on_step(f"measuring on {len(split.test):,} tickets")
    baselines = {name: commonest_label(split.train, name) for name in history.names}
    answers = answer_tickets(measured.scorer(version="measured", trained_at=datetime.now(UTC)), split.test)
    measures = evaluate_answers(answers, baselines, groups=split.test_groups(), evidence=measured.evidence())
    precisions = {name: parameters.target(name).precision for name in history.names}
    held_out = held_out_answers(answers, split.test, precisions, keys=history.test_keys)
    return _Trial(measures, held_out, {target.name: head.base_models for target, head in measured.heads.items()})


def _study(history: PreparedHistory, parameters: TrainingParameters, on_step: Callable[[str], None]) -> Study:
    """Baselines, learning curves and the random split, of a sample where the history is large."""
    on_step("counting words for comparisons")
    split = history.split.sample(MAX_STUDIED, seed=parameters.seed)
    tickets = history.cleaned.tickets if split is history.split else [*split.train, *split.test]
    names = [name for name in history.names if unlearnable_reason(split.train, split.test, name) is None]
    return study_history(
        tickets,
        split,
        names,
        QuickTrial(tickets, [parameters.target(name) for name in names], parameters),
        test_ratio=parameters.test_ratio,
        seed=parameters.seed,
        on_step=on_step,
    )


def _describe(
    scorer: TriageModel,
    history: PreparedHistory,
    trial: _Trial,
    seen: NDArray[np.uint64],
    parameters: dict[str, Any],
    distillation: Distillation | None,
) -> Manifest:
    """What the bundle says of itself."""
    opened = [ticket.filed.opened_at for ticket in history.filed if ticket.filed.opened_at is not None]
    ends = find_ends(as_moments(opened)) if opened else None
    meaning = scorer.meaning
    return Manifest(
        trained_at=scorer.trained_at,
        triage_version=version("triage"),
        heads=scorer.heads,
        priority=scorer.priority,
        floors=scorer.familiarity.floors,
        blocks=meaning.vectors.blocks if meaning else (),
        encoder=(
            {"name": distillation.encoder.name, "sha256": distillation.encoder.sha256}
            if distillation and meaning
            else None
        ),
        n_sentence=meaning.n_sentence if meaning else 0,
        n_tickets=len(history.filed),
        window=(ends.first.date().isoformat(), ends.last.date().isoformat()) if ends else None,
        fingerprint=fingerprint(seen, history.filed, history.names),
        split=str(history.split),
        parameters=parameters,
        metrics={name: found.as_dict() for name, found in trial.measures.items()},
        libraries={name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
        base_models={target: [asdict(found) for found in models] for target, models in trial.base_models.items()},
        audit={
            "findings": [finding.as_dict() for finding in history.findings],
            "cleaned": list(history.cleaned.actions),
        },
    )


def _sampled_note(n_studied: int, n_tickets: int) -> tuple[str, ...]:
    if n_studied == n_tickets:
        return ()
    return (f"Plain baselines, learning curve and random split are of {n_studied:,} tickets drawn by chance.",)


def _learn_customers(
    tickets: Sequence[WorkedTicket], parameters: TrainingParameters, until: datetime
) -> LearnedCustomers | None:
    """What the whole history says of its customers, open tickets too: that somebody called is known at once."""
    try:
        history = customer_history(tickets, until, seed=parameters.seed)
    except UnusableTraining:  # nobody is named, or no day: nothing that would have to be said
        return None
    return learn_customers(history, history.last, parameters.customers)
