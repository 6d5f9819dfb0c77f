"""Files: canonical columns, the same bytes from the same seed, and nothing half-written."""

import csv
import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.samples.desk import Desk, generate_desk
from data.samples.export import columns_of, write_desk
from triage.errors import UnusableFile
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS

SUFFIXES = (".csv", ".csv.gz", ".jsonl", ".parquet")


@pytest.fixture(scope="module")
def small() -> Desk:
    """Large enough for open tickets, missing services and line breaks in bodies."""
    return generate_desk(n_tickets=400, n_customers=30)


def test_columns_are_canonical_with_attributes_beside_their_kind(small: Desk) -> None:
    """The preset `generic` reads these names without a map."""
    assert columns_of(small) == (*FILED_COLUMNS, "location", "service", *WORKED_COLUMNS, "closure_code")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_desk_gives_the_same_bytes(small: Desk, tmp_path: Path, suffix: str) -> None:
    """A benchmark names its data by a hash."""
    first, second, other = (tmp_path / f"{name}{suffix}" for name in ("first", "second", "other"))

    write_desk(small, first)
    write_desk(generate_desk(n_tickets=400, n_customers=30), second)
    write_desk(generate_desk(n_tickets=400, n_customers=30, seed=8), other)

    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_the_bytes_do_not_depend_on_the_process(small: Desk, tmp_path: Path) -> None:
    """Strings hash differently in every process; a loop over a set would show here."""
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    code = (
        "import sys, pathlib; from data.samples.desk import generate_desk; from data.samples.export import write_desk; "
        "write_desk(generate_desk(n_tickets=400, n_customers=30), pathlib.Path(sys.argv[1]))"
    )
    root = str(Path(__file__).parents[3])

    write_desk(small, here)
    subprocess.run(  # our own interpreter on our own code
        [sys.executable, "-c", code, str(there)], check=True, cwd=root, env={"PYTHONHASHSEED": "1", "PYTHONPATH": root}
    )

    assert here.read_bytes() == there.read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_csv_reads_back_what_was_written(small: Desk, tmp_path: Path, suffix: str) -> None:
    """Bodies hold commas, quotes and line breaks; blanks stand for what is not known."""
    out = tmp_path / f"desk{suffix}"

    write_desk(small, out)

    raw = out.read_bytes()
    text = (gzip.decompress(raw) if suffix.endswith(".gz") else raw).decode()
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    assert [row["body"] for row in rows] == [ticket.filed.body for ticket in small.tickets]
    assert [datetime.fromisoformat(row["opened_at"]) for row in rows] == [t.filed.opened_at for t in small.tickets]
    assert [row["made_sla"] for row in rows] == [
        {True: "true", False: "false", None: ""}[t.made_sla] for t in small.tickets
    ]
    assert [row["service"] or None for row in rows] == [t.filed.attributes.get("service") for t in small.tickets]


def test_json_lines_read_back_what_was_written(small: Desk, tmp_path: Path) -> None:
    """Numbers stay numbers, and what is not known is null."""
    out = tmp_path / "desk.jsonl"

    write_desk(small, out)

    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").split("\n")[:-1]]
    assert [tuple(row) for row in rows] == [columns_of(small)] * len(small.tickets)
    assert [row["subject"] for row in rows] == [ticket.filed.subject for ticket in small.tickets]
    assert [row["satisfaction"] for row in rows] == [ticket.satisfaction for ticket in small.tickets]
    assert [row["reassignments"] for row in rows] == [ticket.reassignments for ticket in small.tickets]


def test_parquet_reads_back_what_was_written(small: Desk, tmp_path: Path) -> None:
    """Types survive: moments are aware, flags are flags, and missing is missing."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `train` is not installed")
    out = tmp_path / "desk.parquet"

    write_desk(small, out)

    table = parquet.read_table(out).to_pydict()
    assert tuple(table) == columns_of(small)
    assert table["opened_at"] == [ticket.filed.opened_at for ticket in small.tickets]
    assert table["opened_at"][0].utcoffset() == datetime.now(UTC).utcoffset()
    for name in ("ticket_type", "resolved_at", "made_sla", "effort_minutes", "problem_id"):
        assert table[name] == [getattr(ticket, name) for ticket in small.tickets]


def test_an_unknown_ending_is_refused_with_the_known_ones(small: Desk, tmp_path: Path) -> None:
    """The person who typed the name can mend it from the sentence."""
    with pytest.raises(UnusableFile, match=r"Known endings: \.csv, \.csv\.gz, \.jsonl, \.parquet\."):
        write_desk(small, tmp_path / "desk.xml")

    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_refused(small: Desk, tmp_path: Path) -> None:
    """A typo in a path makes no folder."""
    with pytest.raises(UnusableFile, match=r"There is no folder .*nowhere to write desk\.csv into\."):
        write_desk(small, tmp_path / "nowhere" / "desk.csv")

    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_earlier_file_and_no_rest(
    small: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk must not cost the file that was there."""
    out = tmp_path / "desk.csv"
    out.write_text("earlier")

    def full_disk(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("data.samples.export.columns_of", full_disk)

    with pytest.raises(OSError, match="no space left"):
        write_desk(small, out)
    assert [path.name for path in tmp_path.iterdir()] == ["desk.csv"]
    assert out.read_text() == "earlier"
