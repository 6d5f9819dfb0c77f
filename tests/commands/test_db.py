"""The database on the command line."""

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from commands.db import app
from data.database import open_database
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

    assert (first, again) == ({"upgraded": True}, {"upgraded": False})


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
