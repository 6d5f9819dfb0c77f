"""What became of tickets, as risk is learned from it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from tests.builders import MONDAY, make_ticket, make_worked
from tests.risk_desk import risky_history, without_dates
from training.risk.history import flag_ends, risk_history


def test_tickets_come_in_the_order_of_their_opening() -> None:
    """An export sorted by number would let a model learn from the future."""
    history = risky_history(50)

    found = risk_history(history[::-1])

    assert [ticket.id for ticket in found.filed] == [ticket.filed.id for ticket in history]
    assert found.is_dated


def test_without_dates_the_order_of_the_file_counts() -> None:
    """Some exports hold no moment at all, and are still in the order of opening."""
    history = without_dates(risky_history(50))

    found = risk_history(history)

    assert [ticket.id for ticket in found.filed] == [ticket.filed.id for ticket in history]
    assert not found.is_dated
    assert np.isnan(found.hours).all()


def test_what_an_open_ticket_has_is_not_known() -> None:
    """A ticket that was not handed on yet may still be."""
    history = risky_history(50)
    history[7] = replace(history[7], closed_at=None, resolved_at=None)

    found = risk_history(history)

    assert np.isnan(found.became["handed_on"][7])
    assert not np.isnan(found.became["handed_on"][8])


def test_a_ticket_resolved_before_it_was_opened_has_no_hours() -> None:
    """Clocks of two systems; a negative time would be taken for a very quick ticket."""
    worked = make_worked(filed=make_ticket(), resolved_at=MONDAY - timedelta(hours=1))

    assert np.isnan(risk_history([worked]).hours).all()


def test_a_flag_that_dries_up_is_not_believed() -> None:
    """A log was exported after the job that sets the flag had stopped: from then on every ticket seemed in time."""
    history = risky_history(2_000)
    cut = MONDAY + timedelta(hours=1_500)
    dried = [replace(t, made_sla=True) if t.closed_at is not None and t.closed_at >= cut else t for t in history]

    found = risk_history(dried)

    late = found.settled >= cut.timestamp() / 86_400
    assert np.isnan(found.became["sla_missed"][late]).mean() > 0.98
    assert not np.isnan(found.became["sla_missed"][~late]).any()
    assert "the flag was no longer written" in found.remarks[0]


def test_a_flag_that_goes_on_or_is_rare_has_no_end() -> None:
    """A good month is no fault of the data."""
    chance = np.random.default_rng(1)
    settled = np.arange(2_000, dtype=np.float64)
    steady = (chance.random(2_000) < 0.2).astype(np.float64)
    better = np.where(settled > 1_500, chance.random(2_000) < 0.08, steady)
    few = np.zeros(2_000)
    few[:10] = 1

    assert flag_ends(settled, steady) is None
    assert flag_ends(settled, better.astype(np.float64)) is None
    assert flag_ends(settled, few) is None
    assert flag_ends(settled[:20], steady[:20]) is None


def test_labels_as_they_stand_are_believed_and_known_at_once() -> None:
    """Whoever compares with published figures has to measure as they did."""
    history = risky_history(2_000)
    cut = MONDAY + timedelta(hours=1_500)
    dried = [replace(t, made_sla=True) if t.closed_at is not None and t.closed_at >= cut else t for t in history]

    found = risk_history(dried, as_they_stand=True)

    assert found.remarks == ()
    assert found.settled.tolist() == found.opened.tolist()
    assert not np.isnan(found.became["sla_missed"]).any()
