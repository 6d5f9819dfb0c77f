"""Where a history begins and ends, whatever somebody has mistyped."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import MONDAY
from training.histories.ends import Ends, as_moments, find_ends


def ends(*days: float) -> Ends:
    """Of tickets so many days after that Monday."""
    return find_ends(as_moments([MONDAY + timedelta(days=day) for day in days]))


def kept(*days: float) -> tuple[float, float]:
    """The days on which they begin and end."""
    found = ends(*days)
    return tuple((moment - MONDAY) / timedelta(days=1) for moment in (found.first, found.last))  # type: ignore[return-value]


WEEKS: Sequence[float] = [i / 6 for i in range(240)]
"""Forty days of a desk with six tickets a day."""

LAST = WEEKS[-1]


@pytest.mark.parametrize(
    "strays",
    [
        [770.0],  # the wrong year
        [-400.0],
        [-400.0, 770.0],
        [-20_514.0],  # 1970
        [300.0, 700.0, 701.0],  # each mistyped in its own way
        [-9_000.0, -3_000.0, -700.0, -699.5, -650.0],
        [500.0 + i for i in range(5)],
        [-20_514.0] * 20,  # what was empty became 1970-01-01
        [*[-20_514.0] * 15, -8_000.0, -900.0],
        [2_912_000.0],  # 9999-12-31
    ],
)
def test_a_handful_of_stray_dates_at_either_end_decides_neither(strays: list[float]) -> None:
    """One row of 241 dated two years later would leave one customer of 30, and a day on which nobody calls."""
    found = ends(*WEEKS, *strays)

    assert kept(*WEEKS, *strays) == (0.0, LAST)
    assert sum(stray.n for stray in found.stray) == len(strays)
    assert (found.before is not None, found.after is not None) == (min(strays) < 0, max(strays) > 0)


@pytest.mark.parametrize(
    "days",
    [
        [*WEEKS, 130.0],  # a summer of three months, and the first ticket after it
        [*WEEKS, *(LAST + 122 + i for i in range(3))],  # from May to September
        [*WEEKS, LAST + 183.0],
        [*WEEKS, *(LAST + 184 + i / 6 for i in range(6))],  # six after it are no handful
        [*WEEKS, *(day + 1_100 for day in WEEKS)],  # two years of two tools in one file
        [*(day / 4 for day in WEEKS[:40]), *(day + 1_100 for day in WEEKS)],
        [*WEEKS, *(day + 1_100 for day in WEEKS[:7])],
        [200.0 * i for i in range(40)],  # a ticket every half year
        [200.0 * i for i in range(39)] + [9_500.0],
        [5.0] * 300,  # all of one moment
        [*[0.0] * 150, *[900.0] * 150],  # two moments
        [0.0],
        [0.0, 900.0],
        [*(float(i) for i in range(8)), 900.0],  # of nine tickets none is stray
    ],
)
def test_an_honest_gap_is_part_of_a_history(days: list[float]) -> None:
    """Schools close for the summer, and desks change their tools."""
    assert kept(*days) == pytest.approx((min(days), max(days)))
    assert ends(*days).stray == ()


@pytest.mark.parametrize(
    ("n", "gap_days", "is_stray"),
    [(240, 183.0, False), (240, 183.01, True), (10, 184.0, False), (10, 2_000.0, True), (9, 2_000.0, False)],
)
def test_the_edge_is_half_a_year_and_a_tenth(n: int, gap_days: float, is_stray: bool) -> None:
    """Ten tickets a week apart are usually that far apart, and ten times that is less than half a year."""
    days = [i * (6.0 if n > 10 else 20.0) for i in range(n - 1)]

    assert (kept(*days, days[-1] + gap_days)[1] == days[-1]) is is_stray


@pytest.mark.parametrize(("n", "is_stray"), [(5, True), (6, False)])
def test_the_edge_of_a_handful_is_five(n: int, is_stray: bool) -> None:
    """Six tickets on different days are the beginning of something."""
    assert (kept(*WEEKS, *(900.0 + i for i in range(n)))[1] == LAST) is is_stray


@pytest.mark.parametrize(("n", "is_stray"), [(12, True), (13, False)])
def test_of_a_large_history_one_in_a_thousand_may_be_stray(n: int, is_stray: bool) -> None:
    """Whoever types ten thousand dates mistypes more of them."""
    days = [i / 100 for i in range(12_000)]

    assert (kept(*days, *(900.0 + i for i in range(n)))[1] == days[-1]) is is_stray


@pytest.mark.parametrize(("n", "is_stray"), [(26, True), (27, False)])
def test_of_one_default_date_a_tenth_may_be_stray(n: int, is_stray: bool) -> None:
    """Where more of the tickets have it, it is where the history begins, as far as anybody can tell."""
    assert (kept(*WEEKS, *[-20_000.0] * n)[0] == 0.0) is is_stray


def test_what_is_stray_is_said_in_numbers() -> None:
    """So that somebody can look for it in the file."""
    found = ends(*WEEKS, *(LAST + 730 + i for i in range(2)))
    (one,) = ends(*WEEKS, -365.0).stray

    assert str(found.after) == "2, dated 2028-04-10 to 2028-04-11, 730 days from all others"
    assert str(one) == "1, dated 2025-03-02, 365 days from all others"
    assert found.after is not None
    assert found.after.holds(MONDAY + timedelta(days=LAST + 731))
    assert not found.after.holds(MONDAY + timedelta(days=LAST))
    assert found.hold(MONDAY)
    assert not found.hold(MONDAY + timedelta(days=LAST + 730))


def test_moments_of_any_zone_are_the_same_moments() -> None:
    """Nine in the morning in Tokyo is midnight here."""
    tokyo = timezone(timedelta(hours=9))
    found = find_ends(as_moments([datetime(2026, 3, 2, 9, tzinfo=tokyo), datetime(2026, 3, 2, 1, 0, 0, 7, tzinfo=UTC)]))

    assert found.first == datetime(2026, 3, 2, tzinfo=UTC)
    assert found.last == datetime(2026, 3, 2, 1, 0, 0, 7, tzinfo=UTC)


@given(st.lists(st.floats(-30_000, 30_000), min_size=1, max_size=60), st.randoms())
def test_order_does_not_matter_and_most_is_kept(days: list[float], chance: object) -> None:
    """Of both ends together a fifth at most, and what is kept and what is stray are all there is."""
    found, n = ends(*days), len(days)
    shuffled = list(days)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert ends(*shuffled) == found
    assert sum(stray.n for stray in found.stray) <= 0.2 * n
    assert sum(found.hold(MONDAY + timedelta(days=day)) for day in days) == n - sum(s.n for s in found.stray)
