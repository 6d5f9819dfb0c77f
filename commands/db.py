"""Upgrade the database's tables, or copy it while it is in use."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from data import database, schema
from data.database import open_database
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer(help="Upgrade the database's tables, or copy it while it is in use.", no_args_is_help=True)


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def upgrade(as_json: Json = False) -> None:
    """Bring the tables to the version that this program needs; data stays."""
    engine, before = open_database(read_settings().database), datetime.now(UTC)
    is_changed = schema.upgrade(engine)
    typer.echo("The database is at the version that this program needs.", err=True)
    joined = schema.joined_since(engine, before) if is_changed else {}
    if joined:
        counts = ", ".join(f"{n:,} {kind.replace('_', '-')}" for kind, n in joined.items())
        typer.echo(f"Spellings brought together ({counts}); `joined_spellings` keeps what they were.", err=True)
    if as_json:
        typer.echo(json.dumps({"upgraded": is_changed, "joined": joined}))


@app.command()
def backup(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A file that does not exist yet.")],
    as_json: Json = False,
) -> None:
    """Copy a SQLite database to a new file; for PostgreSQL there is pg_dump."""
    database.backup(open_database(read_settings().database), out)
    typer.echo(f"Copied to {out}.", err=True)
    if as_json:
        typer.echo(json.dumps({"out": str(out)}))
