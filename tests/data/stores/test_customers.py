"""Contacts as the stored tickets show them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from data import persons
from data.customers import (
    Caller,
    FiledTicket,
    callers,
    contact_from,
    contact_moments,
    contacts_of,
    contacts_of_all,
    latest_tickets,
    moments_of,
    spellings,
    weekly_contacts,
)
from data.database import reading, writing
from data.samples.desk import generate_desk
from data.tickets import file, import_worked
from triage.customers.contact import Contact, contact_of
from triage.customers.profile import YEAR
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]


def contact(
    id_: str, customer_id: str | None, opened_at: datetime | None, ticket_type: str | None = None, **filed: str
) -> WorkedTicket:
    """A ticket of which only who called when matters."""
    ticket = NewTicket(id=id_, customer_id=customer_id, opened_at=opened_at, **filed)
    return WorkedTicket(filed=ticket, ticket_type=ticket_type)


def test_contacts_of_stored_tickets_are_those_of_the_tickets_themselves(engine: Engine, moment: Moment) -> None:
    """The service makes profiles of the one, batches and training of the other; the same customer must come out."""
    tickets = generate_desk(n_tickets=300, n_customers=10, seed=3).tickets
    with writing(engine) as connection:
        import_worked(connection, tickets, moment(21))
    expected: dict[str, list[Contact]] = {}
    for ticket in sorted(tickets, key=lambda ticket: (ticket.filed.opened_at, ticket.filed.id)):
        expected.setdefault(ticket.filed.customer_id or "", []).append(contact_of(ticket, ticket.filed.opened_at))

    with reading(engine) as connection:
        found = {id_: contacts_of(connection, id_.lower(), moment(1) - 10 * YEAR, moment(21)) for id_ in expected}

    assert found == expected
    assert any(one.asks_how for contacts in found.values() for one in contacts)


def test_a_ticket_that_was_scored_is_the_same_contact(connection: Connection, moment: Moment) -> None:
    """It is read before anybody has worked it, and its text is read but once."""
    ticket = NewTicket(
        id="1",
        subject="Portal",
        body="How do I reset it? code 0x809\nplease do not reply",
        opened_at=moment(2),
        customer_id="u42",
        channel="portal",
        attributes={"service": "VPN", "subcategory": "client", "device": "L1"},
    )

    file(connection, [ticket], moment(2))

    assert contacts_of(connection, "u42", moment(1), moment(3)) == [contact_of(WorkedTicket(filed=ticket), moment(2))]


def test_contacts_are_those_after_the_first_moment_and_up_to_the_second(connection: Connection, moment: Moment) -> None:
    """The same edges as a profile's, so that no contact is counted twice or lost between two windows."""
    tickets = [contact(str(day), "u42", moment(day), "incident") for day in (1, 2, 3, 4)]
    import_worked(connection, tickets, moment(21))

    found = contacts_of(connection, "u42", since=moment(1), until=moment(3))

    assert [(one.opened_at, one.ticket_type) for one in found] == [(moment(2), "incident"), (moment(3), "incident")]


def test_contacts_of_others_and_without_a_moment_are_not_among_them(connection: Connection, moment: Moment) -> None:
    """A profile about the wrong person is worse than none."""
    tickets = [contact("1", "u43", moment(2)), contact("2", None, moment(2)), contact("3", "u42", None)]
    import_worked(connection, tickets, moment(21))

    assert contacts_of(connection, "u42", since=moment(1), until=moment(20)) == []


def test_of_very_many_contacts_the_latest_are_read(connection: Connection, moment: Moment) -> None:
    """A monitoring system files ten thousand tickets a year; its next one must not wait for them."""
    import_worked(connection, [contact(str(day), "u42", moment(day)) for day in (4, 2, 3, 1)], moment(21))

    found = contacts_of(connection, "u42", moment(1) - YEAR, moment(20), most=2)

    assert [one.opened_at for one in found] == [moment(3), moment(4)]


def test_callers_are_those_who_called_most_first(connection: Connection, moment: Moment) -> None:
    """Who called last year, or after the moment, or did not say who they are, is none of them."""
    tickets = [
        *(contact(f"a{n}", "u2", moment(20, n)) for n in range(3)),
        contact("b", "u3", moment(20)),
        contact("c", "u1", moment(20)),
        contact("late", "u4", moment(22)),
        contact("early", "u5", moment(1)),
        contact("nobody", None, moment(20)),
    ]
    import_worked(connection, tickets, moment(21))

    found = callers(connection, moment(1), moment(21), most=10)

    assert found == [Caller("u2", 3), Caller("u1", 1), Caller("u3", 1)]


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_callers_in_pages_are_all_callers(connection: Connection, moment: Moment, most: int) -> None:
    """A page that begins where another one ended names nobody twice and forgets nobody."""
    made = {f"u{n}": 1 + n % 3 for n in range(7)}
    tickets = [contact(f"{id_}-{n}", id_, moment(20, n)) for id_, n_made in made.items() for n in range(n_made)]
    import_worked(connection, tickets, moment(21))

    found: list[Caller] = []
    for _ in range(8):
        found += callers(connection, moment(1), moment(21), most=most, after=found[-1] if found else None)

    assert {caller.customer_id: caller.n_contacts for caller in found} == made
    assert found == callers(connection, moment(1), moment(21), most=100)


def test_moments_of_contact_are_each_customers_and_no_machines(connection: Connection, moment: Moment) -> None:
    """What a plan did to somebody's calls cannot be read off tickets that a monitoring system filed for them."""
    tickets = [
        contact("1", "u1", moment(3)),
        contact("2", "u1", moment(2)),
        contact("3", "u2", moment(2)),
        contact("4", "u1", moment(4), channel="monitoring"),
        contact("5", None, moment(4)),
        contact("6", "u1", moment(9)),
    ]
    import_worked(connection, tickets, moment(21))

    found = contact_moments(connection, moment(1), moment(5))

    assert found == {"u1": [moment(2), moment(3)], "u2": [moment(2)]}


