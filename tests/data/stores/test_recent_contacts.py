"""Contacts in memory are those of the database, whoever stored something meanwhile."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from data import customers, persons
from data.customers import contacts_of
from data.database import writing
from data.forgetting import forget
from data.persons import Person
from data.recent_contacts import RecentContacts
from data.tickets import file, import_worked
from triage.customers.contact_columns import ContactColumns
from triage.customers.profile import YEAR
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]

U42 = Person(("u42",))


def filed(id_: str, opened_at: datetime, customer_id: str = "u42", **said: str) -> NewTicket:
    """A ticket of which only who called when matters."""
    return NewTicket(id=id_, customer_id=customer_id, opened_at=opened_at, **said)


def stored(connection: Connection, tickets: list[NewTicket], now: datetime, **decided: object) -> None:
    """As another process would."""
    import_worked(connection, [WorkedTicket(filed=ticket, **decided) for ticket in tickets], now)  # type: ignore[arg-type]


def remembered(recent: RecentContacts, connection: Connection, now: datetime, person: Person = U42) -> ContactColumns:
    """What is known of a customer now, held against what the database says."""
    recent.bring_up(connection, [person], now)
    found = recent.of(connection, person, now)
    expected = ContactColumns.of(contacts_of(connection, person.ids, now - YEAR, now))
    assert said(found) == said(expected)
    return found


def said(columns: ContactColumns) -> list[tuple[object, ...]]:
    """The contacts with their texts, whatever codes these have."""
    texts = list(columns.names)
    rows = [[f"{value}" for value in column] for column in columns.array.T]
    codes = slice(3, 8)
    return [(*row[:3], *(texts[int(float(code))] for code in row[codes]), *row[8:]) for row in rows]


class Counted:
    """Counts the statements that read contacts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.n = 0
        real = customers._LATEST.rows

        def counted(connection: Connection, parameters: dict[str, object]) -> list[tuple[Any, ...]]:
            self.n += 1
            return real(connection, parameters)

        monkeypatch.setattr(customers._LATEST, "rows", counted)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """How often contacts were read."""
    return Counted(monkeypatch)


def test_what_was_read_is_not_read_again(connection: Connection, moment: Moment, reads: Counted) -> None:
    """A customer who calls ten times in an outage is read once."""
    recent = RecentContacts()
    stored(connection, [filed("1", moment(1)), filed("2", moment(2))], moment(3))

    for minute in range(10):
        recent.bring_up(connection, [U42], moment(3, 0, minute))
        assert len(recent.of(connection, U42, moment(3, 0, minute))) == 2

    assert reads.n == 1


def test_a_contact_that_was_counted_in_needs_no_reading(connection: Connection, moment: Moment, reads: Counted) -> None:
    """Nor one of somebody of whom nobody had heard."""
    recent = RecentContacts()
    for hour in range(5):
        now = moment(3, hour)
        recent.bring_up(connection, [U42], now)
        for contact in file(connection, [filed(f"{hour}", now, channel="phone")], now).values():
            recent.add(U42, contact, now)
        assert len(recent.of(connection, U42, now)) == hour + 1
    n_reads = reads.n

    assert len(remembered(recent, connection, moment(3, 6))) == 5
    assert n_reads == 1


def test_what_others_store_is_seen_at_once(connection: Connection, moment: Moment) -> None:
    """An import, another worker: a new contact, one that was decided, one from before the last."""
    recent = RecentContacts()
    tickets = [filed("1", moment(1)), filed("3", moment(3))]
    stored(connection, tickets, moment(4))
    remembered(recent, connection, moment(4))

    stored(connection, [filed("2", moment(2))], moment(5))
    assert len(remembered(recent, connection, moment(6))) == 3
    stored(connection, tickets, moment(7), ticket_type="incident", resolved_at=moment(4))
    remembered(recent, connection, moment(8))


def test_a_clock_that_is_set_back_hides_no_contact(connection: Connection, moment: Moment) -> None:
    """What others store then is older than what is known, and counts all the same."""
    recent = RecentContacts()
    stored(connection, [filed("1", moment(1))], moment(4, 12))
    remembered(recent, connection, moment(4, 12))

    stored(connection, [filed("2", moment(2))], moment(4, 11))

    assert len(remembered(recent, connection, moment(4, 11))) == 2


def test_whoever_was_forgotten_is_forgotten_here_too(connection: Connection, moment: Moment) -> None:
    """A person who was removed begins anew."""
    recent = RecentContacts()
    stored(connection, [filed("1", moment(1))], moment(2))
    remembered(recent, connection, moment(2))

    forget(connection, "u42", None)

    assert len(remembered(recent, connection, moment(3))) == 0


