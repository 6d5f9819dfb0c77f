"""The tables' version: brought up to what this program needs, or held against it.

What the tables are is in `tables.py`, how they came to be in `migrations/`.
"""

import functools
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, column, func, inspect, select, table

from data.database import is_one_file, migrating, reading
from data.tables import joined_spellings
from triage.errors import StoreUnusable

__all__ = ["check_version", "joined_since", "prepare", "upgrade"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_STAMP = "alembic_version"


def upgrade(engine: Engine) -> bool:
    """Brings the tables to the version that this program needs, in one transaction; data stays.

    Returns:
        Whether anything was to be done.

    Raises:
        StoreUnusable: for a database that a newer triage has upgraded, or one that cannot be reached.
    """
    with migrating(engine) as connection:
        before = _version_of(connection)
        _refuse_newer(before)
        _migrate(connection)
        return _version_of(connection) != before


def joined_since(engine: Engine, moment: datetime) -> dict[str, int]:
    """How many spellings upgrades have brought together since a moment, by what they are of."""
    kind = joined_spellings.c.kind
    asked = select(kind, func.count()).where(joined_spellings.c.joined_at >= moment).group_by(kind).order_by(kind)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(asked)}


def check_version(engine: Engine) -> None:
    """Holds the tables against the version that this program needs.

    Raises:
        StoreUnusable: when they are older or newer, or when the database cannot be reached.
    """
    with reading(engine) as connection:
        version = _version_of(connection)
    _refuse_newer(version)
    needed = _versions()[-1]
    if version != needed:
        has = f"version {version}" if version else "no tables"
        raise StoreUnusable(f"The database has {has} and this program needs {needed}: run `triage db upgrade`.")


def prepare(engine: Engine) -> None:
    """Makes the database ready for a command: a single file is upgraded on the spot, any other is only checked.

    A file belongs to one machine and one installation; a server may be shared, so somebody has to decide when. A file
    that is ready is only read, so that nothing waits for whoever is writing to it.

    Raises:
        StoreUnusable: when it cannot be made ready.
    """
    try:
        check_version(engine)
    except StoreUnusable:
        if not is_one_file(engine):
            raise
        upgrade(engine)


def _migrate(connection: Connection, version: str = "head") -> None:
    # a fifth of the time that a service takes to start, and most starts find nothing to do
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, version)


@functools.cache
def _versions() -> list[str]:
    """Every version that there is, the newest last; each is named in a module's name."""
    return sorted(path.name[1:5] for path in (_MIGRATIONS / "versions").glob("v*.py"))


def _version_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_STAMP):
        return None
    version: str | None = connection.scalar(select(column("version_num")).select_from(table(_STAMP)))
    return version


def _refuse_newer(version: str | None) -> None:
    if version is not None and version not in _versions():
        raise StoreUnusable(
            f"The database has version {version}, which this program does not know: a newer triage has upgraded it. "
            "Install that one, or restore a backup."
        )
