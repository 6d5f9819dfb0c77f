"""List the ticketing systems that this desk has connected, and check whether they are reached."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from commands.tables import print_table
from data.connectors.connector import Finding
from data.sources import connect, environment, missing_variables, read_sources
from triage.errors import InvalidInput, NotFound, UnusableSources
from triage.settings import read_settings
from triage.sources import Source

__all__ = ["app"]

app = typer.Typer(help="List connected ticketing systems, and check whether they are reached.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List every source, and whether its secrets are set; never their values."""
    path, environ = read_settings().sources, environment()
    sources = read_sources(path)
    if as_json:
        typer.echo(json.dumps([_as_json(source, environ) for source in sources]))
        return
    if not sources:
        typer.echo(f"{path} names no source: docs/connect/README.md says how to connect one.", err=True)
        return
    table = Table("name", "system", "url", "mode", "blind share", "secrets")
    for source in sources:
        missing = missing_variables(source, environ)
        secrets = f"not set: {', '.join(missing)}" if missing else "all set"
        table.add_row(source.name, source.system, source.url, source.mode, f"{source.blind_share:.1%}", secrets)
    print_table(table)


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The source; every one if missing.")] = None,
    ticket: Annotated[str | None, typer.Option(metavar="ID", help="The ticket to read, by the id of its API.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Leave a note on that ticket; asks first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where nobody could answer.")] = False,
    as_json: Json = False,
) -> None:
    """Reach a ticketing system, read one ticket, and say which rights are missing; writes nothing without --write."""
    if (write or ticket is not None) and name is None:
        raise typer.BadParameter("--ticket and --write need the NAME of one source.")
    if write and ticket is None:
        raise typer.BadParameter("--write needs --ticket: nothing is written to a ticket that nobody named.")
    sources, environ = _named(name), environment()
    if write and not yes:
        _ask(f"Leave an internal note on ticket {ticket} of {name}?")
    found = {source.name: _findings(source, environ, ticket, may_write=write) for source in sources}
    if as_json:
        typer.echo(json.dumps({name: [asdict(each) for each in findings] for name, findings in found.items()}))
    else:
        for source_name, findings in found.items():
            typer.echo(source_name)
            for finding in findings:
                typer.echo(f"  {'ok    ' if finding.passed else 'FAILED'}  {finding.sentence}")
    if not all(finding.passed for findings in found.values() for finding in findings):
        raise typer.Exit(1)


def _named(name: str | None) -> tuple[Source, ...]:
    path = read_settings().sources
    sources = read_sources(path)
    if not sources:
        raise NotFound(f"{path} names no source: docs/connect/README.md says how to connect one.")
    if name is None:
        return sources
    found = tuple(source for source in sources if source.name == name)
    if not found:
        raise NotFound(f"No source named {name!r}. Known: {', '.join(source.name for source in sources)}.")
    return found


def _findings(source: Source, environ: Mapping[str, str], ticket: str | None, *, may_write: bool) -> list[Finding]:
    """What was found; a source whose secrets are missing does not keep the others from being checked."""
    try:
        connection = connect(source, environ)
    except UnusableSources as unusable:
        return [Finding(False, str(unusable))]
    with connection.open() as client:
        return connection.connector.check(client, ticket, may_write=may_write)


def _ask(question: str) -> None:
    if not _is_asked():
        raise InvalidInput("Nobody can answer here: say --yes to have the note written.")
    typer.confirm(question, abort=True, err=True)


def _is_asked() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def _as_json(source: Source, environ: Mapping[str, str]) -> dict[str, Any]:
    missing = missing_variables(source, environ)
    return {
        "name": source.name,
        "system": source.system,
        "url": source.url,
        "mode": source.mode,
        "blind_share": source.blind_share,
        "secrets": {variable: variable not in missing for variable in source.variables},
    }
