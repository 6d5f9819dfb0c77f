"""Serving processes for tests, as a supervisor starts and stops them."""

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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data import keys
from data.database import open_database, writing
from data.schema import upgrade

PATIENCE_SECONDS = 60


@dataclass
class Served:
    """A serving process.

    Attributes:
        process: itself; the parent where there are several.
        port: of 127.0.0.1.
        log: the file that it writes.
    """

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Sends a signal and waits: its exit code, and how many seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS), time.monotonic() - begun

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged so far, without what it has said to people."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def connect(self) -> contextlib.closing[http.client.HTTPConnection]:
        """A connection that is kept."""
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30))

    def ask(
        self,
        method: str,
        path: str,
        key: str | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and answer of one request on a connection of its own."""
        with self.connect() as connection:
            sent = {
                "Content-Type": "application/json",
                **({} if key is None else {"X-API-Key": key}),
                **(headers or {}),
            }
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            with connection.getresponse() as answer:
                text = answer.read().decode()
                return answer.status, json.loads(text) if "json" in answer.headers["content-type"] else text


@contextlib.contextmanager
def serving(log: Path, *words: str, **environment: str) -> Iterator[Served]:
    """A process that serves the home of this environment on a free port, from its first answer on."""
    command = [sys.executable, "-m", "commands", "serve", "--port", "0", *words]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, env=os.environ | environment, stderr=written, stdout=written, start_new_session=True
        )
    try:
        yield Served(process, _port(process, log), log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while "startup complete" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.01)
    return int(re.findall(r"http://127\.0\.0\.1:(\d+)", log.read_text())[0])


def new_key(database: str, *scopes: str) -> str:
    """A key of an installation, whose tables are made where they are missing."""
    engine = open_database(database)
    upgrade(engine)
    with writing(engine) as connection:
        _, key = keys.create(connection, "-".join(scopes), scopes, datetime.now(UTC))
    engine.dispose()
    return key


@dataclass
class Load:
    """Clients that ask for scores over kept connections, one request after the other, until they are told to stop.

    Attributes:
        port: whom they ask.
        key: that they send.
        answers: what they got, by the number of the ticket.
        broken: connections that broke in the middle of a request, each with the ticket's number.
        refused: connections that were not accepted.
        closing: answers that asked to connect anew.
    """

    port: int
    key: str
    answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    broken: list[tuple[str, str]] = field(default_factory=list)
    refused: int = 0
    closing: int = 0

    def __post_init__(self) -> None:
        self.is_over = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(n,)) for n in range(8)]

    @property
    def failed(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """What was answered otherwise than it should be."""
        return {ticket: answer for ticket, answer in self.answers.items() if answer[0] != 200}

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """They ask while this lasts."""
        for thread in self._threads:
            thread.start()
        try:
            while len(self.answers) < 50:
                assert any(thread.is_alive() for thread in self._threads), self.broken
                time.sleep(0.01)
            yield
        finally:
            self.end()

    def end(self) -> None:
        """They finish their requests, and ask no more."""
        self.is_over.set()
        for thread in self._threads:
            thread.join(30)

    def _client(self, n: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        number = 0
        while not self.is_over.is_set():
            number += 1
            ticket = f"T{n}-{number}"
            try:
                if connection.sock is None:
                    connection.connect()
            except OSError:
                self.refused += 1
                return
            try:
                self._ask(connection, ticket)
            except (OSError, http.client.HTTPException) as error:
                self.broken.append((ticket, repr(error)))
                connection.close()
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, ticket: str) -> None:
        headers = {"X-API-Key": self.key, "Content-Type": "application/json"}
        connection.request("POST", "/v1/score", json.dumps({"id": ticket, "subject": "vpn tunnel drops"}), headers)
        with connection.getresponse() as answer:
            self.closing += answer.headers["connection"] == "close"
            self.answers[ticket] = answer.status, json.loads(answer.read())
