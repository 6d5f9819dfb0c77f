"""Who is told of what happens here: another program that a desk has named, and which events it wants.

`data/subscribers.py` reads subscribers from `triage.toml`. A new type of event is a line in `EVENT_TYPES`, a call of
`publish` in `data/events.py` where it happens, and a row in `docs/connect/events.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from triage.addresses import NOTHING_BESIDE, AllowedAddresses

__all__ = ["EVENT_TYPES", "TEST_TYPE", "EventType", "Subscriber", "is_wanted"]

EventType = Literal[
    "prediction.completed",
    "review.recorded",
    "model.promoted",
    "profile.changed",
    "problem.opened",
    "surge.detected",
]
"""What a subscriber can ask to be told of; only what is really told stands here."""

EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

TEST_TYPE = "test.sent"
"""What a subscriber is sent to try it out; nobody can ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A program that is told of events. Secrets are not in it, only the names of the variables that hold them.

    Attributes:
        name: the desk's own for it.
        url: where events are sent.
        secrets: names of environment variables: the current secret, and the previous one while both are signed with.
        types: of the events that it wants.
        allowed: what may be called although it is no public address, or no usual port.
    """

    name: str
    url: str
    secrets: tuple[str, ...]
    types: frozenset[EventType]
    allowed: AllowedAddresses = NOTHING_BESIDE


def is_wanted(subscribers: Iterable[Subscriber], type_: EventType) -> bool:
    """Whether anybody wants events of a type; what nobody wants need not be looked for."""
    return any(type_ in subscriber.types for subscriber in subscribers)
