"""Normalising text and taking personal data out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.text import MAX_CHARACTERS, normalise, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("VPN  Down", ["vpn", "down"]),
        ("ﬁle", ["file"]),
        ("line one_x000D_line two", ["line", "one", "line", "two"]),
        ("write to a.person@example.org now", ["write", "to", "emailaddress", "now"]),
        ("see https://intranet.example/x?y=1#z please", ["see", "weblink", "please"]),
        ("host 10.0.12.7 is down", ["host", "ipaddress", "is", "down"]),
        ("call +44 (20) 7946-0000 today", ["call", "longnumber", "today"]),
        ("error 809", ["error", "809"]),
        ("code 0x80070005", ["code", "0x80070005"]),
        ("パスワード忘れ", ["パスワード忘れ"]),
        ("", []),
        ("🙂", []),
    ],
)
def test_words_are_what_a_reader_would_take_them_for(text: str, expected: list[str]) -> None:
    """The word list is made of these, so what is personal must be gone and error codes must stay."""
    assert words(normalise(text)) == expected


def test_text_beyond_the_bearable_is_not_looked_at() -> None:
    """A pasted log of megabytes must not cost seconds."""
    assert words(normalise("a" * MAX_CHARACTERS + " tail")) == ["a" * MAX_CHARACTERS]


@given(st.text())
def test_normalising_again_changes_no_word(text: str) -> None:
    """Tickets are stored and scored again; their words must not drift."""
    once = words(normalise(text))

    assert words(normalise(" ".join(once))) == once
