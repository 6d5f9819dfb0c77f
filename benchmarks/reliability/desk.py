"""The desk that is killed: a model that is sure of two words, a database, a ticketing system, and the service."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, select
from sqlalchemy import text as sql

from benchmarks.reliability.peer import texts_of
from benchmarks.serving.processes import free_port, serving
from benchmarks.sizes.models import TRAINED_AT, serve_model
from data.database import open_database, reading
from data.schema import upgrade
from data.tables import deliveries, outbox, predictions, tickets
from triage.batch import Head
from triage.ensemble import Blend
from triage.familiarity import Familiarity, Floors
from triage.features import TermView
from triage.model import TriageModel

__all__ = ["Desk", "Service", "opened_desk"]

SECRET = "a secret of the benchmark"  # noqa: S105 - of nobody
SOURCES = """
[sources.desk]
system = "freshservice"
url = "{url}"
mode = "auto"
blind_share = 0.0
allow_plain_http = true
credentials = {{ api_key = "DESK_KEY" }}
webhook_secrets = ["DESK_HOOK"]
account = ["triage"]
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """An installation and its ticketing system.

    Attributes:
        home: of the installation.
        url: of its database.
        engine: of the same.
        peer_port: where the ticketing system listens.
        port: where the service does.
        n_workers: its processes.
    """

    home: Path
    url: str
    engine: Engine
    peer_port: int
    port: int
    n_workers: int

    def ask_peer(self, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
        """What the ticketing system says for itself."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.peer_port, timeout=60)) as connection:
            connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
            return json.loads(connection.getresponse().read())

    def n_written(self) -> int:
        """How many changes are settled as written."""
        with reading(self.engine) as connection:
            counted = sql("SELECT count(*) FROM outbox WHERE state = 'written'")
            return int(connection.execute(counted).scalar_one())

    def rows(self) -> Mapping[str, list[Any]]:
        """What the database has: tickets, scored tickets, and the ends of deliveries and changes."""
        with reading(self.engine) as connection:
            return {
                "tickets": list(connection.scalars(select(tickets.c.id))),
                "scored": list(connection.scalars(select(predictions.c.ticket_id))),
                "deliveries": [tuple(row) for row in connection.execute(_ends(deliveries))],
                "outbox": [tuple(row) for row in connection.execute(_ends(outbox))],
            }

    def environment(self) -> dict[str, str]:
        """What the service is told."""
        return os.environ | {
            "TRIAGE_HOME": str(self.home),
            "TRIAGE_DATABASE_URL": self.url,
            "TRIAGE_SOURCES": str(self.home / "triage.toml"),
            "DESK_KEY": "key",
            "DESK_HOOK": SECRET,
        }


def _ends(table: Any) -> Any:  # noqa: ANN401 - a table, and a question about it
    return select(table.c.reference, table.c.state, table.c.n_attempts, table.c.last_error)


class Service:
    """`triage serve`, which may be killed with all its processes and started again."""

    def __init__(self, desk: Desk, log: Path) -> None:
        self._desk = desk
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Service":
        """Serves until the end."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves no process behind."""
        self.kill()

    def start(self) -> None:
        """Begins to serve, sooner or later."""
        command = [sys.executable, "-m", "commands", "serve", "--port", str(self._desk.port)]
        command += ["--workers", str(self._desk.n_workers)] if self._desk.n_workers > 1 else []
        with self._log.open("ab") as written:
            self._process = subprocess.Popen(
                command, env=self._desk.environment(), stdout=written, stderr=written, start_new_session=True
            )

    def kill(self) -> None:
        """Ends all its processes, whatever they are doing."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def wait(self, seconds: float = 60) -> None:
        """Waits until it answers.

        Raises:
            TimeoutError: it does not.
        """
        give_up = time.monotonic() + seconds
        while not self._answers():
            if time.monotonic() > give_up:
                raise TimeoutError(self._log.read_text(encoding="utf-8", errors="replace")[-2_000:])
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._desk.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@contextlib.contextmanager
def opened_desk(folder: Path, url: str | None = None, n_workers: int = 1) -> Iterator[Desk]:
    """A desk whose system answers well; nothing serves it yet.

    Args:
        folder: an empty one, for all it needs.
        url: of an empty database; a file in the folder where there is none.
        n_workers: processes that will serve.
    """
    home = folder / "home"
    home.mkdir()
    serve_model(home, _model())
    peer_port = free_port()
    (home / "triage.toml").write_text(SOURCES.format(url=f"http://127.0.0.1:{peer_port}"), encoding="utf-8")
    url = url or f"sqlite:///{home / 'triage.db'}"
    engine = open_database(url)
    upgrade(engine)
    command = [sys.executable, "-m", "benchmarks.reliability.peer", "--port", str(peer_port)]
    try:
        with serving(command, port=peer_port, ready_path="/state", log=folder / "peer.log"):
            yield Desk(home, url, engine, peer_port, free_port(), n_workers)
    finally:
        engine.dispose()


def _model() -> TriageModel:
    """Sure of the group by the words that tickets have."""
    words = [sorted(texts_of(number)[0].split()) for number in (0, 1)]
    terms = [*words[0], *words[1]]
    view = TermView(terms, np.ones(len(terms)))
    labels = tuple(texts_of(number)[1] for number in (0, 1))
    weights = np.array([[8.0, -8.0]] * len(words[0]) + [[-8.0, 8.0]] * len(words[1]), dtype=np.float32)
    return TriageModel(
        version="1",
        trained_at=TRAINED_AT,
        view=view,
        heads=(Head("assignment_group", labels, (0.8, 0.8), "auto"),),
        weights=weights,
        intercepts=np.zeros(2),
        blends=(Blend(np.ones((1, 2)), np.zeros(2)),),
        familiarity=Familiarity(view, Floors(common_idf=0.0, common_ratio=0.0, content_ratio=0.0)),
    )
