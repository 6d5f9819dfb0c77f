"""Databases by their URL: transactions, moments, copies, and refusals in one sentence."""

import builtins
import contextlib
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, text

from data.database import (
    backup,
    has_wal_reset_bug,
    open_database,
    reading,
    refuse_workers,
    storable,
    writing,
)
from data.schema import check_version, upgrade
from data.tables import api_keys
from triage.errors import InvalidInput, StoreUnusable


def key_row(id_: str = "one", created_at: datetime = datetime(2026, 11, 21, tzinfo=UTC)) -> dict[str, object]:
    """A row of the plainest table."""
    return {"id": id_, "name": "n", "secret_sha256": "0", "scopes": [], "created_at": created_at}


def test_a_transaction_that_raises_leaves_nothing_behind(engine: Engine) -> None:
    """A ticket without its predictions would look as if nobody had asked."""
    with contextlib.suppress(ZeroDivisionError), writing(engine) as connection:
        connection.execute(insert(api_keys), key_row())
        raise ZeroDivisionError

    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(api_keys)) == 0


def test_moments_come_back_aware_and_in_utc(engine: Engine) -> None:
    """Profiles compare moments from everywhere; a naive one would raise there, or lie by hours."""
    in_lyon = datetime(2026, 7, 1, 9, 30, 0, 250, tzinfo=timezone(timedelta(hours=2)))
    with writing(engine) as connection:
        connection.execute(insert(api_keys), key_row(created_at=in_lyon))

    with reading(engine) as connection:
        stored = connection.scalar(select(api_keys.c.created_at))

    assert stored == in_lyon
    assert stored is not None
    assert stored.tzinfo is UTC


def test_a_naive_moment_is_not_stored(engine: Engine) -> None:
    """The database would keep it, and nobody could say later what it meant."""
    naive = datetime(2026, 11, 21)  # noqa: DTZ001  (the mistake under test)

    with pytest.raises(Exception, match="without a time zone"), writing(engine) as connection:
        connection.execute(insert(api_keys), key_row(created_at=naive))


def test_many_threads_write_without_stepping_on_each_other(engine: Engine) -> None:
    """Requests run in forty threads; SQLite alone would answer some of them with 'database is locked'."""
    failures: list[BaseException] = []

    def write(worker: int) -> None:
        try:
            for n in range(10):
                with writing(engine) as connection:
                    count = connection.scalar(select(func.count()).select_from(api_keys))
                    assert count is not None
                    connection.execute(insert(api_keys), key_row(f"{worker}-{n}"))
        except BaseException as error:  # noqa: BLE001  (told to the main thread)
            failures.append(error)

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(api_keys)) == 120


def test_a_reader_is_not_kept_waiting_by_a_writer(engine: Engine) -> None:
    """The readiness check must answer while an import runs."""
    with writing(engine) as writer:
        writer.execute(insert(api_keys), key_row())
        started = time.monotonic()

        with reading(engine) as reader:
            seen = reader.scalar(select(func.count()).select_from(api_keys))

    assert seen == 0
    assert time.monotonic() - started < 1


def test_the_write_lock_is_given_back_after_a_failure(sqlite_engine: Engine) -> None:
    """Otherwise the first bad row would silence every later request of the process."""
    for _ in range(2):
        with contextlib.suppress(Exception), writing(sqlite_engine) as connection:
            connection.execute(text("nonsense"))

    with writing(sqlite_engine) as connection:
        connection.execute(insert(api_keys), key_row())


