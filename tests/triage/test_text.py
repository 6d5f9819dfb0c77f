"""Normalising text and taking personal data out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import text
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
        ("Tel.030123456789", ["tel", "longnumber"]),
        ("call 030\u2011123\u2013456\u20117 now", ["call", "longnumber", "now"]),
        ("id 123456789012345678901234567890", ["id", "longnumber"]),
        ("pay DE89370400440532013000 please", ["pay", "bankaccount", "please"]),
        ("pay GB29 NWBK 6016 1331 9268 19 please", ["pay", "bankaccount", "please"]),
        ("from fe80:0:0:0:1ff:fe23:4567:890a", ["from", "ipaddress"]),
        ("from 2001:db8::8a2e:370:7334", ["from", "ipaddress"]),
        ("mac 00:1A:2b:3C:4d:5E", ["mac", "deviceaddress"]),
        ("to john.doe@localhost", ["to", "emailaddress"]),
        ("to a.per\u00adson@exa\u200bmple.org", ["to", "emailaddress"]),
        (f"to {'x' * 80}@example.org", ["to", "emailaddress"]),
        ("at 12:30:45", ["at", "12", "30", "45"]),
        ("on LT-21914", ["on", "lt", "21914"]),
        ("pc12 this that", ["pc12", "this", "that"]),
        ("version 10.2.13", ["version", "10", "13"]),
        ("error 809", ["error", "809"]),
        ("code 0x80070005", ["code", "0x80070005"]),
        ("パスワード忘れ", ["パスワード忘れ"]),
        ("हिन्दी में लिखा।", ["हिन्दी", "में", "लिखा"]),
        ("ลืมรหัสผ่าน", ["ลืมรหัสผ่าน"]),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
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


@given(before=st.text(max_size=200), after=st.text(max_size=200))
def test_an_address_is_found_in_any_company(before: str, after: str) -> None:
    """People write in every script, and signatures follow anything."""
    assert "person@" not in normalise(f"{before} A.Person@example.org {after}")


@given(st.text())
def test_any_text_has_words_or_none(text: str) -> None:
    """Nothing that somebody sends may end in an exception, and a word is never empty or a blank."""
    assert all(len(word) > 1 and not word.isspace() for word in words(normalise(text)))


_PIECES = (
    "https://",
    "www.",
    "a.b",
    "@",
    ":",
    "-",
    ".",
    "00",
    "1a",
    "fe80",
    "٣٣٣٣٣٣٣٣",
    "12",
    "4567",
    "de",
    "+",
    "(",
    " ",
    "x",
)


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))
def test_what_is_not_searched_holds_nothing_personal(given_text: str) -> None:
    """Looking for a sign first saves most of the time; it must never cost an address."""
    searched = given_text
    for pattern, kind in [*((pattern, kind) for _, pattern, kind in text._ADDRESSES), *text._NUMBERS]:
        searched = pattern.sub(kind, searched)

    assert normalise(given_text) == searched
