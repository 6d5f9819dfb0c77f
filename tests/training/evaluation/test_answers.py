"""Answers beside what people settled on."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.builders import make_model, make_ticket, make_worked
from training.evaluation.answers import Figures, answer_tickets
from triage.errors import InvalidInput


def test_figures_are_the_field_s_own() -> None:
    """People compare them with other tools' figures."""
    chance = np.random.default_rng(0)
    answered, labels = (chance.choice(["a", "b", "c"], size=90).tolist() for _ in range(2))

    found = Figures.of(answered, labels)

    assert found.accuracy == np.mean(np.array(answered) == labels)
    assert found.macro_f1 == pytest.approx(f1_score(labels, answered, average="macro"))


def test_answers_remember_which_tickets_they_are_of() -> None:
    """Whoever draws customers together needs to know whose they are."""
    tickets = [make_worked(assignment_group=None), make_worked(), make_worked(filed=make_ticket(subject="", body=""))]

    answers = answer_tickets(make_model(), tickets)["assignment_group"]

    assert answers.at.tolist() == [1, 2]
    assert answers.confidences.shape == (2, 3)
    assert answers.labels == ("Network", "Network")
    assert answers.first()[0] in answers.names


def test_progress_is_told_as_a_share() -> None:
    """A bar that jumps to the end tells nothing."""
    told: list[float] = []

    answer_tickets(make_model(), [make_worked()] * 1_001, on_progress=told.append)

    assert told == [0.0, pytest.approx(500 / 1_001), pytest.approx(1_000 / 1_001)]


def test_tickets_without_any_label_are_refused() -> None:
    """There would be nothing to compare with."""
    with pytest.raises(InvalidInput, match="assignment_group"):
        answer_tickets(make_model(), [make_worked(ticket_type=None, assignment_group=None)])
