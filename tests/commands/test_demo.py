"""The demo, which everybody runs first."""

import io
import os
import re
import socket
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands import demo
from data import users
from data.database import open_database
from tests.conftest import Run
from triage.errors import InvalidInput


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk that is learned in a second."""
    monkeypatch.setattr(demo, "N_TICKETS", 500)
    monkeypatch.setattr(demo, "N_LATER", 60)
    monkeypatch.setattr(demo, "N_WAITING", 20)
    monkeypatch.setattr(demo, "N_DECIDED", 10)


def test_it_goes_through_every_step(run: Run) -> None:
    """Sample, check, train, evaluate, promote, profile, import, score, decide."""
    done = run("demo", "--no-serve")

    home = Path(os.environ["TRIAGE_HOME"])
    assert done.code == 0
    assert home.name == "demo"
    assert (home / "models" / "champion").read_text() == "1\n"
    assert {"desk.csv.gz", "history.csv.gz", "later.csv.gz", "profiles.parquet", "scores.parquet"} <= {
        path.name for path in home.iterdir()
    }
    with sqlite3.connect(home / "triage.db") as database:
        assert database.execute("SELECT count(*) FROM tickets").fetchone() == (500,)
        assert database.execute("SELECT count(*) > 100 FROM changes").fetchone() == (1,)
        assert database.execute("SELECT count(*) FROM predictions").fetchone() == (30,)
        assert database.execute("SELECT count(*) FROM review_queue WHERE waits").fetchone() == (20,)
        assert database.execute(
            "SELECT count(DISTINCT ticket_id), count(DISTINCT reviewer) FROM reviews"
        ).fetchone() == (
            10,
            1,
        )
        assert database.execute("SELECT email, password_hash FROM users").fetchall() == [(demo.REVIEWER, None)]
    assert len((done.out + done.err).splitlines()) < 60  # two screens
    assert "rows read" in (home / "demo.log").read_text()


def test_it_ends_where_a_lead_signs_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines: where, who, and a password that is nowhere else."""
    served: list[list[str]] = []

    def serve(_path: str, words: list[str]) -> None:
        served.append(words[1:])
        raise SystemExit(0)

    monkeypatch.setattr(os, "execv", serve)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    done = run("demo", "--port", port)

    said = re.search(r"Queue     (\S+)\nSign in   (\S+)\nPassword  (\S+)\n\Z", done.out)
    assert said is not None
    assert said[1] == f"http://127.0.0.1:{port}/"
    assert served == [["-m", "commands", "serve", "--port", str(port)]]
    home = Path(os.environ["TRIAGE_HOME"])
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    assert users.sign_in(engine, said[2], said[3], datetime.now(UTC)).role == "lead"
    engine.dispose()
    assert said[3] not in (home / "demo.log").read_text()
    assert said[3] not in done.err


def test_it_touches_nothing_of_the_installation_around_it(run: Run, tmp_path: Path) -> None:
    """A newcomer tries it beside a desk in production, whose `.env` is in the same folder."""
    (tmp_path / ".env").write_text(
        f"TRIAGE_DATABASE_URL=sqlite:///{tmp_path}/production.db\n"
        f"TRIAGE_MLFLOW_TRACKING_URI=sqlite:///{tmp_path}/production-runs.db\n"
    )
    before = set(tmp_path.rglob("*"))

    run("demo", "--no-serve")

    new = {path.relative_to(tmp_path).parts[:2] for path in tmp_path.rglob("*") if path not in before}
    assert new == {("home", "demo")}


def test_it_starts_empty_each_time(run: Run) -> None:
    """Yesterday's desk must not mix with today's."""
    left_over = Path(os.environ["TRIAGE_HOME"]) / "demo" / "left-over"
    left_over.parent.mkdir()
    left_over.touch()

    run("demo", "--no-serve")

    assert not left_over.exists()


def test_a_port_in_use_is_said_before_anything_is_done(run: Run, tmp_path: Path) -> None:
    """Half a minute later would be too late."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("demo", "--port", taken.getsockname()[1])

    assert refused.code == 1
    assert "is in use; choose another with --port" in refused.err
    assert not (tmp_path / "home" / "demo").exists()


def test_what_a_step_printed_is_kept_where_it_fails() -> None:
    """Whoever asks why has nothing else to read."""
    log = io.StringIO()

    def fails() -> None:
        with demo._Steps(log)("train", "triage models train"):
            print("the last words")  # noqa: T201 - as commands do
            raise InvalidInput("No.")

    with pytest.raises(InvalidInput):
        fails()

    assert log.getvalue() == "the last words\n"
