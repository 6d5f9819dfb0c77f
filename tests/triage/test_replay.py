"""What a replay counts."""

from datetime import UTC, datetime

import pytest

from triage.prediction import Decision
from triage.replay import MOST_MISTAKES, Fate, Replayed, Tally, fate, is_fresh, replay_of


@pytest.mark.parametrize(
    ("decision", "is_right", "expected"),
    [
        ("auto", True, "right"),
        ("auto", False, "wrong"),
        ("suggest", True, "by_hand"),
        ("abstain", False, "by_hand"),
        ("skipped", True, "by_hand"),
        ("error", False, "by_hand"),
        (None, False, "unasked"),
    ],
)
def test_only_what_is_applied_is_right_or_wrong(decision: Decision | None, is_right: bool, expected: Fate) -> None:
    """A suggestion leaves the ticket to people, however good it is."""
    assert fate(decision, is_right=is_right) == expected


def make(ticket: str, target: str, would: Fate, then: Fate = "by_hand", *, is_fresh: bool = False) -> Replayed:
    """One target of a ticket."""
    return Replayed(ticket=ticket, target=target, answered="a", chosen="b", would=would, then=then, is_fresh=is_fresh)


def test_each_target_is_counted_alone() -> None:
    """The replayed model, what was done then, and the part that it cannot have learned from."""
    found = replay_of(
        [
            make("1", "priority", "right", "wrong"),
            make("1", "group", "wrong", "unasked", is_fresh=True),
            make("2", "group", "by_hand", "right"),
            make("3", "group", "right", "right", is_fresh=True),
        ]
    )

    group, priority = found.targets
    assert (group.target, priority.target) == ("group", "priority")
    assert group.would == Tally(1, 1, 1, 0)
    assert group.then == Tally(2, 0, 0, 1)
    assert group.would_fresh == Tally(1, 1, 0, 0)
    assert (group.would.n, group.would.n_applied, group.would.precision) == (3, 2, 0.5)
    assert priority.would_fresh.precision is None
    assert [each.ticket for each in found.mistakes] == ["1"]


def test_so_many_mistakes_are_named_and_no_more() -> None:
    """All of them are counted."""
    found = replay_of(make(str(i), "group", "wrong") for i in range(MOST_MISTAKES + 5))

    assert len(found.mistakes) == MOST_MISTAKES
    assert found.targets[0].would.wrong == MOST_MISTAKES + 5


def test_nothing_is_replayed_of_nothing() -> None:
    """A desk without reviews."""
    assert replay_of([]).targets == ()


EARLY, LEARNED, LATE = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3))


@pytest.mark.parametrize(
    ("opened_at", "known_at", "last_day", "expected"),
    [
        (LATE, LATE, "2026-03-02", True),
        (LEARNED, LATE, "2026-03-02", False),  # the file that was learned from was imported afterwards
        (None, LATE, "2026-03-02", False),
        (EARLY, LATE, None, True),
        (LATE, LEARNED, None, False),
        (LATE, None, None, False),
    ],
)
def test_what_a_model_may_have_learned_from_is_not_fresh(
    opened_at: datetime | None, known_at: datetime | None, last_day: str | None, expected: bool
) -> None:
    """A replay of those flatters it."""
    assert is_fresh(opened_at, known_at, learned_at=LEARNED, last_day=last_day) is expected
