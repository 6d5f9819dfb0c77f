"""Whether tickets have changed: the index, what chance does to it, and words that rise."""

import numpy as np
import pytest

from triage.drift import Stability, confidence_counts, stability, word_drift, worst
from triage.familiarity import Familiarity, Floors
from triage.features import TermView
from triage.ticket import NewTicket


def test_the_index_is_the_sum_by_hand() -> None:
    """0.1 ln(0.6/0.5) - 0.1 ln(0.4/0.5) of two cells."""
    found = stability({"Network": 500, "Desk": 500}, {"Network": 600, "Desk": 400})

    assert found.index == pytest.approx(0.1 * np.log(0.6 / 0.5) - 0.1 * np.log(0.4 / 0.5))
    assert found.cells == (("Network", 0.5, 0.6), ("Desk", 0.5, 0.4))


def test_chance_exceeds_what_it_is_said_to_in_one_of_twenty() -> None:
    """Both samples drawn from one distribution of eight labels, a thousand times."""
    chance = np.random.default_rng(5)
    shares = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05])
    names = list("abcdefgh")
    n_above = 0
    for _ in range(1_000):
        before, now = (dict(zip(names, chance.multinomial(n, shares).tolist(), strict=True)) for n in (2_000, 400))
        found = stability(before, now)
        assert found.index is not None
        assert found.by_chance is not None
        n_above += found.index > found.by_chance

    assert 30 < n_above < 75
    # the 95th percentile of chi-squared with seven degrees
    assert found.by_chance == pytest.approx(14.067 * (1 / 400 + 1 / 2_000), rel=0.005)


def test_rare_labels_are_one_cell() -> None:
    """Seventy labels of one ticket each would drift by themselves."""
    before = {"Network": 900} | {f"rare {i}": 10 for i in range(10)}

    found = stability(before, {"Network": 90, "rare 3": 10})

    assert [name for name, _, _ in found.cells] == ["Network", "all others"]
    assert found.index == 0.0


def test_an_empty_cell_does_not_make_it_infinite() -> None:
    """A group that is asked for no more is a change, and a number."""
    found = stability({"Network": 500, "Desk": 500}, {"Network": 100})

    assert found.index is not None
    assert np.isfinite(found.index)
    assert found.verdict == "act"


def test_a_label_that_training_did_not_have_counts() -> None:
    """Answers name known labels alone, but other counts may not."""
    assert stability({"a": 500, "b": 500}, {"a": 50, "b": 50, "c": 100}).verdict == "act"


@pytest.mark.parametrize(
    ("index", "by_chance", "verdict"),
    [
        (None, None, "too_few"),
        (0.05, 0.01, "none"),
        (0.099, 0.01, "none"),
        (0.1, 0.01, "look"),
        (0.249, 0.01, "look"),
        (0.25, 0.01, "act"),
        (0.2, 0.24, "none"),  # chance alone gives as much
        (0.2, 0.25, "too_few"),  # and would hide what asks to act
        (0.3, 0.26, "act"),
    ],
)
def test_a_verdict_wants_more_than_chance(index: float | None, by_chance: float | None, verdict: str) -> None:
    """Both edges, and small numbers."""
    assert Stability(index, by_chance, 100, 1_000).verdict == verdict


@pytest.mark.parametrize(("m", "n"), [(29, 500), (500, 29), (0, 0)])
def test_few_tickets_are_not_judged(m: int, n: int) -> None:
    """On either side."""
    found = stability({"a": m // 2, "b": m - m // 2}, {"a": n // 2, "b": n - n // 2})

    assert (found.index, found.verdict, found.n, found.n_reference) == (None, "too_few", n, m)


def test_confidences_are_compared_by_the_tenths_of_the_training() -> None:
    """The least sure tenth first."""
    before = np.linspace(0.01, 1.0, 100)

    was, now = confidence_counts(before, np.full(60, 0.05))

    assert sum(was.values()) == 100
    assert list(was.values())[:9] == [10] * 9
    assert list(now.values()) == [60, *[0] * (len(was) - 1)]
    assert list(was) == list(now)


def test_confidences_that_cannot_be_told_apart_are_one_cell() -> None:
    """A model that is 0.951 sure of nearly everything has not changed where it is 0.952 sure today."""
    before = np.concatenate([np.full(100, 0.6), np.linspace(0.948, 0.952, 900)])

    was, now = confidence_counts(before, np.full(50, 0.952))

    assert len(was) == 2
    assert list(now.values()) == [0, 50]
    assert confidence_counts(np.empty(0), np.ones(3)) == ({}, {})


def test_confidences_keep_their_order_as_cells() -> None:
    """A chart of them is read from the left to the right."""
    found = stability({"low": 100, "high": 900}, {"low": 50, "high": 50}, in_order=True)

    assert [name for name, _, _ in found.cells] == ["low", "high"]


def test_the_worst_verdict_counts() -> None:
    """What cannot be told of some hides nothing of others."""
    assert worst(["none", "act", "look"]) == "act"
    assert worst(["too_few", "none"]) == "none"
    assert worst([]) == "too_few"


KNOWN = ("vpn", "printer", "the", "drops", "please", "help", "with", "and", "blank", "pages")


def read(*texts: str):  # noqa: ANN201 - see `word_drift`
    """What the words of these tickets say to a desk that knows ten words, each in a hundredth of its tickets."""
    view = TermView(KNOWN, np.full(len(KNOWN), 1 + np.log(100.0)))
    familiarity = Familiarity(view, Floors(1.0, 0.3, 0.4))
    return word_drift(
        view, familiarity, view.rows([NewTicket(id=str(i), subject=text) for i, text in enumerate(texts)])
    )


def test_new_words_and_risen_ones_are_told() -> None:
    """Ten tickets about a product that nobody had: its name is new, `printer` has risen from one in a hundred."""
    found = read(*["the printer zentris"] * 10)

    assert [(each.word, each.share, each.share_before, each.n) for each in found.risen] == [
        ("zentris", 1.0, None, 10),
        ("printer", 1.0, pytest.approx(0.01), 10),
        ("the", 1.0, pytest.approx(0.01), 10),
    ]
    assert found.unknown_ratio == pytest.approx(1 / 3)


def test_a_word_of_two_tickets_is_not_told() -> None:
    """It may be somebody's name."""
    assert [each.word for each in read("vpn zentris", "vpn zentris", "vpn").risen] == ["vpn"]


def test_strange_tickets_are_judged_against_the_desks_own() -> None:
    """One in two hundred lay below the floor when it was measured; here it is every second one."""
    strange = "alpha beta gamma delta epsilon zeta eta theta"
    usual = "the printer drops blank pages and please help with vpn"

    assert read(*[usual] * 60).verdict == "none"
    assert read(*[usual] * 30, *[strange] * 30).verdict == "act"
    assert read(*[usual] * 98, *[strange] * 4).verdict == "look"
    assert read(*[strange] * 29).verdict == "too_few"


def test_no_tickets_say_nothing() -> None:
    """A model that answered nothing lately."""
    assert read() is None
