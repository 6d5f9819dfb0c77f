"""What figures of quality say, against tickets that were counted by hand."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from triage.quality import (
    Answered,
    Judged,
    Reviewed,
    Tally,
    measure_quality,
    paces_of,
    precision_verdict,
    week_of,
)

SINCE = datetime(2026, 11, 2, tzinfo=UTC)
UNTIL = datetime(2026, 11, 28, 12, tzinfo=UTC)


def judged(day: int = 10, **changes: Any) -> Judged:  # noqa: ANN401 - any field
    """A suggestion of the network that a person left as it was."""
    usual: dict[str, Any] = {"decision": "suggest", "group": "Network", "is_right": True, "is_blind": False}
    at = datetime(2026, 11, day, 9, tzinfo=UTC)
    return Judged(**{"at": at, "answered_at": at} | usual | changes)


def answered(decision: Any = "auto", group: str | None = "Network", day: int = 10) -> Answered:  # noqa: ANN401
    """An answer, whoever looked at it."""
    return Answered(datetime(2026, 11, day, 8, tzinfo=UTC), decision, group)


def measured(*rows: Judged, said: tuple[Answered, ...] = (), n_answered: int = 0, n_judged: int | None = None) -> Any:  # noqa: ANN401
    """The figures of November."""
    n = len(rows) if n_judged is None else n_judged
    return measure_quality(rows, n, said, n_answered or len(said), since=SINCE, until=UNTIL, asked=0.95)


def test_agreement_is_what_was_left_of_what_was_decided() -> None:
    """Blind tickets are counted apart: nobody agreed with what they did not see."""
    found = measured(judged(), judged(is_right=False), judged(), judged(is_blind=True, is_right=False))

    assert (found.agreement, found.blind) == (Tally(2, 3), Tally(0, 1))


def test_silence_widens_what_is_known_and_never_counts_as_right() -> None:
    """Ten were applied; people looked at four and changed one: between 3 and 9 of 10 are right."""
    rows = [judged(decision="auto") for _ in range(3)] + [judged(decision="auto", is_right=False)]

    found = measured(*rows, said=(*[answered() for _ in range(10)], answered("suggest"))).automatic

    assert (found.touched, found.n, found.n_touched, found.n_changed) == (Tally(3, 4), 10, 4, 1)
    assert (found.lowest, found.highest) == (0.3, 0.9)


def test_what_was_answered_before_is_no_part_of_the_bounds() -> None:
    """An answer of October that was decided in November is evidence, but none of November's answers."""
    october = judged(3, decision="auto", answered_at=datetime(2026, 10, 30, tzinfo=UTC))

    found = measured(october, said=(answered(),)).automatic

    assert (found.touched, found.n, found.n_touched) == (Tally(1, 1), 1, 0)
    assert (found.lowest, found.highest) == (0.0, 1.0)


def test_samples_are_counted_up() -> None:
    """Half of a hundred answers stand for five thousand; two of two decisions for two hundred."""
    said = tuple(answered("auto" if i % 2 else "suggest") for i in range(100))

    found = measured(
        judged(decision="auto"), judged(decision="auto", is_right=False), said=said, n_answered=10_000, n_judged=200
    )

    assert found.coverage == Tally(50, 100)
    assert (found.automatic.n, found.automatic.n_touched, found.automatic.n_changed) == (5_000, 200, 100)


def test_a_blind_ticket_is_not_counted_as_applied() -> None:
    """It was withheld, whatever the model would have done."""
    found = measured(judged(decision="auto", is_blind=True))

    assert found.automatic.touched == Tally(0, 0)


def test_every_week_has_a_row_also_an_empty_one() -> None:
    """A gap in a chart would hide the weeks in which nobody decided."""
    found = measured(judged(3), judged(8), judged(9, is_right=False), said=(answered(day=24),)).weeks

    assert [(week.week, week.agreement) for week in found] == [
        (date(2026, 11, 2), Tally(2, 2)),  # a Sunday belongs to the week before
        (date(2026, 11, 9), Tally(0, 1)),
        (date(2026, 11, 16), Tally(0, 0)),
        (date(2026, 11, 23), Tally(0, 0)),
    ]
    assert found[-1].coverage == Tally(1, 1)


def test_groups_come_with_most_decisions_first() -> None:
    """Those without any decision follow, as something was applied there."""
    rows = [judged(group="Desk"), judged(group="Desk"), judged(), judged(group=None)]

    found = measured(*rows, said=(answered(group="Apps"), answered(group="Network"))).groups

    assert [(each.group, each.agreement.n, each.coverage.n) for each in found] == [
        ("Desk", 2, 0),
        ("Network", 1, 1),
        ("Apps", 0, 1),
    ]


@pytest.mark.parametrize(
    ("n_stood", "n", "asked", "verdict"),
    [
        (19, 19, 0.5, "too_few"),
        (20, 20, 0.5, "kept"),
        (396, 412, None, "unasked"),
        (396, 412, 0.95, "unproved"),  # 93.8 to 97.6
        (396, 412, 0.97, "unproved"),
        (396, 412, 0.93, "kept"),
        (396, 412, 0.98, "below"),
        (0, 0, 0.95, "too_few"),
    ],
)
def test_precision_is_judged_by_its_interval(n_stood: int, n: int, asked: float | None, verdict: str) -> None:
    """A share of few tickets proves nothing in either direction."""
    assert precision_verdict(Tally(n_stood, n), asked) == verdict


def reviews(n_accepted: int, n: int, seconds: float | None = 1.5, by: str = "user:a") -> list[Reviewed]:
    """So many reviews of one person."""
    return [Reviewed(by, i < n_accepted, seconds) for i in range(n)]


@pytest.mark.parametrize(
    ("given", "is_hasty"),
    [
        (reviews(20, 20), True),
        (reviews(19, 19), False),  # too few to say anything of anybody
        (reviews(98, 100), True),
        (reviews(97, 100), False),
        (reviews(20, 20, seconds=2.0), False),
        (reviews(20, 20, seconds=None), False),
        ([*reviews(11, 11), *reviews(9, 9, seconds=60)], True),  # half of them
        ([*reviews(9, 9), *reviews(11, 11, seconds=60)], False),
    ],
)
def test_nearly_everything_accepted_faster_than_it_can_be_read(given: list[Reviewed], is_hasty: bool) -> None:
    """Both have to hold, and of enough reviews."""
    (pace,) = paces_of(given)

    assert pace.is_hasty is is_hasty


def test_paces_are_in_no_order_that_ranks_anybody() -> None:
    """And whoever decides blind tickets accepts nothing."""
    found = paces_of([Reviewed("user:b", None, 5.0), Reviewed("user:a", True, None), Reviewed("user:b", False, 3.0)])

    assert [(pace.reviewer, pace.n, pace.accepted, pace.median_seconds) for pace in found] == [
        ("user:a", 1, Tally(1, 1), None),
        ("user:b", 2, Tally(0, 1), 4.0),
    ]


def test_a_week_begins_on_monday() -> None:
    """In UTC."""
    assert week_of(datetime(2026, 11, 29, 23, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert week_of(datetime(2026, 11, 30, tzinfo=UTC)) == date(2026, 11, 30)
