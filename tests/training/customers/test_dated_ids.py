"""Tickets whose dates were not believed are named."""

from datetime import timedelta

from tests.builders import MONDAY
from training.customers.dated_ids import DatedIds
from training.histories.ends import as_moments, find_ends


def remarks(*days: float) -> tuple[str, ...]:
    """What is said of tickets so many days after that Monday, a week of tickets among them, on its last day."""
    every = [*days[: len(days) // 2], *(i / 20 for i in range(140)), *days[len(days) // 2 :]]
    dates = DatedIds(MONDAY + timedelta(days=1_000))
    moments = [MONDAY + timedelta(days=day) for day in every]
    counted = [at for i, at in enumerate(moments) if dates.count(f"T{i}", at)]
    return dates.remarks(find_ends(as_moments(counted)))


def test_without_a_doubtful_date_nothing_is_said() -> None:
    """A note that always comes is not read."""
    assert remarks() == ()


def test_the_future_and_both_ends_are_named_by_id() -> None:
    """So that somebody can mend the ticket; of many, three are named."""
    future, end, begin = remarks(-500, 2_000, 900, 901, 902, 903)

    assert future == "1 ticket is dated after 2028-11-26 and not looked at (T1)."
    assert end == (
        "Tickets that lie apart: 4, dated 2028-08-18 to 2028-08-21, 893 days from all others; they do not decide where "
        "the history ends, on 2026-03-09 (T145, T144, T143 and others)."
    )
    assert begin == (
        "Tickets that lie apart: 1, dated 2024-10-18, 500 days from all others; they do not decide where the history "
        "begins, on 2026-03-02 (T0)."
    )
    assert remarks(1_001, 1_002, 1_003, 1_004) == (
        "4 tickets are dated after 2028-11-26 and not looked at (T143, T142, T1 and others).",
    )
