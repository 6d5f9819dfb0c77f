"""On which day a ticket counts, and for what."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from triage.measures import ARROW, MOST_VALUES, OTHERS, CountedTicket, DayCounts, DayTally, sum_of
from triage.measures.counts import handed_on_bucket

MONDAY, TUESDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 6)
ORDINARY = CountedTicket(
    opened_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    resolved_at=datetime(2026, 3, 3, 10, tzinfo=UTC),
    closed_at=datetime(2026, 3, 6, 9, tzinfo=UTC),
    ticket_type="incident",
    group="Network",
)


def counted(*tickets: CountedTicket, days: tuple[date, ...] = (MONDAY, TUESDAY, FRIDAY)) -> dict[Any, DayCounts]:
    """By day, dimension and value."""
    tally = DayTally(days)
    for ticket in tickets:
        tally.add(ticket)
    return {(day, dimension, value): sum_of([counts]) for day, dimension, value, counts in tally.rows()}


def test_a_ticket_counts_on_three_days_for_three_things() -> None:
    """A ticket that is opened on Monday and resolved on Tuesday is no work done on Monday."""
    found = counted(ORDINARY)

    assert found[MONDAY, "all", ""] == DayCounts(opened=1, incidents=1)
    on_tuesday = found[TUESDAY, "all", ""]
    assert (on_tuesday.opened, on_tuesday.resolved, on_tuesday.hours.n) == (0, 1, 1)
    assert on_tuesday.hours.quantile(0.5) == pytest.approx(25, rel=0.01)
    assert found[FRIDAY, "all", ""] == DayCounts(closed=1)


def test_a_ticket_counts_under_its_values_and_under_none_where_it_says_none() -> None:
    """A row of those that do not say keeps the sums of every table the same."""
    found = counted(ORDINARY._replace(service="VPN", reassignments=7))

    assert {key[1:] for key in found if key[0] == MONDAY} == {
        ("all", ""),
        ("group", "Network"),
        ("channel", ""),
        ("service", "VPN"),
        ("type", "incident"),
        ("reassignments", "4+"),
    }


def test_what_is_not_recorded_is_counted_by_no_number_of_tickets() -> None:
    """Else a desk that records nothing would have met its SLA never."""
    found = counted(ORDINARY)[TUESDAY, "all", ""]

    assert (found.n_sla, found.n_reopens, found.n_reassignments, found.n_first_contact) == (0, 0, 0, 0)
    assert (found.n_satisfaction, found.with_article) == (0, 0)


def test_what_is_recorded_counts_on_the_day_of_resolving() -> None:
    """Zero reassignments are an answer, and no article is none."""
    ticket = ORDINARY._replace(
        reassignments=0,
        reopens=2,
        made_sla=False,
        first_contact_resolution=True,
        satisfaction=4.0,
        knowledge_article="KB1",
    )

    found = counted(ticket, ORDINARY._replace(satisfaction=2.0, knowledge_article="false"))[TUESDAY, "all", ""]

    assert (found.n_reassignments, found.reassignments, found.handed_on) == (1, 0, 0)
    assert (found.n_reopens, found.reopens, found.reopened) == (1, 2, 1)
    assert (found.n_sla, found.in_sla) == (1, 0)
    assert (found.n_first_contact, found.first_contact) == (1, 1)
    assert (found.n_satisfaction, found.satisfaction, found.satisfaction_squares) == (2, 6.0, 20.0)
    assert found.with_article == 1


def test_an_open_ticket_is_open_on_the_day_it_was_opened() -> None:
    """The backlog and its age are the sum over days."""
    found = counted(ORDINARY._replace(resolved_at=None, closed_at=None))

    assert found[MONDAY, "all", ""].open == 1
    assert {day for day, _, _ in found} == {MONDAY}


def test_other_days_than_those_asked_for_stay_as_they_are() -> None:
    """A day that is counted again must not add to its neighbour, which is not."""
    found = counted(ORDINARY, days=(TUESDAY,))

    assert {day for day, _, _ in found} == {TUESDAY}


def test_a_ticket_resolved_before_it_was_opened_took_no_time_that_counts() -> None:
    """Clocks of two systems differ, and a typed date may be a year off."""
    ticket = ORDINARY._replace(resolved_at=datetime(2026, 3, 2, 8, tzinfo=UTC))

    found = counted(ticket)[MONDAY, "all", ""]

    assert (found.resolved, found.hours.n) == (1, 0)


def test_handovers_count_by_pair_when_the_ticket_is_resolved() -> None:
    """A ticket that goes back and forth is one ticket, and three handovers."""
    there, back = ("Network", "Apps"), ("Apps", "Network")

    found = counted(ORDINARY._replace(handovers=(there, back, there)))

    assert found[TUESDAY, "all", ""].handovers == 3
    of_pair = found[TUESDAY, "handover", f"Network{ARROW}Apps"]
    assert (of_pair.handovers, of_pair.resolved, of_pair.hours.n) == (2, 1, 1)
    assert found[TUESDAY, "handover", f"Apps{ARROW}Network"].handovers == 1


def test_beyond_two_hundred_values_a_day_the_rest_is_one_row() -> None:
    """A field into which everybody types something of their own must not make the table as long as the tickets."""
    many = [ORDINARY._replace(service=f"s{n}") for n in range(MOST_VALUES + 30)]

    found = counted(*many, ORDINARY._replace(service="s229"), days=(MONDAY,))

    services = {value: counts.opened for (_, dimension, value), counts in found.items() if dimension == "service"}
    assert len(services) == MOST_VALUES + 1
    assert services["s229"] == 2
    assert services[OTHERS] == 30


@pytest.mark.parametrize(("n", "bucket"), [(None, ""), (-1, "0"), (0, "0"), (3, "3"), (4, "4+"), (40, "4+")])
def test_buckets_of_wrong_routes(n: int | None, bucket: str) -> None:
    """Four and more are few, and one row."""
    assert handed_on_bucket(n) == bucket


def test_counts_add_up_and_are_read_as_they_were_written() -> None:
    """Weeks, months and windows are sums of days."""
    one = counted(ORDINARY._replace(satisfaction=3.5))[TUESDAY, "all", ""]
    other = counted(ORDINARY._replace(resolved_at=ORDINARY.opened_at + timedelta(days=1, hours=3)))[TUESDAY, "all", ""]

    both = one + other

    assert (both.resolved, both.hours.n, both.satisfaction) == (2, 2, 3.5)
    assert sum_of([both.as_json()]) == both
    assert sum_of([both.as_json() | {"of a later version": 3}]) == both
    assert replace(both, resolved=0).as_json().get("resolved") is None
