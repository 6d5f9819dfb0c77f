"""How segments are called where people read them."""

import pytest

from triage.customers.segments import KINDS, SEGMENTS
from triage.customers.words import WORDS, Words


def test_every_segment_and_kind_has_its_words() -> None:
    """A name that is not in the table would be shown as it is, and some names are nicknames."""
    assert set(WORDS) == {rule.__name__ for rule in (*SEGMENTS, *KINDS)}


@pytest.mark.parametrize(("name", "words"), WORDS.items())
def test_no_words_are_a_nickname(name: str, words: Words) -> None:
    """Whoever reads a page may be the one it is about."""
    said = f"{words.title} {words.meaning}".lower()

    assert not [
        word for word in ("flyer", "emp", "savvy", "walking", "troubled", "difficult") if f" {word}" in f" {said}"
    ]
    assert name.replace("_", " ") not in said or name == "newcomer"
    assert words.title == words.title.strip(".")
    assert words.meaning.endswith(".")
    assert len(words.title) <= 40
