"""Keeps the counts up to date that the desk's measures are made of."""

import time
from collections.abc import Callable
from datetime import datetime

from api.desk import Desk
from api.workers import Interval, Worker
from data.measures import EVERY, refresh

__all__ = ["Measuring"]

FIRST_AFTER_SECONDS, LOOK_EVERY_SECONDS = 10.0, 60.0
"""When a process looks first whether it is time, and how often then."""


class Measuring:
    """What one process counts; of several, one does it at a time.

    Args:
        desk: gives the desk whose database it is.
        clock: seconds that only grow; another one for tests.
    """

    def __init__(self, desk: Callable[[], Desk], clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._interval = Interval(FIRST_AFTER_SECONDS, LOOK_EVERY_SECONDS, clock)

    def workers(self) -> tuple[Worker, ...]:
        """The threads."""
        return (Worker("measuring", self.work),)

    def work(self, now: datetime) -> int:
        """Counts the days that have changed, if it is time.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        if self._interval.is_over():
            refresh(self._desk().engine, now, every=EVERY)
        return 0
