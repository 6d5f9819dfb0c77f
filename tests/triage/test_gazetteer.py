"""Names of a list, found in texts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.gazetteer import Gazetteer, ListedName, fold

NAMES = Gazetteer(
    [
        ListedName("VPN", aliases=("remote access",), owner="Network"),
        ListedName("Multi-Factor Sign-In"),
        ListedName("Office LAN"),
        ListedName("Office"),
        ListedName("SharePoint", "application"),
        ListedName("Intranet"),
        ListedName("Teams", "application"),
        ListedName("Payroll Portal"),
        ListedName("Zürich", "site"),
        ListedName("HR"),
        ListedName("Mail"),
        ListedName("Riesling Server"),
        ListedName("Kestrel"),
        ListedName("Kelba"),
    ]
)


def found(text: str, names: Gazetteer = NAMES) -> list[tuple[str, str, str]]:
    """What is found: the name, how it is written, and the words."""
    return [(one.listed.name, one.spelling, text[one.start : one.end]) for one in names.find(text)]


@pytest.mark.parametrize(
    ("text", "name", "spelling", "words"),
    [
        ("the VPN is down", "VPN", "exact", "VPN"),
        ("the vpn is down", "VPN", "exact", "vpn"),
        ("no Remote  Access today", "VPN", "exact", "Remote  Access"),
        ("VPN-Client hängt", "VPN", "exact", "VPN"),
        ("multi factor sign in is broken", "Multi-Factor Sign-In", "exact", "multi factor sign in"),
        ("MultiFactor SignIn is broken", "Multi-Factor Sign-In", "exact", "MultiFactor SignIn"),
        ("share point and its pages", "SharePoint", "exact", "share point"),
        ("sharepoint", "SharePoint", "exact", "sharepoint"),
        ("zuerich", "Zürich", "exact", "zuerich"),
        ("Zu\u0308rich has no network", "Zürich", "exact", "Zu\u0308rich"),
        ("payroll portals", "Payroll Portal", "exact", "payroll portals"),
        ("die Intranetseite fehlt", "Intranet", "compound", "Intranetseite"),
        ("unser Firmenintranet", "Intranet", "compound", "Firmenintranet"),
        ("the intarnet page", "Intranet", "typo", "intarnet"),  # swapped across the middle: no half is intact
        ("the intrnet page", "Intranet", "typo", "intrnet"),
        ("the iintranet page", "Intranet", "typo", "iintranet"),
        ("mutli-factor sign in", "Multi-Factor Sign-In", "typo", "mutli-factor sign in"),
        ("payrol portal", "Payroll Portal", "typo", "payrol portal"),
        ("Sharepiont", "SharePoint", "typo", "Sharepiont"),
        ("ask HR about it", "HR", "capitals", "HR"),
        ("our Teams call", "Teams", "capitals", "Teams"),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, name: str, spelling: str, words: str) -> None:
    """Nobody types a service's name as the list has it; agents would look it up again."""
    assert found(text) == [(name, spelling, words)]


@pytest.mark.parametrize(
    "text",
    [
        "our teams are large",  # an ordinary word
        "Teams are large",  # its capital is the sentence's
        "IT IS ALL IN OUR TEAMS AGAIN AND AGAIN",  # nothing but capitals
        "he said hr is closed",
        "Scan-to-Mail is off",  # the end of another word
        "the internet is slow",  # two letters away
        "printed",
        "vpm is down",  # too short for a slip
        "our Kelpa pump",  # likewise, alone
        "intranet2 is down",  # a number is no slip
        "a gateway for Kestr",
        "[secret] and [ipaddress]",
        "",
    ],
)
def test_what_only_looks_like_a_name_is_none(text: str) -> None:
    """A service that the text does not name sends the ticket to the wrong people."""
    assert found(text) == []


def test_a_word_is_not_found_within_another_beside_an_umlaut() -> None:
    """A public keyword finder took umlauts for ends of words and found an abbreviation at the end of a longer word."""
    names = Gazetteer([ListedName("LT"), ListedName("CK")])

    assert found("Man erhält es nach dem Frühstück", names) == []


def test_an_ordinary_word_within_a_hyphenated_one_is_none() -> None:
    """A public keyword finder gave a museum's name for every `state-of-the-art`."""
    names = Gazetteer([ListedName("Art")])

    assert found("state-of-the-art and STATE-of-the-Art", names) == []


def test_a_plural_goes_before_a_similar_name() -> None:
    """A public fuzzy ruler gave another wine that was one letter away in the place of the plural of the right one."""
    names = Gazetteer([ListedName("Falcon"), ListedName("Falcony")])

    assert found("all Falcons are gone", names) == [("Falcon", "exact", "Falcons")]


