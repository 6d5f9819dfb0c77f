"""Profile everybody who writes, into a Parquet or CSV file."""

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from commands.exports import DateFormatOption, MapOption, PresetOption, read_columns, read_day
from commands.progress import progress_steps
from data.database import open_database, reading
from data.opt_outs import all_out
from data.pseudonyms import stored_id
from data.schema import prepare
from triage.settings import Settings, read_settings

__all__ = ["app", "profile"]

app = typer.Typer()


@app.command()
def profile(  # noqa: PLR0913, PLR0917  # each is an option
    tickets: Annotated[Path, typer.Option("--tickets", metavar="FILE", help="The history, dated.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="OUT.parquet", help="What to write; OUT.csv for a spreadsheet.")
    ],
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    date_formats: DateFormatOption = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day looked at; else the last one that is no stray.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also draw how contacts are spread over customers.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write a row a customer with a contact in the year before: measures, and segments and kind with their reasons.

    Who opted out has none.
    """
    from training.batch.results_file import check_out
    from training.customers.contact_table import DECIDED
    from training.customers.described_desk import share_of_top
    from training.customers.plots import draw_customers
    from training.customers.profile_file import contact_history, profile_desk, write_profiles
    from training.reports.figures import check_plots

    check_out(out, tickets)
    if plots is not None:
        check_plots(plots)
    asked = None if as_of is None else datetime.combine(read_day(as_of, "--as-of"), time.max, UTC)
    until, settings = asked or datetime.now(UTC), read_settings()
    opted_out = _opted_out(settings)
    chunks = read_columns(tickets, preset, overrides, settings.rejected, later=DECIDED, date_formats=date_formats)
    history = contact_history(
        chunks, until, lambda customer_id: stored_id(customer_id, settings.customer_key) in opted_out
    )
    for remark in history.remarks if asked is None else ():
        typer.echo(f"Note: {remark} --as-of names another day.", err=True)
    if history.n_left_out:
        typer.echo(f"Left out: {history.n_left_out:,} who opted out.", err=True)
    with progress_steps("Profiling") as step:
        step(f"{history.contacts.num_rows:,} contacts")
        desk = profile_desk(history, asked)
        step(f"writing {out.name}")
        write_profiles(desk, out)
        drawn = [] if plots is None else draw_customers(desk, plots)
    for plot in drawn:
        typer.echo(f"Plot: {plot}", err=True)
    n_by_segment, counts = desk.n_by_segment, desk.contacts_by_rank
    if as_json:
        document = {
            "as_of": desk.as_of.isoformat(),
            "customers": len(desk.customers),
            "frequent_flyers": n_by_segment["frequent_flyer"],
            "segments": n_by_segment,
            "share_of_top_5_percent": share_of_top(counts),
            "out": str(out),
        }
        typer.echo(json.dumps(document))
        return
    share = f" 5 % of the people among them made {100 * share_of_top(counts):.0f} % of the contacts of a year."
    typer.echo(
        f"{len(desk.customers):,} customers as of {desk.as_of:%Y-%m-%d} written to {out}; "
        f"{n_by_segment['frequent_flyer']:,} are frequent flyers.{share if counts else ''}"
    )


def _opted_out(settings: Settings) -> frozenset[str]:
    """Who wants no profile, by their stored ids."""
    engine = open_database(settings.database)
    prepare(engine)
    with reading(engine) as connection:
        return all_out(connection)
