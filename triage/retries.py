"""How long to wait before something that failed is tried again, when to give it up, and when to leave a system alone.

Exponential back-off with full jitter: the longest wait doubles with every attempt, and the wait is any part of it, so
that what failed together does not come back together
(https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
"""

import threading
from collections import deque
from collections.abc import Callable
from datetime import timedelta

__all__ = ["FIRST_WAIT", "LONGEST_WAIT", "MOST_ATTEMPTS", "PATIENCE", "Breaker", "is_given_up", "wait_before_next"]

FIRST_WAIT = timedelta(seconds=5)
"""The longest wait after the first attempt."""

LONGEST_WAIT = timedelta(hours=1)
"""The longest wait after any attempt, beside what the other side asks for."""

MOST_ATTEMPTS = 12
"""So many are made at least, over an hour and a quarter on average."""

PATIENCE = timedelta(days=3)
"""Nothing is given up before it is so old: a system that is down over a weekend costs nothing."""

OUTCOMES = 20
"""So many of a system's last outcomes are looked at."""

MOST_FAILURES = 18
"""Of these; a system that fails more often is left alone, as it has enough to do."""

PAUSE_SECONDS = 15.0
"""How long a system is left alone; then one attempt finds out whether it is back."""

LONGEST_PAUSE_SECONDS = 3600.0
"""How long a system is left alone at most because it asked for that; then it is asked once."""

_LONGEST_ASKED_SECONDS = 86_400.0


def wait_before_next(
    n_attempts: int, *, jitter: Callable[[], float], retry_after_seconds: float | None = None
) -> timedelta:
    """How long to wait before the next attempt.

    Args:
        n_attempts: that were made, one or more.
        jitter: gives a random number from 0 to 1, such as `random.random`.
        retry_after_seconds: what the other side asked to wait at least, as in `Retry-After`; a day counts at most.
    """
    longest: timedelta = min(FIRST_WAIT * 2 ** min(n_attempts - 1, 30), LONGEST_WAIT)
    wait = jitter() * longest
    if retry_after_seconds is not None:
        # beside the wait and not instead of it: everybody was asked to come back at the same moment
        wait += timedelta(seconds=min(max(0.0, retry_after_seconds), _LONGEST_ASKED_SECONDS))
    return wait


def is_given_up(n_attempts: int, age: timedelta) -> bool:
    """Whether no further attempt is made: only after many, and not for days."""
    return n_attempts >= MOST_ATTEMPTS and age >= PATIENCE


class Breaker:
    """Whether a system is asked at a moment, by how it has answered lately; safe to share between threads.

    A system that hardly ever answers is left alone for a while, and so is one that says when to come back. Then one
    attempt is let through, and the others wait for what comes of it. Moments are seconds of a clock that only grows.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._has_failed: deque[bool] = deque(maxlen=OUTCOMES)
        self._is_open = False
        self._rests_until = float("-inf")

    def rests(self, at: float) -> bool:
        """Whether it is left alone at this moment."""
        return at < self._rests_until

    def begin(self, at: float) -> bool:
        """Whether an attempt may begin; the others wait for this one where the system has failed until now."""
        with self._lock:
            if self.rests(at):
                return False
            if self._is_open:
                self._rests_until = at + PAUSE_SECONDS
            return True

    def answered(self) -> None:
        """An attempt was answered, if only by a refusal."""
        with self._lock:
            self._has_failed.append(False)
            if self._is_open:
                self._is_open = False
                self._has_failed.clear()
                self._rests_until = float("-inf")

    def failed(self, at: float, retry_after_seconds: float | None = None) -> None:
        """An attempt failed; the system may have said when it wants to be asked again."""
        with self._lock:
            self._has_failed.append(True)
            pause = min(retry_after_seconds or 0.0, LONGEST_PAUSE_SECONDS)
            if self._is_open or sum(self._has_failed) >= MOST_FAILURES:
                self._is_open = True
                pause = max(pause, PAUSE_SECONDS)
            self._rests_until = max(self._rests_until, at + pause)
