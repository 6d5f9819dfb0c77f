"""The store of which ticket a ticketing system means, and of what its fields were before any person changed them."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, select, update

from data.database import insert, storable
from data.tables import sourced_tickets

__all__ = ["add_to_baseline", "baseline_of", "is_blind", "link", "references_of", "ticket_of"]


def link(
    connection: Connection,
    ticket_id: str,
    source: str,
    reference: str,
    baseline: Mapping[str, str],
    *,
    is_blind: bool = False,
) -> None:
    """Keeps that the source's reference is this ticket, which is stored; a reference keeps the ticket it had first.

    Args:
        connection: to write to.
        ticket_id: as the ticket is stored.
        source: by the desk's name.
        reference: what its API is asked with.
        baseline: the ticket's fields as they were filed, by canonical names.
        is_blind: whether nothing is said of it, as it is one of the blind sample.
    """
    kept = {storable(name): storable(value) for name, value in baseline.items()}
    row = {
        "ticket_id": ticket_id,
        "source": source,
        "reference": reference,
        "baseline": kept,
        "is_blind": is_blind,
    }
    connection.execute(insert(connection, sourced_tickets).on_conflict_do_nothing(), row)


def ticket_of(connection: Connection, source: str, reference: str) -> str | None:
    """The id of the ticket, as it is stored; None for one that was never linked, or is forgotten."""
    id_: str | None = connection.scalar(select(sourced_tickets.c.ticket_id).where(*_is(source, reference)))
    return id_


def references_of(connection: Connection, ticket_id: str) -> list[tuple[str, str]]:
    """The sources that know a ticket, each with its reference; none for one that a program or a file brought."""
    columns = sourced_tickets.c
    asked = select(columns.source, columns.reference).where(columns.ticket_id == ticket_id)
    return [
        (row.source, row.reference) for row in connection.execute(asked.order_by(columns.source, columns.reference))
    ]


def is_blind(connection: Connection, ticket_id: str) -> bool:
    """Whether people decide this ticket without a suggestion. One that nobody linked is none of a sample."""
    is_one = (sourced_tickets.c.ticket_id == ticket_id, sourced_tickets.c.is_blind.is_(True))
    return connection.scalar(select(sourced_tickets.c.ticket_id).where(*is_one).limit(1)) is not None


def baseline_of(connection: Connection, source: str, reference: str) -> dict[str, str] | None:
    """The ticket's fields as no person has changed them; None for one that was never linked, or is forgotten."""
    found: dict[str, str] | None = connection.scalar(select(sourced_tickets.c.baseline).where(*_is(source, reference)))
    return found


def add_to_baseline(connection: Connection, source: str, reference: str, written: Mapping[str, str]) -> None:
    """Counts in what we wrote, so that it is not taken for a person's."""
    before = baseline_of(connection, source, reference)
    if before is not None and written:
        change = update(sourced_tickets).where(*_is(source, reference))
        connection.execute(change.values(baseline=before | dict(written)))


def _is(source: str, reference: str) -> tuple[ColumnElement[bool], ...]:
    return sourced_tickets.c.source == source, sourced_tickets.c.reference == reference
