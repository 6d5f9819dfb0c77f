"""Tickets that repeat others."""

from collections.abc import Sequence

from tests.builders import make_ticket, make_wordy_history, make_worked
from training.audit.excerpt import Excerpt, read_excerpt
from training.audit.repeats import find_disagreements, find_repeats
from triage.ticket import WorkedTicket


def read(tickets: Sequence[WorkedTicket]) -> Excerpt:
    """As the checks see them."""
    return read_excerpt(tickets, seed=0, on_progress=lambda _: None)


def test_what_a_random_split_would_have_seen_is_measured() -> None:
    """Half of this desk is one alert: nearly every tenth answer of a random split would be remembered."""
    alerts = [make_worked(filed=make_ticket(id=f"A{i}", body=f"backup failed on host {i}")) for i in range(300)]

    (found,) = find_repeats(read(make_wordy_history(300) + alerts), seed=0)

    assert found.severity == "note"
    assert found.n_rows == 300
    assert 0.4 < found.effects["near_duplicates_across_random_split"] < 0.6
    assert found.effects["same_text_across_random_split"] < 0.02
    assert found.examples[0] == "A0"


def test_a_desk_without_repeats_has_nothing_to_say() -> None:
    """Silence is worth something."""
    assert not list(find_repeats(read(make_wordy_history()), seed=0))


def test_the_same_text_with_two_labels_is_a_conflict() -> None:
    """However good, a model is wrong on one of them."""
    history = [
        make_worked(filed=make_ticket(id=f"T{i}", body=f"text{i % 10}"), priority="2" if i >= 94 else "1")
        for i in range(100)
    ]

    (found,) = find_disagreements(read(history), "priority")

    assert (found.severity, found.n_rows, found.effects) == ("note", 6, {"share_of_repeated_texts": 0.06})
    assert found.examples == tuple(f"T{i}" for i in range(94, 100))


def test_many_conflicts_are_a_warning() -> None:
    """Where one in ten of the same words is decided otherwise, the rule has to be settled first."""
    history = [
        make_worked(filed=make_ticket(id=f"T{i}", body=f"text{i % 10}"), priority="2" if i >= 80 else "1")
        for i in range(100)
    ]

    (found,) = find_disagreements(read(history), "priority")

    assert found.severity == "warning"


def test_tickets_without_a_label_disagree_with_nobody() -> None:
    """An open ticket has no group yet."""
    history = [
        make_worked(filed=make_ticket(id=f"T{i}", body="text"), priority=None if i >= 50 else "1") for i in range(100)
    ]

    assert not list(find_disagreements(read(history), "priority"))
