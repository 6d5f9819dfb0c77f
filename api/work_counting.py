"""Counts who resolved what, now and then, by one of all processes; see `data/daily_work.py`."""

import time
from collections.abc import Callable
from datetime import datetime

from api.desk import Desk
from api.workers import Interval, Worker
from data.daily_work import Counting, refresh

__all__ = ["WorkCounting"]

FIRST_AFTER_SECONDS, EVERY_SECONDS = 5.0, 60.0
"""When a process first asks whether it is due, and how often then."""


class WorkCounting:
    """What one process counts.

    Args:
        desk: gives the desk whose database it is.
        clock: seconds that only grow; another one for tests.
    """

    def __init__(self, desk: Callable[[], Desk], clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._interval = Interval(FIRST_AFTER_SECONDS, EVERY_SECONDS, clock)

    def workers(self) -> tuple[Worker, ...]:
        """The threads."""
        return (Worker("work-counting", self.work),)

    def work(self, now: datetime) -> int:
        """Counts what is due; what was counted of single persons is removed where that is switched off.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        if self._interval.is_over():
            desk = self._desk()
            refresh(desk.engine, Counting(desk.working_hours, individuals=desk.shows_persons), now)
        return 0