def test_a_person_who_gets_another_id_is_read_anew(connection: Connection, moment: Moment) -> None:
    """Who was two is one from then on, and two again when that was a mistake."""
    recent = RecentContacts()
    stored(connection, [filed("1", moment(1)), filed("2", moment(2), "anna@desk.example")], moment(3))
    remembered(recent, connection, moment(3))

    persons.join(connection, "u42", "anna@desk.example", moment(4))
    joined = persons.find(connection, ["u42"])["u42"]
    assert len(remembered(recent, connection, moment(4), joined)) == 2
    stored(connection, [filed("3", moment(4), "anna@desk.example")], moment(5))
    assert len(remembered(recent, connection, moment(5), joined)) == 3
    persons.part(connection, "u42", "anna@desk.example", moment(6))
    assert len(remembered(recent, connection, moment(6))) == 1


def test_what_was_undone_is_not_remembered(engine: Engine, moment: Moment) -> None:
    """The transaction that stored it failed."""
    recent = RecentContacts()
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:  # noqa: PT012
        recent.bring_up(connection, [U42], moment(2))
        for contact in file(connection, [filed("1", moment(1))], moment(2)).values():
            recent.add(U42, contact, moment(2))
        raise ZeroDivisionError
    recent.clear()

    with writing(engine) as connection:
        assert len(remembered(recent, connection, moment(3))) == 0


@pytest.mark.parametrize("days", [0, 1, 40, 364, 365, 366, 800])
def test_a_profile_as_of_an_earlier_moment_has_its_own_contacts(
    connection: Connection, moment: Moment, days: int
) -> None:
    """Old tickets are sent late, by a migration or by somebody who was ill."""
    recent = RecentContacts()
    stored(connection, [filed(f"{day}", moment(20) - timedelta(days=day)) for day in range(0, 1_000, 7)], moment(20))
    then = moment(20) - timedelta(days=days)
    recent.bring_up(connection, [U42], moment(20))

    found = recent.of(connection, U42, then)

    assert said(found) == said(ContactColumns.of(contacts_of(connection, "u42", then - YEAR, then)))
    assert len(found) > 0


def test_of_very_many_contacts_the_latest_are_enough(
    connection: Connection, moment: Moment, monkeypatch: pytest.MonkeyPatch, reads: Counted
) -> None:
    """A mailbox that a machine writes to is neither read nor kept as a whole."""
    monkeypatch.setattr("data.recent_contacts.MOST_CONTACTS", 3)
    recent = RecentContacts()
    stored(connection, [filed(f"{day}", moment(day)) for day in range(1, 9)], moment(9))

    for day in (9, 10):
        recent.bring_up(connection, [U42], moment(day))
        found = recent.of(connection, U42, moment(day))
        assert said(found) == said(ContactColumns.of(contacts_of(connection, "u42", moment(5), moment(9))))
    assert reads.n == 3  # one of them by each line above
    earlier = recent.of(connection, U42, moment(6))

    assert said(earlier) == said(ContactColumns.of(contacts_of(connection, "u42", moment(3), moment(6))))


def test_who_called_longest_ago_is_let_go_of(connection: Connection, moment: Moment, reads: Counted) -> None:
    """Memory has an end, whoever calls."""
    recent = RecentContacts(most=10)
    people = [Person((f"u{i}",)) for i in range(8)]
    stored(connection, [filed(f"{p.id}-{i}", moment(1 + i), p.id) for p in people for i in range(3)], moment(9))

    for person in people:
        recent.bring_up(connection, [person], moment(9))
        recent.trim()
    n_reads = reads.n
    recent.bring_up(connection, people[-3:], moment(10))
    assert reads.n == n_reads
    recent.bring_up(connection, people[:1], moment(10))

    assert reads.n == n_reads + 1


def test_a_new_day_changes_nothing(connection: Connection, moment: Moment) -> None:
    """What is kept from before midnight is as good as what was read after it."""
    recent = RecentContacts()
    other = Person(("u43",))
    stored(connection, [filed("1", moment(1)), filed("2", moment(2), "u43")], moment(3))
    recent.bring_up(connection, [U42], moment(3, 23))

    recent.bring_up(connection, [U42, other], moment(4, 1))

    assert [len(recent.of(connection, person, moment(4, 1))) for person in (U42, other)] == [1, 1]
