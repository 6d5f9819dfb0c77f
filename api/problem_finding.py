"""Looks for problems once a day: one of all processes, beside the requests and with pauses for them."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from api.desk import Desk
from api.workers import Interval, Worker
from data.database import writing
from data.found_problems import JOB, find_and_keep
from data.jobs import claim, finish

__all__ = ["ProblemFinding"]

EVERY = timedelta(days=1)

LONGEST = timedelta(minutes=30)
"""After which another process may do it: this one has ended."""

FIRST_AFTER_SECONDS, ASK_EVERY_SECONDS = 120.0, 300.0
"""When a process asks first whether it is due, and how often then."""

LONGEST_PAUSE_SECONDS = 0.5


class ProblemFinding:
    """What one process looks for.

    Args:
        desk: gives the desk whose database it is.
        fewest: so many incidents make a problem.
        clock: seconds that only grow; another one for tests.
        pause: waits so many seconds; another one for tests.
    """

    def __init__(
        self,
        desk: Callable[[], Desk],
        fewest: int,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._desk = desk
        self._fewest = fewest
        self._clock = clock
        self._pause = pause
        self._interval = Interval(FIRST_AFTER_SECONDS, ASK_EVERY_SECONDS, clock)
        self._since = 0.0

    def workers(self) -> tuple[Worker, ...]:
        """The threads."""
        return (Worker("problems", self.work),)

    def work(self, now: datetime) -> int:
        """Looks if that is due; leaves nothing to do then.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        if not self._interval.is_over():
            return 0
        desk = self._desk()
        held = claim(desk.engine, JOB, EVERY, now, LONGEST)
        if held is None:
            return 0
        self._since = self._clock()
        found = find_and_keep(desk.engine, desk.subscribers, now, self._fewest, on_progress=self._breathe)
        with writing(desk.engine) as connection:
            finish(connection, held, found.content, now)
        return 0

    def _breathe(self, _done: float) -> None:
        """Rests as long as it has worked: tickets that are scored meanwhile take the same processor."""
        self._pause(min(max(self._clock() - self._since, 0.0), LONGEST_PAUSE_SECONDS))
        self._since = self._clock()
