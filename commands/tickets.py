"""Sample a desk, check an export, import it into the database, and export what people decided."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from commands.exports import DateFormatOption, MapOption, PresetOption, read_columns, read_day, read_history
from commands.progress import progress_bar
from data.database import open_database
from data.decisions import ORIGINS
from data.exports.decided_export import ExportCount, write_decided
from data.imports import import_chunks
from data.schema import prepare
from triage.settings import read_settings
from triage.targets import USUAL_TARGETS, check_names

if TYPE_CHECKING:
    from training.audit.finding import Finding

__all__ = ["app"]

app = typer.Typer()

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV (also .gz), JSON, Parquet or Excel.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def sample(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .csv, .csv.gz, .jsonl or .parquet to write.")],
    tickets: Annotated[int, typer.Option(min=1, help="How many tickets.")] = 8000,
    customers: Annotated[int, typer.Option(min=1, help="How many people write them.")] = 600,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same desk.")] = 7,
    end: Annotated[str, typer.Option(metavar="DATE", help="The last day of the history.")] = "2026-06-30",
    changes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Plant recurring problems and an outage among the tickets, and write what was changed at the desk's "
            "services to this file, for `triage changes import`.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the history of a believable service desk, to try things out on (preset generic)."""
    from data.samples.desk import generate_desk
    from data.samples.export import write_changes, write_desk
    from data.samples.roots import generate_desk_with_roots

    last_day = read_day(end, "--end")
    for path in (out, changes):
        if path is not None and path.exists() and sys.stdin.isatty():
            typer.confirm(f"{path} exists. Write the sample over it?", abort=True, err=True)
    if changes is None:
        desk = generate_desk(n_tickets=tickets, n_customers=customers, seed=seed, end=last_day)
    else:
        planted = generate_desk_with_roots(n_tickets=tickets, n_customers=customers, seed=seed, end=last_day)
        desk = planted.desk
        write_changes(planted.changes, changes)
    write_desk(desk, out)
    n_writers = len({ticket.filed.customer_id for ticket in desk.tickets})  # not everybody has a reason to call
    typer.echo(f"{len(desk.tickets):,} tickets of {n_writers:,} customers written to {out}.", err=True)
    if as_json:
        typer.echo(json.dumps({"tickets": len(desk.tickets), "customers": n_writers, "seed": seed, "out": str(out)}))


@app.command()
def check(
    file: File,
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    date_formats: DateFormatOption = None,
    targets: Annotated[str | None, typer.Option(metavar="a,b", help="Labels to audit; else the usual ones.")] = None,
    as_json: Json = False,
) -> None:
    """Say what an export holds, what can be learned from it, and what would flatter or mislead a model of it."""
    from training.audit.inspection import audit_history
    from training.histories.dataset import label_columns
    from training.histories.summary import summarise_history

    tickets, summary = read_history(file, preset, overrides, read_settings().rejected, date_formats=date_formats)
    columns = label_columns(tickets)
    asked = [name.strip() for name in targets.split(",") if name.strip()] if targets else []
    check_names(asked, columns)
    found = summarise_history(tickets, summary) | {"bound": {name: dict(n) for name, n in summary.bound.items()}}
    with progress_bar("Auditing") as advance:
        findings = audit_history(
            tickets, asked or [name for name in USUAL_TARGETS if name in columns], on_progress=advance
        )
    if as_json:
        typer.echo(json.dumps(found | {"audit": [finding.as_dict() for finding in findings]}))
    else:
        _show(found)
        _show_audit(findings)


