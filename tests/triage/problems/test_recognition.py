"""To which known problem a new ticket belongs."""

from triage.problems.recognition import Centre, KnownProblem, nearest_problem, similarity

TUNNEL = Centre({"split": 5.0, "tunnel": 4.0, "split tunnel": 2.0, "routes": 4.0}, {"VPN": 2.0}, -2.0, 9.0)
DOOR = Centre({"badge": 6.0, "door46": 6.0}, {"Access": 2.0}, -2.0, 9.0)
KNOWN = (KnownProblem(1, TUNNEL), KnownProblem(2, DOOR))


def test_a_ticket_in_its_words_belongs_to_it() -> None:
    """Whoever has it at hand sees the workaround at once."""
    assert nearest_problem(["my", "split", "tunnel", "is", "gone"], "VPN", KNOWN) == 1
    assert nearest_problem(["badge", "does", "not", "open", "door46"], None, KNOWN) == 2


def test_a_pair_counts_only_where_its_words_are_neighbours() -> None:
    """Two words of one meaning apart mean something else."""
    assert TUNNEL.score(["split", "tunnel"], None) == 2.0
    assert TUNNEL.score(["split", "the", "tunnel"], None) == 0.0


def test_one_word_is_never_enough() -> None:
    """However rare it is, somebody else means something else by it."""
    one = KnownProblem(3, Centre({"sc542": 20.0}, threshold=9.0))

    assert nearest_problem(["sc542"], None, [one]) is None


def test_another_service_speaks_against_it() -> None:
    """The same words about another service are another fault."""
    words = ["split", "tunnel"]

    assert TUNNEL.score(words, "VPN") > TUNNEL.score(words, None) > TUNNEL.score(words, "Mail")


def test_between_two_that_could_be_nobody_is_told() -> None:
    """A wrong workaround costs more than none."""
    twin = KnownProblem(9, Centre(dict(TUNNEL.weights), {"VPN": 2.0}, -2.0, 9.0))

    assert nearest_problem(["split", "tunnel"], "VPN", [*KNOWN, twin]) is None


def test_what_says_nothing_belongs_to_nothing() -> None:
    """An empty text, and a problem that was split off and has no words yet."""
    assert nearest_problem([], None, KNOWN) is None
    assert nearest_problem(["split", "tunnel"], "VPN", [KnownProblem(4, Centre({}))]) is None


def test_it_is_stored_and_read_back() -> None:
    """What recognises a problem today must recognise it tomorrow."""
    assert Centre.from_json(TUNNEL.to_json()) == TUNNEL
    assert Centre.from_json({}).score(["split"], None) == 0.0


def test_two_joined_recognise_what_either_did() -> None:
    """After a merge the tickets of both keep coming in."""
    both = KnownProblem(1, TUNNEL.joined_with(DOOR))

    assert nearest_problem(["split", "tunnel", "routes"], "VPN", [both]) == 1
    assert nearest_problem(["badge", "door46"], "Access", [both]) == 1


def test_centres_of_the_same_words_are_alike() -> None:
    """Where no ticket is shared, words say that it is the same."""
    assert similarity(TUNNEL, TUNNEL) > 0.99
    assert similarity(TUNNEL, DOOR) == 0.0
    assert similarity(TUNNEL, Centre({})) == 0.0
