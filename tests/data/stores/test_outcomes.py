"""The values that tickets have for their targets, and who gave them."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection, delete, func, select

from data.outcomes import Outcome, outcomes_of, record
from data.tables import outcomes, tickets
from data.tickets import file
from triage.ticket import NewTicket

Moment = Callable[..., datetime]


@pytest.fixture(autouse=True)
def two_tickets(connection: Connection, moment: Moment) -> None:
    """Stored ones."""
    file(connection, [NewTicket(id="1"), NewTicket(id="2")], moment(1))


def count(connection: Connection) -> int:
    """How many rows there are."""
    return connection.scalar(select(func.count()).select_from(outcomes)) or 0


def by_hand(connection: Connection, value: str, at: datetime, ticket: str = "1") -> None:
    """A person gives a group."""
    record(connection, ticket, {"assignment_group": value}, "human", "desk", at)


def by_model(connection: Connection, value: str, at: datetime, version: str = "3") -> None:
    """A model gives a group."""
    record(connection, "1", {"assignment_group": value}, "automatic", "desk", at, model_version=version)


def group(connection: Connection) -> Outcome:
    """The group of the first ticket."""
    return outcomes_of(connection, "1")["assignment_group"]


def test_the_latest_value_is_the_outcome_and_the_others_stay_on_record(connection: Connection, moment: Moment) -> None:
    """How often a ticket changed hands is told by them."""
    by_hand(connection, "Network", moment(2))
    by_hand(connection, "Mail", moment(3))
    record(connection, "1", {"priority": "high"}, "human", "desk", moment(2))
    by_hand(connection, "Server", moment(4), ticket="2")

    assert outcomes_of(connection, "1") == {
        "assignment_group": Outcome("Mail", "human", "desk", moment(3)),
        "priority": Outcome("high", "human", "desk", moment(2)),
    }
    assert count(connection) == 4


@pytest.mark.parametrize("give", [by_hand, by_model])
def test_what_is_so_already_changes_nothing(
    connection: Connection, moment: Moment, give: Callable[[Connection, str, datetime], None]
) -> None:
    """Every event tells all values, also those that nobody touched."""
    give(connection, "Network", moment(2))
    give(connection, "Network", moment(3))

    assert group(connection).at == moment(2)
    assert count(connection) == 1


def test_a_value_that_comes_back_is_another_one(connection: Connection, moment: Moment) -> None:
    """A ticket that went to and fro was reassigned twice."""
    for day, value in ((2, "Network"), (3, "Mail"), (4, "Network")):
        by_hand(connection, value, moment(day))

    assert (group(connection).at, count(connection)) == (moment(4), 3)


def test_a_model_never_replaces_a_person(connection: Connection, moment: Moment) -> None:
    """People win."""
    by_hand(connection, "Mail", moment(2))
    by_model(connection, "Network", moment(3))

    assert group(connection) == Outcome("Mail", "human", "desk", moment(2))
    assert count(connection) == 1


def test_a_person_replaces_a_model_whatever_is_heard_first(connection: Connection, moment: Moment) -> None:
    """Events overtake each other, and clocks differ."""
    by_model(connection, "Network", moment(3))
    by_hand(connection, "Mail", moment(2))
    by_model(connection, "Server", moment(4))

    assert group(connection) == Outcome("Mail", "human", "desk", moment(2))


def test_a_person_who_agrees_with_a_model_is_heard(connection: Connection, moment: Moment) -> None:
    """What nobody looked at is no evidence; what somebody confirmed is."""
    by_model(connection, "Network", moment(2))
    by_hand(connection, "Network", moment(3))

    assert group(connection) == Outcome("Network", "human", "desk", moment(3))


def test_a_model_may_correct_a_model(connection: Connection, moment: Moment) -> None:
    """A later version knows better."""
    by_model(connection, "Network", moment(2))
    by_model(connection, "Mail", moment(3), "4")

    assert group(connection) == Outcome("Mail", "automatic", "desk", moment(3), "4")


def test_what_is_heard_late_is_put_where_it_belongs(connection: Connection, moment: Moment) -> None:
    """A delivery that failed yesterday is worked on today."""
    by_hand(connection, "Network", moment(2))
    by_hand(connection, "Mail", moment(5))
    by_hand(connection, "Network", moment(3))
    by_hand(connection, "Server", moment(4))

    assert group(connection).value == "Mail"
    assert count(connection) == 3


def test_what_no_database_keeps_is_left_out(connection: Connection, moment: Moment) -> None:
    """And comes again as the same."""
    by_hand(connection, "Net\x00work", moment(2))
    by_hand(connection, "Net\x00work", moment(3))

    assert (group(connection).value, count(connection)) == ("Network", 1)


def test_nothing_is_recorded_of_nothing(connection: Connection, moment: Moment) -> None:
    """An event that tells no value."""
    record(connection, "1", {}, "human", "desk", moment(2))

    assert outcomes_of(connection, "1") == {}


def test_outcomes_go_with_their_ticket(connection: Connection, moment: Moment) -> None:
    """Whoever erases a ticket erases what was decided on it."""
    by_hand(connection, "Network", moment(2))
    connection.execute(delete(tickets).where(tickets.c.id == "1"))

    assert count(connection) == 0
