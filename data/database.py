"""A database by its URL; what is particular to SQLite or PostgreSQL is here and in `statements.py`, and nowhere else.

Another kind is a branch in `open_database`, one in each function that asks for the dialect, and a parameter of the
fixture that runs every store test on all of them.
"""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    Table,
    create_engine,
    event,
    exc,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.types import TypeDecorator

from triage.errors import InvalidInput, StoreUnusable

__all__ = [
    "Json",
    "RowId",
    "UtcDateTime",
    "alone",
    "backup",
    "driver_cursor",
    "driver_errors",
    "has_wal_reset_bug",
    "insert",
    "is_one_file",
    "migrating",
    "open_database",
    "reading",
    "refuse_workers",
    "storable",
    "to_json",
    "warn_of_wal_reset",
    "writing",
]

_PATIENCE_SECONDS = 10
_READS = "triage_reads"
_WRITES = "triage_writes"
_TABLES_MISSING = "The database has not the tables that this program needs: run `triage db upgrade`."
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().raw_decode
_UPGRADE_LOCK = 0x7472_6961  # any number that nobody else locks on this server

Json = JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A column of JSON; comparable on both kinds of database."""


RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A number that the database counts up; SQLite does so for plain integers only, which have 64 bits there."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware on its way in, in UTC on its way out, whatever the database makes of time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (theirs)
        """The moment in UTC; a naive one is a mistake of the caller that a database would keep silent about."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        return value if value.tzinfo is UTC else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (theirs)
        """The stored moment, aware; PostgreSQL gives it back in the session's zone."""
        return None if value is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """The same for SQLite, which keeps text: read at once as what it is, in a sixth of the time."""
        return _moment if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def open_database(url: str) -> Engine:
    """An engine for the URL. Nothing is connected yet, so a program may start before its database does.

    Every failure to reach or use the database is a `StoreUnusable` from then on, wherever it happens; programming
    mistakes keep their own exceptions, without the values of any row.

    Raises:
        StoreUnusable: for a URL of another kind, a folder that cannot be made, or a driver that is not installed.
    """
    try:
        target = make_url(url)
    except exc.ArgumentError:
        raise StoreUnusable("The database URL is none; one looks like sqlite:///var/triage.db.") from None
    if target.get_backend_name() == "sqlite":
        return _open_sqlite(target)
    if target.get_backend_name() == "postgresql":
        return _open_postgresql(target)
    raise StoreUnusable(f"No database of the kind '{target.get_backend_name()}'. Known: postgresql, sqlite.")


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for questions; on SQLite it keeps no writer waiting and waits for none."""
    with _checked_out(engine) as connection:
        connection.execution_options(**{_READS: True})
        yield connection


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is committed at the end, or undone if something is raised; keep it short.

    On SQLite it holds the one write lock from its first statement, so that it never fails half way for being late.
    """
    with _checked_out(engine) as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """A transaction in which tables may be changed: no other process migrates meanwhile, and SQLite lets it."""
    with _checked_out(engine) as connection, _foreign_keys_off(connection), connection.begin():
        if _is_postgresql(connection):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        yield connection


def alone(connection: Connection, lock: int) -> None:
    """Waits for other transactions that hold the lock of this number, and holds it to the end of this one.

    On SQLite a writing transaction is alone as it is.
    """
    if _is_postgresql(connection):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")


def driver_cursor(connection: Connection) -> Any:  # noqa: ANN401  (every driver's own)
    """A cursor of the driver within the connection's transaction, for statements that SQLAlchemy need not look at."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.cursor()


@contextlib.contextmanager
def driver_errors(connection: Connection) -> Iterator[None]:
    """Raises what SQLAlchemy would, where a driver is used directly; what the database cannot do as `StoreUnusable`."""
    kind = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except kind as error:
        _raise_as_store_unusable(error, connection.engine.url)
        raise exc.DBAPIError.instance(None, None, error, kind, hide_parameters=True) from error


def is_one_file(engine: Engine) -> bool:
    """Whether the database is a file of this machine, and so of this installation alone."""
    return engine.dialect.name == "sqlite"


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`, which both kinds spell alike."""
    return postgresql.insert(table) if _is_postgresql(connection) else sqlite.insert(table)


