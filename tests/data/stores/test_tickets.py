"""The store of tickets: imports that can be repeated, and tickets kept as they were filed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Row, select

from data.customers import contacts_of
from data.database import reading, writing
from data.tables import tickets as tickets_table
from data.tickets import ImportCount, file, import_worked
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS, NewTicket, WorkedTicket

Moment = Callable[..., datetime]


def worked(id_: str = "INC1", **changes: object) -> WorkedTicket:
    """An ordinary worked ticket, with changes."""
    filed = NewTicket(id=id_, subject="VPN down", body="error 809", customer_id="u42")
    return replace(WorkedTicket(filed=filed, assignment_group="Network"), **changes)


def stored(connection: Connection, id_: str = "INC1") -> Row[Any]:
    """The ticket's row."""
    return connection.execute(select(tickets_table).where(tickets_table.c.id == id_)).one()


def test_every_column_of_a_ticket_is_kept(connection: Connection, moment: Moment) -> None:
    """What an export says is the only history there is; a dropped column is found out a year later."""
    ticket = WorkedTicket(
        filed=NewTicket(
            id="INC1",
            subject="VPN down",
            body="error 809 — größer als gedacht 😀",
            opened_at=moment(3, 9),
            customer_id="u42",
            channel="email",
            language="de",
            attributes={"location": "Lyon"},
        ),
        ticket_type="incident",
        assignment_group="Network",
        priority="2",
        impact="3",
        urgency="2",
        category="vpn",
        resolved_at=moment(3, 11),
        closed_at=moment(5),
        reassignments=2,
        reopens=0,
        resolved_by="ann",
        resolution="certificate renewed",
        knowledge_article="KB7",
        satisfaction=4.5,
        made_sla=True,
        first_contact_resolution=False,
        effort_minutes=12.5,
        problem_id="PRB1",
        change_id="CHG1",
        attributes={"u_cost_centre": "4711"},
    )

    import_worked(connection, [ticket], moment(21))

    row = stored(connection)
    for name in FILED_COLUMNS:
        assert getattr(row, name) == getattr(ticket.filed, name)
    for name in WORKED_COLUMNS:
        assert getattr(row, name) == getattr(ticket, name)
    assert row.attributes == {"location": "Lyon"}
    assert row.outcome_attributes == {"u_cost_centre": "4711"}


def test_the_tables_have_a_column_for_every_column_of_a_ticket() -> None:
    """A canonical column is added in `triage/ticket.py`; this is what reminds of the migration."""
    assert set(FILED_COLUMNS) | set(WORKED_COLUMNS) <= set(tickets_table.c.keys())


def test_a_text_is_read_once_for_the_profiles_to_come(connection: Connection, moment: Moment) -> None:
    """Whoever is profiled next year should not need last year's texts; a changed text is read again."""
    plain = worked(filed=NewTicket(id="INC1", subject="VPN", body="it is down"))
    asking = worked(filed=NewTicket(id="INC1", subject="VPN", body="How do I start 802.1x?\n1. this\n2. that"))

    import_worked(connection, [plain], moment(2))
    before = stored(connection)
    import_worked(connection, [asking], moment(3))
    after = stored(connection)
    import_worked(connection, [WorkedTicket(filed=NewTicket(id="INC1", channel="monitoring"))], moment(4))

    assert (before.writing_precision, before.asks_how, before.is_automatic) == (0.0, False, False)
    assert (after.writing_precision, after.asks_how, after.is_automatic) == (0.4, True, False)
    assert (stored(connection).writing_precision, stored(connection).is_automatic) == (0.4, True)


def test_the_same_file_twice_changes_nothing(connection: Connection, moment: Moment) -> None:
    """A nightly import must not make every ticket look as if it had been touched that night."""
    tickets = [
        worked("INC1", closed_at=moment(5), attributes={"b": "2", "a": "1"}),
        worked("INC2", satisfaction=0.1 + 0.2, attributes={"nul\x00": "\x00", "half": "\ud83d"}),
    ]

    first = import_worked(connection, tickets, moment(21))
    second = import_worked(connection, tickets, moment(22))

    assert first == ImportCount(n_new=2)
    assert second == ImportCount(n_unchanged=2)
    assert stored(connection).updated_at == moment(21)


def test_a_changed_ticket_is_written_and_the_others_are_not(connection: Connection, moment: Moment) -> None:
    """`updated_at` says what to look at again."""
    tickets = [worked("INC1"), worked("INC2")]
    import_worked(connection, tickets, moment(21))

    count = import_worked(connection, [replace(tickets[0], assignment_group="Desk"), tickets[1]], moment(22))

    assert count == ImportCount(n_changed=1, n_unchanged=1)
    changed = stored(connection, "INC1")
    assert (changed.assignment_group, changed.first_seen_at, changed.updated_at) == ("Desk", moment(21), moment(22))
    assert stored(connection, "INC2").updated_at == moment(21)


