"""Threads that work beside the requests: each asks its work for what is due, and waits while there is nothing."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from triage.errors import ModelUnusable, StoreUnusable

__all__ = ["Worker"]

LOOK_EVERY_SECONDS = 1.0
"""How often what has become due is looked for; what has just come is worked on at once."""

REST_SECONDS = 5.0
"""How long to wait after an error that concerns everything, such as a database that is gone."""


class Worker:
    """One thread.

    Args:
        name: of the thread, and in the log.
        work: does what is due as of a moment, and says how much that was.
    """

    def __init__(self, name: str, work: Callable[[datetime], int]) -> None:
        self._name = name
        self._work = work
        self._is_stopped = threading.Event()
        self._has_come = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to work."""
        self._is_stopped.clear()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Says that there is something to do."""
        self._has_come.set()

    def stop(self) -> None:
        """Lets it finish what it has begun, and waits for that."""
        self._is_stopped.set()
        self._has_come.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            self._has_come.clear()
            try:
                n_done = self._work(datetime.now(UTC))
            except Exception as error:  # noqa: BLE001  (the thread lives on, and the log says why it rests)
                detail = str(error) if isinstance(error, StoreUnusable | ModelUnusable) else ""
                log = structlog.get_logger(__name__)
                # without the traceback's message, which may hold what a ticket says
                log.error("worker_failed", worker=self._name, kind=type(error).__name__, detail=detail)  # noqa: TRY400
                self._is_stopped.wait(REST_SECONDS)
            else:
                if n_done == 0:
                    self._has_come.wait(LOOK_EVERY_SECONDS)
