"""The linear base model alone, learned from parts of one history."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.builders import make_history, make_parameters, make_ticket, make_wordy_history, make_worked
from training.configs.parameters import TrainingParameters
from training.evaluation.answers import FirstAnswers
from training.evaluation.quick_trial import QuickTrial
from training.features.rows import learn_reader
from training.learning.fit import fit_svc
from training.learning.question import question_of
from triage.errors import UnusableTraining
from triage.targets import Target
from triage.ticket import WorkedTicket

TARGETS = [Target("assignment_group"), Target("ticket_type")]
HISTORY = make_wordy_history(400)


def learned_alone(
    train: Sequence[WorkedTicket], test: Sequence[WorkedTicket], parameters: TrainingParameters
) -> dict[str, FirstAnswers]:
    """What the linear base model of a training of these tickets alone answers."""
    reader, rows = learn_reader([t.filed for t in train], replace(parameters, fast=True), meanings=None)
    asked = reader.read([t.filed for t in test]).terms
    found = {}
    for question in (question_of(train, target) for target in TARGETS):
        answered = fit_svc(rows.terms, question, parameters).predict(asked)
        labels = tuple(str(t.label(question.target.name)) for t in test)
        found[question.target.name] = FirstAnswers(
            np.arange(len(test)), tuple(question.labels[i] for i in answered), labels
        )
    return found


@pytest.mark.parametrize("changes", [{}, {"max_terms": 150}, {"min_tickets_per_term": 1}, {"min_tickets_per_term": 5}])
@pytest.mark.parametrize("n", [40, 80, 160, 320])
def test_a_part_is_learned_as_if_there_were_no_other_tickets(n: int, changes: dict[str, int]) -> None:
    """Terms, and how telling they are, come from what is learned from; else a curve would know what lies ahead."""
    train, test, parameters = HISTORY[:n], HISTORY[320:], make_parameters(**changes)

    found = QuickTrial(HISTORY, TARGETS, parameters)(train, test)

    for target, expected in learned_alone(train, test, parameters).items():
        assert found[target].answered == expected.answered
        assert found[target].figures() == expected.figures()
        assert found[target].at.tolist() == expected.at.tolist()


def test_a_ticket_without_a_label_is_not_asked_about() -> None:
    """And one target's missing label is none of the other's business."""
    unlabelled = make_worked(assignment_group=None)
    test = [unlabelled, *HISTORY[:3]]

    found = QuickTrial([*HISTORY, unlabelled], TARGETS, make_parameters())(HISTORY, test)

    assert found["assignment_group"].at.tolist() == [1, 2, 3]
    assert found["ticket_type"].at.tolist() == [0, 1, 2, 3]


def test_a_target_that_nothing_asked_about_has_a_label_of_has_no_answer() -> None:
    """A random split may leave it so."""
    unlabelled = make_worked(assignment_group=None)

    found = QuickTrial([*HISTORY, unlabelled], TARGETS, make_parameters())(HISTORY, [unlabelled])

    assert found["assignment_group"].answered == ()
    assert len(found["ticket_type"].answered) == 1


def test_too_few_labels_to_learn_from_are_refused() -> None:
    """The curve then begins later."""
    trial = QuickTrial(HISTORY, TARGETS, make_parameters())

    with pytest.raises(UnusableTraining, match="fewer than two different labels"):
        trial(HISTORY[:1], HISTORY[1:])


def test_a_part_without_a_term_that_is_left_is_refused() -> None:
    """Two tickets of different words have nothing in common."""
    history = [
        make_worked(filed=make_ticket(subject=f"word{i // 2}", body="", channel=None), assignment_group=f"G{i % 2}")
        for i in range(4)
    ]
    trial = QuickTrial(history, TARGETS[:1], make_parameters())

    with pytest.raises(UnusableTraining, match="No word"):
        trial([history[0], history[3]], history[1:3])


def test_a_history_without_a_word_is_refused() -> None:
    """Empty mails teach nothing."""
    history = [make_worked(filed=make_ticket(subject="", body="", channel=None), assignment_group=g) for g in "AB"]

    with pytest.raises(UnusableTraining, match="No word"):
        QuickTrial(history, TARGETS[:1], make_parameters())


def test_attributes_are_learned_from_as_words_are() -> None:
    """What is known when a ticket is filed is known in a study too."""
    history = make_history(60)
    parameters = make_parameters()

    found = QuickTrial(history, TARGETS, parameters)(history[:40], history[40:])

    expected = learned_alone(history[:40], history[40:], parameters)
    assert found["assignment_group"].answered == expected["assignment_group"].answered
