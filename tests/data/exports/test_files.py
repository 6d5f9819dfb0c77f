"""Rows of an export become tickets, and nothing is dropped silently."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.exports.files import TicketFile, read_tickets
from data.exports.preset import load_preset, with_map
from triage.errors import UnusableFile

WriteExport = Callable[..., Path]

GENERIC = load_preset("generic")


def rejected_rows(path: Path) -> list[list[str]]:
    """What stands in a rejected.csv, with its header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_row_becomes_what_was_filed_and_what_people_decided(write_export: WriteExport) -> None:
    """The two halves are kept apart by type; this is where an export is cut in two."""
    path = write_export(
        "id,subject,body,opened_at,customer_id,channel,location,queue,priority,reopens,made_sla,satisfaction,reason\n"
        "7,VPN down,error 809,2026-03-01T09:00:00+01:00,u42,E-Mail,Lyon,Network,high,2,yes,4.5,cable\n"
    )

    [ticket], _ = read_tickets(path, GENERIC)

    assert (ticket.filed.id, ticket.filed.subject, ticket.filed.body) == ("7", "VPN down", "error 809")
    assert ticket.filed.opened_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert (ticket.filed.customer_id, ticket.filed.channel) == ("u42", "email")
    assert ticket.filed.attributes == {"location": "Lyon"}
    assert (ticket.assignment_group, ticket.priority, ticket.reopens) == ("Network", "high", 2)
    assert (ticket.made_sla, ticket.satisfaction) == (True, 4.5)
    assert ticket.attributes == {"reason": "cable"}


def test_a_column_that_nobody_mapped_can_be_a_target(write_export: WriteExport) -> None:
    """Every desk has a label of its own that it wants to learn."""
    path = write_export("body,Root Cause\nno mail, \nno mail,disk full\n")

    tickets, summary = read_tickets(path, GENERIC)

    assert [ticket.label("Root Cause") for ticket in tickets] == [None, "disk full"]
    assert summary.unmapped_columns == ("Root Cause",)


def test_columns_are_found_whatever_their_case_and_blanks(write_export: WriteExport) -> None:
    """Labels come out of a spreadsheet as someone typed them."""
    path = write_export(" SUBJECT ,Queue\nprinter,Print\n")

    [ticket], summary = read_tickets(path, GENERIC)

    assert (ticket.filed.subject, ticket.assignment_group) == ("printer", "Print")
    assert summary.mapped == {"subject": "SUBJECT", "assignment_group": "Queue"}