def storable(text: str) -> str:
    """The text without what no database keeps: NUL characters and halves of surrogate pairs."""
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def to_json(value: object) -> str:
    """The text of a JSON column."""
    return _encode(value)


def backup(engine: Engine, out: Path) -> None:
    """Copies a SQLite database to a new file while it is in use; the file appears when it is complete.

    Raises:
        InvalidInput: if `out` exists, its folder does not, or the database is no file.
        StoreUnusable: if there is no database yet.
    """
    if not is_one_file(engine) or engine.url.database is None:
        raise InvalidInput("Only a SQLite file is copied; use pg_dump for a PostgreSQL database.")
    if not Path(engine.url.database).exists():
        raise StoreUnusable(f"There is no database at {engine.url.database} yet.")
    if out.exists():
        raise InvalidInput(f"{out} exists already and is not overwritten; name another file.")
    if not out.parent.is_dir():
        raise InvalidInput(f"There is no folder {out.parent}; make it first.")
    unfinished = out.with_name(out.name + ".unfinished")
    try:
        with reading(engine) as connection, contextlib.closing(sqlite3.connect(unfinished)) as copy:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)  # noqa: S101  (what the dialect means)
            source.backup(copy)
        unfinished.replace(out)
    except sqlite3.Error as error:
        raise StoreUnusable(f"The copy to {out} failed: {error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def has_wal_reset_bug(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite may corrupt a file that two connections write at the same instant (sqlite.org/wal.html)."""
    if version < (3, 7, 0) or version >= (3, 51, 3):
        return False
    repaired_in = {(3, 44): 6, (3, 50): 7}.get(version[:2])
    return repaired_in is None or version[2] < repaired_in


def warn_of_wal_reset(engine: Engine) -> None:
    """Says in the log, where this SQLite is affected, what not to do beside a process that serves."""
    if is_one_file(engine) and has_wal_reset_bug(sqlite3.sqlite_version_info):
        structlog.get_logger().warning(
            "sqlite_wal_reset_bug",
            sqlite_version=sqlite3.sqlite_version,
            advice="One process at a time may write to this file: stop the server before a large import, or use "
            "SQLite 3.51.3 or newer, or PostgreSQL.",
        )


def refuse_workers(engine: Engine) -> None:
    """Says whether several processes may write to this database at once.

    Raises:
        StoreUnusable: on a SQLite file, when the library is one that may then corrupt it.
    """
    if is_one_file(engine) and has_wal_reset_bug(sqlite3.sqlite_version_info):
        raise StoreUnusable(
            f"SQLite {sqlite3.sqlite_version} may corrupt a file that several processes write to: use one worker, "
            "SQLite 3.51.3 or newer, or PostgreSQL."
        )


def _open_sqlite(url: URL) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise StoreUnusable("A database in memory forgets everything; name a file: sqlite:///var/triage.db.")
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"The folder {folder} cannot be made: {error.strerror}.") from error
    engine = create_engine(
        url,
        connect_args={"timeout": _PATIENCE_SECONDS},
        hide_parameters=True,
        json_deserializer=_from_json,
        json_serializer=to_json,
        max_overflow=-1,  # the threads that ask are bounded already, and a connection costs next to nothing
        pool_size=8,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "handle_error", _as_store_unusable)
    _one_writer_at_a_time(engine)
    return engine


def _set_up_sqlite(driver_connection: Any, record: object) -> None:  # noqa: ANN401, ARG001  (the event's form)
    driver_connection.isolation_level = None  # the driver would begin by itself, too late and never IMMEDIATE
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "cache_size = -32768"):
        driver_connection.execute(f"PRAGMA {pragma}").close()


