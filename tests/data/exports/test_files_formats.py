"""The same tickets from every kind of file that is read."""

import gzip
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.exports import rows
from data.exports.files import TicketFile, read_tickets
from data.exports.preset import load_preset, with_map
from triage.errors import UnusableFile
from triage.ticket import WorkedTicket

WriteExport = Callable[..., Path]

GENERIC = load_preset("generic")
ROOT = Path(__file__).parents[3]


def write_sheet(path: Path, *rows_of_cells: list[Any], more_sheets: tuple[str, ...] = ()) -> Path:
    """A workbook with these rows on its first sheet."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Tickets"
    for cells in rows_of_cells:
        sheet.append(cells)
    for title in more_sheets:
        book.create_sheet(title).append(["something", "else"])
    book.save(path)
    return path


@pytest.mark.parametrize("name", ["export.csv", "export.tsv", "export.csv.gz"])
def test_csv_is_read_plain_and_packed(write_export: WriteExport, name: str) -> None:
    """An export of a year is mailed around as .gz."""
    path = write_export("id,body\n1,Büro\n", name)

    [ticket], _ = read_tickets(path, GENERIC)

    assert ticket.filed.body == "Büro"


@pytest.mark.parametrize("name", ["export.jsonl", "export.ndjson", "export.jsonl.gz"])
def test_json_lines_are_read_plain_and_packed(write_export: WriteExport, name: str) -> None:
    """Typed values, nested objects and lists read like the columns of a CSV; blank lines are no rows."""
    ticket = {
        "id": 12,
        "body": "x",
        "via": {"channel": "web", "source": {"rel": None}},
        "tags": ["a", "b"],
        "reopens": 2,
    }
    path = write_export(json.dumps(ticket) + "\n\n" + json.dumps({"id": 13.0, "body": "y", "type": 0}) + "\n", name)

    tickets, summary = read_tickets(path, with_map(GENERIC, ["channel=via.channel"]))

    assert [each.filed.id for each in tickets] == ["12", "13"]
    assert (tickets[0].filed.channel, tickets[0].reopens) == ("portal", 2)
    assert tickets[0].attributes == {"tags": "a, b"}
    assert tickets[1].ticket_type == "incident"
    assert summary.n_rows == 2
    assert summary.columns == ("id", "body", "via.channel", "via.source.rel", "tags", "reopens", "type")


def test_our_own_ticket_json_keeps_its_attributes(write_export: WriteExport) -> None:
    """What is sent to /v1/score can be kept as a line and read again."""
    sent = {"id": "INC001", "subject": "VPN down", "attributes": {"location": "Lyon", "Floor": "3"}}
    path = write_export(json.dumps(sent) + "\n", "sent.jsonl")

    [ticket], _ = read_tickets(path, GENERIC)

    assert ticket.filed.attributes == {"location": "Lyon", "Floor": "3"}


def test_lines_that_are_no_object_are_rejected_as_they_stand(write_export: WriteExport, tmp_path: Path) -> None:
    """A log line between the records is no reason to refuse the file, and none to hide it."""
    path = write_export('{"id": 1, "body": "x"}\nWARN: retry\n[1, 2]\n{"id": 2, "body": "y"}\n', "export.jsonl")
    rejected = tmp_path / "rejected.csv"

    tickets, summary = read_tickets(path, GENERIC, rejected=rejected)

    assert len(tickets) == 2
    assert summary.rejected == {"not a JSON object": 2}
    assert rejected.read_text(encoding="utf-8") == (
        'line,reason,row\n2,not a JSON object,WARN: retry\n3,not a JSON object,"[1, 2]"\n'
    )


def test_a_mapped_key_that_no_object_has_is_refused(write_export: WriteExport) -> None:
    """JSON has no header; the mistake shows only when all of it was read, and is told just the same."""
    path = write_export('{"id": 1, "body": "x", "squad": "Net"}\n', "export.jsonl")

    with pytest.raises(UnusableFile, match=r"no column 'sqad' for assignment_group\. Did you mean 'squad'"):
        read_tickets(path, with_map(GENERIC, ["assignment_group=sqad"]))


def test_a_key_that_turns_up_late_is_still_mapped(write_export: WriteExport) -> None:
    """Many systems leave out what is null, so the first closed ticket may be the thousandth line."""
    path = write_export('{"id": 1, "body": "x"}\n{"closed_at": "2026-01-01", "id": 2, "title": "y"}\n', "export.jsonl")

    tickets, _ = read_tickets(path, GENERIC)

    assert tickets[1].closed_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert tickets[1].filed.subject == "y"


def test_parquet_values_are_read_by_their_type(tmp_path: Path) -> None:
    """Dates, numbers, nulls and NaN of a warehouse mean what they mean there."""
    berlin = timezone(timedelta(hours=1))
    table = pa.table(
        {
            "id": pa.array([1.0, 2.0]),
            "body": pa.array(["x", "y"]),
            "opened_at": pa.array([datetime(2026, 1, 1, 9, tzinfo=berlin), None], pa.timestamp("ns", tz="UTC")),
            "closed_at": pa.array([date(2026, 1, 2), None]),
            "reopens": pa.array([1.0, float("nan")]),
            "made_sla": pa.array([True, None]),
            "effort_minutes": pa.array([Decimal("1.50"), None]),
            "queue": pa.array(["Net", None]).dictionary_encode(),
            "tags": pa.array([["a", "b"], []]),
        }
    )
    path = tmp_path / "export.parquet"
    pq.write_table(table, path)

    file = TicketFile(path, GENERIC)
    [[first, second]] = list(file.chunks())

    assert first.filed.id == "1"
    assert first.filed.opened_at == datetime(2026, 1, 1, 8, tzinfo=UTC)
    assert first.closed_at == datetime(2026, 1, 2, tzinfo=UTC)
    assert (first.reopens, first.made_sla, first.effort_minutes, first.assignment_group) == (1, True, 1.5, "Net")
    assert first.attributes == {"tags": "a, b"}
    assert second == WorkedTicket(filed=second.filed)
    assert not any("was not readable" in note for note in file.summary.notes)
    assert file.progress_ratio == 1


def test_nanoseconds_of_parquet_need_no_pandas(tmp_path: Path) -> None:
    """A process that has imported pandas has lost its small memory; microseconds are what a date holds."""
    path = tmp_path / "export.parquet"
    nanoseconds = pa.array([1_767_258_000_000_001_001], pa.int64()).cast(pa.timestamp("ns"))
    pq.write_table(pa.table({"id": ["1"], "body": ["x"], "opened_at": nanoseconds}), path)
    program = (
        "import sys; from pathlib import Path\n"
        "from data.exports.files import read_tickets; from data.exports.preset import load_preset\n"
        f"[ticket], _ = read_tickets(Path({str(path)!r}), load_preset('generic'))\n"
        "print(ticket.filed.opened_at, 'pandas' in sys.modules)"
    )

    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert finished.stdout == "2026-01-01 09:00:00.000001+00:00 False\n"


def test_a_rejected_row_of_parquet_has_its_number(tmp_path: Path) -> None:
    """There are no lines in Parquet; rows are counted from one."""
    path = tmp_path / "export.parquet"
    pq.write_table(pa.table({"id": ["1", "2", "3"], "body": ["x", None, "y"]}), path)

    _, summary = read_tickets(path, GENERIC)

    assert [(each.line, each.cells) for each in summary.examples] == [(2, ("2", ""))]


def test_excel_values_are_read_by_their_type(tmp_path: Path) -> None:
    """Numbers are floats there, dates have no zone, and blank rows are formatting."""
    path = write_sheet(
        tmp_path / "export.xlsx",
        [],
        ["Number", "Short description", "Opened", "Reassignment count", "Made SLA"],
        [12.0, "VPN", datetime(2026, 1, 1, 9), 3.0, True],  # noqa: DTZ001 - as Excel has it
        [],
        [1234567890123456, "Mail", "2026-01-02 10:00:00", None, "#N/A"],
        ["INC3", None, None],
        ["INC4", "x", None, None, None, "beyond"],
    )

    [vpn, mail], summary = read_tickets(path, load_preset("servicenow"))

    assert (vpn.filed.id, vpn.reassignments, vpn.made_sla) == ("12", 3, True)
    assert vpn.filed.opened_at == datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert (mail.filed.id, mail.reassignments, mail.made_sla) == ("1234567890123456", None, None)
    assert [(each.line, each.reason) for each in summary.examples] == [
        (6, "no text and no attributes"),
        (7, "more cells than columns"),
    ]


def test_the_sheet_that_was_read_is_told(tmp_path: Path) -> None:
    """A workbook with a cover sheet or two years of tickets is read only in part."""
    path = write_sheet(tmp_path / "export.xlsx", ["id", "body"], ["1", "x"], more_sheets=("2025", "Notes"))

    _, summary = read_tickets(path, GENERIC)

    assert summary.notes == ("Only the sheet 'Tickets' was read, not: 2025, Notes.",)


def test_a_workbook_with_a_header_only_holds_no_tickets(tmp_path: Path) -> None:
    """As for a CSV."""
    path = write_sheet(tmp_path / "export.xlsx", ["id", "body"])

    with pytest.raises(UnusableFile, match="holds no tickets"):
        read_tickets(path, GENERIC)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("export.xlsx", b"PK no workbook", "cannot be read as an Excel workbook"),
        ("export.parquet", b"PAR1 no parquet", "cannot be read as Parquet"),
        ("export.csv.gz", b"no gzip", "is not a complete gzip file"),
        (
            "broken.jsonl.gz",
            gzip.compress(b'{"id": 1, "body": "x"}\n' * 9, mtime=0)[:-9],
            "is not a complete gzip file",
        ),
        (
            "wide.csv.gz",
            gzip.compress("id,body\n1,x\n".encode("utf-16") * 9, mtime=0)[:-9],
            "is not a complete gzip file",
        ),
        ("export.xls", b"", r"is of no kind that is read\. Read are: \.csv, .*\.xlsx\."),
    ],
    ids=["excel", "parquet", "no gzip", "cut gzip", "cut gzip in UTF-16", "unknown"],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    """A download that broke off ends in one sentence, not in a traceback."""
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UnusableFile, match=message):
        read_tickets(path, GENERIC)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """The commonest mistake of all."""
    with pytest.raises(UnusableFile, match=r"^There is no file .*nowhere\.csv\.$"):
        read_tickets(tmp_path / "nowhere.csv", GENERIC)

    with pytest.raises(UnusableFile, match="is a folder, not a file"):
        read_tickets(tmp_path, GENERIC)


def test_a_missing_reader_names_its_extra(write_export: WriteExport, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serving is installed without openpyxl; whoever imports a workbook there is told what to install."""
    path = write_export(b"", "export.xlsx")
    monkeypatch.delitem(sys.modules, "data.exports.formats.excel", raising=False)
    monkeypatch.setitem(sys.modules, "openpyxl", None)

    with pytest.raises(UnusableFile, match=r"needs the package 'openpyxl'; it comes with the extra `train`"):
        read_tickets(path, GENERIC)