def test_what_people_check_is_not_the_service_of_that_name() -> None:
    """Lookup tables of a public assistant took `I am just checking` for the checking account."""
    names = Gazetteer([ListedName("Checking")])

    assert found("I am just checking", names) == []
    assert found("my Checking has no balance", names) == [("Checking", "capitals", "Checking")]


def test_the_longest_name_wins() -> None:
    """`Office LAN` is neither the office suite nor a place."""
    assert found("our Office LAN and then our Office") == [
        ("Office LAN", "exact", "Office LAN"),
        ("Office", "capitals", "Office"),
    ]


def test_overlapping_names_do_not_both_count() -> None:
    """One word cannot be of two things."""
    names = Gazetteer([ListedName("Kestrel Gate"), ListedName("Gate Falcon Hub")])

    assert found("kestrel gate falcon hub", names) == [("Gate Falcon Hub", "exact", "gate falcon hub")]


def test_where_two_names_may_be_meant_neither_is() -> None:
    """An alias of two services, or a slip that fits two, says nothing."""
    names = Gazetteer([ListedName("Kestrel", aliases=("tunnel",)), ListedName("Pestrel", aliases=("tunnel",))])

    assert found("the tunnel is down", names) == []
    assert found("the xestrel is down", names) == []


def test_a_thing_that_is_listed_twice_is_the_first() -> None:
    """A service and the application below it often have one name."""
    names = Gazetteer([ListedName("Kestrel", "service"), ListedName("kestrel", "application")])

    assert [one.listed.kind for one in names.find("kestrel")] == ["service"]


def test_right_words_are_no_slips() -> None:
    """`deliver` is one letter from `delivery`; a desk's own words are known from its history."""
    names = Gazetteer([ListedName("Delivery")])

    assert [one.spelling for one in names.find("they deliver late")] == ["typo"]
    assert names.find("they deliver late", {fold("deliver")}) == []


def test_names_with_digits_are_never_guessed() -> None:
    """One digit else is another device."""
    names = Gazetteer([ListedName("srvapp0417", "configuration_item")])

    assert found("srvapp0418 is down", names) == []
    assert found("SRVAPP0417 is down", names) == [("srvapp0417", "exact", "SRVAPP0417")]


def test_marks_of_redaction_name_nothing() -> None:
    """What stands in the place of an address is not what somebody wrote."""
    names = Gazetteer([ListedName("Longnumber"), ListedName("Kestrel")])

    text = "[longnumber] Kestrel"

    assert [(one.listed.name, one.start) for one in names.find(text)] == [("Kestrel", text.index("K"))]


def test_what_stands_beyond_the_end_of_what_is_read_is_not_found() -> None:
    """A pasted log must not take seconds."""
    assert found("x " * 10_000 + "Kestrel") == []


@pytest.mark.parametrize("name", ["", "---", "a b c d e f g h i"])
def test_what_is_no_name_is_left_out(name: str) -> None:
    """A line of a list that nobody can mean must not make the list unusable."""
    names = Gazetteer([ListedName(name)])

    assert not names
    assert found("a b c d e f g h i ---", names) == []


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Geräte", "geraet"),
        ("GERÄTE", "geraet"),
        ("café", "cafe"),
        ("Straße", "strass"),
        ("laptops", "laptop"),
        ("licences", "licenc"),
        ("access", "access"),
        ("bus", "bus"),
    ],
)
def test_words_are_folded(word: str, folded: str) -> None:
    """Both sides of every comparison are."""
    assert fold(word) == folded


def test_a_pasted_token_is_not_taken_apart() -> None:
    """Every beginning of twenty thousand letters would be cut out of it."""
    assert found("a" * 60 + "intranet") == []
    assert found("a" * 40 + "intranet") != []


@given(st.text(max_size=80), st.sampled_from(["vpn", "Intarnet", "Office LAN", "share point", "Zürich", "[secret]"]))
def test_places_lie_in_the_text_and_apart(around: str, name: str) -> None:
    """Whatever signs people paste: who marks the places in a page must not cut elsewhere."""
    text = f"{around} {name}{around}"

    mentions = NAMES.find(text)

    ends = [0, *(one.end for one in mentions)]
    assert all(end <= one.start < one.end <= len(text) for end, one in zip(ends, mentions, strict=False))


def test_a_text_of_nothing_but_near_names_ends() -> None:
    """Every word a slip of a name, ten thousand of them: it is bounded what is compared."""
    names = Gazetteer([ListedName(f"kestrel{chr(97 + i)}{chr(97 + j)}") for i in range(26) for j in range(26)])

    mentions = names.find("kestrelxx kestrlaa " * 1_000)

    assert {one.listed.name for one in mentions} >= {"kestrelxx"}