def test_what_an_export_does_not_say_stays(connection: Connection, moment: Moment) -> None:
    """Next month's export has fewer columns; who called and when must not be forgotten for that."""
    whole = worked(filed=NewTicket(id="INC1", subject="VPN", customer_id="u42", opened_at=moment(1, 9)), priority="3")
    import_worked(connection, [whole], moment(2))

    count = import_worked(connection, [WorkedTicket(filed=NewTicket(id="INC1"), priority="2")], moment(3))

    assert count == ImportCount(n_changed=1)
    assert (stored(connection).customer_id, stored(connection).subject) == ("u42", "VPN")
    assert stored(connection).opened_at == moment(1, 9)
    assert (stored(connection).priority, stored(connection).assignment_group) == ("2", "Network")


def test_an_export_that_says_less_changes_nothing(connection: Connection, moment: Moment) -> None:
    """Nor is it counted as a change."""
    import_worked(connection, [worked()], moment(2))

    count = import_worked(connection, [WorkedTicket(filed=NewTicket(id="INC1"))], moment(3))

    assert count == ImportCount(n_unchanged=1)


def test_the_later_of_two_rows_of_one_ticket_counts(connection: Connection, moment: Moment) -> None:
    """Exports append; and the same file twice still changes nothing."""
    tickets = [worked(assignment_group="Desk"), worked(assignment_group="Network")]

    first = import_worked(connection, tickets, moment(21))
    second = import_worked(connection, tickets, moment(22))

    assert stored(connection).assignment_group == "Network"
    assert (first, second) == (ImportCount(n_new=1), ImportCount(n_unchanged=1))


def test_more_tickets_than_fit_one_statement_are_all_kept(connection: Connection, moment: Moment) -> None:
    """Databases limit the values of a statement; an import has no limit."""
    tickets = [worked(f"INC{n}") for n in range(2500)]

    count = import_worked(connection, iter(tickets), moment(21))

    assert count == ImportCount(n_new=2500)


def test_attributes_are_stored_in_order(engine: Engine, moment: Moment) -> None:
    """Two exports of one ticket may list its columns differently; that is no change."""
    with writing(engine) as connection:
        import_worked(connection, [worked(attributes={"b": "2", "a": "1"})], moment(21))

    with reading(engine) as connection:
        row = stored(connection)

    assert list(row.outcome_attributes) == ["a", "b"]


def test_a_filed_ticket_is_kept_once_and_as_it_was(connection: Connection, moment: Moment) -> None:
    """Callers edit tickets and helpdesks send them again; what was known first is what the model saw."""
    first = NewTicket(id="INC1", subject="VPN down", opened_at=moment(3))

    file(connection, [first], moment(3))
    file(connection, [replace(first, subject="Solved, thanks", body="later words")], moment(4))

    row = stored(connection)
    assert (row.subject, row.body, row.updated_at) == ("VPN down", "", moment(3))


def test_filing_leaves_a_worked_ticket_alone(connection: Connection, moment: Moment) -> None:
    """Scoring a ticket again must not forget what people decided."""
    import_worked(connection, [worked()], moment(3))

    file(connection, [NewTicket(id="INC1", subject="other words")], moment(4))

    assert stored(connection).assignment_group == "Network"


def test_a_filed_ticket_without_a_moment_gets_now(connection: Connection, moment: Moment) -> None:
    """It is scored while it is filed, and a contact without a moment would count nowhere."""
    file(connection, [NewTicket(id="INC1")], moment(3, 9))

    assert stored(connection).opened_at == moment(3, 9)


def test_one_ticket_twice_among_those_filed_is_one_ticket(connection: Connection, moment: Moment) -> None:
    """A batch may hold a ticket twice; that is no reason to refuse the other 998."""
    file(connection, [NewTicket(id="INC1", subject="a"), NewTicket(id="INC1", subject="b")], moment(3))

    assert stored(connection).subject == "a"


