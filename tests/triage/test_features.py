"""Terms of a ticket, and its row of numbers."""

import numpy as np
import pytest

from tests.builders import make_ticket
from triage.features import TermView, attribute_terms, is_word, terms


def test_terms_are_words_pairs_and_attributes() -> None:
    """Routing hangs on pairs ("reset password") and on where a ticket came from."""
    ticket = make_ticket(subject="VPN", body="is down", channel="Email", attributes={"location": "Lyon "})

    assert terms(ticket) == ["vpn", "is", "down", "vpn is", "is down", "channel=email", "location=lyon"]


def test_personal_data_in_attributes_is_taken_out_too() -> None:
    """Forms have fields for phone numbers and addresses, and the word list of a bundle travels."""
    ticket = make_ticket(
        subject="", body="", channel="a.person@example.org", attributes={"phone": "+49 30 1234567", "site": "x" * 900}
    )

    assert terms(ticket) == ["channel=emailaddress", "phone=longnumber", f"site={'x' * 200}"]


def test_an_empty_attribute_is_no_fact() -> None:
    """A form sends every field, filled in or not."""
    assert attribute_terms(make_ticket(channel=" ", attributes={"location": "", "floor": "2"})) == ["floor=2"]


def test_who_wrote_is_no_term() -> None:
    """A model that learns names punishes people for their past tickets and fails for newcomers."""
    assert terms(make_ticket(customer_id="a.person")) == terms(make_ticket(customer_id="b.person"))


def test_a_row_has_length_one_and_damped_counts() -> None:
    """TF-IDF as documented: (1 + ln count) x idf over the row's length."""
    view = TermView(["vpn", "down"], np.array([1.0, 2.0]))

    row = view.rows([make_ticket(subject="vpn vpn down", body="")])

    damped = np.array([1 + np.log(2), 2.0])
    assert row.at.tolist() == [0, 1]
    assert row.weights == pytest.approx(damped / np.linalg.norm(damped))
    assert row.lengths == pytest.approx(np.linalg.norm(damped))


def test_a_row_counts_the_words_that_are_no_terms() -> None:
    """They are evidence too: of a typo that spelling understands, of another language that nobody can answer."""
    view = TermView(["vpn", "vpn vpn", "channel=email"], np.ones(3))

    row = view.rows([make_ticket(subject="vpn vpn", body="kaputt kaputt seit gestern", channel="email")])

    assert list(row.unknown) == [{"kaputt": 2, "seit": 1, "gestern": 1}]
    assert sorted(row.at.tolist()) == [0, 1, 2]


def test_pairs_and_facts_that_are_no_terms_are_no_unknown_words() -> None:
    """Nearly every pair is new; counted as words they would make every ticket look foreign."""
    row = TermView(["vpn"], np.ones(1)).rows([make_ticket(subject="vpn", body="vpn", channel="fax")])

    assert list(row.unknown) == [{}]


@pytest.mark.parametrize(("term", "is_one"), [("vpn", True), ("vpn down", False), ("channel=email", False)])
def test_a_word_is_neither_a_pair_nor_a_fact(term: str, is_one: bool) -> None:
    """Familiarity counts words alone."""
    assert is_word(term) is is_one


def test_a_ticket_of_unknown_words_has_an_empty_row() -> None:
    """It must be answered with an abstention, not with a division by zero."""
    row = TermView(["vpn"], np.array([1.0])).rows([make_ticket(subject="", body="", channel=None)])

    assert row.at.size == row.weights.size == 0
    assert row.lengths.tolist() == [0.0]


def test_rows_of_many_tickets_are_the_rows_of_each() -> None:
    """A batch is arithmetic done once; whose a term is must not slip by one, past an empty ticket least of all."""
    view = TermView(["vpn", "down", "mailbox", "vpn down"], np.array([1.0, 2.0, 3.0, 4.0]))
    subjects = ("vpn vpn down", "", "mailbox strange", "down vpn", "")
    tickets = [make_ticket(subject=subject, body="", channel=None) for subject in subjects]

    together = view.rows(tickets)

    assert len(together) == 5
    for i, ticket in enumerate(tickets):
        part, alone = together[i : i + 1], view.rows([ticket])
        assert (part.at.tolist(), list(part.unknown)) == (alone.at.tolist(), list(alone.unknown))
        assert part.weights.tolist() == alone.weights.tolist()
        assert part.lengths.tolist() == alone.lengths.tolist()
    assert together.tickets.tolist() == [0, 0, 0, 2, 3, 3]


def test_no_pair_reaches_from_one_ticket_into_the_next() -> None:
    """The words of a batch are looked up in one go; neighbours in a list are no neighbours in a text."""
    view = TermView(["vpn", "down", "vpn down"], np.ones(3))
    tickets = [make_ticket(subject=subject, body="", channel=None) for subject in ("vpn", "", "down")]

    assert view.rows(tickets).at.tolist() == [0, 1]


def test_what_people_set_at_opening_is_no_term() -> None:
    """The priority as filed would be asked about the priority, and a model without it could not answer."""
    filed = make_ticket(channel=None, attributes={"priority as filed": "1 - Critical", "location": "Lyon"})

    assert attribute_terms(filed) == ["location=lyon"]