def test_two_ids_of_one_person_are_one_caller_with_all_contacts(connection: Connection, moment: Moment) -> None:
    """Somebody wrote from two addresses."""
    tickets = [contact("1", "u1", moment(2)), contact("2", "u2", moment(3)), contact("3", "u3", moment(4))]
    import_worked(connection, [*tickets, contact("4", "u3", moment(5)), contact("5", "u3", moment(6))], moment(21))
    persons.join(connection, "u2", "u1", moment(7))
    persons.join(connection, "u2", "u9", moment(7))

    person = persons.find(connection, ["u1"])["u1"]
    found = contacts_of(connection, person.ids, moment(1), moment(20))
    listed = callers(connection, moment(1), moment(21), most=10)

    assert [one.opened_at for one in found] == [moment(2), moment(3)]
    assert listed == [Caller("u3", 3), Caller("u2", 2)]
    assert callers(connection, moment(1), moment(21), most=10, after=listed[0]) == listed[1:]
    assert contact_moments(connection, moment(1), moment(21))["u2"] == [moment(2), moment(3)]


def test_a_person_is_shown_as_their_newest_ticket_spells_them(connection: Connection, moment: Moment) -> None:
    """A key in lower case is for finding; people know the person by the name that they see."""
    tickets = [
        contact("1", "ANN LEE", moment(2)),
        contact("2", "Ann Lee", moment(4)),
        contact("3", "ann  lee", moment(3)),
        contact("4", "bo", moment(1)),
    ]
    import_worked(connection, tickets, moment(21))
    persons.join(connection, "bo", "bob", moment(7))

    found = persons.find(connection, ["ann lee", "bob", "nobody knows"])

    assert spellings(connection, found.values()) == {"ann lee": "Ann Lee", "bo": "bo", "nobody knows": "nobody knows"}


def test_contacts_of_several_persons_are_those_of_each(connection: Connection, moment: Moment) -> None:
    """A batch asks for them at once; of a person with two ids the latest count, whichever id they have."""
    tickets = [contact(f"{id_}-{day}", id_, moment(day)) for id_ in ("u1", "u2", "u3") for day in (5, 2, 4, 3)]
    import_worked(connection, [*tickets, contact("u1-6", "u1", moment(6)), contact("u0", "u1", moment(2))], moment(21))
    asked: dict[str, str | tuple[str, ...]] = {"one": "u3", "both": ("u2", "u1"), "again": "u1", "nobody": "u9"}

    for most in (1, 3, 500):
        found = contacts_of_all(connection, asked, moment(2), moment(6), most)
        expected = {name: contacts_of(connection, ids, moment(2), moment(6), most) for name, ids in asked.items()}
        assert {name: [contact_from(row) for row in rows] for name, rows in found.items()} == expected

    found = contacts_of_all(connection, asked, moment(2), moment(6), 3)
    days = {name: [row[0].day for row in rows] for name, rows in found.items()}
    assert days == {"one": [3, 4, 5], "both": [5, 5, 6], "again": [4, 5, 6], "nobody": []}
    assert contacts_of_all(connection, {}, moment(1), moment(6)) == {}


def test_weeks_end_with_the_moment_and_begin_after_it(connection: Connection, moment: Moment) -> None:
    """As windows do; of two ids of one person each contact is counted, and of others none."""
    file(connection, [NewTicket(id="now", customer_id="u1")], moment(22))
    file(connection, [NewTicket(id="week", customer_id="u2")], moment(15))
    file(connection, [NewTicket(id="before", customer_id="u1")], moment(15) - timedelta(seconds=1))
    file(connection, [NewTicket(id="long", customer_id="u1")], moment(1))
    file(connection, [NewTicket(id="later", customer_id="u1")], moment(22) + timedelta(seconds=1))
    file(connection, [NewTicket(id="other", customer_id="u3")], moment(22))
    persons.join(connection, "u1", "u2", moment(22))
    asked = list(persons.find(connection, ["u1", "u4"]).values())

    assert weekly_contacts(connection, asked, moment(22), 3) == {"u1": [0, 2, 1], "u4": [0, 0, 0]}
    assert weekly_contacts(connection, [], moment(22), 3) == {}


def test_the_latest_tickets_are_listed_newest_first(connection: Connection, moment: Moment) -> None:
    """With what became of them, and no more than asked for."""
    tickets = [
        NewTicket(id=f"inc{n}", customer_id="u1", subject=f"VPN {n}", opened_at=moment(n), id_as_filed=f"INC{n}")
        for n in (3, 4, 5)
    ]
    import_worked(
        connection,
        [
            WorkedTicket(filed=tickets[0]),
            WorkedTicket(filed=tickets[1], ticket_type="incident", assignment_group="Network", closed_at=moment(6)),
            WorkedTicket(filed=tickets[2], resolved_at=moment(6)),
        ],
        moment(9),
    )

    found = latest_tickets(connection, "u1", moment(4), 2)

    assert found == [
        FiledTicket("INC4", moment(4), "VPN 4", "incident", "Network", is_open=False),
        FiledTicket("INC3", moment(3), "VPN 3", None, None, is_open=True),
    ]
    assert [one.id for one in latest_tickets(connection, "u1", moment(9), 1)] == ["INC5"]
    assert moments_of(connection, "u1", moment(3), moment(5)) == [moment(4), moment(5)]
