"""How long something that failed waits, and when it is given up."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from triage.retries import LONGEST_WAIT, MOST_ATTEMPTS, wait_before_next


def always(share: float) -> Callable[[], float]:
    """The same random number every time."""
    return lambda: share


@pytest.mark.parametrize(
    ("n_attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (9, 1280), (10, 2560), (11, 3600), (12, None), (99, None)]
)
def test_the_longest_wait_doubles_up_to_an_hour_until_it_is_given_up(n_attempts: int, seconds: int | None) -> None:
    """Whoever is down is not asked all the time, and whoever is back is asked soon."""
    wait = wait_before_next(n_attempts, jitter=always(1.0))

    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_waits_lie_anywhere_below_the_longest() -> None:
    """What failed together must not come back together."""
    spread = Random(7)  # noqa: S311  (nobody gains by guessing it)

    waits = [wait_before_next(11, jitter=spread.random) or LONGEST_WAIT for _ in range(400)]

    assert min(waits) < LONGEST_WAIT / 10
    assert max(waits) > LONGEST_WAIT * 0.9
    assert wait_before_next(11, jitter=always(0.0)) == timedelta(0)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(None, 5), (0, 5), (90, 95), (7200, 7205), (-3, 5), (1e12, 86_405), (float("inf"), 86_405), (float("nan"), 5)],
)
def test_nobody_comes_back_before_they_were_asked_to(asked: float | None, seconds: int) -> None:
    """A system that says how long it is busy means it; one that says a century is mistaken."""
    wait = wait_before_next(1, jitter=always(1.0), retry_after_seconds=asked)

    assert wait == timedelta(seconds=seconds)


def test_what_was_asked_for_does_not_prolong_a_life() -> None:
    """An entry that is refused for ever must come before somebody's eyes."""
    assert wait_before_next(MOST_ATTEMPTS, jitter=always(1.0), retry_after_seconds=1) is None
