"""The end of a ticket, as its ticketing system tells of it; on both databases."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from data.closings import note_state
from data.counted_days import due, unmark
from data.tables import tickets
from data.tickets import file
from tests.builders import make_ticket

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def ends(connection: Connection) -> tuple[datetime | None, datetime]:
    """When the ticket was closed, and when it was changed last."""
    row = connection.execute(select(tickets.c.closed_at, tickets.c.updated_at)).one()
    return row[0], row[1]


def test_a_ticket_is_closed_when_that_is_told_first(connection: Connection) -> None:
    """A system tells of every comment on a closed ticket; none of them is a later end."""
    file(connection, [make_ticket(opened_at=NOW)], NOW)
    for days in (1, 2):
        note_state(connection, "T1", NOW + days * DAY, is_closed=True)

    assert ends(connection) == (NOW + DAY, NOW + DAY)


def test_a_ticket_that_is_opened_again_is_open(connection: Connection) -> None:
    """Its duplicates must not be told of an end that was none."""
    file(connection, [make_ticket(opened_at=NOW)], NOW)
    note_state(connection, "T1", NOW + DAY, is_closed=True)
    note_state(connection, "T1", NOW + 2 * DAY, is_closed=False)

    assert ends(connection) == (None, NOW + 2 * DAY)


def test_what_is_so_already_changes_nothing(connection: Connection) -> None:
    """Each change of `updated_at` makes others count again."""
    file(connection, [make_ticket(opened_at=NOW)], NOW)
    note_state(connection, "T1", NOW + DAY, is_closed=False)

    assert ends(connection) == (None, NOW)


def test_what_an_import_has_brought_stays(connection: Connection) -> None:
    """An export knows the moment; a webhook only that it is past."""
    file(connection, [make_ticket(opened_at=NOW)], NOW)
    connection.execute(update(tickets).values(resolved_at=NOW, closed_at=None))
    note_state(connection, "T1", NOW + DAY, is_closed=True)
    connection.execute(update(tickets).values(closed_at=NOW))
    note_state(connection, "T1", NOW + DAY, is_closed=False)

    assert ends(connection) == (NOW, NOW)


def test_the_days_of_the_end_are_counted_again(connection: Connection) -> None:
    """Otherwise the desk's measures would miss every ticket that a webhook has closed."""
    file(connection, [make_ticket(opened_at=NOW)], NOW)
    note_state(connection, "T1", NOW + DAY, is_closed=True)
    unmark(connection, due(connection))
    note_state(connection, "T1", NOW + 3 * DAY, is_closed=False)

    assert (NOW + DAY).date() in due(connection)
