"""A real Request Tracker beside the real service: a new ticket gets its note and its queue, and people win."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from data.database import open_database, reading, writing
from data.outcomes import outcomes_of
from data.schema import upgrade
from data.tables import deliveries, outbox, tickets
from models.policies import TargetPolicy
from models.registry import serve_version, set_version
from tests.data.connectors.deliveries import SECRET
from tests.data.connectors.request_tracker import RIGHTS, RequestTracker, running, why_not_here
from triage.settings import read_settings
from triage.targets import Target

pytestmark = pytest.mark.skipif(why_not_here() is not None, reason=why_not_here() or "")

PATIENCE_SECONDS = 20.0
TICKET = "/REST/2.0/ticket"
SOURCES = """
[sources.rt]
system = "rt"
url = "{url}"
mode = "auto"
blind_share = 0.0
allow_plain_http = true
credentials = {{ token = "RT_TOKEN" }}
webhook_secrets = "RT_HOOK"
account = "triage"
own_fields = {{ tags = "Tags" }}
"""


@dataclass
class Desk:
    """A Request Tracker, and the service that is told by it."""

    tracker: RequestTracker
    home: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def serve(self) -> None:
        """Starts the service on the port that the scrip posts to."""
        environment = os.environ | {
            "TRIAGE_HOME": str(self.home),
            "TRIAGE_DATABASE_URL": "",
            "TRIAGE_SOURCES": str(self.home / "triage.toml"),
            "RT_TOKEN": self.tracker.tokens["triage"],
            "RT_HOOK": SECRET,
        }
        command = [sys.executable, "-m", "commands", "serve", "--port", str(self.port)]
        with self.log.open("ab") as written:
            self.process = subprocess.Popen(command, env=environment, stderr=written)
        begun = self.log.stat().st_size
        self.wait(lambda: b"startup complete" in self.log.read_bytes()[begun:] or None)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends it, whatever it is doing."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(15)

    def wait(self, found: Callable[[], Any]) -> Any:  # noqa: ANN401
        """What is found in the end."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while (answer := found()) is None:
            assert time.monotonic() < give_up, self.log.read_text(encoding="utf-8")
            time.sleep(0.02)
        return answer

    def queue_of(self, person: httpx.Client, id_: str) -> str:
        """Where a ticket is."""
        name: str = person.get(f"{TICKET}/{id_}", params={"fields[Queue]": "Name"}).json()["Queue"]["Name"]
        return name

    def notes_of(self, person: httpx.Client, id_: str) -> list[str]:
        """The comments on a ticket."""
        history = person.get(f"{TICKET}/{id_}/history", params={"fields": "Type,Content", "per_page": 100}).json()
        return [each["id"] for each in history["items"] if each["Type"] == "Comment"]

    def counted(self, table: Any, **values: str) -> int:  # noqa: ANN401
        """Rows of a table that have these values."""
        engine = open_database(f"sqlite:///{self.home / 'triage.db'}")
        with reading(engine) as connection:
            asked = select(func.count()).select_from(table)
            n = connection.scalar(asked.where(*(table.c[name] == value for name, value in values.items())))
        engine.dispose()
        return n or 0


@pytest.fixture
def desk(home: Path, bundle: Path, tmp_path: Path) -> Iterator[Desk]:
    """Both of them, ready, with a model that is sure of what says VPN."""
    settings = read_settings()
    serve_version(settings.bundles, "1", bundle)
    policy = TargetPolicy(Target("assignment_group", mode="auto"), (0.9, 0.9, 0.9), 0.0)
    set_version(settings.bundles, "1", {"assignment_group": policy})
    engine = open_database(settings.database)
    upgrade(engine)
    engine.dispose()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "rt").mkdir()
    with running(tmp_path / "rt", {"triage": RIGHTS}, f"http://127.0.0.1:{port}/v1/hooks/rt", SECRET) as tracker:
        (home / "triage.toml").write_text(SOURCES.format(url=tracker.address), encoding="utf-8")
        desk = Desk(tracker, home, port, tmp_path / "service.log")
        desk.serve()
        yield desk
        desk.kill(signal.SIGTERM)


def test_a_ticket_gets_its_queue_and_its_note_and_people_win(desk: Desk) -> None:
    """From the scrip to the queue, through a move by hand and a kill, at the real system."""
    with desk.tracker.open_as_root() as person:
        first = _file(person)
        desk.wait(lambda: desk.queue_of(person, first) == "Network" or None)
        desk.wait(lambda: desk.counted(outbox, state="written") or None)
        assert len(desk.notes_of(person, first)) == 1

        # a person moves it, and that sticks
        person.put(f"{TICKET}/{first}", json={"Queue": "Service Desk"}).raise_for_status()
        desk.wait(lambda: _outcome(desk, first) == ("Service Desk", "human") or None)
        assert desk.queue_of(person, first) == "Service Desk"

        # the service is killed as soon as the ticket is scored, and writes once all the same
        second = _file(person)
        desk.wait(lambda: desk.counted(tickets, id=second) or None)
        desk.kill()
        desk.serve()
        _let_leases_run_out(desk)
        desk.wait(lambda: len(desk.notes_of(person, second)) or None)
        desk.wait(lambda: desk.counted(outbox, state="written") == 2 or None)

        assert [len(desk.notes_of(person, each)) for each in (first, second)] == [1, 1]
        assert [desk.queue_of(person, each) for each in (first, second)] == ["Service Desk", "Network"]
    assert "triage" not in desk.tracker.mails  # a note is for agents, and no customer gets mail of it


def _file(person: httpx.Client) -> str:
    """A ticket as a customer files it; its number."""
    filed = {
        "Queue": "Service Desk",
        "Subject": "vpn tunnel drops",
        "Content": "wifi is slow",
        "Requestor": "ann.lee@example.org",
    }
    answer = person.post(TICKET, json=filed)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _outcome(desk: Desk, id_: str) -> tuple[str, str] | None:
    engine = open_database(f"sqlite:///{desk.home / 'triage.db'}")
    with reading(engine) as connection:
        found = outcomes_of(connection, id_).get("assignment_group")
    engine.dispose()
    return None if found is None else (found.value, found.provenance)


def _let_leases_run_out(desk: Desk) -> None:
    """The killed process had minutes left; nobody waits for that here."""
    engine = open_database(f"sqlite:///{desk.home / 'triage.db'}")
    with writing(engine) as connection:
        for table in (deliveries, outbox):
            connection.execute(update(table).values(leased_until=None, lease_token=None))
    engine.dispose()
