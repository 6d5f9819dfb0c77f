"""Threads beside the requests: a slow one holds up no other, and a short lease lasts as long as the work."""

import threading
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from api.workers import HeldLeases, Interval, Worker, wait_of
from data.connectors.errors import Gone, NotInTime, PeerError, Refused, TryLater
from data.leases import Lease
from triage.errors import StoreUnusable
from triage.retries import MOST_ATTEMPTS, PATIENCE

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
DURATION = timedelta(seconds=30)
PATIENCE_SECONDS = 20.0


def lease(id_: int = 1, n_attempts: int = 1) -> Lease:
    """A lease that was given now, of a row that was put there now."""
    return Lease(id_, f"token {id_}", NOW + DURATION, n_attempts, NOW)


def test_an_interval_is_over_once_each_time() -> None:
    """A job that is asked for every second must not be done every second, nor only once."""
    seconds = [100.0]
    interval = Interval(5, 60, lambda: seconds[0])

    found = []
    for moment in (100.0, 104.9, 105.0, 105.1, 164.9, 165.0, 500.0, 500.1, 560.0):
        seconds[0] = moment
        found.append(interval.is_over())

    assert found == [False, False, True, False, False, True, True, False, True]


def test_one_slow_piece_of_work_holds_up_no_other() -> None:
    """A system that takes ten seconds for one ticket would make a thousand wait."""
    pieces, guard = [1, 2, 3, 4], threading.Lock()
    is_slow_one_free, are_others_done = threading.Event(), threading.Event()
    done: list[int] = []

    def work(_: datetime) -> int:
        with guard:
            if not pieces:
                return 0
            piece = pieces.pop(0)
        if piece == 1:
            is_slow_one_free.wait(PATIENCE_SECONDS)
        with guard:
            done.append(piece)
        if len(done) == 3:
            are_others_done.set()
        return 1

    worker = Worker("test", work, n_threads=2)
    worker.start()
    were_others_done = are_others_done.wait(PATIENCE_SECONDS)
    is_slow_one_free.set()
    worker.stop()

    assert were_others_done
    assert done == [2, 3, 4, 1]


def test_a_worker_outlives_what_it_meets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is gone for a minute must not end the thread for ever."""
    monkeypatch.setattr("api.workers.REST_SECONDS", 0.0)
    monkeypatch.setattr("api.workers.LOOK_EVERY_SECONDS", 0.0)
    errors = [StoreUnusable("The database is busy."), ValueError("what a ticket says")]
    is_working_again = threading.Event()

    def work(_: datetime) -> int:
        if errors:
            raise errors.pop()
        is_working_again.set()
        return 0

    worker = Worker("test", work)
    worker.start()

    assert is_working_again.wait(PATIENCE_SECONDS)
    worker.stop()


def test_what_has_come_is_worked_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next look."""
    monkeypatch.setattr("api.workers.LOOK_EVERY_SECONDS", 3600.0)
    looked, come = threading.Semaphore(0), threading.Event()

    def work(_: datetime) -> int:
        looked.release()
        return 0

    worker = Worker("test", work)
    worker.start()
    assert looked.acquire(timeout=PATIENCE_SECONDS)
    come.wait(0.05)  # it waits by now
    worker.wake()

    assert looked.acquire(timeout=PATIENCE_SECONDS)
    worker.stop()


def test_one_thread_looks_for_what_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve that look for the same ticket take twelve times the processor, and eleven find nothing."""
    monkeypatch.setattr("api.workers.LOOK_EVERY_SECONDS", 3600.0)
    looked, pause = threading.Semaphore(0), threading.Event()

    def work(_: datetime) -> int:
        looked.release()
        return 0

    worker = Worker("test", work, n_threads=4)
    worker.start()
    assert all(looked.acquire(timeout=PATIENCE_SECONDS) for _ in range(4))
    pause.wait(0.1)  # all of them wait by now
    worker.wake()

    assert looked.acquire(timeout=PATIENCE_SECONDS)
    assert not looked.acquire(timeout=0.2)
    worker.stop()


def test_where_something_was_due_the_others_look_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an outage much is due at once, and nobody says so."""
    monkeypatch.setattr("api.workers.LOOK_EVERY_SECONDS", 3600.0)
    looked, pause, have_met = threading.Semaphore(0), threading.Event(), threading.Event()
    together = threading.Barrier(2, action=have_met.set)
    pieces: list[int] = []

    def work(_: datetime) -> int:
        try:
            piece = pieces.pop()
        except IndexError:
            looked.release()
            return 0
        if piece < 2:  # only two threads get on from here
            together.wait(PATIENCE_SECONDS)
        return 1

    worker = Worker("test", work, n_threads=2)
    worker.start()
    assert all(looked.acquire(timeout=PATIENCE_SECONDS) for _ in range(2))
    pause.wait(0.1)  # both wait by now
    pieces += range(3)
    worker.wake()

    assert have_met.wait(PATIENCE_SECONDS)
    worker.stop()


def test_leases_are_renewed_when_a_third_of_their_time_has_run_and_only_while_they_are_held() -> None:
    """Renewing every second would cost a write each; renewing what is done would take it from the next worker."""
    renewed: list[tuple[set[int], datetime]] = []

    def renew(held: Collection[Lease], until: datetime) -> None:
        renewed.append(({each.id for each in held}, until))

    leases = HeldLeases(renew, DURATION)
    with leases.held(lease(1)):
        leases.work(NOW + DURATION / 3)
        assert renewed == []
        late = NOW + DURATION / 2
        with leases.held(lease(2)):
            leases.work(late)
        leases.work(late + DURATION / 4)
        leases.work(late + DURATION / 2)
    leases.work(late + DURATION * 9)

    assert renewed == [({1, 2}, late + DURATION), ({1}, late + DURATION / 2 + DURATION)]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (TryLater("…"), 5),
        (TryLater("…", 60.0), 65),
        (NotInTime("…"), 20),
        (Refused("…", 401), 5),
        (Refused("…", 403), None),
        (Refused("…"), None),
        (Gone("…", 404), None),
    ],
)
def test_only_what_may_work_later_is_tried_again(
    error: PeerError, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal stays one; credentials that have run out are renewed by somebody."""
    monkeypatch.setattr("random.random", lambda: 1.0)

    wait = wait_of(lease(), error, NOW)

    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_what_was_tried_often_and_for_days_is_given_up() -> None:
    """Somebody has to look."""
    tried = lease(n_attempts=MOST_ATTEMPTS)

    assert wait_of(tried, TryLater("…"), NOW + PATIENCE - timedelta(seconds=1)) is not None
    assert wait_of(tried, TryLater("…"), NOW + PATIENCE) is None
