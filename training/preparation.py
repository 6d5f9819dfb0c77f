"""What a training learns from: the closed tickets, split, audited and cleaned, and what can be asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.audit.cleaning import Cleaned, clean_history
from training.audit.finding import Finding
from training.audit.inspection import audit_history
from training.configs.parameters import TrainingParameters
from training.histories.dataset import (
    choose_targets,
    closed_tickets,
    label_columns,
    seen_keys,
    unlearnable_reason,
    without_personal_data,
)
from training.histories.folds import FoldPlan, folds_forward, folds_of_groups
from training.histories.split import Split, split_history
from training.learning.derived_priority import PARTS, is_derived
from triage.errors import UnusableTraining
from triage.priority import PRIORITY
from triage.redaction import EVERYTHING, RedactionRules
from triage.targets import USUAL_TARGETS, Target, check_names
from triage.ticket import WorkedTicket

__all__ = ["PreparedHistory", "prepare_history"]


@dataclass(frozen=True, slots=True)
class PreparedHistory:
    """A history that can be learned from.

    Attributes:
        filed: the closed tickets with their texts as filed, without what is personal in them.
        cleaned: the same without what was cleaned away.
        split: train and test part of the cleaned tickets.
        test_keys: the keys of the test part as filed, see `training.histories.dataset.seen_keys`.
        names: the targets that are measured.
        targets: those that are learned: without a derived priority.
        is_derived: whether priority follows from impact and urgency.
        unlearnable: why a usual target is not learned, a sentence each.
        findings: what the audit of the train part found.
        removed: those of them that were cleaned away.
    """

    filed: Sequence[WorkedTicket]
    cleaned: Cleaned
    split: Split
    test_keys: NDArray[np.uint64]
    names: tuple[str, ...]
    targets: tuple[Target, ...]
    is_derived: bool
    unlearnable: tuple[str, ...]
    findings: Sequence[Finding]
    removed: Sequence[Finding]

    def fold_plan(self, parameters: TrainingParameters) -> FoldPlan:
        """The folds of the train part, cut as train and test are."""
        groups = self.split.train_groups()
        if self.split.kind == "forward":
            return FoldPlan(folds_forward(self.split.train, parameters.n_folds), groups)
        return FoldPlan(folds_of_groups(groups, parameters.n_folds, seed=parameters.seed), groups)

    def notes(self) -> tuple[str, ...]:
        """What a person should know before believing the model, a sentence each."""
        warnings = [
            f"{finding.sentence} {finding.advice}"
            for finding in self.findings
            if finding.severity == "warning" and finding not in self.removed
        ]
        return (*self.unlearnable, *warnings, *self.cleaned.actions)


def prepare_history(
    tickets: Sequence[WorkedTicket],
    parameters: TrainingParameters,
    *,
    targets: Sequence[str] | None,
    clean: bool,
    redaction: RedactionRules = EVERYTHING,
) -> PreparedHistory:
    """Redact a history, split it, choose its targets, and audit the train part.

    Args:
        tickets: the history, in any order.
        parameters: how to learn.
        targets: what to learn; where None, the usual targets that this history allows.
        clean: whether what the audit says can be taken out is taken out of all texts.
        redaction: what is redacted where before anything is learned, compared or shown.

    Raises:
        InvalidInput: a target does not exist, or the history is too small or uniform to learn from.
    """
    tickets = without_personal_data(tickets, redaction)
    check_names(parameters.targets, {*USUAL_TARGETS, *label_columns(tickets)})
    filed = closed_tickets(tickets)
    chosen = choose_targets(filed, targets)
    split = split_history(tickets, test_ratio=parameters.test_ratio, seed=parameters.seed, gap_days=parameters.gap_days)
    unlearnable = {name: why for name in chosen if (why := unlearnable_reason(split.train, split.test, name))}
    names = [name for name in chosen if name not in unlearnable]
    if unlearnable and (targets or not names):
        raise UnusableTraining(" ".join(unlearnable.values()))
    findings = audit_history(split.train, names, families=split.train_families, seed=parameters.seed)
    removed = findings if clean else ()
    test_keys = seen_keys(split.test)
    cleaned = clean_history(filed, removed)
    # What nearly said the same still belongs together when some of its words are gone: texts are not compared again.
    split = _with_texts_of(cleaned.tickets, filed, split)
    derived = is_derived(split.train, names, parameters)
    names += [part for part in PARTS if derived and part not in names]
    asked = tuple(parameters.target(name) for name in names if not (derived and name == PRIORITY))
    return PreparedHistory(
        filed,
        cleaned,
        split,
        test_keys,
        tuple(names),
        asked,
        derived,
        tuple(unlearnable.values()),
        findings,
        removed,
    )


def _with_texts_of(cleaned: Sequence[WorkedTicket], history: Sequence[WorkedTicket], split: Split) -> Split:
    """The split with the cleaned tickets in the place of those of the history, from which it was taken."""
    now = {id(ticket): clean for ticket, clean in zip(history, cleaned, strict=True)}
    return replace(split, train=[now[id(t)] for t in split.train], test=[now[id(t)] for t in split.test])
