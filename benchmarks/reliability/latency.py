"""How soon a webhook is answered, and how soon its note is there, where everything is well."""

import contextlib
import http.client
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks.reliability.desk import Desk, Service, opened_desk
from benchmarks.reliability.sender import post

__all__ = ["Latency", "latency_of"]

PER_SECOND = 50
N_CLIENTS = 16
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Times in seconds, in rising order.

    Attributes:
        answers: from when a webhook was due until it was answered, at `PER_SECOND`.
        notes: from when a webhook was sent until its note was there, one ticket after the other.
    """

    answers: Sequence[float]
    notes: Sequence[float]


def latency_of(n_answers: int, n_notes: int, *, url: str | None = None, n_workers: int = 1) -> Latency:
    """Sends so many webhooks, first steadily, then one by one; see `survive` for the others."""
    with (
        tempfile.TemporaryDirectory() as folder,
        opened_desk(Path(folder), url, n_workers) as desk,
        Service(desk, Path(folder) / "service.log") as service,
    ):
        service.wait()
        answers = _answered(desk, n_answers)
        _wait_for_notes(desk, n_answers)
        notes = [_noted(desk, number) for number in range(n_answers, n_answers + n_notes)]
    return Latency(sorted(answers), sorted(notes))


def _answered(desk: Desk, n_webhooks: int) -> list[float]:
    """Sends each when it is due, however long the ones before take, so that no wait is left out."""
    begun, numbers, lock = time.perf_counter() + 0.5, count(), threading.Lock()
    found: list[float] = []

    def send() -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)) as connection:
            while True:
                with lock:
                    number = next(numbers)
                if number >= n_webhooks:
                    return
                due = begun + number / PER_SECOND
                time.sleep(max(due - time.perf_counter(), 0.0))
                status = post(connection, number)
                if status != 202:
                    raise RuntimeError(f"A webhook was answered with {status}.")
                found.append(time.perf_counter() - due)

    threads = [threading.Thread(target=send) for _ in range(N_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _wait_for_notes(desk: Desk, n_tickets: int) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while desk.n_written() < n_tickets:
        if time.monotonic() > give_up:
            raise TimeoutError(f"Only {desk.n_written()} of {n_tickets} tickets have their note.")
        time.sleep(0.2)


def _noted(desk: Desk, number: int) -> float:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)) as connection:
        sent_at = time.time()
        post(connection, number)
    _wait_for_notes(desk, number + 1)
    noted_at: float = desk.ask_peer("/state")["tickets"][str(number)][4]
    return noted_at - sent_at
