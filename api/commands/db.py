"""Upgrade the database's tables, or copy it while it is in use."""

from pathlib import Path
from typing import Annotated

import typer

from data import database, schema
from data.database import open_database
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer(help="Upgrade the database's tables, or copy it while it is in use.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the tables to the version that this program needs; data stays."""
    schema.upgrade(open_database(read_settings().database))
    typer.echo("The database is at the version that this program needs.", err=True)


@app.command()
def backup(out: Annotated[Path, typer.Argument(metavar="OUT", help="A file that does not exist yet.")]) -> None:
    """Copy a SQLite database to a new file; for PostgreSQL there is pg_dump."""
    database.backup(open_database(read_settings().database), out)
    typer.echo(f"Copied to {out}.", err=True)
