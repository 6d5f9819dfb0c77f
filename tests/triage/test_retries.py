"""How long something that failed waits, and when it is given up."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from triage.retries import (
    LONGEST_PAUSE_SECONDS,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    MOST_FAILURES,
    OUTCOMES,
    PATIENCE,
    PAUSE_SECONDS,
    Breaker,
    is_given_up,
    wait_before_next,
)


def always(share: float) -> Callable[[], float]:
    """The same random number every time."""
    return lambda: share


@pytest.mark.parametrize(
    ("n_attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (9, 1280), (10, 2560), (11, 3600), (12, 3600), (9999, 3600)]
)
def test_the_longest_wait_doubles_up_to_an_hour(n_attempts: int, seconds: int) -> None:
    """Whoever is down is not asked all the time, and whoever is back is asked soon."""
    assert wait_before_next(n_attempts, jitter=always(1.0)) == timedelta(seconds=seconds)


def test_waits_lie_anywhere_below_the_longest() -> None:
    """What failed together must not come back together."""
    spread = Random(7)  # noqa: S311  (nobody gains by guessing it)

    waits = [wait_before_next(11, jitter=spread.random) for _ in range(400)]

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


@pytest.mark.parametrize(
    ("n_attempts", "age", "is_over"),
    [
        (MOST_ATTEMPTS - 1, PATIENCE * 9, False),
        (MOST_ATTEMPTS, PATIENCE - timedelta(seconds=1), False),
        (MOST_ATTEMPTS, PATIENCE, True),
        (500, timedelta(hours=60), False),
    ],
)
def test_only_what_is_old_and_was_tried_often_is_given_up(n_attempts: int, age: timedelta, is_over: bool) -> None:
    """A system that is down from Friday evening to Monday morning costs nothing, however often it was asked."""
    assert is_given_up(n_attempts, age) is is_over


def test_a_system_that_fails_now_and_then_is_asked_all_the_same() -> None:
    """A third of failures is a bad day and no outage; a pause for each would bring everything to a halt."""
    breaker = Breaker()

    for n in range(300):
        assert breaker.begin(float(n))
        breaker.failed(float(n)) if n % 3 else breaker.answered()

    assert not breaker.rests(300.0)


def test_a_system_that_hardly_ever_answers_is_left_alone_and_then_asked_once() -> None:
    """It has enough to do; and one attempt is enough to find out that it is back."""
    breaker = Breaker()
    for _ in range(OUTCOMES - MOST_FAILURES):
        breaker.answered()
    for _ in range(MOST_FAILURES - 1):
        breaker.failed(0.0)
    assert breaker.begin(0.0)
    breaker.failed(0.0)

    assert not breaker.begin(PAUSE_SECONDS - 1)
    assert (breaker.begin(PAUSE_SECONDS), breaker.begin(PAUSE_SECONDS)) == (True, False)
    breaker.failed(PAUSE_SECONDS + 1)
    assert breaker.rests(2 * PAUSE_SECONDS)
    assert breaker.begin(2 * PAUSE_SECONDS + 1)
    breaker.answered()
    assert breaker.begin(2 * PAUSE_SECONDS + 1)
    breaker.failed(2 * PAUSE_SECONDS + 1)
    assert not breaker.rests(2 * PAUSE_SECONDS + 2)


def test_a_probe_that_never_comes_back_holds_up_nobody_for_ever() -> None:
    """Its worker may have been killed."""
    breaker = Breaker()
    for _ in range(OUTCOMES):
        breaker.failed(0.0)

    assert breaker.begin(PAUSE_SECONDS)
    assert breaker.begin(2 * PAUSE_SECONDS)


@pytest.mark.parametrize(("asked", "pause"), [(7.0, 7.0), (1e9, LONGEST_PAUSE_SECONDS)])
def test_a_system_that_says_when_to_come_back_is_left_alone_until_then(asked: float, pause: float) -> None:
    """Its limit holds for all that is asked of it; and one that says a century is mistaken."""
    breaker = Breaker()
    breaker.failed(0.0, asked)
    breaker.answered()

    assert breaker.rests(pause - 1)
    assert breaker.begin(pause)
