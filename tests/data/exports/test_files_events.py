"""An audit log becomes tickets: what was known when filed from the first event, the outcome from the last."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.exports.files import TicketFile, read_tickets
from data.exports.preset import load_preset, with_map
from triage.errors import UnusableFile

WriteExport = Callable[..., Path]

LOG = load_preset("servicenow-log")
HEADER = (
    "number,incident_state,reassignment_count,sys_mod_count,made_sla,caller_id,opened_at,contact_type,location,category,"
    "subcategory,assignment_group,priority,knowledge,rfc,resolved_at\n"
)


def event(number: str = "INC1", order: str = "0", **cells: str) -> str:
    """A line of the log, changed only where a test is about it."""
    ordinary = {
        "state": "New",
        "reassignments": "0",
        "made_sla": "True",
        "caller": "Caller 7",
        "opened": "29/2/2016 01:16",
        "channel": "Phone",
        "location": "Location 1",
        "category": "Category 1",
        "subcategory": "?",
        "group": "?",
        "priority": "3 - Moderate",
        "knowledge": "False",
        "rfc": "?",
        "resolved": "?",
    } | cells
    before, *after = ordinary.values()
    reassignments, *rest = after
    return ",".join([number, before, reassignments, order, *rest]) + "\n"


def test_the_first_event_is_what_was_known_and_the_last_what_came_of_it(write_export: WriteExport) -> None:
    """The category that an agent corrected is the label; the one that the caller picked is the evidence."""
    path = write_export(
        HEADER
        + event(order="0")
        + event(order="1", category="Category 2", group="Group 3", location="Location 2")
        + event(
            order="2",
            state="Closed",
            category="Category 2",
            group="Group 4",
            reassignments="2",
            made_sla="False",
            knowledge="True",
            rfc="CHG1",
            resolved="5/3/2016 12:00",
            location="Location 2",
        )
    )

    [ticket], summary = read_tickets(path, LOG)

    assert ticket.filed.opened_at == datetime(2016, 2, 29, 1, 16, tzinfo=UTC)
    assert (ticket.filed.customer_id, ticket.filed.channel) == ("Caller 7", "phone")
    assert ticket.filed.attributes == {
        "location": "Location 1",
        "category": "Category 1",
        "priority as filed": "3 - Moderate",
    }
    assert (ticket.category, ticket.assignment_group, ticket.reassignments) == ("Category 2", "Group 4", 2)
    assert (ticket.made_sla, ticket.knowledge_article, ticket.change_id) == (False, "used", "CHG1")
    assert ticket.resolved_at == datetime(2016, 3, 5, 12, tzinfo=UTC)
    assert (ticket.label("incident_state"), ticket.label("location")) == ("Closed", "Location 2")
    assert (summary.n_rows, summary.n_usable) == (3, 1)
    assert summary.notes == ("3 events became 1 tickets.",)


def test_events_may_be_scattered_and_unsorted(write_export: WriteExport) -> None:
    """A log sorted by time mixes all tickets, and one sorted by hand is not sorted."""
    path = write_export(
        HEADER
        + event("INC1", "2", group="Group 2")
        + event("INC2", "0", group="Group 5")
        + event("INC1", "0", group="Group 0", location="Location 9")
        + event("INC2", "10", group="Group 6")
        + event("INC1", "1", group="Group 1")
        + event("INC2", "9", group="Group 7")
    )

    tickets, _ = read_tickets(path, LOG)

    assert [(each.filed.id, each.assignment_group) for each in tickets] == [("INC1", "Group 2"), ("INC2", "Group 6")]
    assert tickets[0].filed.attributes["location"] == "Location 9"


def test_events_without_an_order_stand_as_in_the_file(write_export: WriteExport) -> None:
    """A log without a counter is still a log; the note says what was assumed."""
    path = write_export(
        "number,category,assignment_group\nINC1,a,Group 1\nINC1,b,Group 2\n",
    )

    [ticket], summary = read_tickets(path, LOG)

    assert (ticket.filed.attributes["category"], ticket.assignment_group) == ("a", "Group 2")
    assert "Some events do not say their order readably; they were taken in the order of the file." in summary.notes


def test_an_order_that_cannot_be_read_is_told(write_export: WriteExport) -> None:
    """Taken in silence, the earlier event would become the outcome."""
    path = write_export(
        "number,sys_updated_at,category,assignment_group\n"
        "INC1,29-Feb 2016 02:00,b,Group 2\nINC1,28-Feb 2016 01:00,a,Group 1\n",
    )

    _, summary = read_tickets(path, LOG)

    assert "Some events do not say their order readably; they were taken in the order of the file." in summary.notes


def test_events_of_equal_order_stand_as_in_the_file(write_export: WriteExport) -> None:
    """A tool that saves twice in a second writes the same stamp twice; the later row knows more."""
    path = write_export("number,sys_mod_count,category,assignment_group\nINC1,1,a,Group 1\nINC1,1,b,Group 2\n")

    [ticket], _ = read_tickets(path, LOG)

    assert (ticket.filed.attributes["category"], ticket.assignment_group) == ("a", "Group 2")


def test_the_order_may_be_a_date(write_export: WriteExport) -> None:
    """Most systems stamp a change with its time instead of counting."""
    path = write_export(
        "number,sys_updated_at,category,assignment_group\n"
        "INC1,10/3/2016 09:00,b,Group 2\nINC1,9/3/2016 18:00,a,Group 1\n",
    )

    [ticket], _ = read_tickets(path, LOG)

    assert (ticket.filed.attributes["category"], ticket.assignment_group) == ("a", "Group 2")


def test_a_ticket_without_text_is_usable_by_its_attributes_only(write_export: WriteExport) -> None:
    """A log has no text; where the first event says nothing either there is nothing to learn from.

    The priority that it was opened with is no evidence: it would give away what is asked.
    """
    path = write_export(HEADER + event("INC1") + event("INC2", location="?", category="?"))

    tickets, summary = read_tickets(path, LOG)

    assert [ticket.filed.id for ticket in tickets] == ["INC1"]
    assert summary.rejected == {"no text and no attributes": 1}
    assert summary.examples[0].line == 3


def test_events_that_belong_to_no_ticket_are_rejected(write_export: WriteExport) -> None:
    """Counted as what they are, though the tickets are fewer than the events."""
    path = write_export(HEADER + event() * 5 + event("?") * 2 + "cut,off\n")

    tickets, summary = read_tickets(path, LOG)

    assert len(tickets) == 1
    assert summary.rejected == {"an event without an id": 2, "fewer cells than columns": 1}


def test_a_log_of_mostly_lost_events_is_refused(write_export: WriteExport) -> None:
    """The rule of half the rows counts events where events are lost."""
    path = write_export(HEADER + event() * 2 + event("?") * 3)

    with pytest.raises(
        UnusableFile, match=r"has 5 rows, and most of them cannot be used: an event without an id \(3\)"
    ):
        read_tickets(path, LOG)


def test_a_log_needs_its_id(write_export: WriteExport) -> None:
    """Without one, a hundred thousand changes would be as many tickets."""
    path = write_export("numbr,category\nINC1,a\n")

    with pytest.raises(UnusableFile, match=r"an event log cannot do without\. Did you mean 'numbr'"):
        read_tickets(path, LOG)

    with pytest.raises(UnusableFile, match="no id column"):
        read_tickets(path, with_map(LOG, ["id="]))


def test_progress_is_made_while_events_are_collected(write_export: WriteExport) -> None:
    """The whole log is read before the first ticket comes; the bar must not stand still meanwhile."""
    path = write_export(HEADER + "".join(event(f"INC{n}") for n in range(30)))
    seen: list[float] = []

    sizes = [len(chunk) for chunk in TicketFile(path, LOG, chunk_rows=20, on_progress=seen.append).chunks()]

    assert sizes == [20, 10]
    assert len(seen) == 1


def test_a_log_read_as_tickets_says_what_to_use_instead(write_export: WriteExport) -> None:
    """The likely mistake: the list preset for an audit log."""
    path = write_export(HEADER + event(opened="2016-02-29 01:16") * 9)

    with pytest.raises(UnusableFile, match=r"id appears twice \(8\)\. A file with one row a change is an event log"):
        read_tickets(path, load_preset("servicenow"))


def groups_of(path: Path) -> list[tuple[str, ...]]:
    """The groups that each ticket of a log went through."""
    return [ticket.groups for ticket in read_tickets(path, LOG)[0]]


def test_the_groups_that_a_ticket_went_through_are_kept(write_export: WriteExport) -> None:
    """A group that gets it a second time stands there twice: that is ping-pong."""
    path = write_export(
        HEADER
        + event(order="0")
        + event(order="1", group="Group 3")
        + event(order="2", group="Group 3", state="Active")
        + event(order="3", group="Group 4")
        + event(order="4", group="Group 3")
    )

    assert groups_of(path) == [("Group 3", "Group 4", "Group 3")]


def test_groups_follow_the_order_of_events_and_not_of_the_file(write_export: WriteExport) -> None:
    """A log that is sorted the other way round would tell of handovers that nobody made."""
    path = write_export(
        HEADER
        + event("INC1", "3", group="Group 5")
        + event("INC2", "0", group="Group 1")
        + event("INC1", "1", group="Group 3")
        + event("INC1", "2", group="?")
    )

    assert groups_of(path) == [("Group 3", "Group 5"), ("Group 1",)]


def test_without_an_order_groups_stand_as_in_the_file(write_export: WriteExport) -> None:
    """As the first and last event do."""
    path = write_export(
        HEADER
        + event(order="?", group="Group 5")
        + event(order="?", group="Group 3")
        + event(order="1", group="Group 3")
    )

    assert groups_of(path) == [("Group 5", "Group 3")]


def test_a_rejected_event_log_row_leaves_the_groups_beside_their_tickets(write_export: WriteExport) -> None:
    """A column of groups that slips by one would tell everything of the wrong tickets."""
    path = write_export(
        HEADER
        + event("INC1", "0", opened="no date", group="Group 1")
        + event("INC2", "0", group="Group 2")
        + event("INC3", "0", group="Group 3")
        + event("INC3", "1", group="Group 4")
    )

    assert groups_of(path) == [("Group 2",), ("Group 3", "Group 4")]


def test_an_export_that_is_no_log_tells_no_groups(write_export: WriteExport) -> None:
    """The one group of a row is where the ticket ended, and not a way."""
    tickets, _ = read_tickets(write_export("id,body,assignment_group\n1,x,Net\n"), load_preset("generic"))

    assert tickets[0].assignment_group == "Net"
    assert tickets[0].groups == ()
