"""One key for every spelling of a ticket or a person, and no key for two of them."""

import unicodedata
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.identity import KEPT_APART, MAY_JOIN, NOBODY, nobody_with, person_key, ticket_key

JOSE = (
    "José Núñez",
    "Jose\u0301 Nu\u0301n\u0303ez",
    "José\u00a0Núñez",
    "José  Núñez",
    "JOSÉ NÚÑEZ",
    "José\u200b Núñez\n",
)
ANN = (
    "ann.lee@example.org",
    "Ann.Lee@example.org",
    "ANN.LEE@EXAMPLE.ORG",
    "ann.lee@example.org ",
    "Ann Lee <ann.lee@example.org>",
    "Ann Lee<Ann.Lee@Example.org>",
    '"Lee, Ann" <ann.lee@example.org>',
    "<ann.lee@example.org>",
    "< ann.lee@example.org >",
    "ann.lee@example.org <ann.lee@example.org>",
    "'ann.lee@example.org'",
    "'ann.lee@example.org' <ann.lee@example.org>",
    "'Ann Lee' <'ann.lee@example.org'>",
    "Ann Lee (ann.lee@example.org)",
    "Ann Lee [ann.lee@example.org]",
    "Ann Lee [mailto:ann.lee@example.org]",
    "ann.lee@example.org (Ann Lee)",
    "mailto:ann.lee@example.org",
    "SMTP:ann.lee@example.org",
    "ａｎｎ．ｌｅｅ＠ｅｘａｍｐｌｅ．ｏｒｇ",
    "ann.lee@\u00adexample.org",
)

texts = st.text(st.characters(codec=None), max_size=12) | st.text(
    "aiıİIßẞſ'\"<>()[]@,;.0129 \u00a0\u200b\u0301\u0307", max_size=14
)


@pytest.mark.parametrize("spelling", ANN)
def test_every_spelling_of_an_address_is_one_person(spelling: str) -> None:
    """Who opted out in one spelling was profiled in another."""
    assert person_key(spelling) == "ann.lee@example.org"


@pytest.mark.parametrize("spelling", JOSE)
def test_names_that_look_alike_are_one_person(spelling: str) -> None:
    """Two programs wrote the same name with different characters."""
    assert person_key(spelling) == "josé núñez"


@pytest.mark.parametrize(
    "spellings",
    [
        ("İsmail Yılmaz", "ismail yilmaz", "İSMAİL YILMAZ", "ISMAIL YILMAZ"),
        ("Jörg Weiß", "JÖRG WEISS", "JÖRG WEIẞ"),
        ("Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ"),
        ("ﬁona", "FIONA"),
        ("Ｕ４２", "u42"),
    ],
)
def test_upper_case_is_the_same_person_in_any_language(spellings: tuple[str, ...]) -> None:
    """Lists for printing are in upper case."""
    assert len({person_key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    "persons",
    [
        ("ann.lee@a.example", "ann.lee@b.example", "ann.lee+desk@a.example", "annlee@a.example", "Ann Lee"),
        ("Ann Lee", "Lee, Ann", "Ann Lea", "AnnLee", "Ann-Lee", "Ann Lee 2"),
        ("Núñez", "Nunez"),
        ("7", "007", "70", "7.5"),
        ("Ann <noreply@example.org>", "Bo <noreply@example.org>", "noreply@example.org"),
        ("Ann Lee via Desk <desk@example.org>", "Bo Ray via Desk <desk@example.org>", "desk@example.org"),
        ("Lee Ann, Park Jo", "Lee Ann", "Park Jo"),
        ('"Lee, Ann" <ann@example.org>, bob@example.org', '"Lee, Bo" <bo@example.org>, bob@example.org'),
        (
            '"Bo; Ann" <ann@example.org>',
            "bo@example.org Ann <ann@example.org>",
            "ann@example.org",
        ),
        ("o'brien@example.org", "obrien@example.org"),
        ("DOMAIN\\ann", "ann", "OTHER\\ann"),
        ("Guest Ann", "Ann Guest", "Unknown Pleasures"),
    ],
)
def test_different_people_stay_different(persons: tuple[str, ...]) -> None:
    """A profile of two people is worse than two of one; people can be joined by hand."""
    assert len({person_key(person) for person in persons}) == len(persons)
    assert None not in {person_key(person) for person in persons}


@pytest.mark.parametrize(
    ("several", "first"),
    [
        ("Lee Ann\nPark Jo", "lee ann"),
        ("\r\nLee Ann\r\nPark Jo", "lee ann"),
        ("Lee Ann<br>Park Jo", "lee ann"),
        ("<BR/>Lee Ann<br />Park Jo", "lee ann"),
        ("Lee Ann＜br＞Park Jo", "lee ann"),
        ("Lee Ann; Park Jo;", "lee ann"),
        (";Lee Ann", "lee ann"),
        ("Bo; Ann <ann@example.org>", "bo"),
        ("ann@example.org, bob@example.org", "ann@example.org"),
        ("Ann <ann@example.org>; Bob <bob@example.org>;bo@example.org", "ann@example.org"),
        ("ann@example.org，bob@example.org", "ann@example.org"),
    ],
)
def test_of_several_people_the_first_is_meant(several: str, first: str) -> None:
    """Two people who asked together are no third person; who stands first asked first."""
    assert person_key(several) == first


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        " ",
        "\t\u00a0",
        "\u200b",
        "-",
        "--",
        "?",
        "...",
        "Guest",
        "GUEST ",
        "Anonymous",
        "Unknown User",
        "unknown  user",
        *["Not\u00a0Specified", "N/A", "n.a.", "(empty)", "<null>", "None", "Unbekannt", "INVITÉ", "Invite\u0301"],
    ],
)
def test_a_word_for_nobody_is_nobody(spelling: str) -> None:
    """Else the busiest customer of the desk is called Not Specified."""
    assert person_key(spelling) is None


