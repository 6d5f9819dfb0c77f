"""The tickets that an audit reads."""

import numpy as np
import pytest

from tests.builders import make_ticket, make_worked
from training.audit import excerpt as excerpts
from training.audit.excerpt import read_excerpt

HISTORY = [make_worked(filed=make_ticket(id=f"T{i}", subject=f"vpn word{i}", body="vpn down")) for i in range(40)]


def test_each_word_is_a_column_once() -> None:
    """A word that a ticket repeats tells no more."""
    read = read_excerpt(HISTORY, seed=0, on_progress=lambda _: None)

    assert read.vocabulary.tolist()[:3] == ["vpn", "word0", "down"]
    assert read.holds.shape == (40, 42)
    assert set(read.holds.sum(axis=1).tolist()) == {3.0}
    assert read.scope == ""


def test_of_a_large_history_a_sample_is_read_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million tickets are audited in the time of fifty thousand."""
    monkeypatch.setattr(excerpts, "MOST_READ", 10)

    first, again, other = (read_excerpt(HISTORY, seed=seed, on_progress=lambda _: None) for seed in (0, 0, 1))

    assert first.scope == " (in a sample of 10 of 40 tickets)"
    assert [t.filed.id for t in first.tickets] == [t.filed.id for t in again.tickets]
    assert [t.filed.id for t in first.tickets] != [t.filed.id for t in other.tickets]
    assert len(first.history) == 40


def test_equal_texts_have_a_number_and_families_another() -> None:
    """Words in another order are another text, and nearly the same."""
    bodies = ("the vpn is down", "the vpn is down", "down is the vpn", "printer")
    tickets = [make_worked(filed=make_ticket(body=body)) for body in bodies]

    read = read_excerpt(tickets, seed=0, on_progress=lambda _: None)

    assert read.texts.tolist() == [0, 0, 1, 2]
    assert read.families.tolist() == [0, 0, 0, 1]


def test_families_that_are_known_are_those_of_the_tickets_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing texts is most of reading them; of a sample each ticket keeps its own number."""
    monkeypatch.setattr(excerpts, "MOST_READ", 10)

    read = read_excerpt(HISTORY, np.arange(40) // 4, seed=0, on_progress=lambda _: None)

    assert read.families.tolist() == [int(t.filed.id[1:]) // 4 for t in read.tickets]


def test_tickets_without_a_label_are_passed_over() -> None:
    """They are in no class."""
    tickets = [make_worked(priority=priority) for priority in ("1", None, "2")]

    rows, labels = read_excerpt(tickets, seed=0, on_progress=lambda _: None).labelled("priority")

    assert rows.tolist() == [0, 2]
    assert labels.tolist() == ["1", "2"]


def test_examples_are_ten_at_most() -> None:
    """Enough to look at, short enough to read."""
    read = read_excerpt(HISTORY, seed=0, on_progress=lambda _: None)

    assert read.examples(np.arange(3, 40)) == tuple(f"T{i}" for i in range(3, 13))