@app.command("import")
def import_(
    file: File,
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    date_formats: DateFormatOption = None,
    as_json: Json = False,
) -> None:
    """Read an export into the database; the same file twice changes nothing."""
    settings = read_settings()
    engine = open_database(settings.database)
    prepare(engine)
    chunks = read_columns(file, preset, overrides, settings.rejected, date_formats=date_formats, title="Importing")
    tickets = (chunk.tickets() for chunk in chunks)
    count = import_chunks(engine, tickets, settings.customer_key, datetime.now(UTC), settings.redaction)
    if as_json:
        typer.echo(json.dumps({"new": count.n_new, "changed": count.n_changed, "unchanged": count.n_unchanged}))
    else:
        typer.echo(f"{count.n_new:,} new, {count.n_changed:,} changed, {count.n_unchanged:,} unchanged tickets.")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .csv, .csv.gz, .jsonl or .parquet to write.")],
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only tickets that were opened on this day (UTC) or later.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write every stored ticket with the values that people gave: the next file to learn from (preset generic)."""
    first_day = None if since is None else read_day(since, "--since")
    settings = read_settings()
    engine = open_database(settings.database)
    prepare(engine)
    if out.exists() and sys.stdin.isatty():
        typer.confirm(f"{out} exists. Write the tickets over it?", abort=True, err=True)
    with progress_bar(f"Writing {out.name}") as advance:
        count = write_decided(
            engine,
            out,
            datetime.now(UTC),
            since=None if first_day is None else datetime.combine(first_day, time(), UTC),
            key=settings.customer_key,
            on_progress=advance,
        )
    typer.echo(
        f"{count.n_tickets:,} tickets written to {out}, with {count.n_evidence:,} values that people gave. "
        f"{count.n_automatic:,} automatic values that nobody touched are left empty.",
        err=True,
    )
    if as_json:
        labels = {target: {origin: n[origin] for origin in ORIGINS} for target, n in sorted(count.labels.items())}
        typer.echo(json.dumps({"tickets": count.n_tickets, "labels": labels, "out": str(out)}))
    else:
        _show_labels(count)


def _show_labels(count: ExportCount) -> None:
    table = Table("label", *ORIGINS)
    for target, n in sorted(count.labels.items()):
        table.add_row(target, *(f"{n[origin]:,}" for origin in ORIGINS))
    if count.labels:
        Console(markup=False).print(table)


def _show(found: Mapping[str, Any]) -> None:
    console = Console(markup=False)  # a label may hold brackets
    overview = Table.grid(padding=(0, 2))
    overview.add_row("rows", f"{found['rows']:,}")
    overview.add_row("usable tickets", f"{found['usable']:,}")
    overview.add_row("rejected", "; ".join(f"{reason}: {n:,}" for reason, n in found["rejected"].items()) or "none")
    if found["rejected_examples"]:
        lines = ", ".join(f"{one['line']:,}" for one in found["rejected_examples"][:5])
        overview.add_row("", f"the first in line {lines}; all of them are in rejected.csv")
    dates, customers = found["dates"], found["customers"]
    overview.add_row(
        "opened",
        f"{dates['first'][:10]} to {dates['last'][:10]} ({dates['n']:,} tickets have a date)"
        if dates
        else "no dates: measured by customer or at random, not forward in time",
    )
    overview.add_row(
        "customers",
        f"{customers['n']:,}; the largest, {customers['largest']}, wrote {customers['largest_share']:.1%}"
        if customers
        else "none named: no profiles",
    )
    overview.add_row("repeated texts", f"{found['repeated_texts']:,}")
    overview.add_row("without text", f"{found['without_text']:,}")
    overview.add_row("read as", ", ".join(_read_as(ours, theirs, found) for ours, theirs in found["columns"].items()))
    overview.add_row("kept as attributes", ", ".join(found["attributes"]) or "none")
    console.print(overview)
    if not found["labels"]:
        console.print("\nNo usual column has values to learn; name one with --map or --targets.")
        return
    labels = Table("can be learned", "tickets", "labels", "commonest", "rarest", title_justify="left")
    for name, counts in found["labels"].items():
        listed = list(counts.items())
        labels.add_row(
            name,
            f"{sum(counts.values()):,}",
            f"{len(listed):,}",
            ", ".join(f"{label} ({n:,})" for label, n in listed[:3]),
            f"{listed[-1][0]} ({listed[-1][1]:,})",
        )
    console.print(labels)


def _read_as(ours: str, theirs: str, found: Mapping[str, Any]) -> str:
    """Of which columns something was read, with how many tickets had it there; no number where all had it."""
    counts = {column: n for column, n in found["bound"].get(ours, {}).items() if n} or {theirs: 0}
    if counts == {theirs: found["usable"]}:
        return f"{ours}={theirs}"
    return f"{ours}={' or '.join(f'{column} ({n:,})' for column, n in counts.items())}"


def _show_audit(findings: "Sequence[Finding]") -> None:
    console = Console(markup=False, highlight=False)
    if not findings:
        console.print("\nThe audit found nothing that would flatter or mislead a model.")
        return
    console.print("\nThe audit found")
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        rows = f" For example {', '.join(finding.examples[:3])}." if finding.examples else ""
        table.add_row(finding.severity, f"{finding.sentence}{rows}\n-> {finding.advice}\n")
    console.print(table)
