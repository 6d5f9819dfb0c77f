"""Several processes on PostgreSQL: one stops as many do, is counted as one, and changes its model as one."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from data.database import open_database, reading
from data.tables import predictions
from models.journal import write_entry
from models.registry import serve_version
from tests.api.test_metrics import value
from tests.commands.servers import Load, Served, new_key, serving
from tests.data.stores.conftest import postgres_url as databases
from triage.settings import read_settings

postgres_url = databases
N_WORKERS = 2


@pytest.fixture
def database(home: Path, bundle: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A PostgreSQL database with tables, beside a home in which 2 took the place of 1."""
    bundles = home / "models"
    for before, version in ((None, "1"), ("1", "2")):
        serve_version(bundles, version, bundle)
        write_entry(bundles, "promoted", version, before=before)
    monkeypatch.setenv("TRIAGE_DATABASE_URL", postgres_url)
    yield postgres_url
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()


def in_each(asked: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float = 5.0) -> bool:
    """Whether within so many seconds forty answers in a row, each on a new connection, are as wanted."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if all(wanted(asked()) for _ in range(40)):
            return True
    return False


def test_several_processes_stop_count_and_change_as_one(database: str, tmp_path: Path) -> None:
    """One load from the first request to the last: scrape, change of model, a process that dies, the end."""
    key = new_key(database, "score", "read", "admin")
    with serving(tmp_path / "log", "--workers", str(N_WORKERS), "--drain-seconds", "1.5") as served:
        _until_all_started(served)
        load = Load(served.port, key)
        with load.running():
            # a promotion is seen by every process, the idle one too
            changed = served.ask("POST", "/v1/models/rollback", key)
            is_seen = in_each(lambda: served.ask("GET", "/readyz")[1]["model_version"], lambda v: v == "1")
            n_before = len(load.answers)
            text = served.ask("GET", "/metrics", key)[1]
            time.sleep(1.5)
            told = served.ask("GET", "/metrics", key)[1]
            load.end()
        n_counted = _n_scored(served.ask("GET", "/metrics", key)[1])

        # one of them dies: what it has counted stays, what it said of itself does not
        os.kill(_children(served)[0], signal.SIGKILL)
        time.sleep(1.0)
        _until_all_started(served, N_WORKERS + 1)
        time.sleep(1.5)
        after = served.ask("GET", "/metrics", key)[1]

        last = Load(served.port, key)
        with last.running():
            served.process.send_signal(signal.SIGTERM)
            time.sleep(0.9)
            is_stopping = served.ask("GET", "/readyz")
            last.end()
        code = served.process.wait(30)

    assert changed == (200, {"champion": "1", "before": "2", "objections": [], "notes": []})
    assert is_seen
    assert _n_scored(text) >= n_before - N_WORKERS * 8
    assert value(told, "triage_model_processes", version="1") == N_WORKERS
    assert value(told, "triage_model_processes", version="2") == 0
    assert n_counted == len(load.answers)
    assert _n_scored(after) == n_counted
    assert value(after, "triage_model_processes", version="1") == N_WORKERS
    for ended in (load, last):
        assert (ended.broken, ended.refused, ended.failed) == ([], 0, {})
    assert (is_stopping[0], is_stopping[1]["status"]) == (503, "stopping")
    assert code == 0
    assert "Traceback" not in served.log.read_text()
    assert not {"thread_ended", "left_at_the_limit", "process_ended"} & {line["event"] for line in served.lines()}
    assert _versions_stored(database) >= {
        (ticket, answer["model"]["version"]) for each in (load, last) for ticket, (_, answer) in each.answers.items()
    }
    assert not list((read_settings().home / "metrics").iterdir())


def _until_all_started(served: Served, n: int = N_WORKERS) -> None:
    give_up = time.monotonic() + 60
    while served.log.read_text().count("startup complete") < n:
        assert time.monotonic() < give_up, served.log.read_text()
        time.sleep(0.05)


def _children(served: Served) -> list[int]:
    """The processes that serve."""
    return [line["pid"] for line in _started(served)]


def _started(served: Served) -> list[dict[str, int]]:
    words = "Started server process ["
    return [
        {"pid": int(line["event"].removeprefix(words).rstrip("]"))}
        for line in served.lines()
        if line["event"].startswith(words)
    ]


def _n_scored(text: str) -> int:
    return int(value(text, "triage_http_requests_total", route="/v1/score", method="POST", status="200") or 0)


def _versions_stored(database: str) -> set[tuple[str, str]]:
    engine = open_database(database)
    with reading(engine) as connection:
        rows = connection.execute(select(predictions.c.ticket_id, predictions.c.model_version))
        found = {(row[0], row[1]) for row in rows}
    engine.dispose()
    return found
