"""Make, list, rotate and revoke the keys that other programs call with."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Engine

from commands.recorded import record
from commands.tables import print_table
from data import keys
from data.database import open_database, reading, writing
from data.keys import SCOPES, ApiKey
from data.schema import prepare
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer(help="Make, list, rotate and revoke the keys that other programs call with.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="As `triage keys list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

_DURATION = re.compile(r"([0-9]{1,4})([dh])")


ExpiresIn = Annotated[
    str | None, typer.Option(metavar="90d", help="When it ends by itself: so many days (d) or hours (h) from now.")
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, such as the helpdesk that will use it.")],
    scopes: Annotated[str, typer.Option(help=f"Comma-separated, of {', '.join(SCOPES)}.")],
    expires_in: ExpiresIn = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it, once: it is not stored."""
    now = datetime.now(UTC)
    ends_at = None if expires_in is None else now + _duration(expires_in, "--expires-in")
    with writing(_database()) as connection:
        wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        key, plaintext = keys.create(connection, name, wanted, now, ends_at)
        record(connection, "key.created", f"key:{key.id}", _recorded(key), now)
    typer.echo(
        f"Key {key.id} ({key.name}) may {', '.join(key.scopes)}{_until(key)}. It is shown this once; keep it safe.",
        err=True,
    )
    typer.echo(json.dumps(_as_json(key, now) | {"key": plaintext}) if as_json else plaintext)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List every key, without its secret: who uses it still, and when it ends."""
    now = datetime.now(UTC)
    with reading(_database()) as connection:
        known = keys.list_keys(connection)
    if as_json:
        typer.echo(json.dumps([_as_json(key, now) for key in known]))
        return
    table = Table("id", "name", "scopes", "created", "last used", "ends", "state")
    for key in known:
        moments = (_day(moment) for moment in (key.created_at, key.last_used_at, key.revoked_at or key.expires_at))
        table.add_row(key.id, key.name, ", ".join(key.scopes), *moments, key.state(now))
    print_table(table)


@app.command()
def rotate(
    id_: Id,
    keep: Annotated[
        str, typer.Option(metavar="7d", help="So many days (d) or hours (h) the old one goes on; 0d for none.")
    ] = "7d",
    expires_in: ExpiresIn = None,
    as_json: Json = False,
) -> None:
    """Make a key's successor, with the same name and scopes, and print it once; both work until the old one ends.

    A key that was made to end has a successor that lasts as long, unless --expires-in says otherwise.
    """
    now, kept_for = datetime.now(UTC), _duration(keep, "--keep")
    ends_at = None if expires_in is None else now + _duration(expires_in, "--expires-in")
    with writing(_database()) as connection:
        key, plaintext = keys.rotate(connection, id_, kept_for, now, ends_at)
        old = next(each for each in keys.list_keys(connection) if each.id == id_)
        record(connection, "key.rotated", f"key:{id_}", {"successor": key.id, **_recorded(old)}, now)
    typer.echo(
        f"Key {key.id} ({key.name}) takes the place of {old.id}, which works until {_minute(old.expires_at)}. "
        f"The new one may {', '.join(key.scopes)}{_until(key)}. It is shown this once; keep it safe.",
        err=True,
    )
    document = _as_json(key, now) | {"key": plaintext, "replaces": _as_json(old, now)}
    typer.echo(json.dumps(document) if as_json else plaintext)


@app.command()
def revoke(
    id_: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, also where somebody could answer.")] = False,
    as_json: Json = False,
) -> None:
    """Make a key worthless, within seconds and for good; asks first where somebody can answer."""
    if not yes and _is_asked():
        typer.confirm(f"Revoke the key {id_}? Whoever uses it is locked out.", abort=True, err=True)
    now = datetime.now(UTC)
    with writing(_database()) as connection:
        key = keys.revoke(connection, id_, now)
        if key.revoked_at == now:  # else it was worthless before
            record(connection, "key.revoked", f"key:{key.id}", {"name": key.name}, now)
    typer.echo(f"Key {key.id} ({key.name}) is revoked since {_minute(key.revoked_at)}.", err=True)
    if as_json:
        typer.echo(json.dumps(_as_json(key, now)))


def _duration(text: str, option: str) -> timedelta:
    told = _DURATION.fullmatch(text)
    if told is None:
        raise typer.BadParameter(f"{text!r} is not a number of days or hours, such as 90d or 12h.", param_hint=option)
    return timedelta(days=int(told[1])) if told[2] == "d" else timedelta(hours=int(told[1]))


def _is_asked() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def _database() -> Engine:
    engine = open_database(read_settings().database)
    prepare(engine)
    return engine


def _as_json(key: ApiKey, now: datetime) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "state": key.state(now),
        "created_at": key.created_at.isoformat(),
        "last_used_at": _iso(key.last_used_at),
        "expires_at": _iso(key.expires_at),
        "revoked_at": _iso(key.revoked_at),
        "replaced_by": key.replaced_by,
    }


def _recorded(key: ApiKey) -> dict[str, Any]:
    return {"name": key.name, "scopes": list(key.scopes), "ends": _iso(key.expires_at)}


def _until(key: ApiKey) -> str:
    return f" until {_minute(key.expires_at)}" if key.expires_at else ""


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