def _one_writer_at_a_time(engine: Engine) -> None:
    """Lets the threads of this process write one after the other, in the order they came.

    SQLite would let them race for the file's lock with growing naps in between, and some versions of it may corrupt
    the file when two connections write or checkpoint at the same instant. The lock is taken before the transaction
    and given back with the connection, hence after its commit and the checkpoint that may follow.
    """
    lock = threading.Lock()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_READS, False):
            connection.exec_driver_sql("BEGIN")
            return
        if not connection.info.get(_WRITES, False):
            if not lock.acquire(timeout=_PATIENCE_SECONDS):
                raise StoreUnusable(f"The database is busy: a write has taken more than {_PATIENCE_SECONDS} seconds.")
            connection.info[_WRITES] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def give_back(driver_connection: object, record: Any) -> None:  # noqa: ANN401, ARG001  (the event's form)
        if record.info.pop(_WRITES, False):
            lock.release()


def _open_postgresql(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(
            url,
            connect_args={"connect_timeout": 5, "application_name": "triage", "client_encoding": "utf8"},
            hide_parameters=True,
            json_serializer=to_json,
            max_overflow=30,  # with the pool as many as a worker has threads
            pool_pre_ping=True,
            pool_size=10,
            pool_timeout=_PATIENCE_SECONDS,
        )
    except ImportError as error:
        raise StoreUnusable(
            "PostgreSQL needs a driver that is not installed; it comes with the extra `postgres`: "
            "pip install '.[postgres]' in a checkout."
        ) from error
    event.listen(engine, "handle_error", _as_store_unusable)
    return engine


def _from_json(text: str) -> Any:  # noqa: ANN401  (any JSON)
    """What the text of a JSON column says; in a third of the time that `json.loads` takes for a short one."""
    return _decode(text.strip())[0]


@contextlib.contextmanager
def _checked_out(engine: Engine) -> Iterator[Connection]:
    try:
        connection = engine.connect()
    except exc.TimeoutError as error:
        raise StoreUnusable("The database is busy: every connection of this process is in use.") from error
    with connection:
        yield connection


@contextlib.contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Lets a migration rebuild a SQLite table that others refer to; the switch works only between transactions."""
    driver_connection = connection.connection.driver_connection
    if not isinstance(driver_connection, sqlite3.Connection):
        yield
        return
    driver_connection.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver_connection.execute("PRAGMA foreign_keys = ON")


def _as_store_unusable(context: ExceptionContext) -> None:
    """Raises what the database cannot do as `StoreUnusable`; leaves alone what the program did wrong."""
    if not context.is_pre_ping and context.engine is not None:
        _raise_as_store_unusable(context.original_exception, context.engine.url)


def _raise_as_store_unusable(error: BaseException, url: URL) -> None:
    about = _sentence_about_sqlite if isinstance(error, sqlite3.Error) else _sentence_about_postgresql
    if (sentence := about(error, url)) is not None:
        raise StoreUnusable(sentence) from error


def _sentence_about_postgresql(error: BaseException, url: URL) -> str | None:
    if getattr(error, "sqlstate", None) in ("42P01", "42703"):  # undefined table, undefined column
        return _TABLES_MISSING
    if "OperationalError" not in {kind.__name__ for kind in type(error).__mro__}:
        return None
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    if url.password:
        reason = reason.replace(str(url.password), "***")
    return f"PostgreSQL at {url.host or 'localhost'}:{url.port or 5432}/{url.database} cannot be used: {reason}."


def _sentence_about_sqlite(error: BaseException, url: URL) -> str | None:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the extended codes add higher bits
    if code == sqlite3.SQLITE_ERROR:
        if str(error).startswith(("no such table", "no such column", "table ")):
            return _TABLES_MISSING
        return None
    if code == sqlite3.SQLITE_BUSY:
        return f"The database is busy: another process has been writing for more than {_PATIENCE_SECONDS} seconds."
    if code in (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE):
        return None
    return f"The database {url.database} cannot be used: {error}."


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
