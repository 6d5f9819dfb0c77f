"""For which weeks the lead was written to, on both kinds of database."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Connection, select

from data.digests import is_sent, note_sent
from data.tables import digests

Moment = Callable[..., datetime]


def test_a_week_is_sent_once_it_is_noted(connection: Connection, moment: Moment) -> None:
    """And no other week with it."""
    note_sent(connection, date(2026, 11, 2), 2, moment(9, 6))

    assert is_sent(connection, date(2026, 11, 2))
    assert not is_sent(connection, date(2026, 11, 9))


def test_a_week_that_is_sent_again_stays_as_it_was_first(connection: Connection, moment: Moment) -> None:
    """When the lead was written to is the first time."""
    note_sent(connection, date(2026, 11, 2), 2, moment(9, 6))
    note_sent(connection, date(2026, 11, 2), 1, moment(10, 6))

    (row,) = connection.execute(select(digests)).all()
    assert (row.n_recipients, row.sent_at) == (2, moment(9, 6))
