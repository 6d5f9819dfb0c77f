"""Words that say nothing."""

import pytest

from tests.builders import make_ticket, make_worked
from training.audit.excerpt import Excerpt, read_excerpt
from training.audit.neutral_words import frequent_short_columns, neutral_columns, neutral_words, placeholder_columns


def read(*bodies: str) -> Excerpt:
    """Tickets of these bodies."""
    tickets = [make_worked(filed=make_ticket(subject="", body=body)) for body in bodies]
    return read_excerpt(tickets, seed=0, on_progress=lambda _: None)


@pytest.mark.parametrize(
    "word", ["not", "no", "cannot", "need", "unable", "nicht", "kein", "kann", "error", "sap", "new"]
)
def test_words_that_tell_a_fault_from_a_wish_are_not_neutral(word: str) -> None:
    """`cannot` makes an incident, and honestly so."""
    assert not any(word in known for known in neutral_words().values())


def test_dates_are_neutral_and_the_numbers_of_errors_are_not() -> None:
    """809 is what the ticket is about; 09 and 2016 are when."""
    excerpt = read("tuesday 09 2016 error 809 room 1205 1850")

    assert excerpt.vocabulary[neutral_columns(excerpt)].tolist() == ["tuesday", "09", "2016"]


def test_placeholders_are_known() -> None:
    """They stand where this program, or another, took something personal out."""
    excerpt = read("call ann@example.org or xxxx about sap")

    assert excerpt.vocabulary[placeholder_columns(excerpt)].tolist() == ["emailaddress", "xxxx"]


def test_words_stand_in_for_those_of_a_language_that_is_not_listed() -> None:
    """The most frequent short ones, as long as they are few among many."""
    content = [f"słowo{i}" for i in range(2500)]
    polish = [f"się nie {' '.join(content[at : at + 5])}" for at in range(0, 2500, 5)]

    excerpt = read(*polish)

    assert {"się", "nie"} <= set(excerpt.vocabulary[frequent_short_columns(excerpt)].tolist())


@pytest.mark.parametrize(
    "bodies",
    [("się nie vpn", "się sap"), tuple(" ".join(sorted(neutral_words()["en"])) + f" w{i}" for i in range(2500))],
)
def test_none_stand_in_where_words_are_few_or_the_language_is_known(bodies: tuple[str, ...]) -> None:
    """In a tiny vocabulary they would be half of all words, and tell everything."""
    assert not frequent_short_columns(read(*bodies)).any()
