"""A ticket's text as an encoder is asked about it."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.builders import make_ticket
from tests.fakes import LetterEncoder
from triage.features import terms
from triage.sentence import MAX_SENTENCE_CHARACTERS, SentenceEncoder, sentence, sentence_rows
from triage.text import words


def test_an_encoder_is_asked_about_the_words_that_the_terms_are_made_of() -> None:
    """Subject and body, normalised alike: one ticket must not be two texts to one model."""
    ticket = make_ticket(subject="VPN \ufb01le", body="Error 809,\nagain", channel=None)

    assert sentence(ticket) == "vpn file\nerror 809,\nagain"
    assert words(sentence(ticket)) == [term for term in terms(ticket) if " " not in term]


@pytest.mark.parametrize("said", ["a.person@example.org", "+44 20 7946 0000", "https://example.org/a.person"])
def test_what_is_personal_is_taken_out(said: str) -> None:
    """An encoder would find neighbours by a name in an address as well as by what the ticket is about."""
    asked = sentence(make_ticket(subject=f"call {said}", body=said))

    assert said not in asked
    assert "call " in asked


def test_a_text_is_cut_where_an_encoder_has_long_stopped_reading() -> None:
    """A pasted log of a megabyte would be cut into word pieces for nothing."""
    assert len(sentence(make_ticket(body="log line " * 10_000))) == MAX_SENTENCE_CHARACTERS


def test_blocks_have_length_one_in_the_order_of_the_tickets() -> None:
    """As the other blocks of a row; else the longest text would speak loudest."""
    tickets = [make_ticket(subject="", body=body) for body in ("aab", "zzz" * 50)]

    rows = sentence_rows(LetterEncoder(), tickets)

    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1)
    assert rows[0, 0] == pytest.approx(2 / 5**0.5)
    assert rows[1, 25] == pytest.approx(1)


def test_nothing_known_is_a_block_of_zeros() -> None:
    """Zero divided by zero would be carried into every answer."""
    (row,) = sentence_rows(LetterEncoder(), [make_ticket(subject="", body="809")])

    assert not row.any()


def test_any_object_that_encodes_will_do() -> None:
    """Deciding knows no library: what it is handed has one method."""

    class Constant:
        def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
            return np.full((len(texts), 4), 3.0, dtype=np.float32)

    encoder: SentenceEncoder = Constant()

    assert sentence_rows(encoder, [make_ticket()]).tolist() == [[0.5] * 4]
