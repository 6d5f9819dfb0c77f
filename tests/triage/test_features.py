"""Terms of a ticket, and its row of numbers."""

import numpy as np
import pytest

from tests.builders import make_ticket
from triage.features import TermView, terms


def test_terms_are_words_pairs_and_attributes() -> None:
    """Routing hangs on pairs ("reset password") and on where a ticket came from."""
    ticket = make_ticket(subject="VPN", body="is down", channel="Email", attributes={"location": "Lyon "})

    assert terms(ticket) == ["vpn", "is", "down", "vpn is", "is down", "channel=email", "location=lyon"]


def test_who_wrote_is_no_term() -> None:
    """A model that learns names punishes people for their past tickets and fails for newcomers."""
    assert terms(make_ticket(customer_id="a.person")) == terms(make_ticket(customer_id="b.person"))


def test_a_row_has_length_one_and_damped_counts() -> None:
    """TF-IDF as documented: (1 + ln count) x idf over the row's length."""
    view = TermView(["vpn", "down"], np.array([1.0, 2.0]))

    at, row = view.row(make_ticket(subject="vpn vpn down", body=""))

    damped = np.array([1 + np.log(2), 2.0])
    assert at.tolist() == [0, 1]
    assert row == pytest.approx(damped / np.linalg.norm(damped))


def test_a_ticket_of_unknown_words_has_an_empty_row() -> None:
    """It must be answered with an abstention, not with a division by zero."""
    at, row = TermView(["vpn"], np.array([1.0])).row(make_ticket(subject="", body="", channel=None))

    assert at.size == row.size == 0