def test_a_repeated_column_keeps_all_its_cells(write_export: WriteExport) -> None:
    """Jira writes one column `Comment` a comment."""
    path = write_export("body,Comment,Comment,\nx,first,second,third\n")

    [ticket], _ = read_tickets(path, GENERIC)

    assert ticket.attributes == {"Comment": "first", "Comment (2)": "second", "column 4": "third"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out_from_the_header(write_export: WriteExport, delimiter: str) -> None:
    """A German Excel writes semicolons, RT tabs, and nobody knows which they have."""
    path = write_export(delimiter.join(["id", "subject", "body"]) + "\n" + delimiter.join(["1", "a", "b"]) + "\n")

    [ticket], _ = read_tickets(path, GENERIC)

    assert (ticket.filed.id, ticket.filed.subject, ticket.filed.body) == ("1", "a", "b")


def test_the_hint_that_excel_writes_is_no_header(write_export: WriteExport) -> None:
    """`sep=;` is a line of Excel's own, above the header."""
    path = write_export("sep=;\nid;body\n1;a, b\n2;\n")

    [ticket], summary = read_tickets(path, GENERIC)

    assert ticket.filed.body == "a, b"
    assert summary.examples[0].line == 4


def test_unusable_rows_are_written_with_line_reason_and_cells(write_export: WriteExport, tmp_path: Path) -> None:
    """A person mends the file from this; the line is where an editor finds the row, though quotes span lines."""
    path = write_export(
        "id,subject,opened_at\n"
        '1,"two\nlines",2026-01-01\n'
        "2,,2026-01-01\n"
        "3,x,yesterday\n"
        '1,"x\n\ny",2026-01-01\n'
        "4,x,2026-01-01,more\n"
        "5,x\n"
        "\n"
        "6,x,2026-01-01,\n"
        "7,x,\n8,x,\n9,x,\n"
    )
    rejected = tmp_path / "out" / "rejected.csv"

    tickets, summary = read_tickets(path, GENERIC, rejected=rejected)

    assert [ticket.filed.id for ticket in tickets] == ["1", "6", "7", "8", "9"]
    assert rejected_rows(rejected) == [
        ["line", "reason", "id", "subject", "opened_at"],
        ["2", "id appears twice", "1", "two\nlines", "2026-01-01"],
        ["4", "no text and no attributes", "2", "", "2026-01-01"],
        ["5", "opened_at is not a date", "3", "x", "yesterday"],
        ["9", "more cells than columns", "4", "x", "2026-01-01", "more"],
        ["10", "fewer cells than columns", "5", "x"],
    ]
    assert (summary.n_rows, summary.n_usable, summary.n_rejected) == (10, 5, 5)
    assert summary.rejected["id appears twice"] == 1
    assert summary.examples[2].line == 5


def test_of_an_id_that_appears_twice_the_last_usable_is_kept(write_export: WriteExport) -> None:
    """An unusable row must not take the id away from the good one before it."""
    path = write_export("id,body\n1,early\n1,good\n1,\n2,x\n3,x\n")

    tickets, summary = read_tickets(path, GENERIC)

    assert [ticket.filed.body for ticket in tickets] == ["good", "x", "x"]
    assert summary.rejected == {"no text and no attributes": 1, "id appears twice": 1}


def test_rejected_rows_of_an_earlier_run_are_removed(write_export: WriteExport, tmp_path: Path) -> None:
    """An old file beside a clean run would send someone to mend what is mended."""
    path = write_export("id,body\n1,x\n")
    rejected = tmp_path / "rejected.csv"
    rejected.write_text("old", encoding="utf-8")

    read_tickets(path, GENERIC, rejected=rejected)

    assert not rejected.exists()


def test_the_export_itself_is_never_overwritten_by_its_rejected_rows(write_export: WriteExport) -> None:
    """`--rejected` with the wrong name would otherwise delete the only copy."""
    path = write_export("id,body\n1,x\n2,\n")

    with pytest.raises(UnusableFile, match="the file that is read"):
        read_tickets(path, GENERIC, rejected=path)

    assert path.exists()


def test_a_quote_that_is_never_closed_is_told(write_export: WriteExport) -> None:
    """One stray quote makes a single cell of everything after it, and every count looks fine."""
    path = write_export('id,body\n1,x\n2,y\n3,"z\n4,x\n5,x\n')

    tickets, summary = read_tickets(path, GENERIC)

    assert [ticket.filed.id for ticket in tickets] == ["1", "2"]
    assert summary.rejected == {"a quote that is never closed": 1}
    assert "The quote opened in line 4 is never closed: 3 lines were read as one row." in summary.notes


def test_a_file_of_mostly_unusable_rows_is_refused_with_three_reasons(write_export: WriteExport) -> None:
    """Half a history teaches something else than the desk's work; the reasons say what to mend first."""
    path = write_export(
        "id,body,opened_at\n1,x,\n2,x,\n3,x,\n" + "4,x,yesterday\n" * 4 + "1,x,\n" * 3 + "5,,\n" * 2 + "6,x,,,,9\n"
    )

    with pytest.raises(UnusableFile) as refused:
        read_tickets(path, GENERIC)

    assert str(refused.value) == (
        "export.csv has 13 rows, and most of them cannot be used: opened_at is not a date (4), id appears twice (3), "
        "no text and no attributes (2). The first of them is 'yesterday'. Say how dates are written, as "
        "--date-format '%d/%m/%Y %H:%M'."
    )


def test_half_of_the_rows_is_enough(write_export: WriteExport) -> None:
    """The edge of the rule: more than half unusable is refused, half is not."""
    path = write_export("id,body\n1,x\n2,\n")

    tickets, _ = read_tickets(path, GENERIC)

    assert len(tickets) == 1


@pytest.mark.parametrize("content", ["", "\n\n", "id,subject,body\n", "id,subject,body"])
def test_a_file_without_rows_holds_no_tickets(write_export: WriteExport, content: str) -> None:
    """An export filter that matched nothing gives exactly this."""
    path = write_export(content)

    with pytest.raises(UnusableFile, match=r"^export\.csv holds no tickets\.$"):
        read_tickets(path, GENERIC)


def test_a_mapped_column_that_is_not_there_is_refused_with_the_likely_one(write_export: WriteExport) -> None:
    """A typing mistake in --map must not train on the preset's guess."""
    path = write_export("id,Text,Queue\n1,x,y\n")

    with pytest.raises(UnusableFile) as refused:
        read_tickets(path, with_map(GENERIC, ["body=Txet"]))

    assert str(refused.value) == (
        "export.csv has no column 'Txet' for body. Did you mean 'Text'? Its columns: id, Text, Queue."
    )


def test_a_file_without_text_or_attributes_is_refused_with_the_likely_column(write_export: WriteExport) -> None:
    """There is nothing to learn from; the message says which column may have been meant."""
    path = write_export("id,Descripton,Queue\n1,x,y\n")

    with pytest.raises(UnusableFile, match=r"Did you mean 'Descripton'\? Its columns: id, Descripton, Queue\."):
        read_tickets(path, GENERIC)


def test_a_column_of_the_preset_may_be_absent(write_export: WriteExport) -> None:
    """A preset names everything that a system can export; a desk exports what it likes."""
    path = write_export("Short description\nVPN\n")

    [ticket], _ = read_tickets(path, load_preset("servicenow"))

    assert ticket.filed.subject == "VPN"
    assert ticket.assignment_group is None


def test_a_mapped_column_is_not_used_for_anything_else(write_export: WriteExport) -> None:
    """Whoever says that a column is the label must not find it among the features."""
    path = write_export("body,location,queue\nx,Lyon,Network\n")

    [ticket], _ = read_tickets(path, with_map(GENERIC, ["category=location"]))

    assert ticket.category == "Lyon"
    assert ticket.filed.attributes == {}


def test_a_dropped_column_becomes_an_attribute(write_export: WriteExport) -> None:
    """`--map queue=` says that the preset is wrong about a column, not that the column is worthless."""
    path = write_export("body,queue\nx,Network\n")

    [ticket], _ = read_tickets(path, with_map(GENERIC, ["assignment_group="]))

    assert ticket.assignment_group is None
    assert ticket.attributes == {"queue": "Network"}


def test_an_id_made_of_content_is_the_same_in_every_reading(write_export: WriteExport) -> None:
    """The same file imported twice changes nothing, and two files do not take each other's ids."""
    path = write_export("body,queue\nhelp,a\nhelp,b\nother,c\n", "a.csv")
    other = write_export("body,queue\nsomething else,a\n", "b.csv")

    first, summary = read_tickets(path, GENERIC)
    again, _ = read_tickets(path, GENERIC)
    [elsewhere], _ = read_tickets(other, GENERIC)

    ids = [ticket.filed.id for ticket in first]
    assert ids == [ticket.filed.id for ticket in again]
    assert len({*ids, elsewhere.filed.id}) == 4
    assert ids[1] == f"{ids[0]}-2"
    assert "3 rows have no id; theirs is made of their content." in summary.notes


def test_a_blank_id_falls_back_to_the_content(write_export: WriteExport) -> None:
    """One blank cell is no reason to lose a ticket."""
    path = write_export("id,body\n1,x\n,y\n")

    tickets, summary = read_tickets(path, GENERIC)

    assert tickets[0].filed.id == "1"
    assert len(tickets[1].filed.id) == 16
    assert summary.notes == ("1 rows have no id; theirs is made of their content.",)


def test_chunks_are_as_small_as_asked_and_progress_grows(write_export: WriteExport) -> None:
    """A large export is read in bounded memory, and someone watches it."""
    path = write_export("id,body\n" + "".join(f"{n},{'x' * 5000}\n" for n in range(25)))
    seen: list[float] = []
    file = TicketFile(path, GENERIC, chunk_rows=10, on_progress=seen.append)

    sizes = [len(chunk) for chunk in file.chunks()]

    assert sizes == [10, 10, 5]
    assert len(seen) == 2
    assert 0 < seen[0] < seen[1] <= 1
    assert file.progress_ratio == 1
    assert file.summary.n_usable == 25


def test_a_file_can_be_left_in_the_middle(write_export: WriteExport) -> None:
    """`--limit` and a Ctrl-C close the file without a warning, and the summary says how far it came."""
    path = write_export("id,body\n" + "".join(f"{n},x\n" for n in range(25)))
    file = TicketFile(path, GENERIC, chunk_rows=10)

    chunks = file.chunks()
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]

    assert file.summary.n_usable == 10


def test_reading_again_begins_again(write_export: WriteExport) -> None:
    """The ids seen in the first reading are not duplicates in the second."""
    file = TicketFile(write_export("id,body\n1,x\n"), GENERIC)

    sizes = [len(chunk) for _ in range(2) for chunk in file.chunks()]

    assert sizes == [1, 1]
    assert file.summary.n_rows == 1


def test_progress_ends_at_one(write_export: WriteExport) -> None:
    """A bar that stops at 97 % looks like a mistake."""
    seen: list[float] = []

    read_tickets(write_export("id,body\n1,x\n"), GENERIC, on_progress=seen.append)

    assert seen[-1] == 1.0


def test_a_column_that_is_mapped_twice_is_refused(write_export: WriteExport) -> None:
    """It cannot be both, and which of the two is meant is for the person to say."""
    path = write_export("Text\nno mail\n")

    with pytest.raises(UnusableFile, match=r"'Text' of export\.csv is mapped twice, and subject comes second"):
        read_tickets(path, with_map(GENERIC, ["body=Text", "subject=Text"]))
