"""What a whole file decides before its first row is read: the order of dates, and which row of a ticket counts."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.exports.files import TicketFile, read_tickets
from data.exports.preset import load_preset, with_date_formats, with_map
from triage.errors import UnusableFile, UnusablePreset

WriteExport = Callable[..., Path]

GENERIC = load_preset("generic")
JIRA = load_preset("jira")


def opened(path: Path, preset: str = "generic", *formats: str) -> list[str]:
    """When the tickets of a file were opened."""
    tickets, _ = read_tickets(path, with_date_formats(load_preset(preset), formats))
    return [f"{ticket.filed.opened_at:%Y-%m-%d %H:%M}" for ticket in tickets if ticket.filed.opened_at]


def as_csv(cells: list[str]) -> str:
    """One ticket for each of these moments."""
    return "id;subject;opened_at\n" + "".join(f"{n};VPN;{cell}\n" for n, cell in enumerate(cells))


@pytest.mark.parametrize("name", ["export.csv", "export.csv.gz", "export.jsonl", "export.jsonl.gz", "export.json"])
def test_one_cell_says_it_for_its_column(write_export: WriteExport, name: str) -> None:
    """The thousandth row shows that the first one was the third of June, in every kind of file."""
    cells = ["6/3/2025 16:15"] * 1_500 + ["6/21/2025 16:14"]
    records = [{"id": n, "subject": "VPN", "opened_at": cell} for n, cell in enumerate(cells)]
    if ".csv" in name:
        content = as_csv(cells)
    elif ".jsonl" in name:
        content = "".join(json.dumps(each) + "\n" for each in records)
    else:
        content = json.dumps({"tickets": records}, indent=1)

    found = opened(write_export(content, name))

    assert found[0] == "2025-06-03 16:15"
    assert found[-1] == "2025-06-21 16:14"


def test_one_cell_says_it_in_typed_files_too(tmp_path: Path) -> None:
    """Texts stand in Parquet and Excel as somebody wrote them."""
    cells = ["03/04/2025 09:16", "22/08/2025 11:49"]
    pq.write_table(pa.table({"id": ["1", "2"], "subject": ["a", "b"], "opened_at": cells}), tmp_path / "a.parquet")
    book = openpyxl.Workbook()
    for row in (["id", "subject", "opened_at"], [1, "a", cells[0]], [2, "b", cells[1]]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "a.xlsx")

    assert opened(tmp_path / "a.parquet") == opened(tmp_path / "a.xlsx") == ["2025-04-03 09:16", "2025-08-22 11:49"]


def test_what_was_decided_is_said_with_the_cell(write_export: WriteExport) -> None:
    """Somebody who knows better sees it before a model is trained."""
    path = write_export(
        "Summary,Issue key,Issue Type,Created,Resolved\n"
        "Billing wrong,A-1,Bug,6/3/2025 16:14,6/4/2025 17:13\n"
        "Key rotate,A-2,Task,6/21/2025 16:15,6/22/2025 16:21\n"
    )

    _, summary = read_tickets(path, JIRA)

    assert summary.notes[:2] == (
        "opened_at is read month first, as '6/21/2025 16:15' in line 3 says.",
        "resolved_at is read month first, as '6/22/2025 16:21' in line 3 says.",
    )


def test_a_column_follows_the_one_that_says_it(write_export: WriteExport) -> None:
    """One tool writes all dates of a file alike."""
    path = write_export("id,subject,opened_at,closed_at\n1,VPN,22/08/2025 11:49,03/04/2026 09:16\n")

    [ticket], summary = read_tickets(path, GENERIC)

    assert ticket.closed_at == datetime(2026, 4, 3, 9, 16, tzinfo=UTC)
    assert any("closed_at does not say whether day or month comes first" in note for note in summary.notes)


def test_a_column_that_does_not_say_it_follows_the_preset_and_says_so(write_export: WriteExport) -> None:
    """GLPI's desks write the day first; the note names the way to say otherwise."""
    path = write_export("ID;Title;Opening date\n1;Printer down;03/04/2025 09:16\n")

    [ticket], summary = read_tickets(path, load_preset("glpi"))

    assert ticket.filed.opened_at == datetime(2025, 4, 3, 9, 16, tzinfo=UTC)
    [note] = summary.notes
    assert note == (
        "opened_at does not say whether day or month comes first ('03/04/2025 09:16'); it is read day first, as the "
        "preset glpi says. --date-format overrides it."
    )


