"""How many tickets a desk gets."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from data.tickets import file
from data.volume import volume
from triage.ticket import NewTicket

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def filed(connection: Connection) -> Callable[..., None]:
    """Files tickets that were opened so many days ago."""

    def file_them(*days: float) -> None:
        for i, ago in enumerate(days):
            opened = NOW - timedelta(days=ago)
            file(connection, [NewTicket(id=f"{ago}/{i}", opened_at=opened)], NOW)

    return file_them


def test_tickets_of_the_last_thirty_days_count(connection: Connection, filed: Callable[..., None]) -> None:
    """An older one says that all thirty days are known; one from the future is a slip of the pen."""
    filed(1, 2, 29.9, 30.1, 400, -1)

    found = volume(connection, NOW)

    assert found is not None
    assert (found.n, found.days) == (3, 30)
    assert found.a_day == pytest.approx(0.1)


def test_a_young_installation_counts_the_days_that_it_knows(connection: Connection, filed: Callable[..., None]) -> None:
    """Else the first week would look like a quiet desk."""
    filed(*[0.5, 1.5] * 5, 4)

    found = volume(connection, NOW)

    assert found is not None
    assert (found.n, found.days) == (11, 4)


def test_the_first_hours_count_as_a_day(connection: Connection, filed: Callable[..., None]) -> None:
    """Two tickets in the first minute are no thousands a day."""
    filed(0.001, 0.0005)

    found = volume(connection, NOW)

    assert found is not None
    assert (found.n, found.days) == (2, 1)


def test_an_empty_desk_has_none(connection: Connection) -> None:
    """Nobody knows what it will get."""
    assert volume(connection, NOW) is None
