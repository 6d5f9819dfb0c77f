"""The labels that ticketing systems have today, remembered for a minute: every write asks whether its own is one."""

import time
from collections.abc import Callable

import httpx

from data.sources import Connection

__all__ = ["FRESH_SECONDS", "LiveLabels"]

FRESH_SECONDS = 60.0
"""So long a label that was closed meanwhile may still be written; people see it in the note, and can change it."""


class LiveLabels:
    """What one process knows of the systems' lists.

    Args:
        clock: seconds that only grow; another one for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, tuple[str, ...] | None]] = {}

    def of(self, connection: Connection, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """The labels of a target; None where the system has no list of them.

        Raises:
            PeerError: the system was asked, and did not tell.
        """
        asked = (connection.source.name, target)
        told_at, labels = self._known.get(asked, (-FRESH_SECONDS, None))
        if self._clock() - told_at >= FRESH_SECONDS:
            labels = connection.connector.labels(client, target)
            self._known[asked] = (self._clock(), labels)
        return labels
