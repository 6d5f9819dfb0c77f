"""Contacts as the stored tickets show them."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from data.customers import contacts_30d, contacts_of
from data.tickets import import_worked
from triage.customers.contact import Contact
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]


def contact(
    id_: str, customer_id: str | None, opened_at: datetime | None, ticket_type: str | None = None
) -> WorkedTicket:
    """A ticket of which only who called when matters."""
    return WorkedTicket(filed=NewTicket(id=id_, customer_id=customer_id, opened_at=opened_at), ticket_type=ticket_type)


def test_contacts_are_those_after_the_first_moment_and_up_to_the_second(connection: Connection, moment: Moment) -> None:
    """The same edges as a profile's, so that no contact is counted twice or lost between two windows."""
    tickets = [contact(str(day), "u42", moment(day), "incident") for day in (1, 2, 3, 4)]
    import_worked(connection, tickets, moment(21))

    found = contacts_of(connection, "u42", since=moment(1), until=moment(3))

    assert found == [Contact(moment(2), "incident"), Contact(moment(3), "incident")]


def test_contacts_of_others_and_without_a_moment_are_not_among_them(connection: Connection, moment: Moment) -> None:
    """A profile about the wrong person is worse than none."""
    tickets = [contact("1", "u43", moment(2)), contact("2", None, moment(2)), contact("3", "u42", None)]
    import_worked(connection, tickets, moment(21))

    assert contacts_of(connection, "u42", since=moment(1), until=moment(20)) == []


def test_a_contact_nobody_has_typed_has_no_type(connection: Connection, moment: Moment) -> None:
    """It is a contact, but no evidence for or against incidents."""
    import_worked(connection, [contact("1", "u42", moment(2))], moment(21))

    assert contacts_of(connection, "u42", since=moment(1), until=moment(3)) == [Contact(moment(2), None)]


def test_thirty_day_counts_are_one_a_customer_who_called(connection: Connection, moment: Moment) -> None:
    """They are what a desk's norms are made of; tickets without a customer are nobody's habit."""
    tickets = [
        *(contact(f"a{n}", "u1", moment(20, n)) for n in range(3)),
        contact("b", "u2", moment(20)),
        contact("late", "u3", moment(22)),
        contact("nobody", None, moment(20)),
        contact("edge", "u4", datetime.fromisoformat("2026-10-22T00:00:00Z")),
        contact("just", "u5", datetime.fromisoformat("2026-10-22T00:00:01Z")),
    ]
    import_worked(connection, tickets, moment(21))

    counts = contacts_30d(connection, as_of=moment(21))

    assert sorted(counts) == [1, 1, 3]
