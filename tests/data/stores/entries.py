"""Changes that wait in the outbox, and the tickets that they are of."""

from datetime import datetime

from sqlalchemy import Engine

from data import outbox
from data.connectors.connector import Change
from data.database import writing
from data.outbox import Entry
from data.tickets import file
from triage.ticket import NewTicket


def make_entry(n: int, ticket: str = "1", **changes: object) -> Entry:
    """An entry whose mark is this number."""
    change = {
        "fields": {"assignment_group": "Network"},
        "tags": ("triage_network",),
        "note": f"Entry {n}.\nSuggested by triage.",
        "mark": f"triage:{n:08x}",
        "version": "7",
    }
    usual = {"source": "desk", "reference": f"ref{ticket}", "ticket_id": ticket, "model_version": "3"}
    return Entry(**(usual | {"change": Change(**change)} | changes))  # type: ignore[arg-type]


def put(engine: Engine, now: datetime, *entries: Entry) -> int:
    """Stores their tickets and the entries, in this order."""
    with writing(engine) as connection:
        ids = {entry.ticket_id for entry in entries}
        file(connection, [NewTicket(id=id_, customer_id=f"customer{id_}") for id_ in sorted(ids)], now)
        return outbox.put(connection, entries, now)
