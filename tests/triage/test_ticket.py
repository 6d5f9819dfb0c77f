"""The two sides of a ticket."""

from tests.builders import make_worked
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS


def test_no_column_is_on_both_sides() -> None:
    """What was decided later must not be readable as known when filed."""
    assert not set(FILED_COLUMNS) & set(WORKED_COLUMNS)


def test_a_label_is_a_column_or_one_of_the_desk_s_own() -> None:
    """Any label column of a desk can be a target."""
    ticket = make_worked(reopens=2, attributes={"topic": "Access"})

    assert ticket.label("assignment_group") == "Network"
    assert ticket.label("reopens") == "2"
    assert ticket.label("topic") == "Access"
    assert ticket.label("impact") is None
    assert ticket.label("nothing") is None
