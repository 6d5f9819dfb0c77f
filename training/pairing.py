"""Tickets that two versions can be compared on: those that both answered without having learned from them.

Where they come from: the answers kept with the runs, or an export that both answer afresh. Where the history of either
had its labels' spellings joined, those of both are: a right answer in another spelling is right.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.bundle import read_manifest
from models.mlflow_registry import MlflowRegistry, RegisteredVersion
from training.audit.joined_labels import JoinedLabels
from training.evaluation.answers import answer_tickets
from training.evaluation.held_out import TargetAnswers, asked_precisions, held_out_answers, read_answers
from training.histories.dataset import closed_tickets, seen_keys, without_personal_data
from training.registered_model import load_registered
from training.tracking import HELD_OUT, held_out_by
from triage.errors import ModelUnusable, NotFound
from triage.redaction import EVERYTHING, RedactionRules
from triage.ticket import WorkedTicket

__all__ = ["answer_held_out", "fresh_answers", "stored_answers"]

Answers = Mapping[str, TargetAnswers]


def answer_held_out(
    registry: MlflowRegistry, version: RegisteredVersion, tickets: Sequence[WorkedTicket], keys: NDArray[np.uint64]
) -> dict[str, TargetAnswers]:
    """An earlier version's answers to tickets that a new one was measured on.

    It answers those that it has not learned from. Of the others those count that its own run held out: there its
    measured fit had answered them before it learned from them.

    Args:
        registry: where the version is.
        version: to be asked.
        tickets: as the new one was asked about them, which may be without what was cleaned away.
        keys: by which they are known, as filed: `training.histories.dataset.seen_keys`, shape (n,).

    Raises:
        NotFound: the version's files are gone.
        ModelUnusable: its bundle cannot be used.
    """
    asked = load_registered(registry, version)
    is_new = ~np.isin(keys, asked.learned_from)
    new = [ticket for ticket, wanted in zip(tickets, is_new.tolist(), strict=True) if wanted]
    answers = answer_tickets(asked.model, new)
    fresh = held_out_answers(answers, new, asked_precisions(asked.manifest), keys=keys[is_new])
    own = _kept(registry, version, HELD_OUT) or {}
    return {
        target: found.and_also(own[target].take(np.isin(own[target].key, keys))) if target in own else found
        for target, found in fresh.items()
    }


def stored_answers(
    registry: MlflowRegistry, before: RegisteredVersion, after: RegisteredVersion
) -> tuple[Answers, Answers]:
    """Two versions' answers as their runs kept them; the tickets of one may be more than those of the other.

    Raises:
        NotFound: one of them has kept none.
    """
    own = {}
    for version in (before, after):
        kept = _kept(registry, version, HELD_OUT)
        if kept is None:
            raise NotFound(
                f"Model {version.version} has kept no answers to compare by; name an export that neither model has "
                "learned from with `triage models compare --tickets`."
            )
        own[version.version] = kept
    joins = [_joins(registry, version) for version in (before, after)]
    # The later run of the two may have asked the other model about the tickets that it held out itself.
    return (
        _joined(_kept(registry, after, held_out_by(before.version)) or own[before.version], joins),
        _joined(_kept(registry, before, held_out_by(after.version)) or own[after.version], joins),
    )


def fresh_answers(
    registry: MlflowRegistry,
    before: RegisteredVersion,
    after: RegisteredVersion,
    tickets: Sequence[WorkedTicket],
    *,
    redaction: RedactionRules = EVERYTHING,
    on_progress: Callable[[float], None] = lambda _: None,
) -> tuple[Answers, Answers, int]:
    """Two versions' answers to an export's settled tickets, without those that either has learned from.

    Returns:
        The first's answers, the second's, and how many tickets were left out because one has learned from them.

    Raises:
        NotFound: a version's files are gone.
        ModelUnusable: a bundle cannot be used.
    """
    history = without_personal_data(closed_tickets(tickets), redaction)
    keys = seen_keys(history)
    asked = [load_registered(registry, version) for version in (before, after)]
    is_seen = np.isin(keys, np.concatenate([one.learned_from for one in asked]))
    unseen = [ticket for ticket, left_out in zip(history, is_seen.tolist(), strict=True) if not left_out]
    joins = [JoinedLabels.in_manifest(one.manifest) for one in asked]
    found = []
    for i, one in enumerate(asked):

        def advance(done: float, begun: int = i) -> None:
            on_progress((begun + done) / 2)

        answers = answer_tickets(one.model, unseen, on_progress=advance)
        found.append(_joined(held_out_answers(answers, unseen, asked_precisions(one.manifest)), joins))
    return found[0], found[1], int(is_seen.sum())


def _kept(registry: MlflowRegistry, version: RegisteredVersion, name: str) -> dict[str, TargetAnswers] | None:
    """The answers in a file of the version's run; None where there is no such file."""
    try:
        with registry.artifact(version, name) as file:
            return read_answers(Path(file))
    except NotFound:
        return None


def _joins(registry: MlflowRegistry, version: RegisteredVersion) -> JoinedLabels:
    """How the labels of a version's history were joined; not at all where its bundle cannot be read."""
    try:
        with registry.bundle(version) as folder:
            return JoinedLabels.in_manifest(read_manifest(folder))
    except (NotFound, ModelUnusable):
        return JoinedLabels.of(())


def _joined(answers: Answers, joins: Sequence[JoinedLabels]) -> dict[str, TargetAnswers]:
    """The answers with labels joined as one model's history had them, and then as the other's."""
    found = dict(answers)
    for joined in joins:
        for target in joined.joins.keys() & found.keys():
            one, spelled = found[target], partial(joined.label, target)
            found[target] = replace(
                one,
                label=np.asarray(list(map(spelled, one.label.tolist())), dtype=np.str_),
                answer=np.asarray(list(map(spelled, one.answer.tolist())), dtype=np.str_),
                vocabulary=tuple(dict.fromkeys(map(spelled, one.vocabulary))),
            )
    return found
