"""Profile the people who write."""

import json
from collections import defaultdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from training.commands import customers_care, customers_effect
from training.dataset import settled_at
from training.history import MapOption, PresetOption, read_day, read_history
from training.results_file import check_out, written_whole
from triage.customers.contact import Contact
from triage.customers.profile import CustomerProfile, desk_norms, profile_customer
from triage.customers.segments import segments_of
from triage.errors import InvalidInput
from triage.settings import read_settings
from triage.ticket import WorkedTicket

__all__ = ["app"]

app = typer.Typer()


@app.callback()
def _noun() -> None:
    """Keeps `profile` a verb of its own while it is the only one."""


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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write a row a customer: contacts in 30 and 90 days, share of incidents, segments with their reasons."""
    check_out(out, tickets)
    now = datetime.now(UTC)
    asked = None if as_of is None else datetime.combine(read_day(as_of, "--as-of"), time.max, UTC)
    history, _ = read_history(tickets, preset, overrides, read_settings().rejected)
    moment = asked or min(now, max((t.filed.opened_at for t in history if t.filed.opened_at), default=now))
    contacts = _contacts(history, moment)
    profiles = [profile_customer(customer_id, made, moment) for customer_id, made in sorted(contacts.items())]
    norms = desk_norms([found.n_contacts_30d for found in profiles if found.n_contacts_30d])
    segments = [[f"{s.name}: {s.reason}" for s in segments_of(found, norms)] for found in profiles]
    table = _table(profiles, segments)
    with written_whole(out, table.schema) as writer:
        writer.write_table(table)
    n_flyers = sum(any(s.startswith("frequent_flyer:") for s in held) for held in segments)
    if as_json:
        document = {
            "as_of": moment.isoformat(),
            "customers": len(profiles),
            "frequent_flyers": n_flyers,
            "frequent_flyer_contacts": norms.frequent_flyer_contacts,
            "out": str(out),
        }
        typer.echo(json.dumps(document))
        return
    typer.echo(
        f"{len(profiles):,} customers as of {moment:%Y-%m-%d} written to {out}; {n_flyers:,} are frequent flyers "
        f"({norms.frequent_flyer_contacts} contacts or more in 30 days; typical are {norms.typical_contacts})."
    )


app.registered_commands += customers_care.app.registered_commands + customers_effect.app.registered_commands


def _contacts(history: list[WorkedTicket], moment: datetime) -> dict[str, list[Contact]]:
    """Each customer's contacts by that moment, with their types where those were settled by then."""
    contacts: dict[str, list[Contact]] = defaultdict(list)
    for ticket in history:
        opened_at, final_at = ticket.filed.opened_at, settled_at(ticket)
        if ticket.filed.customer_id is not None and opened_at is not None and opened_at <= moment:
            ticket_type = ticket.ticket_type if final_at is None or final_at <= moment else None
            contacts[ticket.filed.customer_id].append(Contact(opened_at, ticket_type))
    if not contacts:
        raise InvalidInput(
            f"No ticket of this history names both its customer and when, up to {moment:%Y-%m-%d}, it was opened."
        )
    return contacts


def _table(profiles: list[CustomerProfile], segments: list[list[str]]) -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([p.customer_id for p in profiles], pa.string()),
            "as_of": pa.array([p.as_of for p in profiles], pa.timestamp("us", tz="UTC")),
            "contacts_30d": pa.array([p.n_contacts_30d for p in profiles], pa.int64()),
            "contacts_90d": pa.array([p.n_contacts_90d for p in profiles], pa.int64()),
            "incident_share": pa.array([p.incident_ratio for p in profiles], pa.float64()),
            "segments": pa.array(["; ".join(held) for held in segments], pa.string()),
        }
    )
