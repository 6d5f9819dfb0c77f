"""Show who changed who may do what, and what answers; and check that nobody has changed that record."""

import json
import re
from datetime import UTC, datetime, time
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Connection, Engine

from commands.exports import read_day
from commands.tables import print_table
from data import audit
from data.audit import Entry, Head, Verification
from data.callers import names_of
from data.database import open_database, reading
from data.schema import prepare
from data.users import list_users
from triage.errors import NotFound
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

_HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


@app.command("list")
def list_(
    since: Annotated[str | None, typer.Option(metavar="DATE", help="None from before this day.")] = None,
    actor: Annotated[
        str | None, typer.Option(metavar="WHO", help="Only theirs: key:ID, user:ID, an e-mail address or command.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="So many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """List what was changed and by whom, newest first."""
    begin = None if since is None else datetime.combine(read_day(since, "--since"), time.min, UTC)
    with reading(_database()) as connection:
        found = audit.entries(connection, since=begin, actor=_reference(connection, actor), most=most)
        names = names_of(connection, {name for entry in found for name in (entry.actor, entry.object)})
    if as_json:
        typer.echo(json.dumps([_as_json(entry, names) for entry in found]))
        return
    if len(found) == most:
        typer.echo(f"The newest {most:,}; --most shows more.", err=True)
    table = Table("number", "when", "who", "did", "to", "details")
    for entry in found:
        details = ", ".join(f"{name} {_said(value)}" for name, value in entry.details.items())
        who, what = names[entry.actor], names[entry.object]
        table.add_row(str(entry.number), f"{entry.at:%Y-%m-%d %H:%M} UTC", who, entry.action, what, details)
    print_table(table)


@app.command()
def verify(
    expected: Annotated[
        str | None,
        typer.Option("--expect", metavar="N:HASH", help="An earlier answer's head, as it was kept elsewhere."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check that no entry was changed, removed, added or moved since it was written.

    Entries that were cut off at the end, and a log that was written anew, show only beside a head that was kept
    elsewhere: give it to --expect.
    """
    kept = None if expected is None else _head(expected)
    with reading(_database()) as connection:
        found = audit.verify(connection, kept)
    if as_json:
        typer.echo(json.dumps(_found(found)))
    else:
        n = f"{found.n_holding:,} {'entry holds' if found.n_holding == 1 else 'entries hold'}"
        typer.echo(f"{n}." if found.fault is None else f"{n}. {found.fault.sentence} ({found.fault.way})")
        if found.head is not None:
            typer.echo(f"Head: {found.head}")
    if found.fault is not None:
        raise typer.Exit(1)


def _head(text: str) -> Head:
    told = _HEAD.fullmatch(text.strip())
    if told is None:
        raise typer.BadParameter("that is no head; one is a number, a colon and 64 hex digits.", param_hint="--expect")
    return Head(int(told[1]), told[2])


def _reference(connection: Connection, actor: str | None) -> str | None:
    """Whom an option names, as entries have it; people go by their addresses, also those who were removed."""
    if actor is None or "@" not in actor:
        return actor
    by_email = {user.email: user.id for user in list_users(connection)}
    if actor.strip().lower() not in by_email:
        raise NotFound(f"Nobody had the address '{actor}'. Known: {', '.join(by_email) or 'nobody yet'}.")
    return f"user:{by_email[actor.strip().lower()]}"


def _database() -> Engine:
    engine = open_database(read_settings().database)
    prepare(engine)
    return engine


def _as_json(entry: Entry, names: dict[str, str]) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "name": names[entry.actor],
        "action": entry.action,
        "object": entry.object,
        "details": entry.details,
        "sha256": entry.sha256,
    }


def _found(found: Verification) -> dict[str, Any]:
    fault = found.fault
    return {
        "holds": fault is None,
        "entries": found.n_holding,
        "head": None if found.head is None else str(found.head),
        "fault": None if fault is None else {"number": fault.number, "way": fault.way, "sentence": fault.sentence},
    }


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
