"""The linear member alone, learned from parts of one history."""

from collections.abc import Sequence

import pytest

from tests.builders import MONDAY, make_history, make_parameters, make_ticket, make_wordy_history, make_worked
from training.evaluation.answers import Answers, answer_tickets
from training.fit import fit_terms
from training.parameters import TrainingParameters
from training.quick_trial import QuickTrial
from triage.errors import UnusableTraining
from triage.targets import Target
from triage.ticket import WorkedTicket

TARGETS = [Target("assignment_group"), Target("ticket_type")]
HISTORY = make_wordy_history(400)


def one_by_one(
    train: Sequence[WorkedTicket], test: Sequence[WorkedTicket], parameters: TrainingParameters
) -> dict[str, Answers]:
    """What a training of these tickets alone answers, asked as in serving."""
    scorer = fit_terms(train, TARGETS, parameters).scorer(version="1", trained_at=MONDAY)
    return answer_tickets(scorer, test)


@pytest.mark.parametrize("changes", [{}, {"max_terms": 150}, {"min_tickets_per_term": 1}, {"min_tickets_per_term": 5}])
@pytest.mark.parametrize("n", [40, 80, 160, 320])
def test_a_part_is_learned_as_if_there_were_no_other_tickets(n: int, changes: dict[str, int]) -> None:
    """Terms, and how telling they are, come from what is learned from; else a curve would know what lies ahead."""
    train, test, parameters = HISTORY[:n], HISTORY[320:], make_parameters(**changes)

    found = QuickTrial(HISTORY, TARGETS, parameters)(train, test)

    for target, expected in one_by_one(train, test, parameters).items():
        assert found[target].answered == expected.first().answered
        assert found[target].figures() == expected.first().figures()
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

    expected = one_by_one(history[:40], history[40:], parameters)
    assert found["assignment_group"].answered == expected["assignment_group"].first().answered
