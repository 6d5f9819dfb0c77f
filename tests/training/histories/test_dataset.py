"""What a history holds."""

from dataclasses import replace

import numpy as np
import pytest

from tests.builders import make_history, make_ticket, make_worked
from training.histories.dataset import (
    choose_targets,
    commonest_label,
    fingerprint,
    label_counts,
    seen_keys,
    text_key,
    without_repeats,
)
from triage.errors import InvalidInput, UnusableTraining
from triage.ticket import WorkedTicket


def test_the_usual_targets_are_those_with_two_labels() -> None:
    """Nobody should have to name what every desk has."""
    history = [replace(ticket, priority="3") for ticket in make_history(20)]

    assert choose_targets(history, None) == ("ticket_type", "assignment_group")


def test_any_column_can_be_asked_for() -> None:
    """A desk knows best what it wants to predict."""
    history = [replace(ticket, attributes={"topic": str(i % 2)}) for i, ticket in enumerate(make_history(20))]

    assert choose_targets(history, ["topic", "priority", "topic"]) == ("topic", "priority")


def test_an_unknown_column_is_answered_with_those_that_have_values() -> None:
    """The list is what the person needs next."""
    with pytest.raises(
        InvalidInput, match=r"No target named 'topik'. Known: assignment_group, priority, ticket_type\."
    ):
        choose_targets(make_history(20), ["topik"])


def test_a_constant_column_is_nothing_to_learn() -> None:
    """A model of it would look perfect."""
    with pytest.raises(UnusableTraining, match="Name a label column"):
        choose_targets([make_worked() for _ in range(9)], None)


def test_labels_are_counted_and_absent_ones_are_not() -> None:
    """An open ticket has no group yet."""
    history = [make_worked(), make_worked(assignment_group=None), make_worked(assignment_group="Alpha")]

    assert dict(label_counts(history, "assignment_group")) == {"Network": 1, "Alpha": 1}
    assert commonest_label(history, "assignment_group") == "Alpha"


def test_texts_that_differ_in_case_and_blanks_are_the_same() -> None:
    """Forwarded mails differ in nothing else."""
    assert text_key(make_ticket(body="Error  809")) == text_key(make_ticket(body="error 809\n"))
    assert text_key(make_ticket(body="error 810")) != text_key(make_ticket(body="error 809"))
    assert text_key(make_ticket(attributes={"a": "1"})) != text_key(make_ticket(attributes={"a": "2"}))


def test_the_same_words_by_another_channel_are_another_ticket() -> None:
    """The channel is something that the model sees."""
    assert text_key(make_ticket(channel="email")) != text_key(make_ticket(channel="phone"))
    assert text_key(make_ticket(channel="email")) == text_key(make_ticket(channel=" Email"))


def test_of_equal_texts_the_first_is_kept() -> None:
    """In order, so that a split by time stays one."""
    first, other, again = (
        make_worked(filed=make_ticket(id=i, body=body)) for i, body in zip("123", ("one", "two", "one"), strict=True)
    )

    assert without_repeats([first, other, again]) == [first, other]


def test_the_fingerprint_follows_texts_and_labels() -> None:
    """Equal data, equal fingerprint; the slightest other data, another."""
    history = make_history(20)
    relabelled = [replace(history[0], priority="9"), *history[1:]]
    reworded = [replace(history[0], filed=replace(history[0].filed, body="something else")), *history[1:]]

    def of(tickets: list[WorkedTicket], target: str) -> str:
        return fingerprint(seen_keys(tickets), tickets, [target])

    assert of(history, "priority") == of(make_history(20), "priority")
    assert of(relabelled, "priority") != of(history, "priority")
    assert of(relabelled, "ticket_type") == of(history, "ticket_type")
    assert of(reworded, "priority") != of(history, "priority")


def test_tickets_learned_from_are_known_again() -> None:
    """So that an evaluation on them can be called flattering."""
    history = make_history(30)
    later = replace(history[0], filed=replace(history[0].filed, opened_at=history[-1].filed.opened_at))

    assert np.isin(seen_keys([*history[:10], later]), seen_keys(history)).tolist() == [True] * 10 + [False]
