"""Real exports of four desks, where they are at hand: the counts that their publishers state."""

from collections import Counter
from pathlib import Path

from data.exports.files import ReadSummary, read_tickets
from data.exports.preset import load_preset, with_map
from triage.ticket import WorkedTicket


def read(folder: Path, name: str, preset: str, *overrides: str) -> tuple[list[WorkedTicket], ReadSummary]:
    """The file's tickets and what came of reading them."""
    return read_tickets(folder / name, with_map(load_preset(preset), overrides))


def test_endava_is_read_by_two_maps(real_data: Path) -> None:
    """The file behind the routing benchmark, read with what a newcomer would type."""
    tickets, summary = read(real_data, "endava_it_tickets.csv.gz", "generic", "body=text", "assignment_group=topic")

    assert (summary.n_rows, summary.n_usable, dict(summary.rejected)) == (34_271, 34_271, {})
    assert Counter(ticket.ticket_type for ticket in tickets) == {"request": 23_627, "incident": 10_644}
    assert len({ticket.assignment_group for ticket in tickets}) == 8
    assert len({ticket.filed.id for ticket in tickets}) == 34_271


def test_multilingual_needs_no_map(real_data: Path) -> None:
    """The usual synonyms are enough: type, queue, priority, language, answer."""
    tickets, summary = read(real_data, "multilingual_helpdesk.csv.gz", "generic")

    assert (summary.n_rows, summary.n_usable, summary.unmapped_columns) == (3_764, 3_764, ())
    assert Counter(ticket.ticket_type for ticket in tickets) == {
        "incident": 1_461,
        "request": 1_143,
        "Problem": 797,
        "Change": 363,
    }
    assert Counter(ticket.filed.language for ticket in tickets)["de"] == 1_265
    assert len({ticket.assignment_group for ticket in tickets}) == 10
    assert all(ticket.resolution and ticket.filed.body for ticket in tickets)


def test_callers_are_read_without_what_excel_left(real_data: Path) -> None:
    """A ServiceNow list that went through Excel, with a carriage return spelled out in every other body."""
    tickets, summary = read(real_data, "servicenow_incidents_with_callers.csv.gz", "servicenow")

    assert (summary.n_rows, summary.n_usable) == (6_438, 6_438)
    assert len({ticket.filed.customer_id for ticket in tickets}) == 2_184
    assert Counter(ticket.assignment_group for ticket in tickets)["GRP_0"] == 2_855
    assert not any("_x000D_" in ticket.filed.body for ticket in tickets)


def test_the_log_is_collapsed_to_its_incidents(real_data: Path) -> None:
    """94,074 events of 17,136 incidents; the 22 that were filed without any attribute cannot be learned from."""
    tickets, summary = read(real_data, "servicenow_incident_log.csv.gz", "servicenow-log")

    assert (summary.n_rows, summary.n_usable, dict(summary.rejected)) == (
        94_074,
        17_114,
        {"no text and no attributes": 22},
    )
    assert sum(ticket.resolved_at is None for ticket in tickets) == 1_230
    assert all(ticket.filed.opened_at and ticket.closed_at for ticket in tickets)
    assert Counter(ticket.filed.channel for ticket in tickets).keys() == {"phone", "email"}
    assert not any("was not readable" in note for note in summary.notes)
