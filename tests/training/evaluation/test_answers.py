"""Answers beside what people settled on."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.builders import make_model, make_ticket, make_worked
from training.evaluation.answers import Figures, answer_tickets


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
    assert answers.first().answered[0] in answers.names
    assert answers.first().at.tolist() == [1, 2]


def test_progress_is_told_as_a_share() -> None:
    """A bar that jumps to the end tells nothing."""
    told: list[float] = []

    answer_tickets(make_model(), [make_worked()] * 2_001, on_progress=told.append)

    assert told == [0.0, pytest.approx(1_000 / 2_001), pytest.approx(2_000 / 2_001)]


def test_a_question_that_no_ticket_has_a_label_of_has_no_answers() -> None:
    """What is kept of a model names all its targets; a measure of none is refused where measures are taken."""
    answers = answer_tickets(make_model(), [make_worked(ticket_type=None)])

    assert answers["ticket_type"].confidences.shape == (0, 2)
    assert (answers["ticket_type"].labels, answers["ticket_type"].first().answered) == ((), ())


def test_what_is_covered_is_what_the_service_would_act_on() -> None:
    """Each label has a threshold of its own, and an empty page is never acted on."""
    model = make_model(threshold=0.6)
    tickets = [make_worked(filed=make_ticket(subject=s, body="", channel=None)) for s in ("VPN down", "mailbox", "")]

    covered = {target: found.is_covered().tolist() for target, found in answer_tickets(model, tickets).items()}

    scored = model.score([ticket.filed for ticket in tickets])
    assert covered == {
        target: [predictions[i].reason == "above_threshold" for predictions in scored]
        for i, target in enumerate(model.targets)
    }
    assert {True, False} == set(covered["assignment_group"])
