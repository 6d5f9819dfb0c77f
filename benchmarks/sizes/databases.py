"""Databases with so many customers: each is filled once, and every server gets a copy that nobody has asked.

The PostgreSQL server is that of `TRIAGE_BENCHMARK_POSTGRES_URL`, else the one on 127.0.0.1.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, exc, make_url, text

from benchmarks.sizes.customers import insert_customers
from benchmarks.sizes.size import Database, Size
from data.database import open_database, writing
from data.keys import create

__all__ = ["Databases", "FilledDatabase", "answers_postgresql", "empty_postgresql"]

POSTGRES_URL = "postgresql://root@127.0.0.1:5432/postgres"


@dataclass(frozen=True, slots=True)
class FilledDatabase:
    """A database with customers and a key.

    Attributes:
        key: may score.
        copy: makes a copy in place of the one before, and gives its URL.
    """

    key: str
    copy: Callable[[], str]


@dataclass(slots=True)
class Databases:
    """What was filled so far; it lasts until the stack is closed.

    Attributes:
        folder: for files.
        stack: drops what was made on the server.
    """

    folder: Path
    stack: ExitStack
    _filled: dict[tuple[Database, int], FilledDatabase] = field(default_factory=dict)

    def of(self, size: Size) -> FilledDatabase:
        """The database of a size; a kind is one more branch here.

        Raises:
            StoreUnusable: the server does not answer.
        """
        known = (size.database, size.n_customers)
        if known not in self._filled:
            make = self._sqlite if size.database == "sqlite" else self._postgresql
            self._filled[known] = make(size.n_customers)
        return self._filled[known]

    def _sqlite(self, n_customers: int) -> FilledDatabase:
        original, copy = self.folder / f"{n_customers}.db", self.folder / "served.db"
        key = _fill(f"sqlite:///{original}", n_customers)

        def copied() -> str:
            for path in self.folder.glob("served.db*"):  # the logs of the one before, too
                path.unlink()
            shutil.copy(original, copy)
            return f"sqlite:///{copy}"

        return FilledDatabase(key, copied)

    def _postgresql(self, n_customers: int) -> FilledDatabase:
        name = f"triage_benchmark_{secrets.token_hex(4)}"
        self.stack.callback(_tell_postgresql, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.stack.callback(_tell_postgresql, f"DROP DATABASE IF EXISTS {name}_served WITH (FORCE)")
        _tell_postgresql(f"CREATE DATABASE {name}")
        key = _fill(_postgres_url(name), n_customers)
        _tell_postgresql("CHECKPOINT")

        def copied() -> str:
            _tell_postgresql(f"DROP DATABASE IF EXISTS {name}_served WITH (FORCE)")
            _tell_postgresql(f"CREATE DATABASE {name}_served TEMPLATE {name}")
            return _postgres_url(f"{name}_served")

        return FilledDatabase(key, copied)


def answers_postgresql() -> bool:
    """Whether there is a PostgreSQL server to measure with."""
    try:
        _tell_postgresql("SELECT 1")
    except exc.SQLAlchemyError:
        return False
    return True


@contextmanager
def empty_postgresql() -> Iterator[str]:
    """The URL of an empty database, which is dropped at the end."""
    name = f"triage_benchmark_{secrets.token_hex(4)}"
    _tell_postgresql(f"CREATE DATABASE {name}")
    try:
        yield _postgres_url(name)
    finally:
        _tell_postgresql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _fill(url: str, n_customers: int) -> str:
    """Make the tables and the customers, and give a key."""
    subprocess.run(
        [sys.executable, "-m", "commands", "db", "upgrade"],
        env=os.environ | {"TRIAGE_DATABASE_URL": url},
        stderr=subprocess.DEVNULL,
        check=True,
    )
    engine = open_database(url)
    insert_customers(engine, n_customers)
    with writing(engine) as connection:
        _, key = create(connection, "benchmark", ["score"], datetime.now(UTC))
    engine.dispose()
    return key


def _postgres_url(database: str | None = None) -> str:
    url = make_url(os.environ.get("TRIAGE_BENCHMARK_POSTGRES_URL", POSTGRES_URL)).set(drivername="postgresql+psycopg")
    return (url.set(database=database) if database else url).render_as_string(hide_password=False)


def _tell_postgresql(statement: str) -> None:
    engine = create_engine(_postgres_url(), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
