"""Changes from the files of others."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.change_files import read_changes
from data.changes import Change
from triage.errors import InvalidInput, UnusableFile


def written(folder: Path, text: str, name: str = "changes.csv") -> Path:
    """A file with this in it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_export_of_change_requests_is_read(tmp_path: Path) -> None:
    """The columns as a system of change requests names them, with quotes and a line break in a title."""
    text = (
        "number,short_description,cmdb_ci,type,work_start,start_date\n"
        'CHG0030001,"New client,\nall sites",VPN,normal,2026-03-02 18:00:00,2026-03-01 00:00:00\n'
    )

    found = read_changes(written(tmp_path, text))

    at = datetime(2026, 3, 2, 18, tzinfo=UTC)
    assert found.changes == (Change("CHG0030001", "change", "New client, all sites", "VPN", at),)
    assert found.columns["at"] == "work_start"


def test_releases_of_a_tracker_are_read_from_json(tmp_path: Path) -> None:
    """One object a line, as its interface gives them; a list of components is not needed."""
    row = {"id": 10_010, "name": "Client 5.1", "releaseDate": "2026-03-02", "project": "VPN", "released": True}

    found = read_changes(written(tmp_path, json.dumps(row), "releases.jsonl"), kind="release")

    assert found.changes == (Change("10010", "release", "Client 5.1", "VPN", datetime(2026, 3, 2, tzinfo=UTC)),)


def test_a_column_that_refers_to_something_is_read_by_what_it_shows(tmp_path: Path) -> None:
    """Interfaces flatten references to `cmdb_ci.display_value`."""
    text = "number,cmdb_ci.display_value,work_end\nC1,VPN,2026-03-02T10:00:00Z\n"

    (change,) = read_changes(written(tmp_path, text)).changes

    assert change.service == "VPN"
    assert change.title == "C1"


def test_other_columns_are_named_by_hand_and_zones_are_taken_off(tmp_path: Path) -> None:
    """A desk's own list in its own language."""
    text = "Nummer;Wann;Was\nC1;02.03.2026 10:00;Neuer Client\n"

    found = read_changes(written(tmp_path, text), ["id=Nummer", "at=Wann", "title=Was"], zone="Europe/Berlin")

    assert found.changes == (Change("C1", "change", "Neuer Client", None, datetime(2026, 3, 2, 9, tzinfo=UTC)),)


def test_one_date_tells_how_all_are_written(tmp_path: Path) -> None:
    """02/03 is in February or in March; 01/13 says which."""
    text = "id,at\nC1,02/03/2026\nC2,01/13/2026\n"

    found = read_changes(written(tmp_path, text))

    assert [(change.at.month, change.at.day) for change in found.changes] == [(2, 3), (1, 13)]


def test_rows_that_cannot_be_used_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    """Somebody has to look at them, and must find them."""
    text = "id,at\nC1,2026-03-02\n,2026-03-02\nC3,\nC4,soon\nC5,0001-01-01\nC6\n"

    found = read_changes(written(tmp_path, text))

    assert [change.id for change in found.changes] == ["C1"]
    assert (found.n_unusable, found.first_unusable, found.why) == (5, 3, "it has no id")


def test_the_kind_is_as_the_file_says(tmp_path: Path) -> None:
    """A list may hold both."""
    text = "id,at,type\nC1,2026-03-02,Release\nC2,2026-03-02,emergency\n"

    assert [change.kind for change in read_changes(written(tmp_path, text)).changes] == ["release", "change"]


def test_a_file_without_a_needed_column_is_refused_with_what_it_has(tmp_path: Path) -> None:
    """Whoever typed the command can mend it."""
    with pytest.raises(UnusableFile, match=r"--map at=COLUMN.*id, wann"):
        read_changes(written(tmp_path, "id,wann\nC1,2026-03-02\n"))


@pytest.mark.parametrize("wrong", ["at", "who=Column", "at="])
def test_an_override_that_is_none_is_refused(tmp_path: Path, wrong: str) -> None:
    """A slip of the hand must not be passed over."""
    with pytest.raises(InvalidInput, match="FIELD=COLUMN"):
        read_changes(written(tmp_path, "id,at\n"), [wrong])
    with pytest.raises(InvalidInput, match="Europe/Berlin"):
        read_changes(written(tmp_path, "id,at\n"), zone="Mars")


def test_an_empty_file_has_no_changes(tmp_path: Path) -> None:
    """A week without any."""
    assert read_changes(written(tmp_path, "id,at\n")).changes == ()
