"""What callers are called: programs by the names of their keys, people by their addresses, also when they are gone."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from data.tables import api_keys, users

__all__ = ["COMMAND", "names_of"]

COMMAND = "command"
"""Who acts on the command line, as the audit log has it."""


def names_of(connection: Connection, references: Iterable[str]) -> dict[str, str]:
    """For each of these, as `key:ID`, `user:ID` or `command`, a name that people know; an unknown one is its own."""
    asked = set(references)
    found = {reference: reference for reference in asked} | {COMMAND: "command line"}
    for kind, column in (("key", api_keys.c.name), ("user", users.c.email)):
        ids = [reference.partition(":")[2] for reference in asked if reference.startswith(f"{kind}:")]
        if ids:
            rows = connection.execute(select(column.table.c.id, column).where(column.table.c.id.in_(ids)))
            found |= {f"{kind}:{id_}": name for id_, name in rows}
    return {reference: found[reference] for reference in asked}