def test_filing_gives_the_contacts_of_new_tickets(connection: Connection, moment: Moment) -> None:
    """A profile counts them in without reading them back; of a ticket that came before there is no new contact."""
    file(connection, [NewTicket(id="INC1")], moment(3))
    new = NewTicket(
        id="2 553",
        subject="VPN\x00",
        body="How do I start 802.1x?",
        customer_id="ANN",
        channel="por\x00tal",
        attributes={"service": "VPN \ud83d", "device": "L1"},
    )

    found = file(connection, [NewTicket(id="INC1"), new, NewTicket(id="2553", body="later words")], moment(4))

    assert found == {"2553": contacts_of(connection, "ann", moment(3), moment(4))[0]}
    assert (found["2553"].service, found["2553"].asks_how) == ("VPN ?", True)
    assert stored(connection, "2553").first_seen_at == moment(4)


def test_filing_nothing_is_fine(connection: Connection, moment: Moment) -> None:
    """A batch of which every ticket was refused still gets its answer."""
    assert file(connection, [], moment(3)) == {}

    assert connection.execute(select(tickets_table)).first() is None


def test_a_filed_ticket_takes_what_the_export_says_later(connection: Connection, moment: Moment) -> None:
    """The outcome arrives with an export, under the same number."""
    file(connection, [NewTicket(id="INC1", subject="VPN down", opened_at=moment(3))], moment(3))

    count = import_worked(connection, [worked(resolved_at=moment(3) + timedelta(hours=2))], moment(21))

    assert count == ImportCount(n_changed=1)
    assert stored(connection).assignment_group == "Network"


def test_counts_of_several_transactions_add_up() -> None:
    """A long import is done in parts."""
    assert ImportCount(1, 2, 3) + ImportCount(10, 20, 30) == ImportCount(11, 22, 33)


@pytest.mark.parametrize("text", ["NUL \x00", "half \ud83d"])
def test_text_that_no_database_keeps_stops_nothing(connection: Connection, moment: Moment, text: str) -> None:
    """One mail in a hundred thousand has it; the other 99,999 should be imported."""
    import_worked(connection, [worked(resolution=text)], moment(21))

    assert stored(connection).resolution in ("NUL ", "half ?")


@pytest.mark.parametrize(("first", "second"), [("2553", "2 553"), ("2\u00a0553", "2553.0"), ("2,553", "2553")])
def test_every_spelling_of_a_number_is_one_ticket(
    connection: Connection, moment: Moment, first: str, second: str
) -> None:
    """A list of an interface groups the digits, a request does not; the contact was counted twice."""
    file(connection, [NewTicket(id=first, subject="VPN down")], moment(20))

    count = import_worked(connection, [worked(second)], moment(21))

    assert count == ImportCount(n_changed=1)
    row = connection.execute(select(tickets_table)).one()
    assert (row.id, row.body, row.id_as_filed) == ("2553", "error 809", None if second == "2553" else second)


@pytest.mark.parametrize("spelling", ["Ann.Lee@example.org", "Ann Lee <ann.lee@example.org>", "ann.lee@example.org "])
def test_a_customer_is_kept_by_key_and_as_spelled(connection: Connection, moment: Moment, spelling: str) -> None:
    """The key finds all tickets of a person, the spelling is what people see."""
    file(connection, [NewTicket(id="1", customer_id=spelling)], moment(20))

    row = stored(connection, "1")
    assert (row.customer_id, row.customer_as_filed) == ("ann.lee@example.org", spelling)


def test_whoever_read_a_ticket_may_have_made_the_keys(connection: Connection, moment: Moment) -> None:
    """Then the spelling comes beside them."""
    ticket = NewTicket(id="7", id_as_filed="7.0", customer_id="ann", customer_as_filed="ANN")

    file(connection, [ticket], moment(20))

    row = stored(connection, "7")
    assert (row.id_as_filed, row.customer_id, row.customer_as_filed) == ("7.0", "ann", "ANN")


def test_a_word_for_nobody_is_no_customer(connection: Connection, moment: Moment) -> None:
    """Else Guest is the busiest customer; how it was spelled is kept."""
    import_worked(connection, [worked(filed=NewTicket(id="1", subject="VPN", customer_id="Guest"))], moment(20))

    row = stored(connection, "1")
    assert (row.customer_id, row.customer_as_filed) == (None, "Guest")


def test_the_newest_spelling_is_kept(connection: Connection, moment: Moment) -> None:
    """Somebody changed their name in the directory; an export without the column says nothing about it."""
    spelled = [worked(filed=NewTicket(id="1", subject="VPN", customer_id=id_)) for id_ in ("ANN", "Ann", "ann")]
    silent = worked(filed=NewTicket(id="1", subject="VPN"))

    found = []
    for ticket in (spelled[0], silent, spelled[1], spelled[2]):
        import_worked(connection, [ticket], moment(20))
        found.append(stored(connection, "1").customer_as_filed)

    assert found == ["ANN", "ANN", "Ann", None]
