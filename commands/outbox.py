"""Look at what is to be written to ticketing systems, and try it again or leave it."""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import typer
from rich.table import Table
from sqlalchemy import Engine

from commands.tables import print_table
from data import outbox
from data.database import open_database, reading, writing
from data.outbox import STATES, State, StoredEntry
from data.schema import prepare
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer()

_WIDTH = 18  # of what stands before the values

Id = Annotated[int, typer.Argument(metavar="ID", help="As `triage outbox list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def _state(value: str | None) -> str | None:
    if value is not None and value not in STATES:
        raise typer.BadParameter(f"no state named '{value}'. Known: {', '.join(STATES)}.")
    return value


@app.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help=f"One of {', '.join(STATES)}.", callback=_state)
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="So many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """List the changes of tickets that are to be written, and those that were, newest first."""
    with reading(_database()) as connection:
        entries = outbox.listed(connection, cast("State | None", state), most)
        n_by_state = outbox.counts(connection)
    total = sum(n_by_state.values()) if state is None else n_by_state[cast("State", state)]
    if len(entries) < total:
        typer.echo(f"The newest {len(entries):,} of {total:,}; --most shows more.", err=True)
    if as_json:
        typer.echo(json.dumps([_as_json(entry) for entry in entries]))
        return
    table = Table("id", "source", "ticket", "state", "why", "attempts", "created", "next attempt")
    for entry in entries:
        upcoming = _minute(entry.next_attempt_at) if entry.state == "waiting" else ""
        what = (str(entry.id), entry.entry.source, entry.entry.reference, entry.state, _why(entry))
        table.add_row(*what, str(entry.n_attempts), _minute(entry.created_at), upcoming)
    print_table(table)


@app.command()
def show(id_: Id, as_json: Json = False) -> None:
    """Show all there is to know of one change, with what it writes."""
    with reading(_database()) as connection:
        entry = outbox.shown(connection, id_)
    if as_json:
        typer.echo(json.dumps(_as_json(entry) | {"change": _change(entry)}))
        return
    for name, value in _lines(entry):
        typer.echo(f"{name:<{_WIDTH}}{value}")


@app.command()
def retry(
    id_: Annotated[int | None, typer.Argument(metavar="[ID]", help="As `triage outbox list` shows it.")] = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="Every dead one, as after an outage.")] = False,
    as_json: Json = False,
) -> None:
    """Try a change again from now on, as if it were new."""
    if all_dead == (id_ is not None):
        raise typer.BadParameter("name one ID, or say --all-dead.")
    engine, now = _database(), datetime.now(UTC)
    if id_ is None:
        _retry_all_dead(engine, now, as_json=as_json)
        return
    with writing(engine) as connection:
        entry = outbox.retry(connection, id_, now)
    typer.echo(f"Entry {entry.id} is tried again.", err=as_json)
    if as_json:
        typer.echo(json.dumps(_as_json(entry)))


@app.command()
def drop(
    id_: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, also where somebody could answer.")] = False,
    as_json: Json = False,
) -> None:
    """Leave a change unwritten; asks first where somebody can answer. Retrying it takes that back."""
    engine = _database()
    if not yes and _is_asked():
        with reading(engine) as connection:
            entry = outbox.shown(connection, id_)
        where = f"ticket {entry.entry.reference} of {entry.entry.source}"
        typer.confirm(f"Drop entry {id_}? Nothing is written to {where}.", abort=True, err=True)
    with writing(engine) as connection:
        entry = outbox.drop(connection, id_, datetime.now(UTC))
    typer.echo(f"Entry {entry.id} is dropped.", err=as_json)
    if as_json:
        typer.echo(json.dumps(_as_json(entry)))


def _retry_all_dead(engine: Engine, now: datetime, *, as_json: bool) -> None:
    with writing(engine) as connection:
        n_retried = outbox.retry_all_dead(connection, now)
        n_dead = outbox.counts(connection)["dead"]
    typer.echo(f"{n_retried:,} dead {'entry is' if n_retried == 1 else 'entries are'} tried again.", err=as_json)
    if n_dead:
        stay, them = ("stays", "it") if n_dead == 1 else ("stay", "them")
        why = "a later change of the same ticket was written"
        typer.echo(f"{n_dead:,} {stay} dead: {why}. Drop {them}.", err=True)
    if as_json:
        typer.echo(json.dumps({"retried": n_retried, "dead": n_dead}))


def _is_asked() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def _database() -> Engine:
    engine = open_database(read_settings().database)
    prepare(engine)
    return engine


def _why(entry: StoredEntry) -> str:
    return entry.reason or entry.last_error or ""


def _lines(entry: StoredEntry) -> Iterable[tuple[str, str]]:
    """What `show` prints, line by line."""
    change = entry.entry.change
    yield "id", str(entry.id)
    yield "source", entry.entry.source
    yield "ticket", f"{entry.entry.reference} (here {entry.entry.ticket_id})"
    yield "model", entry.entry.model_version
    yield "state", entry.state
    if _why(entry):
        yield "why", _why(entry)
    yield "attempts", str(entry.n_attempts)
    yield "created", _minute(entry.created_at)
    if entry.state == "waiting":
        yield "next attempt", _minute(entry.next_attempt_at)
    if entry.leased_until:
        yield "worker until", _minute(entry.leased_until)
    if entry.settled_at:
        yield "settled", _minute(entry.settled_at)
    yield from change.fields.items()
    if change.tags:
        yield "tags", ", ".join(change.tags)
    yield "mark", change.mark
    if change.note:
        yield "note", change.note.replace("\n", f"\n{'':{_WIDTH}}")


def _as_json(entry: StoredEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "source": entry.entry.source,
        "reference": entry.entry.reference,
        "ticket_id": entry.entry.ticket_id,
        "model_version": entry.entry.model_version,
        "state": entry.state,
        "reason": entry.reason,
        "attempts": entry.n_attempts,
        "next_attempt_at": entry.next_attempt_at.isoformat() if entry.state == "waiting" else None,
        "leased_until": _iso(entry.leased_until),
        "last_error": entry.last_error,
        "created_at": entry.created_at.isoformat(),
        "settled_at": _iso(entry.settled_at),
    }


def _change(entry: StoredEntry) -> dict[str, Any]:
    change = entry.entry.change
    return {
        "fields": dict(change.fields),
        "tags": list(change.tags),
        "note": change.note,
        "mark": change.mark,
        "version": change.version,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
