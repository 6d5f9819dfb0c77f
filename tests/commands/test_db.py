"""The database on the command line."""

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs
from typer.testing import Result

from commands.db import app
from data import schema
from data.database import migrating, open_database
from data.schema import check_version
from triage.errors import InvalidInput, StoreUnusable

Run = Callable[..., Result]


def test_an_upgrade_makes_the_tables(invoke: Run, home: Path) -> None:
    """What `/readyz` tells people to run must help."""
    invoke(app, "upgrade")

    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    check_version(engine)
    engine.dispose()


def test_an_upgrade_says_whether_anything_was_to_be_done(invoke: Run) -> None:
    """A script that restarts the service after an upgrade need not do it every night."""
    first, again = (json.loads(invoke(app, "upgrade", "--json").stdout) for _ in range(2))

    assert (first, again) == ({"upgraded": True, "joined": {}}, {"upgraded": False, "joined": {}})


def test_an_upgrade_says_what_it_brought_together(invoke: Run, home: Path) -> None:
    """There are fewer customers than yesterday, and somebody will ask why."""
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    with migrating(engine) as connection:
        schema._migrate(connection, "0003")
        for id_ in ("ann", "ANN", "Ann"):
            connection.execute(text("INSERT INTO opt_outs VALUES (:id, '2026-11-21 00:00:00.000000')"), {"id": id_})
    engine.dispose()

    with capture_logs():
        done = invoke(app, "upgrade", "--json")

    assert json.loads(done.stdout) == {"upgraded": True, "joined": {"opt_out": 2, "person": 2}}
    assert "Spellings brought together (2 opt-out, 2 person); `joined_spellings` keeps what they were." in done.stderr


def test_a_backup_can_be_read(invoke: Run, tmp_path: Path) -> None:
    """A backup that nobody has opened is a hope."""
    invoke(app, "upgrade")

    invoke(app, "backup", str(tmp_path / "copy.db"))

    with contextlib.closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM tickets").fetchone() == (0,)


def test_a_backup_overwrites_nothing(invoke: Run, tmp_path: Path) -> None:
    """Cron runs it every night under one name, until somebody needs the old one."""
    invoke(app, "upgrade")
    (tmp_path / "copy.db").write_text("")

    with pytest.raises(InvalidInput, match="not overwritten"):
        invoke(app, "backup", str(tmp_path / "copy.db"))


def test_a_backup_of_nothing_is_refused(invoke: Run, tmp_path: Path) -> None:
    """An empty file would look like a backup."""
    with pytest.raises(StoreUnusable, match="no database at"):
        invoke(app, "backup", str(tmp_path / "copy.db"))