def test_what_cells_say_wins_over_the_preset(write_export: WriteExport) -> None:
    """An American desk with GLPI: half of its days would be read as months, the others not at all."""
    path = write_export("ID;Title;Opening date\n1;Printer down;03/04/2025\n2;Printer up;08/22/2025\n")

    assert opened(path, "glpi") == ["2025-03-04 00:00", "2025-08-22 00:00"]


def test_a_file_that_does_not_say_it_is_refused_with_the_line_to_add(write_export: WriteExport) -> None:
    """Either guess would be silent, and wrong for half of the desks."""
    path = write_export(as_csv(["3/4/2026 4:14 PM"]))

    with pytest.raises(UnusableFile) as refused:
        read_tickets(path, GENERIC)

    assert str(refused.value) == (
        "opened_at of export.csv cannot be read: it is '3/4/2026 4:14 PM' in line 2, and no cell of the column says "
        "whether day or month comes first. Add --date-format '%d/%m/%Y %I:%M %p' or --date-format "
        "'%m/%d/%Y %I:%M %p', or do without it by --map opened_at=."
    )


@pytest.mark.parametrize(("layout", "read"), [("%d/%m/%Y %H:%M", "2026-04-03"), ("%m/%d/%Y %H:%M", "2026-03-04")])
def test_the_line_to_add_reads_it(write_export: WriteExport, layout: str, read: str) -> None:
    """The way out of the refusal above."""
    assert opened(write_export(as_csv(["3/4/2026 16:14"])), "generic", layout) == [f"{read} 16:14"]


def test_a_preset_of_ones_own_says_it_once_and_for_all(write_export: WriteExport, tmp_path: Path) -> None:
    """A desk that exports every month does not want to type it."""
    own = tmp_path / "own.toml"
    own.write_text('extends = "generic"\n[dates]\norder = "month first"\n', encoding="utf-8")

    assert opened(write_export(as_csv(["3/4/2026 16:14"])), str(own)) == ["2026-03-04 16:14"]


def test_a_column_with_both_orders_is_refused_with_both_cells(write_export: WriteExport) -> None:
    """Two exports of two people, one behind the other: no reading is right."""
    path = write_export(as_csv(["22/08/2025", "08/22/2025", "03/04/2025"]))

    with pytest.raises(
        UnusableFile, match=r"'22/08/2025' in line 2 has the day first, '08/22/2025' in line 3 the month"
    ):
        read_tickets(path, GENERIC)


def test_a_format_that_fits_a_part_only_is_refused(write_export: WriteExport) -> None:
    """Half accepted, every date after the twelfth would be lost, and every count would look fine."""
    path = write_export(as_csv([f"{month}/{day}/2025 10:00" for month in (3, 4) for day in range(1, 29)]))

    with pytest.raises(
        UnusableFile,
        match=r"in 32 of 56 rows \(the formats are '%d/%m/%Y %H:%M'\); the first is '3/13/2025 10:00' in line 14\. Say",
    ):
        opened(path, "generic", "%d/%m/%Y %H:%M")


def test_months_of_an_unknown_language_are_not_lost_in_silence(write_export: WriteExport) -> None:
    """Finnish shares some abbreviations with us: read in part, the year would have four months."""
    cells = [f"21/{month}/25 4:14 PM" for month in ("nov", "tammi", "helmi", "maalis")]
    path = write_export(as_csv(cells))

    with pytest.raises(UnusableFile) as refused:
        read_tickets(path, GENERIC)

    assert str(refused.value) == (
        "opened_at of export.csv is a date of no known form in 3 of 4 rows; the first is '21/tammi/25 4:14 PM' in line "
        "3. Say how it is written, as --date-format '%d/%m/%Y %H:%M', read another column by --map opened_at=Column, "
        "or do without it by --map opened_at=."
    )


def test_a_stray_date_of_another_form_is_one_rejected_row(write_export: WriteExport) -> None:
    """One slip in a hundred rows is no way of writing."""
    path = write_export(as_csv(["22/08/2025"] * 99 + ["08/23/2025"]))

    tickets, summary = read_tickets(path, GENERIC)

    assert len(tickets) == 99
    assert [(each.line, each.reason) for each in summary.examples] == [(101, "opened_at is not a date")]
    assert "opened_at is a date of no known form in 1 rows, first '08/23/2025' in line 101" in summary.notes[0]


