"""Which candidate is which stored problem."""

from triage.problems.identity import Known, identify
from triage.problems.recognition import Centre

TUNNEL, DOOR = Centre({"split": 5.0, "tunnel": 4.0}), Centre({"badge": 6.0, "door": 5.0})


def known(id_: int, *tickets: str, centre: Centre = TUNNEL, by_hand: bool = False) -> Known:
    """A stored problem."""
    return Known(id_, frozenset(tickets), centre, by_hand)


def test_a_problem_that_grew_is_the_same() -> None:
    """Public reports tell of topics that get other numbers with every look, so that nothing can be kept of them."""
    grown = (frozenset("abcdefgh"), DOOR)

    assert identify([grown], [known(7, "a", "b", "c"), known(8, "y", "z")]) == [7]


def test_tickets_say_more_than_words() -> None:
    """Its words change as more people describe it."""
    found = identify([(frozenset("abc"), DOOR)], [known(1, "x", "y", centre=DOOR), known(2, "a", "b", centre=TUNNEL)])

    assert found == [2]


def test_the_same_words_say_it_where_no_ticket_is_left() -> None:
    """It comes back after its first tickets have left the window."""
    assert identify([(frozenset("abc"), TUNNEL)], [known(3, "old1", "old2")]) == [3]
    assert identify([(frozenset("abc"), DOOR)], [known(3, "old1", "old2")]) == [None]


def test_of_two_candidates_the_one_that_shares_more_keeps_the_name() -> None:
    """What a look has parted is one known and one new problem."""
    candidates = [(frozenset("ab"), DOOR), (frozenset("cdefg"), TUNNEL)]

    assert identify(candidates, [known(1, *"abcdefg")]) == [None, 1]


def test_what_a_person_has_merged_takes_all_that_was_merged() -> None:
    """No later look may part it again."""
    candidates = [(frozenset("ab"), DOOR), (frozenset("cdefg"), TUNNEL)]

    assert identify(candidates, [known(1, *"abcdefg", by_hand=True)]) == [1, 1]


def test_a_single_shared_ticket_of_many_is_not_enough() -> None:
    """Two problems may quarrel about one ticket."""
    found = identify([(frozenset("abcdefgh"), DOOR)], [known(1, *"hijklmno", centre=TUNNEL)])

    assert found == [None]
