"""A desk's export as the command line reads it: with a preset, a progress bar, and word of what could not be used."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from commands.progress import progress_bar
from data.exports.files import ReadSummary, TicketFile, read_tickets
from data.exports.preset import PRESET_NAMES, Preset, load_preset, with_date_formats, with_map
from data.exports.ticket_columns import TicketColumns
from triage.ticket import WorkedTicket

__all__ = [
    "DateFormatOption",
    "MapOption",
    "PresetOption",
    "read_columns",
    "read_day",
    "read_history",
    "report_summary",
]

PresetOption = Annotated[
    str, typer.Option("--preset", metavar="P", help=f"{', '.join(PRESET_NAMES)}, or a path to a TOML of that form.")
]
MapOption = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="CANONICAL=COLUMN", help="Override or add one column; CANONICAL= drops it."),
]


DateFormatOption = Annotated[
    list[str] | None,
    typer.Option(
        "--date-format",
        metavar="FORMAT",
        help="How dates are written, as '%d/%m/%Y %H:%M' in Python's strptime; instead of the preset's formats.",
    ),
]


def read_history(
    file: Path,
    preset: str,
    overrides: Sequence[str] | None,
    rejected: Path,
    *,
    date_formats: Sequence[str] | None = None,
) -> tuple[list[WorkedTicket], ReadSummary]:
    """All tickets of an export, behind a progress bar; what could not be used is said on stderr."""
    asked = _preset(preset, overrides, date_formats)
    with progress_bar(f"Reading {file.name}") as advance:
        tickets, summary = read_tickets(file, asked, rejected=rejected, on_progress=advance)
    report_summary(summary, rejected)
    return tickets, summary


def read_columns(
    file: Path,
    preset: str,
    overrides: Sequence[str] | None,
    rejected: Path,
    *,
    date_formats: Sequence[str] | None = None,
    title: str = "Reading",
    later: Collection[str] | None = None,
) -> Iterator[TicketColumns]:
    """The same as columns, a chunk at a time, for work that need not hold all tickets at once or needs none.

    `later` are the columns decided later that are read; None reads all of them, and the file's own.
    """
    history = TicketFile(file, _preset(preset, overrides, date_formats), rejected=rejected, later=later)
    with progress_bar(f"{title} {file.name}") as advance:
        for chunk in history.columns():
            yield chunk
            advance(history.progress_ratio)
    report_summary(history.summary, rejected)


def _preset(name: str, overrides: Sequence[str] | None, date_formats: Sequence[str] | None) -> Preset:
    return with_date_formats(with_map(load_preset(name), overrides or ()), date_formats or ())


def read_day(day: str, option: str) -> date:
    """The day that an option names.

    Raises:
        typer.BadParameter: it is no date, or none that a desk could have tickets of.
    """
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise typer.BadParameter(f"{day!r} is not a date like 2026-06-30.", param_hint=option) from None
    if not 1970 <= found.year < 2200:
        raise typer.BadParameter(f"{day} is not between 1970 and 2199.", param_hint=option)
    return found


def report_summary(summary: ReadSummary, rejected: Path) -> None:
    """Say on stderr what was read, and where the rest is."""
    typer.echo(f"{summary.n_rows:,} rows read, {summary.n_usable:,} tickets usable.", err=True)
    for note in summary.notes:
        typer.echo(f"Note: {note}", err=True)
    if summary.n_rejected:
        reasons = "; ".join(f"{reason} ({n:,})" for reason, n in summary.rejected.items())
        typer.echo(f"{summary.n_rejected:,} rows were rejected and are kept in {rejected}: {reasons}.", err=True)
