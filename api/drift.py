"""Whether the tickets of late are like those that the model was learned from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from api.desk import Desk, Model
from data.database import reading
from data.quality import AnsweredTicket, answered_tickets_in, texts_of
from models.bundle import read_manifest
from models.unseen import read_unseen
from triage.batch import Head
from triage.drift import DriftVerdict, Stability, WordDrift, confidence_counts, stability, word_drift, worst
from triage.model import TriageModel
from triage.thresholds import UnseenAnswers
from triage.ticket import NewTicket

__all__ = ["DAYS", "DriftReport", "TargetDrift", "drift_report"]

DAYS = (7, 30)
"""What a page offers."""

_MOST_ANSWERED = 1_000
_MOST_READ = 300
"""Whose texts are read: a second of a thousand tickets would tell no more."""


@dataclass(frozen=True, slots=True)
class TargetDrift:
    """One question: which answers are given, and how surely."""

    target: str
    labels: Stability
    confidences: Stability

    @property
    def verdict(self) -> DriftVerdict:
        """The worse of both."""
        return worst([self.labels.verdict, self.confidences.verdict])


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The tickets of late beside the training.

    Attributes:
        version: the model that answers.
        trained_at: when it was learned.
        days: how far back tickets are looked at.
        n: tickets whose answers are compared, drawn evenly.
        targets: one a question.
        words: what the texts say; None where there are none, or the model knows no words.
    """

    version: str
    trained_at: datetime
    days: int
    n: int
    targets: tuple[TargetDrift, ...]
    words: WordDrift | None

    @property
    def verdict(self) -> DriftVerdict:
        """The one that asks for most."""
        return worst([*(each.verdict for each in self.targets), *([] if self.words is None else [self.words.verdict])])


def drift_report(desk: Desk, bundles: Path, days: int, now: datetime) -> DriftReport:
    """The report.

    Args:
        desk: whose tickets they are.
        bundles: the folder that serving reads.
        days: how far back to look.
        now: the moment.

    Raises:
        ModelUnusable: no model answers, or what it was measured on cannot be read.
    """
    model = desk.models.current()
    folder = bundles / model.version
    manifest = read_manifest(folder)
    unseen = read_unseen(folder, manifest)
    with reading(desk.engine) as connection:
        answered = answered_tickets_in(connection, model.version, now - timedelta(days=days), now, most=_MOST_ANSWERED)
        texts = texts_of(connection, _spread([each.ticket_id for each in answered], _MOST_READ))
    targets = tuple(_target_drift(head, unseen[head.target], answered) for head in manifest.questions)
    return DriftReport(model.version, model.trained_at, days, len(answered), targets, _words(model, texts))


def _target_drift(head: Head, unseen: UnseenAnswers, answered: Sequence[AnsweredTicket]) -> TargetDrift:
    said = [each.answers[head.target] for each in answered if head.target in each.answers]
    trained = {head.labels[at]: n for at, n in Counter(unseen.labels.tolist()).items()}
    today = np.asarray([each["confidence"] for each in said], dtype=np.float64)
    return TargetDrift(
        target=head.target,
        labels=stability(trained, Counter(each["value"] for each in said)),
        confidences=stability(*confidence_counts(unseen.confidences, today), in_order=True),
    )


def _words(model: Model, texts: Sequence[NewTicket]) -> WordDrift | None:
    if not isinstance(model, TriageModel):
        return None
    return word_drift(model.view, model.familiarity, model.view.rows(texts))


def _spread(ids: Sequence[str], most: int) -> list[str]:
    """So many of them at most, from all over."""
    n = min(len(ids), most)
    return [ids[place * len(ids) // n] for place in range(n)]
