"""Names that are looked up: how long they are believed, and how often they are asked for."""

from collections.abc import Mapping

import pytest

from data.connectors.errors import Refused
from data.connectors.lookup import MOST_PAGES, Lookup, all_pages


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


class Groups:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {"Network": "1", "Mail": "2"}
        self.n_asked = 0

    def __call__(self) -> Mapping[str, str]:
        """What there is."""
        self.n_asked += 1
        return dict(self.known)


def test_names_are_asked_for_once_in_a_while() -> None:
    """A hundred writes ask once; a group of today is known today."""
    clock, groups = Clock(), Groups()
    lookup = Lookup(clock)

    assert [lookup.id("a", name, "group", groups) for name in ("Network", "NETWORK", "mail")] == ["1", "1", "2"]
    assert lookup.name("a", "2", groups) == "Mail"
    assert groups.n_asked == 1

    clock.now = 301
    lookup.id("a", "Network", "group", groups)
    lookup.id("b", "Network", "group", groups)

    assert groups.n_asked == 3


def test_a_new_name_is_found_after_half_a_minute_and_a_wrong_one_costs_little() -> None:
    """A wrong label in a thousand tickets must not be a thousand questions."""
    clock, groups = Clock(), Groups()
    lookup = Lookup(clock)
    for _ in range(5):
        with pytest.raises(Refused, match=r"named 'Netwrk'\. Did you mean 'Network'"):
            lookup.id("a", "Netwrk", "group", groups)
    assert groups.n_asked == 1

    groups.known["Fax"] = "3"
    clock.now = 31

    assert lookup.id("a", "Fax", "group", groups) == "3"


def test_pages_are_read_to_the_last_that_is_not_full() -> None:
    """And not forever, whatever a system answers."""
    assert all_pages(lambda page: list(range(page * 3, min(page * 3 + 3, 7))), 3) == list(range(7))
    assert len(all_pages(lambda _: [1], 1)) == MOST_PAGES
