"""Who filed a ticket and what its labels are: one spelling for one thing, and nobody where there is nobody."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data.exports.files import read_tickets
from data.exports.preset import load_preset

WriteExport = Callable[..., Path]

GENERIC = load_preset("generic")


def test_placeholders_are_nobody_and_counted(write_export: WriteExport) -> None:
    """Not Specified and Guest were the busiest callers of a desk, and each had a profile."""
    callers = ["Person 7", "Not Specified", "Guest", "GUEST ", "Unknown User", "Anonymous", "System Administrator"]
    path = write_export(
        "number,short_description,caller_id\n" + "".join(f"INC{n},VPN,{who}\n" for n, who in enumerate(callers))
    )

    tickets, summary = read_tickets(path, load_preset("servicenow"))

    assert {ticket.filed.customer_id for ticket in tickets} == {"Person 7", None}
    [note] = summary.notes
    assert note.startswith(
        "customer_id names nobody in 6 rows and was left empty: Not Specified, Guest, GUEST, Unknown"
    )


def test_a_preset_knows_more_words_for_nobody(write_export: WriteExport, tmp_path: Path) -> None:
    """Every desk has a walk-up counter; its list is added to the one of the system, and to the one that all have."""
    own = tmp_path / "own.toml"
    own.write_text('extends = "servicenow"\nnobody = ["Walk-Up Counter"]\n', encoding="utf-8")
    path = write_export(
        "number,short_description,caller_id\n1,a,walk-up  counter\n2,b,System Administrator\n3,c,Invité\n4,d,Ann\n"
    )

    tickets, _ = read_tickets(path, load_preset(str(own)))

    assert [ticket.filed.customer_id for ticket in tickets] == [None, None, None, "Ann"]


def test_spellings_of_a_person_are_one_by_the_first_that_came(write_export: WriteExport) -> None:
    """Six customers were two; whoever opted out as one of them was profiled as another."""
    people = [
        *("ann.lee@example.org", "Ann.Lee@example.org", "ANN.LEE@EXAMPLE.ORG", "Ann Lee <ann.lee@example.org>"),
        *("ann.lee@example.org ", "bob@example.org", "Bob@Example.org"),
    ]
    path = write_export(
        "Ticket Id,Subject,Requester Email\n" + "".join(f"{n},VPN,{who}\n" for n, who in enumerate(people))
    )

    tickets, _ = read_tickets(path, load_preset("freshservice"))

    assert [ticket.filed.customer_id for ticket in tickets] == ["ann.lee@example.org"] * 5 + ["bob@example.org"] * 2


@pytest.mark.parametrize("between", ["\n", "\r\n", "<br>", "<br />", "; ", " ;  "])
def test_of_several_values_in_a_cell_the_first_counts(write_export: WriteExport, between: str) -> None:
    """`Desk N1` and `Network` in one cell were a third group, and two people a third customer."""
    path = write_export(
        "ID,Title,Requester,Technician group,Technician\n"
        "1,Printer,Lee Ann,Desk N1,Kim\n"
        f'2,Printer,"Lee Ann{between}Park Jo","Desk N1{between}Network","Kim{between}Ray"\n'
    )

    tickets, summary = read_tickets(path, load_preset("glpi"))

    assert tickets[0].assignment_group == tickets[1].assignment_group == "Desk N1"
    assert tickets[0].filed.customer_id == tickets[1].filed.customer_id == "Lee Ann"
    assert tickets[1].resolved_by == "Kim"
    assert summary.notes == tuple(
        f"{name} holds several values in 1 rows; the first one was read."
        for name in ("customer_id", "assignment_group", "resolved_by")
    )


def test_addresses_by_commas_are_several_people(write_export: WriteExport) -> None:
    """RT lists requestors so; a name with a comma is one person."""
    path = write_export(
        "id\tSubject\tRequestors\tQueue\n"
        "1\tVPN\tann@example.org\tNet\n2\tVPN\tann@example.org, bob@example.org\tNet\n3\tVPN\tLee, Ann\tNet\n",
        "export.tsv",
    )

    tickets, _ = read_tickets(path, load_preset("rt"))

    assert [ticket.filed.customer_id for ticket in tickets] == ["ann@example.org", "ann@example.org", "Lee, Ann"]


def test_labels_by_commas_are_several_where_each_is_one_alone(write_export: WriteExport) -> None:
    """A list of an interface; `Sales, EMEA` is the name of one group, as there is no group `EMEA`."""
    path = write_export('id,body,queue\n1,x,Mail\n2,x,"Network, Mail"\n3,x,Network\n4,x,"Sales, EMEA"\n5,x,Sales\n')

    tickets, summary = read_tickets(path, GENERIC)

    assert [ticket.assignment_group for ticket in tickets] == ["Mail", "Network", "Network", "Sales, EMEA", "Sales"]
    assert "assignment_group holds several values in 1 rows; the first one was read." in summary.notes


def test_labels_and_names_that_look_the_same_are_the_same(write_export: WriteExport) -> None:
    """A Mac composes an accent of two characters, a web form pads with no-break blanks."""
    path = write_export(
        "id,subject,customer_id,assignment_group,team note\n"
        "0,VPN,Jos\u00e9 N\u00fa\u00f1ez,R\u00e9seau N1,caf\u00e9\n"
        "1,VPN,Jose\u0301 Nu\u0301n\u0303ez,Re\u0301seau N1,cafe\u0301\n"
        "2,VPN,Jos\u00e9\u00a0 N\u00fa\u00f1ez,R\u00e9seau \u00a0N1\u00a0,caf\u00e9\n"
        "3,VPN,JOS\u00c9 N\u00da\u00d1EZ,R\u00e9seau N1,caf\u00e9\n"
    )

    tickets, _ = read_tickets(path, GENERIC)

    assert {ticket.filed.customer_id for ticket in tickets} == {"Jos\u00e9 N\u00fa\u00f1ez"}
    assert {ticket.assignment_group for ticket in tickets} == {"R\u00e9seau N1"}
    assert {ticket.attributes["team note"] for ticket in tickets} == {"caf\u00e9"}


def test_a_word_of_the_desk_with_a_semicolon_is_still_its_word(write_export: WriteExport, tmp_path: Path) -> None:
    """What a preset maps is one value, whatever is in it."""
    own = tmp_path / "own.toml"
    own.write_text('extends = "generic"\n[values.priority]\nhigh = ["1; at once"]\n', encoding="utf-8")
    path = write_export("id,body,priority\n1,x,1; at once\n2,x,R&amp;D\n")

    tickets, _ = read_tickets(path, load_preset(str(own)))

    assert [ticket.priority for ticket in tickets] == ["high", "R&amp;D"]
