"""What a surge is called, and the words that its incidents have in common."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from triage.surges.replay import learn_from
from triage.surges.seen import ALL, MACHINES, Kind, Seen
from triage.surges.surge import name_of, place_of, words_of


@pytest.mark.parametrize(
    ("kind", "place", "words", "name"),
    [
        (Kind("service", "VPN"), "VPN", ("tunnel", "tun-4471"), "VPN: tunnel, tun-4471"),
        (Kind("service", "VPN"), "VPN", (), "VPN"),
        (Kind("group", "Network"), "VPN", ("a", "b", "c", "d"), "Network: a, b, c"),
        (Kind("topic", "tun-4471"), "VPN", ("tunnel", "tun-4471"), "VPN: tun-4471, tunnel"),
        (Kind("topic", "tun-4471"), None, (), "Several services: tun-4471"),
        (ALL, None, ("power",), "Several services: power"),
        (MACHINES, None, ("disk",), "Machines: disk"),
    ],
)
def test_a_surge_is_named_by_its_place_and_its_words(
    kind: Kind, place: str | None, words: tuple[str, ...], name: str
) -> None:
    """Whoever reads the banner must know in a second whether it is theirs."""
    assert name_of(kind, place, words) == name


def test_the_words_are_those_that_others_have_not(
    history: Callable[..., list[Seen]], incident: Callable[..., Seen], monday: datetime
) -> None:
    """'please' stands in every ticket, and a word of two people may be one of them's name."""
    usual = learn_from(history(), monday)
    assert usual is not None
    members = [incident(monday, terms=("please", "calendar", "0x1f4")) for _ in range(5)]
    members += [incident(monday, terms=("please", "calendar", "ann")) for _ in range(2)]

    assert words_of(members, usual) == ("calendar", "0x1f4")


def test_the_place_is_the_service_of_most_else_their_group(incident: Callable[..., Seen], monday: datetime) -> None:
    """A word that is said of five services is no fault of one of them."""
    at = monday + timedelta(hours=9)
    mail, vpn = incident(at, "Mail"), incident(at, "VPN")
    unnamed = incident(at, None, group="Network")

    assert place_of([mail, mail, mail, vpn]) == "Mail"
    assert place_of([mail, mail, vpn, vpn]) is None
    assert place_of([unnamed, unnamed, vpn]) == "Network"
    assert place_of([incident(at, None, group=None)]) is None
