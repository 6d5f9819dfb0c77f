"""What becomes of tickets: outcomes fit together, and open tickets have none."""

from collections import Counter
from statistics import mean, median

from data.samples.desk import Desk
from triage.ticket import WorkedTicket

OUTCOME = (
    *("resolved_at", "closed_at", "resolved_by", "resolution", "knowledge_article", "satisfaction", "made_sla"),
    *("first_contact_resolution", "effort_minutes"),
)


def resolved(desk: Desk) -> list[WorkedTicket]:
    """The tickets with an outcome."""
    return [ticket for ticket in desk.tickets if ticket.resolved_at is not None]


def hours_taken(ticket: WorkedTicket) -> float:
    """From opening to resolution, in hours."""
    assert ticket.resolved_at is not None
    assert ticket.filed.opened_at is not None
    return (ticket.resolved_at - ticket.filed.opened_at).total_seconds() / 3_600


def test_nothing_is_resolved_before_it_is_opened_or_closed_before_it_is_resolved(desk: Desk) -> None:
    """Durations below zero would poison every mean."""
    for ticket in resolved(desk):
        assert hours_taken(ticket) > 0
        assert ticket.resolved_at is not None
        assert ticket.closed_at is None or ticket.closed_at >= ticket.resolved_at


def test_open_tickets_are_recent_and_have_no_outcome(desk: Desk) -> None:
    """Labels come only from worked tickets; an open one with a resolution would be a leak."""
    unresolved = [ticket for ticket in desk.tickets if ticket.resolved_at is None]

    assert 10 <= len(unresolved) <= 0.03 * len(desk.tickets)
    assert all(getattr(ticket, name) is None for ticket in unresolved for name in OUTCOME)
    assert all(not ticket.attributes for ticket in unresolved)
    newest = {ticket.filed.id for ticket in desk.tickets[-600:]}
    assert sum(ticket.filed.id in newest for ticket in unresolved) >= 0.9 * len(unresolved)


def test_resolved_tickets_say_how_it_ended(desk: Desk) -> None:
    """Measures of a desk are computed from these; a gap would be read as a fact."""
    always = ("resolved_by", "resolution", "made_sla", "first_contact_resolution", "effort_minutes", "reassignments")

    assert all(getattr(ticket, name) is not None for ticket in resolved(desk) for name in always)
    assert all(ticket.attributes["closure_code"] for ticket in resolved(desk))


def test_priority_follows_impact_and_urgency_with_few_exceptions(desk: Desk) -> None:
    """At real desks priority is a table of the two, overruled now and then."""
    by_stakes: dict[tuple[str | None, str | None], Counter[str | None]] = {}
    for ticket in desk.tickets:
        by_stakes.setdefault((ticket.impact, ticket.urgency), Counter())[ticket.priority] += 1

    usual = sum(priorities.most_common(1)[0][1] for priorities in by_stakes.values())
    assert by_stakes["1 - High", "1 - High"].most_common(1)[0][0] == "1 - Critical"
    assert 0.93 < usual / len(desk.tickets) < 0.995
    assert len({ticket.priority for ticket in desk.tickets}) == 4


def test_the_urgent_is_resolved_first(desk: Desk) -> None:
    """A desk where low priorities are as fast as critical ones would teach nonsense."""
    hours = {
        priority: median(hours_taken(t) for t in resolved(desk) if t.priority == priority)
        for priority in ("1 - Critical", "2 - High", "4 - Low")
    }

    assert hours["1 - Critical"] < hours["2 - High"] < hours["4 - Low"]


def test_few_answer_the_survey_and_late_help_pleases_less(desk: Desk) -> None:
    """Satisfaction is mostly missing, and worth something where it is not."""
    answered = [ticket for ticket in resolved(desk) if ticket.satisfaction is not None]
    in_time, late = (
        mean(t.satisfaction for t in answered if t.made_sla is kept and t.satisfaction is not None)
        for kept in (True, False)
    )

    assert 0.11 <= len(answered) / len(desk.tickets) <= 0.19
    assert {ticket.satisfaction for ticket in answered} == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert in_time > late + 0.5


def test_a_first_contact_resolution_was_never_passed_on(desk: Desk) -> None:
    """The definition holds in the data that measures are tried on."""
    at_once = [ticket for ticket in resolved(desk) if ticket.first_contact_resolution]

    assert 0.1 <= len(at_once) / len(desk.tickets) <= 0.4
    assert all(ticket.reassignments == 0 and ticket.reopens == 0 for ticket in at_once)