def test_day_numbers_of_a_spreadsheet_are_read_and_said(write_export: WriteExport) -> None:
    """Saved as CSV from Excel with the wrong format of cells."""
    path = write_export(as_csv(["45433.6063657407", "45415"]))

    _, summary = read_tickets(path, GENERIC)

    assert opened(path) == ["2024-05-21 14:33", "2024-05-03 00:00"]
    [note] = summary.notes
    assert note.startswith(
        "opened_at is a spreadsheet's count of days in 2 rows; '45433.6063657407' in line 2 was read"
    )


@pytest.mark.parametrize("layout", ["%d/%m %H:%M", "day first", "%q", "%H:%M"])
def test_a_date_format_that_says_no_date_is_refused(layout: str) -> None:
    """It would read every row as a day of 1900."""
    with pytest.raises(UnusablePreset, match="--date-format"):
        with_date_formats(GENERIC, [layout])


def test_only_columns_that_are_read_can_refuse_a_file(write_export: WriteExport) -> None:
    """A score needs no date of closing, and `--map` does without one."""
    path = write_export("id,subject,opened_at,closed_at\n1,VPN,2026-03-01,3/4/2026\n")

    [chunk] = TicketFile(path, GENERIC, later=()).columns()

    assert len(chunk) == 1
    assert len(read_tickets(path, with_map(GENERIC, ["closed_at="]))[0]) == 1
    with pytest.raises(UnusableFile, match="closed_at of"):
        read_tickets(path, GENERIC)


def test_the_newest_row_of_a_ticket_counts_wherever_it_stands(write_export: WriteExport) -> None:
    """Incremental exports repeat a ticket; the stale row says question, open and low."""
    rows = [
        (1, "03-01", "question", 1),
        (2, "03-01", "incident", 1),
        (1, "03-03", "incident", 2),
        (1, "03-02", "task", 3),
    ]
    path = write_export(
        "".join(
            json.dumps(
                {"id": i, "subject": "VPN", "updated_at": f"2024-{day}T09:00:00Z", "type": kind, "group_id": group}
            )
            + "\n"
            for i, day, kind, group in rows
        ),
        "export.jsonl",
    )

    tickets, summary = read_tickets(path, load_preset("zendesk"))

    assert [(t.filed.id, t.ticket_type, t.assignment_group) for t in tickets] == [
        ("2", "incident", "1"),
        ("1", "incident", "2"),
    ]
    assert summary.rejected == {"an older row of its ticket": 2}
    assert "2 rows are older than another row of their ticket; the newest one was read." in summary.notes


def test_an_export_of_mostly_older_rows_is_none_the_worse(write_export: WriteExport) -> None:
    """Ten changes of each ticket are nine older rows each, and no reason to refuse the file."""
    path = write_export(
        "id,subject,updated_at,queue\n" + "".join(f"7,VPN,2024-03-{day:02},Q{day}\n" for day in range(10, 20))
    )

    [ticket], _ = read_tickets(path, GENERIC)

    assert ticket.assignment_group == "Q19"


def test_without_update_times_the_last_row_counts_in_every_chunk(write_export: WriteExport) -> None:
    """Wherever chunks end, and for columns as for tickets."""
    path = write_export("id,body\n" + "".join(f"{n % 30},text {n}\n" for n in range(50)))

    for size in (1, 7, 1_000):
        chunks = list(TicketFile(path, GENERIC, chunk_rows=size).columns())

        assert [each for chunk in chunks for each in chunk.filed["body"]] == [f"text {n}" for n in range(20, 50)]


def test_spellings_of_one_number_are_one_ticket(write_export: WriteExport) -> None:
    """GLPI writes blanks between thousands, Excel a fraction; by HTTP the same ticket is 2553."""
    path = write_export(
        "id;body;queue\n999;a;x\n2 553;b;old\n2\u00a0553;b;older\n2.553;b;newer\n2553.0;b;newest\n2554;c;x\n"
    )

    tickets, _ = read_tickets(path, GENERIC)

    assert [(t.filed.id, t.assignment_group) for t in tickets] == [("999", "x"), ("2553", "newest"), ("2554", "x")]
