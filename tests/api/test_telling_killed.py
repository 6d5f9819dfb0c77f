"""A process that is killed between sending and writing that down: the next one sends the same again."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.telling import LEASE
from data import events
from data.connectors.connector import Delivery, Secrets
from data.connectors.standard_webhooks import verify
from data.database import open_database, reading, writing
from data.schema import upgrade
from tests.data.test_subscribers import secret
from tests.triage.test_subscribers import make_subscriber

ROOT = Path(__file__).parents[2]
WORKER = """
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from api.telling import Telling
from data.database import open_database
from data.subscribers import parse_subscribers, receiver_of

database, text, secret, seconds = sys.argv[1:]
(subscriber,) = parse_subscribers(text, "triage.toml")
desk = SimpleNamespace(engine=open_database(database))
telling = Telling(lambda: desk, receiver_of(subscriber, {"WAREHOUSE_SECRET": secret}))
print(telling.work(datetime.now(UTC) + timedelta(seconds=float(seconds))))
"""


class Receiver(ThreadingHTTPServer):
    """Takes messages, and kills whoever sends the first before it is answered."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ids: list[str] = []
        self.sender: subprocess.Popen[str] | None = None


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Verifies a message."""
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        verify(Delivery(headers, body), Secrets(secret()), datetime.now(UTC))
        self.server.ids.append(headers["webhook-id"])
        if len(self.server.ids) == 1:
            assert self.server.sender is not None
            os.kill(self.server.sender.pid, signal.SIGKILL)
            self.server.sender.wait(10)
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """It listens on this machine."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database in which an event waits."""
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    upgrade(engine)
    with writing(engine) as connection:
        events.publish(connection, [make_subscriber()], "model.promoted", "model", {"version": "7"}, datetime.now(UTC))
    yield engine
    engine.dispose()


def test_what_a_killed_process_has_sent_is_sent_again_with_its_id(
    engine: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    """At least once is a promise about crashes, and the receiver tells by the id that it knows the message."""
    text = f"""
[subscribers.warehouse]
url = "http://127.0.0.1:{receiver.server_port}/"
secret = "WAREHOUSE_SECRET"
types = ["model.promoted"]
networks = ["127.0.0.1"]
ports = [{receiver.server_port}]
allow_plain_http = true
"""

    def worker(seconds_from_now: float) -> subprocess.Popen[str]:
        words = [f"sqlite:///{tmp_path / 'triage.db'}", text, secret(), str(seconds_from_now)]
        command = [sys.executable, "-c", WORKER, *words]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    receiver.sender = worker(0)
    killed = receiver.sender.communicate(timeout=60)[0]
    too_early = worker(0).communicate(timeout=60)[0]
    after_the_lease = worker(LEASE.total_seconds() + 60).communicate(timeout=60)[0]

    assert receiver.sender.returncode == -signal.SIGKILL
    assert [killed, too_early, after_the_lease] == ["", "0\n", "1\n"]
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1
    with reading(engine) as connection:
        (event,) = events.listed(connection, None, 10)
    assert (event.progress.state, event.message_id, event.progress.n_attempts) == ("delivered", receiver.ids[0], 2)
