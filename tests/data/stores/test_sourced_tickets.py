"""Which ticket of ours a ticketing system means."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection, delete

from data.sourced_tickets import link, ticket_of
from data.tables import tickets
from data.tickets import file
from triage.ticket import NewTicket

Moment = Callable[..., datetime]


@pytest.fixture(autouse=True)
def two_tickets(connection: Connection, moment: Moment) -> None:
    """Stored ones."""
    file(connection, [NewTicket(id="INC1"), NewTicket(id="INC2")], moment(3))


def test_a_reference_leads_to_its_ticket(connection: Connection) -> None:
    """An event names the ticket by what the system's API is asked with, which no person has ever read."""
    link(connection, "INC1", "desk", "9d385017", {})
    link(connection, "INC2", "other desk", "9d385017", {})

    assert ticket_of(connection, "desk", "9d385017") == "INC1"
    assert ticket_of(connection, "other desk", "9d385017") == "INC2"
    assert ticket_of(connection, "desk", "9d38501") is None


def test_a_reference_keeps_its_ticket(connection: Connection) -> None:
    """A ticket that moves to another project has another number, and is the same."""
    link(connection, "INC1", "desk", "10042", {})
    link(connection, "INC1", "desk", "10042", {})
    link(connection, "INC2", "desk", "10042", {})

    assert ticket_of(connection, "desk", "10042") == "INC1"


def test_of_a_forgotten_ticket_nothing_is_known(connection: Connection) -> None:
    """A link leads to a person."""
    link(connection, "INC1", "desk", "4", {})
    connection.execute(delete(tickets).where(tickets.c.id == "INC1"))

    assert ticket_of(connection, "desk", "4") is None
