"""Make, list and revoke the keys that other programs call with."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from data import keys
from data.database import open_database, reading, writing
from data.keys import SCOPES, ApiKey
from data.schema import prepare
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer(help="Make, list and revoke the keys that other programs call with.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, such as the helpdesk that will use it.")],
    scopes: Annotated[str, typer.Option(help=f"Comma-separated, of {', '.join(SCOPES)}.")],
    as_json: Json = False,
) -> None:
    """Make a key and print it, once: it is not stored."""
    with writing(_database()) as connection:
        wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        key, plaintext = keys.create(connection, name, wanted, datetime.now(UTC))
    typer.echo(f"Key {key.id} ({key.name}) may {', '.join(key.scopes)}. It is shown this once; keep it safe.", err=True)
    typer.echo(json.dumps(_as_json(key) | {"key": plaintext}) if as_json else plaintext)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List every key, without its secret."""
    with reading(_database()) as connection:
        known = keys.list_keys(connection)
    if as_json:
        typer.echo(json.dumps([_as_json(key) for key in known]))
        return
    table = Table("id", "name", "scopes", "created", "revoked")
    for key in known:
        table.add_row(key.id, key.name, ", ".join(key.scopes), _day(key.created_at), _day(key.revoked_at))
    Console(markup=False).print(table)


@app.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `triage keys list` shows it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, also where somebody could answer.")] = False,
    as_json: Json = False,
) -> None:
    """Make a key worthless, within seconds and for good; asks first where somebody can answer."""
    if not yes and _is_asked():
        typer.confirm(f"Revoke the key {id_}? Whoever uses it is locked out.", abort=True, err=True)
    with writing(_database()) as connection:
        key = keys.revoke(connection, id_, datetime.now(UTC))
    typer.echo(f"Key {key.id} ({key.name}) is revoked since {key.revoked_at:%Y-%m-%d %H:%M} UTC.", err=True)
    if as_json:
        typer.echo(json.dumps(_as_json(key)))


def _is_asked() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def _database() -> Engine:
    engine = open_database(read_settings().database)
    prepare(engine)
    return engine


def _as_json(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
