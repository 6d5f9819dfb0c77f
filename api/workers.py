"""Threads that work beside the requests: each asks its work for what is due, and waits while there is nothing."""

import contextlib
import random
import threading
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta

import structlog

from api.peers import is_for_all
from data.connectors.errors import NotInTime, PeerError, TryLater
from data.leases import Lease
from triage.errors import ModelUnusable, StoreUnusable, TriageError
from triage.retries import is_given_up, wait_before_next

__all__ = ["HeldLeases", "Interval", "Worker", "wait_of"]

LOOK_EVERY_SECONDS = 1.0
"""How often one of the threads looks for what has become due; what has just come is worked on at once."""

REST_SECONDS = 5.0
"""How long to wait after an error that concerns everything, such as a database that is gone."""

SETTLED_SECONDS = 15.0
"""What did not answer in time is done, or never will be, after so long: only then is it looked at again."""


class Interval:
    """Tells a worker whether it is time: most of what is done now and then is not due every second.

    Args:
        first_after_seconds: from now on.
        every_seconds: from then on.
        clock: seconds that only grow.
    """

    def __init__(self, first_after_seconds: float, every_seconds: float, clock: Callable[[], float]) -> None:
        self._every_seconds = every_seconds
        self._clock = clock
        self._next = clock() + first_after_seconds

    def is_over(self) -> bool:
        """Whether it is time; if so, the next one begins."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self._every_seconds
        return True


class Worker:
    """Some threads with the same work.

    Args:
        name: of the threads, and in the log.
        work: does what is due as of a moment, and says how much that was; called by several threads at once.
        n_threads: that work.
    """

    def __init__(self, name: str, work: Callable[[datetime], int], n_threads: int = 1) -> None:
        self._name = name
        self._work = work
        self._n_threads = n_threads
        self._is_stopped = threading.Event()
        self._has_come = threading.Condition()
        self._n_called = 0
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins to work."""
        self._is_stopped.clear()
        self._threads = [
            threading.Thread(target=self._run, name=f"{self._name}-{n}", daemon=True) for n in range(self._n_threads)
        ]
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Says that there is something to do. One thread looks: all at once would look at the same and find nothing."""
        with self._has_come:
            self._n_called = min(self._n_called + 1, self._n_threads)
            self._has_come.notify()

    def stop(self) -> None:
        """Lets them finish what they have begun, and waits for that."""
        self._is_stopped.set()
        with self._has_come:
            self._has_come.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            try:
                n_done = self._work(datetime.now(UTC))
            except Exception as error:  # noqa: BLE001  (the thread lives on, and the log says why it rests)
                detail = str(error) if isinstance(error, StoreUnusable | ModelUnusable) else ""
                log = structlog.get_logger(__name__)
                # without the traceback's message, which may hold what a ticket says
                log.error("worker_failed", worker=self._name, kind=type(error).__name__, detail=detail)  # noqa: TRY400
                self._is_stopped.wait(REST_SECONDS)
            else:
                if n_done:
                    self.wake()  # where something was due there may be more
                else:
                    self._wait()

    def _wait(self) -> None:
        with self._has_come:
            self._has_come.wait_for(self._is_called, timeout=LOOK_EVERY_SECONDS * self._n_threads)
            self._n_called = max(self._n_called - 1, 0)

    def _is_called(self) -> bool:
        return self._n_called > 0 or self._is_stopped.is_set()


class HeldLeases:
    """The leases of what is at work: they are short, so that little waits for a killed process, and renewed in time.

    Args:
        renew: prolongs leases until a moment.
        duration: of a lease.
    """

    def __init__(self, renew: Callable[[Collection[Lease], datetime], object], duration: timedelta) -> None:
        self._renew = renew
        self._duration = duration
        self._lock = threading.Lock()
        self._until: dict[Lease, datetime] = {}

    @contextlib.contextmanager
    def held(self, lease: Lease) -> Iterator[None]:
        """Keeps a lease from running out until the work is done."""
        with self._lock:
            self._until[lease] = lease.until
        try:
            yield
        finally:
            with self._lock:
                del self._until[lease]

    def work(self, now: datetime) -> int:
        """Renews those that have run for a third of their time; leaves nothing to do until they have again.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        until = now + self._duration
        with self._lock:
            late = [lease for lease, ends_at in self._until.items() if until - ends_at > self._duration / 3]
        if late:
            self._renew(late, until)
            with self._lock:
                self._until |= {lease: until for lease in late if lease in self._until}
        return 0


def wait_of(lease: Lease, error: TriageError, now: datetime) -> timedelta | None:
    """How long to wait after an error; None where it is given up."""
    if not isinstance(error, TryLater) and not (isinstance(error, PeerError) and is_for_all(error)):
        return None
    if is_given_up(lease.n_attempts, now - lease.since):
        return None
    asked = error.retry_after_seconds if isinstance(error, TryLater) else None
    if isinstance(error, NotInTime):
        asked = SETTLED_SECONDS
    return wait_before_next(lease.n_attempts, jitter=random.random, retry_after_seconds=asked)
