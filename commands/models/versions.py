"""List and show versions."""

import json
from typing import Annotated

import typer
from rich.table import Table

from commands.models.registry import open_registry
from commands.tables import print_table
from models.journal import read_journal
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer()

Ref = Annotated[str, typer.Argument(metavar="REF", help="A version's number, or an alias such as champion.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the versions, the newest first."""
    settings = read_settings()
    versions = open_registry(settings).versions()
    journal = read_journal(settings.bundles)
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "version": v.version,
                        "created_at": v.created_at.isoformat(),
                        "aliases": v.aliases,
                        "run": v.run_id,
                        "bundle_hash": v.bundle_hash,
                        "history": [entry.as_dict() for entry in journal if entry.version == v.version],
                    }
                    for v in versions
                ]
            )
        )
        return
    table = Table("version", "registered", "aliases", "bundle", "run")
    for v in versions:
        table.add_row(
            v.version, f"{v.created_at:%Y-%m-%d %H:%M} UTC", ", ".join(v.aliases), (v.bundle_hash or "")[:12], v.run_id
        )
    if versions:
        print_table(table)
    else:
        typer.echo("No model was trained yet: run `triage models train`.")


@app.command()
def show(ref: Ref, as_json: Json = False) -> None:
    """Show a version's card, and when it was learned, promoted and refused."""
    from models.bundle import read_manifest
    from models.card import model_card

    settings = read_settings()
    registry = open_registry(settings)
    found = registry.find(ref)
    with registry.bundle(found) as folder:
        manifest = read_manifest(folder)
    if as_json:
        typer.echo(json.dumps(json.loads(manifest.to_bytes()) | {"bundle_hash": manifest.bundle_hash}))
        return
    typer.echo(model_card(manifest))
    typer.echo(f"Learned on {manifest.trained_at:%Y-%m-%d %H:%M} UTC; bundle hash {manifest.bundle_hash}.")
    for entry in read_journal(settings.bundles):
        if entry.version == found.version:
            typer.echo(f"{entry}.")