def test_a_desk_adds_its_own_words_for_nobody() -> None:
    """One files what comes by telephone under the name of the switchboard."""
    nobody = nobody_with(["Switchboard ", "ZENTRALE", "Desk <desk@example.org>", ""])

    assert [person_key(each, nobody) for each in ("switchboard", "Zentrale", "desk@example.org", "guest")] == [None] * 4
    assert person_key("Switchboard") == "switchboard"


def test_words_for_nobody_are_keys() -> None:
    """One that is not would never be met."""
    assert {person_key(word, frozenset()) for word in NOBODY} == NOBODY


@pytest.mark.parametrize("key", [person_key, ticket_key])
@pytest.mark.parametrize(
    ("spelling", "number"),
    [
        ("2 553", "2553"),
        ("2\u00a0553", "2553"),
        ("2\u202f553", "2553"),
        ("2.553", "2553"),
        ("2,553", "2553"),
        ("2'553", "2553"),
        ("2\u2019553", "2553"),
        ("2553.0", "2553"),
        ("2553,0", "2553"),
        ("2553.00", "2553"),
        ("2,553.0", "2553"),
        ("1 234 567", "1234567"),
        (" 2553\n", "2553"),
        ("２５５３", "2553"),
        ("0.0", "0"),
    ],
)
def test_a_number_is_one_however_a_program_wrote_it(
    key: Callable[[str], str | None], spelling: str, number: str
) -> None:
    """An interface for people groups the digits, a spreadsheet makes a fraction of them."""
    assert key(spelling) == number


@pytest.mark.parametrize(
    "id_",
    [
        "INC0012.345",
        "INC 2 553",
        "007",
        "007.0",
        "0,553",
        "25 53",
        "2 5533",
        "2 553.553",
        "1.234,567",
        "12.5",
        "2553.01",
        *["-2553.0", "1e5", "2.553.", "ABC-1", "inc001", "INC001", "1 234 56", "2..553", "v1.000", "1.000.00"],
    ],
)
def test_an_id_that_is_no_grouped_number_stays(id_: str) -> None:
    """It is taken for a number only where it can be nothing else."""
    assert ticket_key(id_) == id_


@pytest.mark.parametrize(
    ("spelling", "key"),
    [(" INC001\t", "INC001"), ("ＩＮＣ００１", "INC001"), ("INC\u200b001", "INC001"), ("Fall  7", "Fall 7"), (" ", "")],
)
def test_what_cannot_be_seen_is_no_part_of_an_id(spelling: str, key: str) -> None:
    """Somebody copied it from a page."""
    assert ticket_key(spelling) == key


@given(texts)
def test_the_key_of_a_key_is_itself(text: str) -> None:
    """Every door asks; a door behind a door must change nothing."""
    ticket, person = ticket_key(text), person_key(text)

    assert ticket_key(ticket) == ticket
    assert person is None or person_key(person) == person


@pytest.mark.parametrize("key", [person_key, ticket_key])
def test_half_a_character_is_written_as_databases_keep_it(key: Callable[[str], str | None]) -> None:
    """Systems cut names in the middle of an emoji."""
    assert key("ann\ud83d") == "ann?"


@given(texts)
def test_a_key_can_be_stored(text: str) -> None:
    """No half of a character, nothing that a database refuses."""
    for key in (ticket_key(text), person_key(text) or ""):
        assert "\0" not in key
        assert key.encode() == key.strip().encode()


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_blanks_and_composition_make_no_other_person_or_ticket(text: str) -> None:
    """They cannot be seen."""
    for other in (f" {text}\u00a0", unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)):
        assert person_key(other) == person_key(text)
        assert ticket_key(other) == ticket_key(text)


@given(st.text(st.characters(codec="utf-8", categories=["L", "Nd", "Zs"]), max_size=12))
def test_case_makes_no_other_person(text: str) -> None:
    """In every script that has it."""
    assert person_key(text.upper()) == person_key(text) == person_key(text.lower())


@given(st.integers(0, 10**15))
def test_a_number_is_the_same_grouped_and_as_a_fraction(number: int) -> None:
    """Whatever the locale of who exported it."""
    for separator in (",", ".", " ", "\u00a0", "\u202f", "'"):
        assert ticket_key(f"{number:,}".replace(",", separator)) == str(number)
    assert ticket_key(f"{number}.0") == str(number)


def test_a_very_long_text_is_read_in_bearable_time() -> None:
    """Anybody may send one; a pattern that tries again and again would stop the desk."""
    for text in (
        "<" * 20_000,
        "(a@" * 20_000,
        "a" * 20_000 + "@",
        "1 234" * 20_000,
        "'" * 20_000 + "a@b",
        "(" * 9999 + "a@b",
    ):
        assert person_key(text) is None or len(person_key(text) or "") <= len(text)


def test_the_tables_of_what_is_joined_and_kept_apart_are_true() -> None:
    """They are what somebody reads who wonders why."""
    for pair in MAY_JOIN:
        one, other = pair.split(" and ")
        assert (person_key(one) == person_key(other)) or (ticket_key(one) == ticket_key(other)), pair
    for pair in KEPT_APART:
        one, other = pair.split(" and ")
        alike = ticket_key if one.startswith("INC") else person_key
        assert all(alike(a) != alike(b) for a, b in combinations((one, other), 2)), pair
