"""What commands add to the audit log, in the name of the user of the operating system who typed them."""

import getpass
import os
from collections.abc import Mapping
from datetime import UTC, datetime

import typer
from sqlalchemy import Connection

from data import audit
from data.callers import COMMAND
from data.database import open_database, writing
from data.schema import prepare
from triage.errors import StoreUnusable
from triage.settings import Settings

__all__ = ["record", "record_beside"]


def record(connection: Connection, action: str, object_: str, details: Mapping[str, object], now: datetime) -> None:
    """Adds an entry about a change in the same transaction, as the last thing in it."""
    audit.append(connection, COMMAND, action, object_, {**details, "by": _user()}, now)


def record_beside(settings: Settings, action: str, object_: str, details: Mapping[str, object]) -> None:
    """Adds an entry about a change outside of the database, such as of what serves.

    It has been made, and a desk must get rid of a bad model also while its database is away. So where the database
    cannot be used that is said on stderr, and nothing is refused.
    """
    engine = None
    try:
        engine = open_database(settings.database)
        prepare(engine)
        with writing(engine) as connection:
            record(connection, action, object_, details, datetime.now(UTC))
    except StoreUnusable as error:
        typer.echo(f"Note: it is done, and the audit log does not say so. {error}", err=True)
    finally:
        if engine is not None:
            engine.dispose()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number and no name
        return str(os.getuid())
