"""Look at surges, and at what the watch would have told of an export: one sees its false alarms before trusting it."""

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.exports import DateFormatOption, MapOption, PresetOption, read_columns
from commands.progress import progress_bar
from data.database import open_database, reading
from data.schema import prepare
from data.surges import STATES, StoredSurge, n_surges, surges_of
from triage.errors import InvalidInput
from triage.settings import read_settings

if TYPE_CHECKING:
    from triage.surges.replay import Replayed
    from triage.surges.seen import Seen
    from triage.surges.surge import Surge

__all__ = ["app"]

app = typer.Typer(
    help="List more incidents than usual, and play a history to see what would be told.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

_MINUTE = "%Y-%m-%d %H:%M"


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(metavar="STATE", help=f"Only these: {', '.join(STATES)}.")] = None,
    most: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="How many at most.")] = 25,
    as_json: Json = False,
) -> None:
    """List the surges that were seen, the latest first."""
    if state is not None and state not in STATES:
        raise InvalidInput(f"No state '{state}'. Known: {', '.join(STATES)}.")
    engine = open_database(read_settings().database)
    prepare(engine)
    states = None if state is None else (state,)
    with reading(engine) as connection:
        found, n = surges_of(connection, states=states, limit=most), n_surges(connection, states)
    if as_json:
        typer.echo(json.dumps({"n": n, "surges": [_stored_document(each) for each in found]}, ensure_ascii=False))
        return
    for surge in found:
        typer.echo(
            f"{surge.id:>6}  {surge.state:<9}  {surge.started_at:{_MINUTE}}  "
            f"{surge.n_observed:>5} where {surge.n_expected:.1f} were expected  {surge.name}"
        )
    typer.echo(f"{len(found):,} of {n:,} surges." if found else "No surges.", err=True)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV (also .gz), JSON, Parquet or Excel.")],
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    date_formats: DateFormatOption = None,
    as_json: Json = False,
) -> None:
    """Play a history to the watch and tell when each alarm would have come; nothing is stored."""
    seen = list(_read(file, preset, overrides, date_formats))
    if not seen:
        raise InvalidInput(f"{file.name} holds no incident with a date, so there is nothing to replay.")
    found = _replayed(sorted(seen, key=lambda each: (each.at, each.id)))
    if found.watched_from is None:
        raise InvalidInput("Two weeks of history are needed before anything is unusual; this export holds fewer.")
    if as_json:
        typer.echo(json.dumps(_replay_document(found), ensure_ascii=False))
        return
    for surge in found.surges:
        late = (surge.raised_at - surge.started_at).total_seconds() / 60
        typer.echo(
            f"{surge.raised_at:{_MINUTE}}  {surge.n_observed:>5} where {surge.n_expected:.1f} were expected  "
            f"{surge.name} (began {late:.0f} min before)"
        )
    n = len(found.surges)
    typer.echo(
        f"{n:,} alarm{'' if n == 1 else 's'} in {found.n_months:.1f} months, {n / found.n_months:.2f} a month, "
        f"from {found.watched_from:%Y-%m-%d} on; {found.n_seen:,} incidents.",
        err=True,
    )


def _read(file: Path, preset: str, overrides: list[str] | None, date_formats: list[str] | None) -> Iterator["Seen"]:
    from triage.surges.seen import seen_of_worked

    rejected = read_settings().rejected
    for chunk in read_columns(file, preset, overrides, rejected, date_formats=date_formats, title="Reading"):
        for ticket in chunk.tickets():
            seen = seen_of_worked(ticket)
            if seen is not None:
                yield seen


def _replayed(seen: list["Seen"]) -> "Replayed":
    from triage.surges.replay import alarms_of

    with progress_bar("Replaying") as advance:
        return alarms_of(seen, on_progress=advance)


def _stored_document(surge: StoredSurge) -> dict[str, Any]:
    return {
        "id": surge.id,
        "name": surge.name,
        "state": surge.state,
        "dimension": surge.dimension,
        "value": surge.value,
        "started_at": surge.started_at.isoformat(),
        "raised_at": surge.raised_at.isoformat(),
        "last_at": surge.last_at.isoformat(),
        "ended_at": None if surge.ended_at is None else surge.ended_at.isoformat(),
        "n_observed": surge.n_observed,
        "n_expected": surge.n_expected,
        "words": surge.words,
        "tickets": surge.ticket_ids,
        "decided_by": surge.decided_by,
    }


def _replay_document(found: "Replayed") -> dict[str, Any]:
    return {
        "watched_from": None if found.watched_from is None else found.watched_from.isoformat(),
        "until": found.until.astimezone(UTC).isoformat(),
        "incidents": found.n_seen,
        "months": round(found.n_months, 2),
        "alarms_a_month": round(len(found.surges) / found.n_months, 3),
        "alarms": [_alarm_document(surge) for surge in found.surges],
    }


def _alarm_document(surge: "Surge") -> dict[str, Any]:
    return {
        "name": surge.name,
        "dimension": surge.kind.dimension,
        "value": surge.kind.value,
        "started_at": surge.started_at.isoformat(),
        "raised_at": surge.raised_at.isoformat(),
        "ended_at": None if surge.ended_at is None else surge.ended_at.isoformat(),
        "n_observed": surge.n_observed,
        "n_expected": surge.n_expected,
        "words": list(surge.words),
        "tickets": list(surge.tickets),
    }
