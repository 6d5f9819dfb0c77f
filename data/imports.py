"""Takes an export's tickets into the database, a chunk a transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import Engine

from data.database import writing
from data.persons import join_earlier
from data.pseudonyms import earlier_ids, worked_with_stored_id
from data.tickets import ImportCount, import_worked
from triage.redaction import EVERYTHING, RedactionRules
from triage.ticket import WorkedTicket

__all__ = ["import_chunks"]


def import_chunks(
    engine: Engine,
    chunks: Iterable[Sequence[WorkedTicket]],
    key: SecretStr | None,
    now: datetime,
    rules: RedactionRules = EVERYTHING,
) -> ImportCount:
    """Store tickets; those that are stored already and say the same change nothing.

    Args:
        engine: an upgraded database.
        chunks: tickets, each chunk stored in a transaction of its own.
        key: under which customers' ids are hashed; None stores them as they are.
        now: the moment of the import, aware.
        rules: what is redacted where before it is stored.
    """
    count = ImportCount()
    for chunk in chunks:
        earlier = earlier_ids((ticket.filed.customer_as_filed or ticket.filed.customer_id for ticket in chunk), key)
        with writing(engine) as connection:
            join_earlier(connection, earlier, now)
            count += import_worked(connection, (worked_with_stored_id(ticket, key) for ticket in chunk), now, rules)
    return count