def test_a_writer_that_waits_too_long_is_told_so(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may hold the file; a caller can retry a busy database, but not a traceback."""
    monkeypatch.setattr("data.database._PATIENCE_SECONDS", 0.05)
    impatient = open_database(f"sqlite:///{tmp_path / 'triage.db'}")

    with writing(sqlite_engine) as holder:
        holder.execute(insert(api_keys), key_row())
        with pytest.raises(StoreUnusable, match="The database is busy"), writing(impatient) as late:
            late.execute(insert(api_keys), key_row("two"))

    impatient.dispose()


def test_what_a_writer_has_read_stays_true_until_it_writes(sqlite_engine: Engine, tmp_path: Path) -> None:
    """Another process that writes in between would make the first one fail half way; it has to wait instead."""
    other = open_database(f"sqlite:///{tmp_path / 'triage.db'}")

    def write_elsewhere() -> None:
        with writing(other) as connection:
            connection.execute(insert(api_keys), key_row("two"))

    elsewhere = threading.Thread(target=write_elsewhere)
    with writing(sqlite_engine) as connection:
        before = connection.scalar(select(func.count()).select_from(api_keys))
        elsewhere.start()
        elsewhere.join(timeout=0.3)
        connection.execute(insert(api_keys), key_row())
        after = connection.scalar(select(func.count()).select_from(api_keys))
    elsewhere.join()

    assert (before, after) == (0, 1)
    other.dispose()


def test_sqlite_is_opened_for_several_readers_and_safe_references(sqlite_engine: Engine) -> None:
    """Defaults of SQLite: no references checked, a disk flush a commit, readers kept out by a writer."""
    sqlite_engine.dispose()  # a fresh connection, not the one that upgraded

    with reading(sqlite_engine) as connection:
        settings = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "mmap_size")
        }

    assert settings["journal_mode"] == "wal"
    assert settings["synchronous"] == 1
    assert settings["foreign_keys"] == 1
    assert settings["busy_timeout"] == 10_000
    assert not settings["mmap_size"]


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_the_versions_with_the_wal_reset_bug_are_known(version: tuple[int, int, int], affected: bool) -> None:
    """Two releases in between carry the repair, so 'older than' is not enough."""
    assert has_wal_reset_bug(version) is affected


def test_several_workers_are_refused_on_an_affected_sqlite(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A corrupt file is found weeks later; one sentence at the start costs nothing."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(StoreUnusable, match="one worker"):
        refuse_workers(sqlite_engine)

    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    refuse_workers(sqlite_engine)


@pytest.mark.skipif(not has_wal_reset_bug(sqlite3.sqlite_version_info), reason="this SQLite is not affected")
def test_an_affected_sqlite_is_named_in_the_log_of_a_service(tmp_path: Path) -> None:
    """An administrator has to know what not to do beside it."""
    program = (
        "from api.logs import configure_logs\n"
        "from data.database import open_database, warn_of_wal_reset\n"
        f"configure_logs(); warn_of_wal_reset(open_database('sqlite:///{tmp_path}/a.db'))\n"
    )

    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert finished.stdout == ""
    assert finished.stderr.count("sqlite_wal_reset_bug") == 1


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    """The first command of a new installation finds no `var/`."""
    engine = open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'triage.db'}")

    upgrade(engine)

    assert (tmp_path / "a" / "b" / "triage.db").exists()
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://u:s3cret@h/d", "No database of the kind 'mysql'. Known: postgresql, sqlite."),
        ("s3cret", "looks like sqlite:///"),
        ("sqlite://", "in memory forgets everything"),
        ("sqlite:////proc/nowhere/triage.db", "cannot be made"),
    ],
)
def test_a_url_that_cannot_work_is_refused_without_its_password(url: str, sentence: str) -> None:
    """The URL comes from the environment; what is printed ends in tickets and chats."""
    with pytest.raises(StoreUnusable) as refusal:
        open_database(url)

    assert sentence in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("password", ["s3cret", "refused"])
def test_a_server_that_does_not_answer_is_refused_without_its_password(password: str) -> None:
    """An administrator needs the host and the reason, and nobody needs the password."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    engine = open_database(f"postgresql://triage:{password}@127.0.0.1:1/desk")

    with pytest.raises(StoreUnusable) as refusal, reading(engine):
        pass

    assert "127.0.0.1:1/desk cannot be used" in str(refusal.value)
    assert password not in str(refusal.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """A wrong path is the likeliest cause, so the sentence holds it."""
    (tmp_path / "notes.txt").write_text("not a database, just some words that go on for a while" * 20)
    engine = open_database(f"sqlite:///{tmp_path / 'notes.txt'}")

    with pytest.raises(StoreUnusable, match=r"notes\.txt cannot be used"):
        check_version(engine)


def test_a_mistake_in_a_query_is_no_fault_of_the_database(engine: Engine) -> None:
    """A bug that came out as 503 would be retried for ever instead of being mended."""
    with pytest.raises(Exception, match="nonsense") as failure, reading(engine) as connection:
        connection.execute(text("nonsense"))

    assert not isinstance(failure.value, StoreUnusable)


def test_errors_do_not_carry_the_values_of_a_row(engine: Engine) -> None:
    """Their text reaches the log, where ticket texts must not."""
    with writing(engine) as connection:
        connection.execute(insert(api_keys), key_row())

    with pytest.raises(Exception, match="api_keys") as failure, writing(engine) as connection:
        connection.execute(insert(api_keys), key_row() | {"name": "my password is hunter2"})

    assert "hunter2" not in str(failure.value)


def test_a_missing_driver_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL is an extra; the sentence is the whole installation guide."""
    real_import = builtins.__import__

    def without_psycopg(name: str, *args: Any, **kwargs: Any) -> object:  # noqa: ANN401  (the built-in's form)
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_psycopg)

    with pytest.raises(StoreUnusable, match=r"the extra `postgres`"):
        open_database("postgresql://localhost/desk")


@pytest.mark.parametrize(
    ("text_", "kept"),
    [
        ("plain", "plain"),
        ("nul\x00 inside", "nul inside"),
        ("größe\x00", "größe"),
        ("half a smile \ud83d", "half a smile ?"),
        ("whole 😀", "whole 😀"),
    ],
)
def test_text_loses_only_what_no_database_keeps(text_: str, kept: str) -> None:
    """Exports cut emoji in half and mails carry NUL characters; neither may stop an import."""
    assert storable(text_) == kept


def test_a_copy_is_complete_while_the_database_is_written_to(sqlite_engine: Engine, tmp_path: Path) -> None:
    """Copying the file by hand would miss what still stands in the write-ahead log."""
    with writing(sqlite_engine) as connection:
        connection.execute(insert(api_keys), key_row())

    with writing(sqlite_engine) as connection:
        connection.execute(insert(api_keys), key_row("uncommitted"))
        backup(sqlite_engine, tmp_path / "copy.db")

    with contextlib.closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT id FROM api_keys").fetchall() == [("one",)]
    assert sorted(path.name for path in tmp_path.glob("copy*unfinished")) == []


def test_a_copy_overwrites_nothing(sqlite_engine: Engine, tmp_path: Path) -> None:
    """Yesterday's backup may be the only good one."""
    (tmp_path / "copy.db").write_text("yesterday's")

    with pytest.raises(InvalidInput, match="not overwritten"):
        backup(sqlite_engine, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_text() == "yesterday's"


def test_a_copy_needs_a_folder_and_a_database(sqlite_engine: Engine, tmp_path: Path) -> None:
    """An empty file named backup would be worse than none."""
    nothing = open_database(f"sqlite:///{tmp_path / 'nothing.db'}")

    with pytest.raises(InvalidInput, match="no folder"):
        backup(sqlite_engine, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(StoreUnusable, match="no database at"):
        backup(nothing, tmp_path / "copy.db")


def test_a_server_is_copied_by_its_own_tool(tmp_path: Path) -> None:
    """pg_dump does it better than anything here could."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")

    with pytest.raises(InvalidInput, match="pg_dump"):
        backup(open_database("postgresql://localhost/desk"), tmp_path / "copy.db")
