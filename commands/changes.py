"""Tell what was changed at the services that incidents tell of."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from commands.recorded import record
from commands.tables import print_table
from data import changes
from data.change_files import FIELDS, read_changes
from data.changes import KINDS
from data.database import open_database, reading, writing
from data.schema import prepare
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV (also .gz), JSON, Parquet or Excel.")],
    overrides: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help=f"Where a column has another name: {', '.join(FIELDS)}."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help=f"Of all of them, {' or '.join(KINDS)}; else as the file says.")
    ] = None,
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Of dates without an offset.")] = "UTC",
    as_json: Json = False,
) -> None:
    """Read changes and releases into the database; the same file twice changes nothing."""
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is neither {' nor '.join(KINDS)}.", param_hint="--kind")
    found, now = read_changes(file, overrides or (), kind, timezone), datetime.now(UTC)
    engine = open_database(read_settings().database)
    prepare(engine)
    with writing(engine) as connection:
        count = changes.keep(connection, found.changes)
        if count.n_new or count.n_changed:
            details = {"new": count.n_new, "changed": count.n_changed}
            record(connection, "changes.imported", "changes", details, now)
    read_as = ", ".join(f"{field}={column}" for field, column in found.columns.items())
    typer.echo(f"{len(found.changes):,} changes read ({read_as}).", err=True)
    if found.n_unusable:
        typer.echo(
            f"{found.n_unusable:,} rows were left out, the first in line {found.first_unusable:,}: {found.why}.",
            err=True,
        )
    if as_json:
        told = {"new": count.n_new, "changed": count.n_changed, "unchanged": count.n_unchanged}
        typer.echo(json.dumps(told | {"left_out": found.n_unusable}))
    else:
        typer.echo(f"{count.n_new:,} new, {count.n_changed:,} changed, {count.n_unchanged:,} unchanged changes.")


@app.command("list")
def list_(
    most: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="So many at most, the latest.")] = 50,
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    as_json: Json = False,
) -> None:
    """List changes, the latest first."""
    engine = open_database(read_settings().database)
    prepare(engine)
    with reading(engine) as connection:
        found = changes.latest(connection, most, service=service)
    if as_json:
        told = [
            {"id": one.id, "kind": one.kind, "title": one.title, "service": one.service, "at": one.at.isoformat()}
            for one in found
        ]
        typer.echo(json.dumps(told))
        return
    if not found:
        typer.echo("No change is known: `triage changes import FILE` reads them.", err=True)
        return
    table = Table("id", "kind", "in effect", "service", "title")
    for one in found:
        table.add_row(one.id, one.kind, f"{one.at:%Y-%m-%d %H:%M}", one.service or "", one.title)
    print_table(table)
