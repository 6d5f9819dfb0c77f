"""Databases for the store tests: every test that asks for `engine` or `connection` runs on each kind there is."""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, exc, make_url, text

from data.database import open_database, writing
from data.schema import upgrade
from data.tables import metadata

POSTGRES_URL = os.environ.get("TRIAGE_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/test")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database of this run's own, dropped afterwards; skips where no server answers."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    server = make_url(POSTGRES_URL).set(drivername="postgresql+psycopg")
    name = f"triage_test_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except exc.OperationalError:
        admin.dispose()
        pytest.skip("no PostgreSQL answers at TRIAGE_TEST_POSTGRES_URL or 127.0.0.1:5432")
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'triage.db'}"
        return
    postgres: str = request.getfixturevalue("postgres_url")
    yield postgres
    with _opened(postgres) as engine, writing(engine) as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))


@pytest.fixture
def empty(url: str) -> Iterator[Engine]:
    """A database of each kind, without tables."""
    with _opened(url) as engine:
        yield engine


@pytest.fixture
def engine(empty: Engine) -> Engine:
    """A database of each kind, with its tables."""
    upgrade(empty)
    return empty


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A writing transaction on each kind of database."""
    with writing(engine) as connection:
        yield connection


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def moment() -> Callable[..., datetime]:
    """Moments in November 2026: `moment(3, 9)` is the third, nine o'clock."""
    return lambda day, hour=0, minute=0: datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database with its tables."""
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()
