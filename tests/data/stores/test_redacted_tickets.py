"""What of a ticket's text reaches the database, and what is read off it before."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection, RowMapping, select

from data.tables import tickets as tickets_table
from data.tickets import file, import_worked
from triage.customers.contact import contact_of
from triage.redaction import read_exceptions
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]

KEEP_EVERYTHING = read_exceptions("everything")

FILED = NewTicket(
    id="INC1",
    subject="call 0171 1234567",
    body="no-reply@x.org wrote: 10.20.30.40 is down\nPasswort: Sommer1",
    customer_id="ann@x.org",
    attributes={"host": "10.20.30.40", "service": "VPN"},
)


def stored(connection: Connection) -> RowMapping:
    """The one ticket that there is."""
    return connection.execute(select(tickets_table)).mappings().one()


def test_a_scored_ticket_is_stored_without_what_is_personal(connection: Connection, moment: Moment) -> None:
    """A copy of the database leaves the house sooner or later; the id is what the desk finds its ticket by."""
    file(connection, [FILED], moment(3))

    row = stored(connection)
    assert row["subject"] == "call [longnumber]"
    assert row["body"] == "[emailaddress] wrote: [ipaddress] is down\nPasswort: [secret]"
    assert row["attributes"] == {"host": "[ipaddress]", "service": "VPN"}
    assert row["customer_id"] == "ann@x.org"


def test_profiles_know_what_they_knew_without_redaction(connection: Connection, moment: Moment) -> None:
    """An address says that a machine wrote it, and a number that a report is precise; a mark says neither."""
    expected = contact_of(WorkedTicket(filed=FILED), moment(3))

    contact = file(connection, [FILED], moment(3))["INC1"]

    row = stored(connection)
    assert expected.is_automatic
    assert expected.writing_precision
    for read in (contact.is_automatic, row["is_automatic"]):
        assert read == expected.is_automatic
    for precision in (contact.writing_precision, row["writing_precision"]):
        assert precision == expected.writing_precision


def test_a_fact_is_remembered_as_it_is_read_back(connection: Connection, moment: Moment) -> None:
    """Or a customer would have one device more in one process than in another."""
    filed = NewTicket(id="INC1", body="down", attributes={"device": "10.20.30.40"})

    contact = file(connection, [filed], moment(3))["INC1"]

    assert contact.device == stored(connection)["attributes"]["device"] == "[ipaddress]"


def test_an_imported_ticket_is_stored_without_what_is_personal(connection: Connection, moment: Moment) -> None:
    """Exports hold what people wrote later, too."""
    worked = WorkedTicket(
        filed=FILED,
        assignment_group="net@desk.example",
        resolution="called 0171 1234567",
        attributes={"close_notes": "wrote to bo@x.org", "u_floor": "3"},
    )

    import_worked(connection, [worked], moment(3))

    row = stored(connection)
    assert row["body"] == "[emailaddress] wrote: [ipaddress] is down\nPasswort: [secret]"
    assert row["resolution"] == "called [longnumber]"
    assert row["outcome_attributes"] == {"close_notes": "wrote to [emailaddress]", "u_floor": "3"}
    assert row["assignment_group"] == "net@desk.example"
    assert row["is_automatic"]


def test_the_same_import_again_changes_nothing(connection: Connection, moment: Moment) -> None:
    """An import every night must not touch every ticket."""
    worked = WorkedTicket(filed=FILED, resolution="called 0171 1234567")
    import_worked(connection, [worked], moment(3))

    count = import_worked(connection, [worked], moment(4))

    assert (count.n_new, count.n_changed, count.n_unchanged) == (0, 0, 1)


def test_outcomes_that_come_without_the_text_change_nothing_that_was_read_off_it(
    connection: Connection, moment: Moment
) -> None:
    """The text that is stored no longer says that a machine wrote it."""
    file(connection, [FILED], moment(3))
    before = stored(connection)

    count = import_worked(connection, [WorkedTicket(filed=NewTicket(id="INC1"), priority="2")], moment(4))

    after = stored(connection)
    assert count.n_changed == 1
    assert after["is_automatic"]
    assert [after[name] for name in ("writing_precision", "asks_how", "body")] == [
        before[name] for name in ("writing_precision", "asks_how", "body")
    ]


def test_a_machines_channel_can_be_taken_back(connection: Connection, moment: Moment) -> None:
    """What a body said stays, what a channel said goes with the channel."""
    file(connection, [NewTicket(id="INC1", body="down", channel="monitoring")], moment(3))

    import_worked(connection, [WorkedTicket(filed=NewTicket(id="INC1", channel="email"))], moment(4))

    assert not stored(connection)["is_automatic"]


def test_an_import_redacts_what_was_stored_before_redaction(connection: Connection, moment: Moment) -> None:
    """Desks have years of tickets in the database when they upgrade."""
    import_worked(connection, [WorkedTicket(filed=FILED)], moment(3), KEEP_EVERYTHING)
    assert "10.20.30.40" in stored(connection)["body"]

    count = import_worked(connection, [WorkedTicket(filed=FILED)], moment(4))

    assert count.n_changed == 1
    assert "10.20.30.40" not in stored(connection)["body"]


@pytest.mark.parametrize("is_scored", [True, False])
def test_a_desk_keeps_what_it_needs(connection: Connection, moment: Moment, is_scored: bool) -> None:
    """Technicians call back, and know the machine by its address."""
    rules = read_exceptions("phone in subject, everything in host")

    if is_scored:
        file(connection, [FILED], moment(3), rules)
    else:
        import_worked(connection, [WorkedTicket(filed=FILED)], moment(3), rules)

    row = stored(connection)
    assert (row["subject"], row["attributes"]["host"]) == ("call 0171 1234567", "10.20.30.40")
    assert "10.20.30.40" not in row["body"]
