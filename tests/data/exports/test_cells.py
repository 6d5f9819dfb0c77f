"""Cells become values: words, dates, numbers, and what says nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.exports.files import read_tickets
from data.exports.preset import load_preset

WriteExport = Callable[..., Path]


GENERIC = load_preset("generic")


def test_a_cell_that_says_nothing_is_unknown(write_export: WriteExport) -> None:
    """`?`, NULL and n/a must not become a label to learn."""
    path = write_export("body,queue,priority,impact,topic\nx,?,NULL,n/a,  \n")

    [ticket], _ = read_tickets(path, GENERIC)

    assert (ticket.assignment_group, ticket.priority, ticket.impact, ticket.category) == (None, None, None, None)


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("Incident", "incident"),
        ("0", "incident"),
        ("1", "request"),
        ("SERVICE request", "request"),
        ("[System] Service request", "request"),
        ("Question", "request"),
        ("Demande", "request"),
        (" Problem ", "Problem"),
    ],
)
def test_words_are_mapped_and_unknown_ones_kept(write_export: WriteExport, word: str, ours: str) -> None:
    """Ours where the preset knows the word, else the desk's own, without the blanks around it."""
    path = write_export(f"body,type\nx,{word}\n")

    [ticket], _ = read_tickets(path, GENERIC)

    assert ticket.ticket_type == ours


@pytest.mark.parametrize(
    ("column", "cell", "read"),
    [
        ("reassignments", "3", 3),
        ("reassignments", "3.0", 3),
        ("reassignments", "-1", None),
        ("reassignments", "some", None),
        ("satisfaction", "4,5", 4.5),
        ("satisfaction", "inf", None),
        ("satisfaction", "good", None),
        ("made_sla", "No", False),
        ("made_sla", "1", True),
        ("made_sla", "perhaps", None),
        ("effort_minutes", "90", 90.0),
        ("effort_minutes", "1:30", 90.0),
        ("effort_minutes", "1 hour 30 minutes", 90.0),
        ("effort_minutes", "1.5 hours (90 minutes)", 90.0),
        ("effort_minutes", "about 3 days", None),
        ("closed_at", "2026-13-01", None),
        ("closed_at", "2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("closed_at", "2026-01-02 03:04:05 +0100", datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)),
        ("closed_at", "2026-01-02 03:04:05 UTC", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("closed_at", "02.01.2026 03:04", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        ("closed_at", "0001-01-01T00:00:00+14:00", None),
    ],
)
def test_an_outcome_is_read_by_its_kind(write_export: WriteExport, column: str, cell: str, read: object) -> None:
    """What cannot be read leaves the field empty and is told; the ticket is still good evidence for the rest."""
    path = write_export(f"body;{column}\nx;{cell}\n")

    [ticket], summary = read_tickets(path, GENERIC)

    assert getattr(ticket, column) == read
    unreadable = f"{column} was not readable in 1 rows and was left empty."
    assert (unreadable in summary.notes) == (read is None)


def test_dates_with_and_without_offset_in_one_file_are_told(write_export: WriteExport, tmp_path: Path) -> None:
    """A naive date is the preset's zone; a mixture is suspicious, for one of the two may be wrong by hours."""
    own = tmp_path / "berlin.toml"
    own.write_text('extends = "generic"\n[dates]\ntimezone = "Europe/Berlin"\n', encoding="utf-8")
    path = write_export(
        "body,opened_at\nx,2026-07-01 12:00\ny,2026-07-01T12:00:00Z\nz,2026-01-01 12:00\na,2026-01-01 12:00\n"
    )

    tickets, summary = read_tickets(path, load_preset(str(own)))

    assert [ticket.filed.opened_at for ticket in tickets] == [
        datetime(2026, 7, 1, 10, tzinfo=UTC),
        datetime(2026, 7, 1, 12, tzinfo=UTC),
        datetime(2026, 1, 1, 11, tzinfo=UTC),
        datetime(2026, 1, 1, 11, tzinfo=UTC),
    ]
    assert "1 dates have an offset from UTC and 3 have none; those were taken as Europe/Berlin." in summary.notes


def test_dates_of_one_kind_need_no_note(write_export: WriteExport) -> None:
    """A note that is always there is read by nobody."""
    path = write_export("id,body,opened_at\n1,x,2026-07-01 12:00\n2,y,2026-07-02 12:00\n")

    _, summary = read_tickets(path, GENERIC)

    assert summary.notes == ()


@pytest.mark.parametrize("missing", [["unknown"], []])
def test_a_blank_says_nothing_whatever_a_preset_lists(
    write_export: WriteExport, tmp_path: Path, missing: list[str]
) -> None:
    """Taken for a value, two blank ids would be one ticket twice."""
    preset = tmp_path / "ours.toml"
    preset.write_text(f'extends = "generic"\nmissing = {missing}\n')
    path = write_export("id,subject\n,VPN down\n,no mail\n")

    tickets, _ = read_tickets(path, load_preset(str(preset)))

    assert len({ticket.filed.id for ticket in tickets}) == 2


@pytest.mark.parametrize("cell", ["17120101123456", "2300-01-01", "1500-01-01"])
def test_a_date_that_no_desk_has_is_none(write_export: WriteExport, cell: str) -> None:
    """A number read as a year, or a mistyped century, would move what "lately" means."""
    path = write_export(f"subject,opened_at\nVPN,2026-03-01\nmail,2026-03-02\nodd,{cell}\n")

    tickets, summary = read_tickets(path, GENERIC)

    assert len(tickets) == 2
    assert summary.rejected == {"opened_at is not a date": 1}


@pytest.mark.parametrize(("column", "cell"), [("reopens", "99999999999999999999"), ("effort_minutes", "1,234")])
def test_a_number_that_cannot_be_meant_is_left_out_and_told(write_export: WriteExport, column: str, cell: str) -> None:
    """No database holds the first, and the second is a thousand to one half of the world."""
    path = write_export(f'subject,{column}\nVPN,"{cell}"\n')

    [ticket], summary = read_tickets(path, GENERIC)

    assert getattr(ticket, column) is None
    assert any(f"{column} was not readable in 1 rows" in note for note in summary.notes)
