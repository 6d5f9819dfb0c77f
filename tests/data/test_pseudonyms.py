"""Customers' ids as they are stored."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from data.pseudonyms import filed_with_stored_id, shown_id, stored_id, worked_with_stored_id
from tests.builders import make_ticket, make_worked

KEY, OTHER = SecretStr("sixteen letters!"), SecretStr("sixteen letters?")


def test_without_a_key_an_id_is_stored_as_it_is() -> None:
    """Most desks want to see who it is."""
    assert stored_id("u42", None) == "u42"
    assert shown_id("u42", None) == "u42"


def test_with_a_key_an_id_is_a_hash_that_only_the_key_makes() -> None:
    """Whoever gets the database alone can neither read nor guess who wrote; computed apart with openssl."""
    assert stored_id("u42", KEY) == "455971b992b7b12d01cc627352a7df99"
    assert stored_id("u42", OTHER) != stored_id("u42", KEY) != stored_id("u43", KEY)


def test_the_same_id_is_the_same_hash_however_it_comes_in() -> None:
    """An export may hold what no database keeps; the service leaves it out before it looks."""
    assert stored_id("u\x0042", KEY) == stored_id("u42", KEY)
    assert stored_id("u\x0042", None) == "u42"


def test_a_hash_that_a_list_shows_can_be_asked_for() -> None:
    """Nobody can turn it back into an id, so it has to do in its place."""
    stored = stored_id("u42", KEY)

    assert shown_id(stored, KEY) == f"pseudonym:{stored}"
    assert stored_id(shown_id(stored, KEY), KEY) == stored


@pytest.mark.parametrize("id_", ["pseudonym:u42", "pseudonym:" + "0" * 31, "x-pseudonym:" + "0" * 32])
def test_anything_else_is_hashed(id_: str) -> None:
    """Ids are whatever a ticketing system has."""
    assert len(stored_id(id_, KEY)) == 32
    assert stored_id(id_, KEY) not in id_


def test_a_ticket_is_stored_with_the_hash_and_nothing_else_changed() -> None:
    """As it was filed, and as it was worked."""
    filed = make_ticket(customer_id="u42")

    assert filed_with_stored_id(filed, KEY) == replace(filed, customer_id=stored_id("u42", KEY))
    assert worked_with_stored_id(make_worked(filed=filed), KEY).filed == filed_with_stored_id(filed, KEY)
    assert filed_with_stored_id(filed, None) is filed


def test_a_ticket_of_nobody_stays_nobodys() -> None:
    """The hash of nothing would be the most frequent flyer of all."""
    assert filed_with_stored_id(make_ticket(customer_id=None), KEY).customer_id is None
