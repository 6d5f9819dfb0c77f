"""The store of how many requests each caller has sent in a minute, to all processes that share the database."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete

from data.database import insert
from data.tables import request_counts

__all__ = ["KEPT_MINUTES", "add_counts"]

KEPT_MINUTES = 2
"""How long the numbers of a minute stay; nobody asks for them once it is over."""


def add_counts(connection: Connection, minute: int, counts: Mapping[str, int]) -> dict[str, int]:
    """Adds what this process has counted, and throws away what is old.

    Args:
        connection: of a writing transaction.
        minute: since 1970.
        counts: requests by caller, at least one caller.

    Returns:
        What all processes have counted in this minute, of the same callers.
    """
    connection.execute(delete(request_counts).where(request_counts.c.minute < minute - KEPT_MINUTES))
    # in one order, so that two processes never wait for each other
    rows = [{"caller": caller, "minute": minute, "n": n} for caller, n in sorted(counts.items())]
    adding = insert(connection, request_counts).values(rows)
    added = adding.on_conflict_do_update(
        index_elements=["caller", "minute"], set_={"n": request_counts.c.n + adding.excluded.n}
    ).returning(request_counts.c.caller, request_counts.c.n)
    return {row.caller: row.n for row in connection.execute(added)}
