"""Columns of tickets: what is read of an export before any ticket is made."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from data.exports.files import TicketFile
from data.exports.preset import load_preset
from data.exports.ticket_columns import TicketColumns
from data.samples.desk import generate_desk
from data.samples.export import write_desk

WriteExport = Callable[..., Path]

GENERIC = load_preset("generic")


def read(path: Path, **options: object) -> list[TicketColumns]:
    """The columns of a file, chunk by chunk."""
    return list(TicketFile(path, GENERIC, **options).columns())  # type: ignore[arg-type]


def test_a_file_becomes_columns_of_values(write_export: WriteExport) -> None:
    """A million rows are read as twenty lists; what a cell does not say is None there, not an empty text."""
    path = write_export(
        "id,subject,opened_at,location,reopens,priority,reason\n1,VPN,2026-03-01,Lyon,2,high,\n2,mail,,,x,?,cable\n"
    )

    [chunk] = read(path)

    assert len(chunk) == 2
    assert chunk.lines == [2, 3]
    assert chunk.filed["subject"] == ["VPN", "mail"]
    assert chunk.filed["opened_at"] == [datetime(2026, 3, 1, tzinfo=UTC), None]
    assert chunk.filed["customer_id"] == [None, None]
    assert chunk.filed_attributes == {"location": ["Lyon", None]}
    assert (chunk.worked["reopens"], chunk.worked["priority"]) == ([2, None], ["high", None])
    assert chunk.attributes == {"reason": [None, "cable"]}


def test_columns_and_tickets_say_the_same(tmp_path: Path) -> None:
    """Training makes tickets of them at the last moment, and must learn from what scoring reads."""
    desk = generate_desk(n_tickets=300, n_customers=30, seed=2)
    write_desk(desk, tmp_path / "desk.csv")

    chunks = read(tmp_path / "desk.csv")

    assert [ticket for chunk in chunks for ticket in chunk.tickets()] == list(desk.tickets)
    assert TicketColumns.of(desk.tickets).tickets() == list(desk.tickets)


def test_only_what_is_asked_for_is_read_of_what_came_later(write_export: WriteExport) -> None:
    """Scoring needs none of it, a profile nine columns; what nobody asked for is no reason for a note."""
    path = write_export("id,body,queue,priority,closed_at,reason\n1,x,Net,high,yesterday,cable\n")

    file = TicketFile(path, GENERIC, later=("priority",))
    [chunk] = file.columns()

    assert chunk.worked == {"priority": ["high"]}
    assert chunk.attributes == {}
    assert file.summary.notes == ()
    [ticket] = chunk.tickets()
    assert (ticket.priority, ticket.assignment_group) == ("high", None)


def test_rows_of_different_columns_keep_their_order_and_lines(write_export: WriteExport) -> None:
    """Each line of JSON is read by the keys it has, and of two equal ids the last usable one in the file counts."""
    path = write_export(
        '{"id": 1, "subject": "a"}\n'
        '{"id": 2, "title": "b", "squad": "Net"}\n'
        '{"id": 1, "title": "late", "subject": ""}\n'
        "no object\n"
        '{"id": 3, "subject": "c"}\n'
        '{"id": 2, "subject": "later"}\n',
        "export.jsonl",
    )

    file = TicketFile(path, GENERIC)
    [chunk] = file.columns()

    assert chunk.lines == [1, 5, 6]
    assert chunk.filed["id"] == ["1", "3", "2"]
    assert chunk.filed["subject"] == ["a", "c", "later"]
    assert chunk.attributes == {}
    assert [(each.line, each.reason) for each in file.summary.examples] == [
        (2, "id appears twice"),
        (3, "no text and no attributes"),
        (4, "not a JSON object"),
    ]


def test_an_unusable_row_is_left_out_of_every_column(write_export: WriteExport) -> None:
    """Else the labels of one ticket would stand beside the text of another."""
    path = write_export(
        "id,body,opened_at,location,priority\n"
        "1,again,2026-01-01,Oslo,high\n"
        "2,y,no date,Oslo,high\n"
        "1,x,2026-01-01,Lyon,low\n"
        "3,z,2026-01-02,,medium\n"
    )

    [chunk] = read(path)

    assert chunk.lines == [4, 5]
    assert chunk.filed["body"] == ["x", "z"]
    assert chunk.filed_attributes == {"location": ["Lyon", None]}
    assert chunk.worked["priority"] == ["low", "medium"]


def test_what_is_rejected_has_its_line_wherever_chunks_end(write_export: WriteExport) -> None:
    """A person mends the file from these lines."""
    rows = [f"{n},{'' if n % 3 == 0 else 'x'}\n" for n in range(50)]
    path = write_export("id,body\n" + "".join(rows))

    found = []
    for chunk_rows in (1, 7, 50, 1_000):
        file = TicketFile(path, GENERIC, chunk_rows=chunk_rows)
        lines = [line for chunk in file.columns() for line in chunk.lines]
        found.append((lines, [each.line for each in file.summary.examples]))

    assert found[0] == found[1] == found[2] == found[3]
    assert found[0][1][:3] == [2, 5, 8]


def test_a_chunk_of_which_nothing_is_usable_is_none(write_export: WriteExport) -> None:
    """Whoever takes chunks need not ask whether there is something in them."""
    path = write_export("id,body\n" + "1,\n" * 4 + "".join(f"{n},x\n" for n in range(2, 9)))

    assert [len(chunk) for chunk in read(path, chunk_rows=4)] == [4, 3]


def test_tickets_that_are_not_kept_leave_every_column(write_export: WriteExport) -> None:
    """As for rejected rows."""
    [chunk] = read(write_export("id,body,location,priority,reason\n1,x,Lyon,low,a\n2,y,Oslo,high,b\n"))

    [kept] = chunk.only([False, True]).tickets()

    assert kept == chunk.tickets()[1]
    assert chunk.only([True, True]) is chunk
