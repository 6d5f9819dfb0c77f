"""Who is told of what."""

import pytest

from triage.subscribers import EVENT_TYPES, EventType, Subscriber, is_wanted


def make_subscriber(name: str = "warehouse", *types: EventType, **changes: object) -> Subscriber:
    """A program that wants to be told of everything, or of these types."""
    usual = {
        "name": name,
        "url": "https://warehouse.example.org/hooks",
        "secrets": ("WAREHOUSE_SECRET",),
        "types": frozenset(types or EVENT_TYPES),
    }
    return Subscriber(**usual | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("subscribers", "wanted"),
    [
        ([], False),
        ([make_subscriber("one", "model.promoted")], False),
        ([make_subscriber("one", "model.promoted"), make_subscriber("two", "profile.changed")], True),
    ],
)
def test_what_one_of_them_wants_is_wanted(subscribers: list[Subscriber], wanted: bool) -> None:
    """The rest need not even be looked for."""
    assert is_wanted(subscribers, "profile.changed") is wanted


def test_only_what_is_really_told_can_be_asked_for() -> None:
    """Nothing says that a problem is over, and a desk that asked for it would wait for ever."""
    assert "problem.closed" not in EVENT_TYPES
