"""What labels themselves give away."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import MONDAY, make_history, make_ticket, make_worked
from training.audit.excerpt import Excerpt, read_excerpt
from training.audit.finding import Finding
from training.audit.labels import find_ended_and_begun, find_telling_attributes, find_unbalanced, find_unlearnable
from triage.ticket import WorkedTicket


def found(
    check: Callable[[Excerpt, str], Iterator[Finding]],
    tickets: Sequence[WorkedTicket],
    target: str = "assignment_group",
) -> dict[str, Finding]:
    """What a check finds, by kind."""
    return {f.kind: f for f in check(read_excerpt(tickets, seed=0, on_progress=lambda _: None), target)}


def labelled(*labels: str | None) -> list[WorkedTicket]:
    """A ticket for each label, one a day."""
    return [
        make_worked(filed=make_ticket(id=f"T{i}", opened_at=MONDAY + timedelta(days=i)), assignment_group=label)
        for i, label in enumerate(labels)
    ]


def test_a_column_of_one_label_is_nothing_to_learn() -> None:
    """A model of it would look perfect."""
    assert found(find_unlearnable, labelled("Desk", "Desk", None))["constant_label"].n_rows == 2


@pytest.mark.parametrize(("n_labels", "kinds"), [(11, {"near_unique_labels"}), (10, set())])
def test_nearly_as_many_labels_as_tickets_are_names(n_labels: int, kinds: set[str]) -> None:
    """The same edge at which a training refuses."""
    assert set(found(find_unlearnable, labelled(*(f"G{i % n_labels}" for i in range(20))))) == kinds


@pytest.mark.parametrize(("n", "kinds"), [(9, {"rare_labels"}), (10, set())])
def test_a_label_with_hardly_a_ticket_is_named(n: int, kinds: set[str]) -> None:
    """It will never be answered with certainty."""
    history = labelled(*["A"] * 30, *["B"] * 30, *["C"] * n)

    assert set(found(find_unbalanced, history)) == kinds


@pytest.mark.parametrize(
    ("labels", "kinds"),
    [
        ("A" * 89 + "B" * 11, set()),  # of two, one may well have 89 %
        ("A" * 90 + "B" * 10, {"dominant_label"}),
        ("A" * 39 + "BCDEFG" * 10, set()),
        ("A" * 41 + "BCDEFG" * 10, {"dominant_label"}),
    ],
)
def test_one_label_that_holds_most_is_named(labels: str, kinds: set[str]) -> None:
    """Always answering it looks good without any model."""
    assert set(found(find_unbalanced, labelled(*labels))) == kinds


def test_labels_that_ended_or_began_are_named() -> None:
    """A dissolved group is still predicted; a new one cannot be measured."""
    history = labelled(*["Old", "Stays"] * 40, *["Stays", "New"] * 10)

    notes = found(find_ended_and_begun, history)

    assert notes["ended_labels"].terms == ("Old",)
    assert notes["begun_labels"].terms == ("New",)


@pytest.mark.parametrize("every", [1, 5])
def test_without_dates_nobody_knows_what_ended(every: int) -> None:
    """The order of a file means nothing, and a fifth of the dates missing is too many."""
    history = [
        replace(t, filed=replace(t.filed, opened_at=None)) if i % every == 0 else t
        for i, t in enumerate(labelled(*["Old"] * 80, *["New"] * 20))
    ]

    assert found(find_ended_and_begun, history) == {}


@pytest.mark.parametrize(("n_wrong", "kinds"), [(2, {"telling_attribute"}), (3, set())])
def test_an_attribute_that_tells_the_label_is_suspicious(n_wrong: int, kinds: set[str]) -> None:
    """The queue is written when the group is chosen; at scoring time it is empty."""
    history = [
        replace(
            t,
            filed=replace(
                t.filed, attributes={"queue": "Network" if i % 3 and i < 2 * n_wrong else str(t.assignment_group)}
            ),
        )
        for i, t in enumerate(make_history(120))
    ]

    assert set(found(find_telling_attributes, history)) == kinds


def test_an_attribute_that_differs_in_every_ticket_tells_nothing() -> None:
    """A serial number determines its ticket's label, and no other's."""
    history = [replace(t, filed=replace(t.filed, attributes={"no": t.filed.id})) for t in make_history(120)]

    assert found(find_telling_attributes, history) == {}
