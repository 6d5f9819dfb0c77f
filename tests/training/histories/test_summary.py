"""What an export holds, in numbers."""

from dataclasses import replace
from datetime import timedelta

from data.exports.files import ReadSummary
from tests.builders import MONDAY, make_history, make_ticket, make_worked
from training.histories.summary import summarise_history


def test_stray_dates_are_counted_and_are_not_the_first_or_the_last() -> None:
    """A test ticket of the wrong year made a history of a week look like one of years."""
    stray = make_worked(filed=make_ticket(id="S", opened_at=MONDAY + timedelta(days=900)))

    assert summarise_history([*make_history(100), stray], ReadSummary())["dates"] == {
        "n": 101,
        "first": "2026-03-02T09:00:00+00:00",
        "last": "2026-03-06T12:00:00+00:00",
        "stray": 1,
    }


def test_a_history_without_dates_has_none() -> None:
    """Many an export has no dates."""
    history = [replace(t, filed=replace(t.filed, opened_at=None)) for t in make_history(20)]

    assert summarise_history(history, ReadSummary())["dates"] is None
