"""What goes on beside the requests, and how it ends in time."""

import threading
import time
from datetime import datetime

import anyio
import pytest
import structlog
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import running
from api.desk import Desk
from api.scoring_queue import ScoringQueue
from api.workers import Worker
from tests.api.test_metrics import value


def worker(name: str, work: threading.Event, is_held: threading.Event) -> Worker:
    """Holds something until it may let go."""

    def hold(_: datetime) -> int:
        is_held.set()
        work.wait(20)
        return 0

    return Worker(name, hold)


def ended(app: FastAPI, *workers: Worker) -> float:
    """The seconds that the end takes, once all of them hold something."""

    async def begin_and_end() -> float:
        async with running.running(app.state.desk, app.state.queue, workers):
            begun = time.monotonic()
        return time.monotonic() - begun

    return anyio.run(begin_and_end)


def test_a_worker_that_does_not_come_back_keeps_nobody_from_leaving(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ticketing system may take minutes to answer; another process takes over what was held."""
    monkeypatch.setattr(running, "SECONDS_TO_FINISH", 0.3)
    may_go, is_held = threading.Event(), threading.Event()

    with structlog.testing.capture_logs() as lines:
        seconds = ended(app, worker("slow", may_go, is_held))
    may_go.set()

    assert is_held.is_set()
    assert 0.3 <= seconds < 3
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["workers_left"]


def test_what_the_workers_hold_is_finished(app: FastAPI) -> None:
    """All are told at once, so that one does not wait for the other; and they are waited for."""
    finished: list[str] = []
    held = [threading.Event() for _ in range(3)]

    def slowly(name: str, is_held: threading.Event) -> Worker:
        def hold(_: datetime) -> int:
            is_held.set()
            time.sleep(0.5)
            finished.append(name)
            return 0

        return Worker(name, hold)

    seconds = ended(app, *(slowly(str(i), each) for i, each in enumerate(held)))

    assert sorted(finished) == ["0", "1", "2"]
    assert seconds < 1.4


def test_a_process_tells_the_others_what_waits_in_it(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prometheus asks one process, and that one cannot look into the queues of the others."""
    monkeypatch.setattr(running, "TELL_EVERY_SECONDS", 0.01)
    queue: ScoringQueue = app.state.queue
    desk: Desk = app.state.desk
    monkeypatch.setattr(type(queue), "n_waiting", property(lambda _: 7))

    with TestClient(app):
        give_up = time.monotonic() + 5
        while value(desk.metrics.text().decode(), "triage_waiting_tickets") != 7:
            assert time.monotonic() < give_up
            time.sleep(0.01)
    assert client.get("/healthz").status_code == 200