@pytest.mark.parametrize(("module", "name"), sorted(set(rows.FORMATS.values())))
def test_every_format_of_the_table_has_its_reader(module: str, name: str) -> None:
    """The table goes by name, so that nothing else would notice a renamed class."""
    reader = getattr(__import__(module, fromlist=[name]), name)

    assert callable(reader)


def test_a_sheet_that_breaks_off_is_refused(tmp_path: Path) -> None:
    """A download that stopped leaves a workbook that opens, and breaks off inside."""
    whole = tmp_path / "whole.xlsx"
    book = openpyxl.Workbook()
    for i in range(200):
        book.active.append([f"id {i}", f"subject {i}"])
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "half.xlsx", "w") as half:
        for name in source.namelist():
            content = source.read(name)
            half.writestr(name, content[: len(content) // 2] if name.endswith("sheet1.xml") else content)

    with pytest.raises(UnusableFile, match=r"half\.xlsx breaks off"):
        read_tickets(tmp_path / "half.xlsx", with_map(GENERIC, ["subject=subject 0"]))


def test_a_parquet_moment_beyond_all_calendars_is_refused(tmp_path: Path) -> None:
    """A column of garbage in a typed file."""
    path = tmp_path / "odd.parquet"
    pq.write_table(
        pa.table({"subject": ["VPN"], "opened_at": pa.array([2**62], pa.timestamp("us"))}), path, version="2.6"
    )

    with pytest.raises(UnusableFile, match=r"odd\.parquet breaks off"):
        read_tickets(path, GENERIC)
