"""Throws away what was settled long ago: deliveries and events hold what is of people, and are needed no longer."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from api.desk import Desk
from api.workers import Interval, Worker
from data import deliveries, events
from data.database import writing

__all__ = ["KEPT", "Tidying"]

KEPT = timedelta(days=30)
"""How long it can be looked at and tried again, and is known again if it comes a second time."""

FIRST_AFTER_SECONDS, EVERY_SECONDS = 60.0, 3600.0
"""When a process does so first, and how often then."""


class Tidying:
    """What one process throws away.

    Args:
        desk: gives the desk whose database it is.
        clock: seconds that only grow; another one for tests.
    """

    def __init__(self, desk: Callable[[], Desk], clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._interval = Interval(FIRST_AFTER_SECONDS, EVERY_SECONDS, clock)

    def workers(self) -> tuple[Worker, ...]:
        """The threads."""
        return (Worker("tidying", self.work),)

    def work(self, now: datetime) -> int:
        """Throws away what is due, and gives up what waits for subscribers that are no more.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        if self._interval.is_over():
            desk = self._desk()
            with writing(desk.engine) as connection:
                deliveries.throw_away(connection, now - KEPT)
                events.throw_away(connection, now - KEPT)
                events.bury_orphans(connection, [each.name for each in desk.subscribers], now)
        return 0
