"""A service that is killed in the middle of a load has stored whatever it answered, and nothing twice."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from data import keys
from data.database import open_database, reading, writing
from data.schema import upgrade
from data.tables import predictions, tickets
from models.registry import serve_version
from triage.settings import read_settings

N_TICKETS = 5_000
N_CLIENTS = 16


class Desk:
    """Clients that file tickets until all are answered, each again under its key where the connection broke."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.answered: dict[int, str] = {}
        self._numbers = iter(range(N_TICKETS))
        self._lock = threading.Lock()

    def file(self, port: int) -> list[int]:
        """Files what nobody has filed yet, and gives back what was not answered."""
        lost: list[int] = []
        threads = [threading.Thread(target=self._client, args=(port, self._numbers, lost)) for _ in range(N_CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        return lost

    def file_again(self, port: int, lost: list[int]) -> list[int]:
        """The same with what was not answered."""
        before, self._numbers = self._numbers, iter(lost)
        again = self.file(port)
        self._numbers = before
        return again

    def _client(self, port: int, numbers: Iterator[int], lost: list[int]) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            while (number := self._next(numbers)) is not None:
                try:
                    status, said = self._ask(connection, number)
                except (OSError, http.client.HTTPException):
                    lost.append(number)
                    return
                assert status == 200, said
                self.answered[number] = said

    def _next(self, numbers: Iterator[int]) -> int | None:
        with self._lock:
            return next(numbers, None)

    def _ask(self, connection: http.client.HTTPConnection, number: int) -> tuple[int, str]:
        body = {"id": f"T{number}", "subject": "vpn tunnel drops", "customer_id": f"u{number % 50}"}
        headers = {"X-API-Key": self.key, "Idempotency-Key": f"k{number}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/score", json.dumps(body), headers)
        with connection.getresponse() as answer:
            return answer.status, answer.read().decode()


def serve(home: Path, log: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A serving process of its own, and its port."""
    environment = os.environ | {"TRIAGE_HOME": str(home), "TRIAGE_DATABASE_URL": ""}
    command = [sys.executable, "-m", "commands", "serve", "--port", "0"]
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=environment, stderr=written)
    for _ in count():
        assert process.poll() is None, log.read_text()
        if "startup complete" in (said := log.read_text()):
            break
        time.sleep(0.01)
    (port,) = re.findall(r"http://127\.0\.0\.1:(\d+)", said)
    return process, int(port)


@pytest.fixture
def desk(home: Path, bundle: Path) -> Desk:
    """Clients of an installation that is ready."""
    settings = read_settings()
    serve_version(settings.bundles, "1", bundle)
    engine = open_database(settings.database)
    upgrade(engine)
    with writing(engine) as connection:
        _, key = keys.create(connection, "desk", ["score"], datetime.now(UTC))
    engine.dispose()
    assert home.exists()
    return Desk(key)


def test_whatever_was_answered_is_stored_and_nothing_twice(desk: Desk, home: Path, tmp_path: Path) -> None:
    """Power, memory, an impatient supervisor: nobody asks the service whether it may be killed."""
    process, port = serve(home, tmp_path / "first.log")
    try:
        killer = threading.Thread(target=_kill_at, args=(process, desk, N_TICKETS // 2))
        killer.start()
        lost = desk.file(port)
        killer.join()
        answered_before = set(desk.answered)
    finally:
        process.kill()
        process.wait()
    stored_before = _stored(home)
    process, port = serve(home, tmp_path / "second.log")
    try:
        again = [*desk.file_again(port, lost), *desk.file(port)]
    finally:
        process.kill()
        process.wait()

    assert 0 < len(answered_before) < N_TICKETS
    assert lost
    assert {f"T{number}" for number in answered_before} <= stored_before.keys()
    assert again == []
    assert _stored(home) == {f"T{number}": 1 for number in range(N_TICKETS)}


def _kill_at(process: subprocess.Popen[bytes], desk: Desk, n_answered: int) -> None:
    while len(desk.answered) < n_answered and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)


def _stored(home: Path) -> Counter[str]:
    """Scorings by ticket."""
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    with reading(engine) as connection:
        there = set(connection.scalars(select(tickets.c.id)))
        scored = Counter(connection.scalars(select(predictions.c.ticket_id)))
    engine.dispose()
    assert there == scored.keys()
    return scored
