"""How long to wait before something that failed is tried again, and when to give it up.

Exponential back-off with full jitter: the longest wait doubles with every attempt, and the wait is any part of it, so
that what failed together does not come back together
(https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
"""

from collections.abc import Callable
from datetime import timedelta

__all__ = ["FIRST_WAIT", "LONGEST_WAIT", "MOST_ATTEMPTS", "wait_before_next"]

FIRST_WAIT = timedelta(seconds=5)
"""The longest wait after the first attempt."""

LONGEST_WAIT = timedelta(hours=1)
"""The longest wait after any attempt, beside what the other side asks for."""

MOST_ATTEMPTS = 12
"""So many are made, over an hour and a quarter on average; then somebody has to look."""

_LONGEST_ASKED_SECONDS = 86_400.0


def wait_before_next(
    n_attempts: int, *, jitter: Callable[[], float], retry_after_seconds: float | None = None
) -> timedelta | None:
    """How long to wait before the next attempt; None where there is to be none.

    Args:
        n_attempts: that were made, one or more.
        jitter: gives a random number from 0 to 1, such as `random.random`.
        retry_after_seconds: what the other side asked to wait at least, as in `Retry-After`; a day counts at most.
    """
    if n_attempts >= MOST_ATTEMPTS:
        return None
    longest: timedelta = min(FIRST_WAIT * 2 ** (n_attempts - 1), LONGEST_WAIT)
    wait = jitter() * longest
    if retry_after_seconds is not None:
        # beside the wait and not instead of it: everybody was asked to come back at the same moment
        wait += timedelta(seconds=min(max(0.0, retry_after_seconds), _LONGEST_ASKED_SECONDS))
    return wait
