"""Plain methods on the same split."""

from dataclasses import replace

import pytest

from tests.builders import make_history
from training.evaluation.baselines import MAJORITY, PLAIN, measure_baselines
from training.histories.split import split_history
from triage.ticket import WorkedTicket


def without_text(ticket: WorkedTicket) -> WorkedTicket:
    """The ticket, with nothing said."""
    return replace(ticket, filed=replace(ticket.filed, subject="", body=""))


def test_the_commonest_is_what_was_commonest_in_training() -> None:
    """Taken from the tickets set aside, it would know the future."""
    history = [
        replace(t, assignment_group="Early" if i < 70 else "Late") if i % 5 else t
        for i, t in enumerate(make_history(150))
    ]
    split = split_history(history, test_ratio=0.2, seed=0)

    found = measure_baselines(split, ["assignment_group"])["assignment_group"][MAJORITY]

    assert found.accuracy == 0.0


def test_words_are_learned_from_where_they_tell_the_group() -> None:
    """A baseline that cannot learn would make any model look good."""
    split = split_history(make_history(150), test_ratio=0.2, seed=0)

    found = measure_baselines(split, ["assignment_group", "priority"])

    assert found["assignment_group"][PLAIN].accuracy > 0.9
    assert found["assignment_group"][PLAIN].macro_f1 > found["assignment_group"][MAJORITY].macro_f1
    assert found["priority"][PLAIN].accuracy < 0.7
    assert found == measure_baselines(split, ["assignment_group", "priority"])


def test_tickets_without_a_label_are_passed_over() -> None:
    """Half of a desk's tickets may have no priority."""
    history = [replace(t, priority=None) if i % 2 else t for i, t in enumerate(make_history(150))]

    found = measure_baselines(split_history(history, test_ratio=0.2, seed=0), ["priority"])["priority"]

    assert 0 <= found[PLAIN].accuracy <= 1


def test_without_words_there_is_only_guessing() -> None:
    """A monitoring desk's tickets may have attributes and no text."""
    split = split_history([without_text(t) for t in make_history(60)], test_ratio=0.2, seed=0)

    assert list(measure_baselines(split, ["assignment_group"])["assignment_group"]) == [MAJORITY]


@pytest.mark.parametrize("target", ["assignment_group"])
def test_shares_are_of_the_tickets_set_aside(target: str) -> None:
    """A third of them has the commonest label here."""
    split = split_history(make_history(150), test_ratio=0.2, seed=0)

    found = measure_baselines(split, [target])[target][MAJORITY]

    assert found.accuracy == pytest.approx(1 / 3, abs=0.05)
