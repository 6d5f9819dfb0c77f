"""Ordinary things for tests, changed only where a test is about it."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from training.configs.parameters import TrainingParameters, read_parameters
from training.customers.history import CustomerHistory, customer_history
from training.evaluation.answers import Answers
from training.evaluation.comparison import MEASURES, Difference, TargetComparison
from training.evaluation.held_out import TargetAnswers
from training.evaluation.measures import TargetMeasures, measure
from triage.batch import Head
from triage.ensemble import Blend, softmax
from triage.familiarity import Familiarity, Floors
from triage.features import TermView
from triage.model import TriageModel
from triage.prediction import Mode
from triage.ticket import NewTicket, WorkedTicket

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_WORDS = {
    "Network": ("vpn tunnel drops", "wifi is slow", "no connection to the share", "router blinking red"),
    "Messaging": ("mailbox is full", "calendar invite lost", "outlook will not start", "shared mailbox missing"),
    "Hardware": ("laptop screen black", "docking station dead", "new keyboard please", "battery swells"),
}


def make_ticket(**changes: Any) -> NewTicket:  # noqa: ANN401 - any field
    """A ticket as filed."""
    given = {"id": "T1", "subject": "VPN down", "body": "error 809 since this morning", "opened_at": MONDAY}
    return NewTicket(**given | {"customer_id": "u42", "channel": "email"} | changes)


def keeping_the_network() -> AbstractContextManager[object]:
    """In it a network takes part in every answer, though on a small history it brings nothing beyond chance."""
    return patch("training.learning.target_calibration.is_gain", return_value=True)


def make_worked(*, filed: NewTicket | None = None, **changes: Any) -> WorkedTicket:  # noqa: ANN401 - any field
    """The same ticket after people dealt with it."""
    given = {"ticket_type": "incident", "assignment_group": "Network", "priority": "3"}
    return WorkedTicket(filed=filed or make_ticket(), **given | changes)


def make_history(n: int = 120, *, dated: bool = True, customers: int = 12) -> list[WorkedTicket]:
    """Tickets of three groups, one an hour, closed a day later; what they say tells the group."""
    chance = np.random.default_rng(3)
    history = []
    for i in range(n):
        group = list(_WORDS)[i % len(_WORDS)]
        phrases = chance.choice(_WORDS[group], size=2, replace=False).tolist()
        opened = MONDAY + timedelta(hours=i) if dated else None
        filed = make_ticket(
            id=f"T{i}",
            subject=phrases[0],
            body=f"{phrases[1]}, since {chance.integers(1, 999)} minutes on device {chance.integers(1, 400)}",
            opened_at=opened,
            customer_id=f"u{chance.integers(customers)}" if customers else None,
        )
        history.append(
            make_worked(
                filed=filed,
                ticket_type="request" if "please" in filed.subject + filed.body else "incident",
                assignment_group=group,
                priority=str(1 + i % 4),
                closed_at=opened + timedelta(days=1) if opened else None,
            )
        )
    return history


def make_wordy_history(
    n: int = 600, change: Callable[[int, np.random.Generator], dict[str, Any]] = lambda _, __: {}
) -> list[WorkedTicket]:
    """A sound desk of four groups: a ticket has five neutral words, five of any, and three that tell its group.

    Args:
        n: how many tickets.
        change: for a number and a generator what is otherwise in that ticket; `text` is put before the body, `filed`
            are changes of the ticket as filed.
    """
    chance = np.random.default_rng(11)
    neutral = [
        "the",
        "please",
        "hello",
        "dear",
        "thanks",
        "you",
        "we",
        "can",
        "is",
        "it",
        "of",
        "for",
        "with",
        "monday",
    ]
    things = [f"thing{i}" for i in range(300)]
    history = []
    for i in range(n):
        group = i % 4
        own = chance.choice(things[group * 12 : group * 12 + 12], 3)
        said = chance.permutation([*chance.choice(neutral, 5), *chance.choice(things, 5), *own]).tolist()
        changes = change(i, chance)
        body = f"{changes.pop('text', '')} {' '.join(said)}"
        filed = make_ticket(
            **{"id": f"T{i}", "subject": "", "body": body, "opened_at": None, "customer_id": None}
            | changes.pop("filed", {})
        )
        ticket_type = "request" if chance.random() < 0.4 else "incident"
        history.append(
            make_worked(filed=filed, **{"assignment_group": f"G{group}", "ticket_type": ticket_type} | changes)
        )
    return history


def make_parameters(**changes: Any) -> TrainingParameters:  # noqa: ANN401 - any field
    """The default configuration, but for terms alone: a tenth of the time."""
    return replace(read_parameters(), **{"fast": True} | changes)


def make_model(
    *,
    terms: Sequence[str] = ("vpn", "down", "vpn down", "mailbox", "channel=email"),
    labels: Sequence[str] = ("Network", "Messaging", "Hardware"),
    mode: Mode = "suggest",
    threshold: float = 0.8,
    version: str = "1",
) -> TriageModel:
    """A model of a few words, its weights by chance but always the same."""
    chance = np.random.default_rng(5)
    view = TermView(list(terms), chance.uniform(1, 3, len(terms)))
    return TriageModel(
        version=version,
        trained_at=MONDAY,
        view=view,
        heads=(
            Head("ticket_type", ("incident", "request"), (threshold,) * 2, mode),
            Head("assignment_group", tuple(labels), (threshold,) * len(labels), mode),
        ),
        weights=chance.normal(size=(len(terms), 2 + len(labels))).astype(np.float32),
        intercepts=chance.normal(size=2 + len(labels)),
        blends=tuple(Blend(np.full((1, n), 2.0), np.zeros(n)) for n in (2, len(labels))),
        familiarity=Familiarity(view, Floors(common_idf=0.0, common_ratio=0.0, content_ratio=0.0)),
    )


def make_measures(labels: Sequence[str] = ("Network", "Messaging", "Hardware"), n: int = 300) -> TargetMeasures:
    """Measures of answers that are right somewhat more often than not; labels are the rarer the later they stand."""
    chance = np.random.default_rng(7)
    shares = 1 / np.arange(1, len(labels) + 1)
    truth = chance.choice(len(labels), size=n, p=shares / shares.sum())
    scores = chance.normal(size=(n, len(labels)))
    scores[np.arange(n), truth] += 2
    answers = make_target_answers(softmax(scores), [labels[i] for i in truth], names=labels, thresholds=0.6)
    return measure(answers, baseline_label=labels[0])


def make_target_answers(
    confidences: NDArray[np.float64],
    labels: Sequence[str],
    *,
    names: Sequence[str] = ("a", "b", "c", "d"),
    thresholds: float | Sequence[float] = 0.5,
    has_evidence: bool | Sequence[bool] = True,
) -> Answers:
    """A model's answers to tickets that have these labels; its first columns stand for the first of the names."""
    n, n_names = confidences.shape
    return Answers(
        at=np.arange(n),
        names=tuple(names[:n_names]),
        thresholds=np.broadcast_to(np.asarray(thresholds, dtype=np.float64), n_names),
        confidences=confidences,
        has_evidence=np.broadcast_to(np.asarray(has_evidence), n),
        labels=tuple(labels),
    )


