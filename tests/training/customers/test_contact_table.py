"""A history as a table of contacts."""

import weakref
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pytest

from data.exports.files import TicketFile
from data.exports.preset import load_preset
from data.samples.desk import generate_desk
from data.samples.export import write_desk
from tests.builders import MONDAY, make_ticket, make_worked
from training.customers.contact_table import CONTACTS, DECIDED, contact_batch, contact_columns, contact_table
from triage.customers.contact import Contact, contact_of
from triage.ticket import WorkedTicket


def test_every_field_of_a_contact_is_a_column() -> None:
    """A profile's new measure needs it in batches as well."""
    assert sorted(CONTACTS.names) == sorted(["customer_id", *(field.name for field in fields(Contact))])


def test_a_ticket_is_the_same_contact_as_for_the_service() -> None:
    """The service makes it of a ticket, a batch of columns, by the same rules."""
    ticket = make_worked(
        filed=make_ticket(attributes={"service": "VPN", "symptom": "drops", "device": "L7"}),
        closed_at=MONDAY + timedelta(hours=3, microseconds=7),
        reopens=1,
        reassignments=2,
        first_contact_resolution=False,
        satisfaction=4.5,
        knowledge_article="KB1",
    )

    (row,) = contact_table([[ticket]], MONDAY).to_pylist()

    contact = contact_of(ticket, MONDAY)
    assert row.pop("customer_id") == "u42"
    for name, value in row.items():
        expected = getattr(contact, name)
        assert value == (expected.replace(tzinfo=None) if name.endswith("_at") else expected), name


def test_every_ticket_of_a_desk_is_the_same_contact_as_for_the_service(tmp_path: Path) -> None:
    """Alerts and people, in two languages, with and without text, service and outcome; read as a batch reads them."""
    desk = generate_desk(n_tickets=600, n_customers=60, seed=4)
    bare = make_worked(filed=make_ticket(id="T", subject="", body="", channel=None, attributes={"location": "Lyon"}))
    desk = replace(desk, tickets=(*desk.tickets, bare))
    write_desk(desk, tmp_path / "desk.jsonl")
    export = TicketFile(tmp_path / "desk.jsonl", load_preset("generic"), later=DECIDED, chunk_rows=100)

    table = contact_columns(export.columns(), MONDAY + timedelta(days=365))

    named = [
        (ticket.filed.customer_id, contact_of(ticket, ticket.filed.opened_at))
        for ticket in desk.tickets
        if ticket.filed.customer_id and ticket.filed.opened_at
    ]
    assert table.num_rows > 500
    assert table.equals(pa.Table.from_batches([contact_batch(named)]))


def test_times_of_another_zone_are_utc_in_the_table() -> None:
    """Days would otherwise begin when they begin where the export was made."""
    tokyo = MONDAY.astimezone(timezone(timedelta(hours=9)))

    table = contact_table([[make_worked(filed=make_ticket(opened_at=tokyo))]], MONDAY)

    assert table["opened_at"].to_pylist() == [MONDAY.replace(tzinfo=None)]


@pytest.mark.parametrize(
    "changes", [{"customer_id": None}, {"opened_at": None}, {"opened_at": MONDAY + timedelta(microseconds=1)}]
)
def test_who_or_when_is_not_known_is_no_contact(changes: dict[str, None]) -> None:
    """Nothing can be said of nobody, nor of what has not happened yet."""
    tickets = [make_worked(filed=make_ticket(**changes)), make_worked()]

    assert contact_table([tickets], MONDAY).num_rows == 1


class Chunk(list[WorkedTicket]):
    """Tickets of which it can be told whether somebody still holds them."""


def test_tickets_are_let_go_on_the_way() -> None:
    """A million of them with their texts would need gigabytes."""
    made: list[weakref.ref[Chunk]] = []
    held: list[int] = []

    def chunks() -> Iterator[Chunk]:
        for _ in range(5):
            held.append(sum(chunk() is not None for chunk in made))
            chunk = Chunk([make_worked()])
            made.append(weakref.ref(chunk))
            yield chunk

    assert contact_table(chunks(), MONDAY).num_rows == 5
    assert max(held) <= 1


def test_no_history_is_an_empty_table() -> None:
    """With its columns, so that whoever asks it gets an answer."""
    assert contact_table([], MONDAY) == pa.table({name: [] for name in CONTACTS.names}, schema=CONTACTS)
