"""Who writes, and in which language."""

from collections.abc import Sequence

import pytest

from tests.builders import make_ticket, make_worked
from training.audit.excerpt import Excerpt, read_excerpt
from training.audit.writers import find_languages, find_large_customers
from triage.ticket import WorkedTicket

ENGLISH = "hello, could you please look at my printer, it does not work since this morning, thank you"
GERMAN = "hallo, könnten Sie bitte nach meinem Drucker schauen, er geht seit heute morgen nicht, vielen Dank"


def read(tickets: Sequence[WorkedTicket]) -> Excerpt:
    """As the checks see them."""
    return read_excerpt(tickets, seed=0, on_progress=lambda _: None)


@pytest.mark.parametrize(("n", "shares"), [(100, [0.1]), (99, [])])
def test_a_customer_that_no_person_can_be_is_found_and_not_named(n: int, shares: list[float]) -> None:
    """Its alerts make every figure look better; and whoever asks to be forgotten must not stay in a model's bundle."""
    history = [
        make_worked(filed=make_ticket(id=f"T{i}", customer_id="monitor" if i < n else f"u{i}")) for i in range(1000)
    ]

    found = list(find_large_customers(read(history)))

    assert [finding.effects["share_of_tickets"] for finding in found] == shares
    assert all(finding.examples == tuple(f"T{i}" for i in range(10)) for finding in found)
    assert "'monitor'" not in str(found)


def test_a_small_desks_best_customer_is_a_person() -> None:
    """One of ten has a tenth of the tickets."""
    assert not list(
        find_large_customers(read([make_worked(filed=make_ticket(customer_id=f"u{i % 10}")) for i in range(90)]))
    )


@pytest.mark.parametrize(("n_german", "found"), [(10, True), (4, False)])
def test_several_languages_are_noticed(n_german: int, found: bool) -> None:
    """A figure over all of them hides how the second one fares."""
    history = [make_worked(filed=make_ticket(id=f"T{i}", body=GERMAN if i < n_german else ENGLISH)) for i in range(100)]

    notes = list(find_languages(read(history)))

    assert bool(notes) is found
    if notes:
        assert notes[0].effects == {"en": 0.9, "de": 0.1}
        assert notes[0].examples[0] == "T0"


def test_tickets_of_a_few_bare_words_have_no_language() -> None:
    """`SAP error` is written everywhere."""
    assert not list(find_languages(read([make_worked(filed=make_ticket(subject="", body="sap error"))])))
