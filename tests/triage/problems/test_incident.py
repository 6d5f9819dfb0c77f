"""What of a ticket problems are found in."""

from datetime import timedelta

import pytest

from data.samples.desk import generate_desk
from tests.builders import MONDAY, make_ticket, make_worked
from triage.customers.contact import contact_of
from triage.customers.profiling import profile_customer
from triage.problems.incident import MOST_WORDS, hours_lost, incident_of, words_of


def test_a_request_and_a_ticket_without_a_moment_are_no_incidents() -> None:
    """A wish is no fault, and what has no date cannot recur."""
    assert incident_of(make_worked(ticket_type="request")) is None
    assert incident_of(make_worked(filed=make_ticket(opened_at=None))) is None
    assert incident_of(make_worked(ticket_type=None)) is not None


def test_the_words_are_the_senders_own() -> None:
    """A quoted mail would make everybody's complaint that of the person who was quoted."""
    said = "The tunnel drops every few minutes since the update of this morning, please have a look."
    body = f"{said}\n\nOn Mon, 2 Mar 2026 at 09:00, Ann Lee <ann.lee@example.org> wrote:\n> the printer is broken"

    words = words_of(make_ticket(subject="Re: VPN", body=body))

    assert "tunnel" in words
    assert "printer" not in words


def test_a_pasted_log_is_cut() -> None:
    """A year of a large desk must fit into memory."""
    words = words_of(make_ticket(body=" ".join(f"word{n}" for n in range(5_000))))

    assert len(words) == MOST_WORDS


def test_two_ids_of_a_person_are_one() -> None:
    """Three customers make a problem; one with three addresses does not."""
    incident = incident_of(make_worked(filed=make_ticket(customer_id="other")), {"other": "u42"})

    assert incident is not None
    assert incident.customer_id == "u42"


def test_whether_a_machine_wrote_it_is_as_it_was_read_off_the_whole_text() -> None:
    """An address that says so may be redacted by now."""
    ticket = make_worked()

    assert [incident_of(ticket, is_alert=known).is_automatic for known in (None, True, False)] == [False, True, False]  # type: ignore[union-attr]


@pytest.mark.parametrize(("hours", "lost"), [(2, 2.0), (8, 8.0), (14, 8.0), (24, 16.0), (72, 32.0), (-1, 0.0)])
def test_a_day_costs_eight_hours_at_most(hours: float, lost: float) -> None:
    """Nobody works more of a day; from nine o'clock on, 24 hours touch two days and 72 touch four."""
    assert hours_lost(MONDAY, MONDAY + timedelta(hours=hours)) == lost
    assert hours_lost(MONDAY, None) is None


def test_hours_lost_are_those_of_a_profile() -> None:
    """Two numbers by one name that differ would make neither believed."""
    tickets = [t for t in generate_desk(n_tickets=400, n_customers=12).tickets if t.ticket_type == "incident"]
    until = max(t.filed.opened_at for t in tickets if t.filed.opened_at) + timedelta(days=1)
    of_one = [t for t in tickets if t.filed.customer_id == tickets[-1].filed.customer_id]
    contacts = [contact_of(t, t.filed.opened_at) for t in of_one if t.filed.opened_at]

    profile = profile_customer("u", contacts, until)

    recent = [
        c for c in contacts if c.opened_at > until - timedelta(days=90) and c.settled_at and c.settled_at <= until
    ]
    ours = sum(hours_lost(c.opened_at, c.resolved_at) or 0.0 for c in recent)
    assert profile.hours_lost_90d == pytest.approx(ours)
    assert ours > 0
