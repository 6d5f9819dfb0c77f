"""Profile the people who write, and say who will call often."""

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
import typer
from pydantic import SecretStr

from commands import customers_care, customers_effect
from commands.customers_evaluate import evaluate
from commands.exports import MapOption, PresetOption, read_chunks, read_day
from commands.progress import progress_steps
from data.database import open_database, reading
from data.opt_outs import all_out
from data.pseudonyms import stored_id
from data.schema import prepare
from training.batch.results_file import check_out, written_whole
from training.customers.contact_table import contact_table
from training.customers.described_desk import describe_desk, share_of_top
from training.customers.plots import draw_customers
from training.customers.profile_columns import profile_columns
from training.reports.figures import check_plots
from triage.customers.profile import YEAR
from triage.errors import InvalidInput
from triage.settings import Settings, read_settings

__all__ = ["app"]

app = typer.Typer()


@app.command()
def profile(
    tickets: Annotated[Path, typer.Option("--tickets", metavar="FILE", help="The history, dated.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="OUT.parquet", help="What to write; OUT.csv for a spreadsheet.")
    ],
    preset: PresetOption = "generic",
    overrides: MapOption = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day looked at; else the last one.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also draw how contacts are spread over customers.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write a row a customer with a contact in the year before: measures, and segments and kind with their reasons.

    Who opted out has none.
    """
    check_out(out, tickets)
    if plots is not None:
        check_plots(plots)
    asked = None if as_of is None else datetime.combine(read_day(as_of, "--as-of"), time.max, UTC)
    until, settings = asked or datetime.now(UTC), read_settings()
    opted_out = _opted_out(settings)
    contacts = contact_table(read_chunks(tickets, preset, overrides, settings.rejected), until)
    if not contacts.num_rows:
        raise InvalidInput(
            f"No ticket of this history names both its customer and when, up to {until:%Y-%m-%d}, it was opened."
        )
    last = _last(contacts)
    moment = asked or last
    contacts = _without(contacts, opted_out, settings.customer_key)
    if not contacts.num_rows:
        raise InvalidInput("All customers of this history opted out: there is nobody to profile.")
    with progress_steps("Profiling") as step:
        step(f"{contacts.num_rows:,} contacts")
        desk = describe_desk(contacts, moment)
        if not desk.customers:
            raise InvalidInput(
                f"Nobody contacted the desk in the {YEAR.days} days up to {moment:%Y-%m-%d}; the last contact before "
                f"was on {last:%Y-%m-%d}."
            )
        step(f"writing {out.name}")
        table = profile_columns(desk)
        with written_whole(out, table.schema) as writer:
            writer.write_table(table)
        drawn = [] if plots is None else draw_customers(desk, plots)
    for plot in drawn:
        typer.echo(f"Plot: {plot}", err=True)
    n_by_segment, counts = desk.n_by_segment, desk.contacts_by_rank
    if as_json:
        document = {
            "as_of": moment.isoformat(),
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
        f"{len(desk.customers):,} customers as of {moment:%Y-%m-%d} written to {out}; "
        f"{n_by_segment['frequent_flyer']:,} are frequent flyers.{share if counts else ''}"
    )


app.registered_commands += customers_care.app.registered_commands + customers_effect.app.registered_commands
app.command()(evaluate)


def _opted_out(settings: Settings) -> frozenset[str]:
    """Who wants no profile, by their stored ids."""
    engine = open_database(settings.database)
    prepare(engine)
    with reading(engine) as connection:
        return all_out(connection)


def _without(contacts: pa.Table, opted_out: frozenset[str], key: SecretStr | None) -> pa.Table:
    """The contacts of the others; says how many customers are left out."""
    if not opted_out:
        return contacts
    left_out = [who for who in contacts["customer_id"].unique().to_pylist() if stored_id(who, key) in opted_out]
    if left_out:
        typer.echo(f"Left out: {len(left_out):,} who opted out.", err=True)
    return contacts.filter(pc.invert(pc.is_in(contacts["customer_id"], pa.array(left_out, pa.string()))))


def _last(contacts: pa.Table) -> datetime:
    last: datetime = pc.max(contacts["opened_at"]).as_py()
    return last.replace(tzinfo=UTC)