def make_answers(
    right: Sequence[bool] = (True, False) * 100,
    *,
    labels: Sequence[str] = ("Network", "Messaging", "Hardware"),
    confidence: float | Sequence[float] = 0.6,
    covered: bool | Sequence[bool] = False,
    **changes: Any,  # noqa: ANN401 - any other field
) -> TargetAnswers:
    """Answers to tickets that have the labels in turn: right where said so, else with the label after the right one."""
    n = len(right)
    truth = np.arange(n) % len(labels)
    answered = np.where(right, truth, (truth + 1) % len(labels))
    names = np.asarray(labels, dtype=np.str_)
    given = {
        "key": np.arange(n, dtype=np.uint64),
        "opened_at": np.datetime64("2026-03-02", "s") + np.arange(n) * np.timedelta64(1, "h"),
        "label": names[truth],
        "answer": names[answered],
        "confidence": np.broadcast_to(np.asarray(confidence, dtype=np.float64), n),
        "is_covered": np.broadcast_to(np.asarray(covered, dtype=np.bool_), n),
        "vocabulary": tuple(sorted(labels)),
        "precision": 0.95,
    }
    return TargetAnswers(**given | changes)


def make_difference(before: float = 0.8, after: float = 0.8, low: float = -0.02, high: float = 0.02) -> Difference:
    """A measure that two models share, but for chance."""
    return Difference(before, after, low, high)


def make_comparison(**changes: Any) -> TargetComparison:  # noqa: ANN401 - any field
    """A target on which nothing speaks against the second model."""
    given = {
        "is_answered": True,
        "n": 500,
        "n_relabelled": 0,
        "window": None,
        "asked": (0.95, 0.95),
        "forgotten": (),
        "n_covered": 300,
        "n_covered_right": 290,
        "measures": dict.fromkeys(MEASURES, make_difference()),
        "per_class": {"Network": (100, make_difference())},
    }
    return TargetComparison(**given | changes)


def make_calls(
    *,
    n_days: int = 200,
    n_often: int = 15,
    n_seldom: int = 45,
    often_days: float = 4.0,
    seldom_days: float = 45.0,
    channel: str = "email",
    closed_days: Collection[date] = (),
) -> CustomerHistory:
    """Contacts from that Monday on: some customers call every few days, the others hardly ever, each by chance.

    On closed days nobody does.
    """
    tickets = []
    for i in range(n_often + n_seldom):
        who, pause = (f"often{i}", often_days) if i < n_often else (f"seldom{i}", seldom_days)
        chance = np.random.default_rng(i)
        day = pause * chance.random()
        while day < n_days:
            filed = make_ticket(customer_id=who, channel=channel, opened_at=MONDAY + timedelta(days=day))
            if (MONDAY + timedelta(days=day)).date() not in closed_days:
                tickets.append(make_worked(filed=filed))
            day += chance.exponential(pause)
    return customer_history(tickets, MONDAY + timedelta(days=n_days))
