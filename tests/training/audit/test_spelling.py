"""When two labels are two spellings of one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.audit.spelling import is_likely_typo, n_errors, spelling_key


@pytest.mark.parametrize(
    "spellings",
    [
        ["Network", "network", "NETWORK", " Network ", "Network.", "Network,"],
        ["Network", "Net\u00adwork", "Network\u200b", "Ｎetwork"],
        ["ERP", "erp", "ERP.", "Erp:"],
        ["HR Systems", "HR  Systems", "hr systems", "HR\u00a0Systems", "HR\tSystems"],
        ["HR Systems", "HR-Systems", "HR_Systems", "HR/Systems"],
        ["Identity and Access", "Identity  and  Access", "IDENTITY AND ACCESS"],
        ["Help Desk", "Hel pDesk", "Helpdesk", "HelpDesk", "help-desk", "Help – Desk", "(Help Desk)", '"Help Desk"'],
        ["Réseau", "Re\u0301seau", "RÉSEAU", "réseau "],
        ["Straße 7", "STRASSE 7"],
        ["Team 1", "team 1", "TEAM  1", "Team-1", "Team_1", "Team 1."],
        ["İstanbul", "istanbul"],
        ["Manager's Office", "Managers Office", "Manager’s office"],
        ["3 - Low", "3 - low", "3 – Low", "3-Low"],
        ["ネットワーク", "ﾈｯﾄﾜｰｸ"],
    ],
)  # fmt: skip
def test_case_blanks_punctuation_and_unicode_tell_no_labels_apart(spellings: list[str]) -> None:
    """Forms of three tools, imports from a spreadsheet, a colon that somebody copied along."""
    assert len({spelling_key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    "labels",
    [
        ["L1", "L2", "L3", "L11", "L1 1"],
        ["Team 1", "Team 2", "Team 12", "Team 1 2", "Team"],
        ["P1", "P2"],
        ["1.1", "11", "-1"],
        ["C", "C++", "C#", "c"],
        ["A", "A+", "A-", "a"],
        [".NET", "NET"],
        ["AB", "A B"],
        ["R&D", "RD", "R D"],
        ["50 %", "50"],
        ["-", "?", "--"],
        ["Network East", "Network West"],
        ["Réseau", "Reseau"],
        ["UK", "US"],
    ],
)
def test_what_tells_labels_apart_stays(labels: list[str]) -> None:
    """Two levels of support are not two spellings of one."""
    assert len({spelling_key(label) for label in labels}) == len(labels)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Netwrok", "Network"),
        ("Netwok", "Network"),
        ("Nettwork", "network."),
        ("Natwork", "Network"),
        ("Servcie Desk", "Service Desk"),
        ("Prcouremnet", "Procurement"),
        ("Reseau", "Réseau"),
        ("Securite informatique", "Sécurité informatique"),
        ("Facilites", "Facilities"),
        ("Team 1 Netwrok", "Team 1 Network"),
        ("Printer", "Printers"),
    ],
)
def test_a_letter_more_or_less_may_be_a_typing_error(one: str, other: str) -> None:
    """Whether it is one, the tickets have to say."""
    assert is_likely_typo(one, other)
    assert is_likely_typo(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L1", "L2"),
        ("P1", "P2"),
        ("Team 1", "Team 2"),
        ("Support UK", "Support US"),
        ("Team II", "Team III"),
        ("HR Systems", "ER Systems"),
        ("Network1", "Network2"),
        ("Import", "Export"),
        ("Internal", "External"),
        ("Hardware", "Software"),
        ("Sales EMEA", "Sales APAC"),
        ("Desk", "Disk"),
        ("Network", "Network"),
        ("Service Desk North", "Service Disk Norht"),
        ("Network Operations", "Network"),
        ("", "Network"),
    ],
)
def test_digits_codes_and_other_words_are_no_typing_errors(one: str, other: str) -> None:
    """Joined, two teams would be one for ever."""
    assert not is_likely_typo(one, other)


@pytest.mark.parametrize(
    ("one", "other", "n"),
    [
        ("", "", 0),
        ("ab", "ba", 1),
        ("abc", "abd", 1),
        ("abc", "ab", 1),
        ("abcd", "badc", 2),
        ("abc", "xyz", 3),
        ("a", "abcd", 3),
    ],
)
def test_errors_are_counted_as_a_typist_makes_them(one: str, other: str, n: int) -> None:
    """Two letters that changed places are one error."""
    assert n_errors(one, other) == n_errors(other, one) == n


@given(st.text(max_size=20))
def test_a_key_is_its_own_key(label: str) -> None:
    """Or joining twice would join more."""
    key = spelling_key(label)

    assert spelling_key(key) == key or not key.isprintable()
