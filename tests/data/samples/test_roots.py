"""Planted roots: findable and not given away, with the truth beside them, and the ordinary desk as it was."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from data.samples.catalogue import load_catalogue
from data.samples.desk import generate_desk
from data.samples.roots import DeskWithRoots, SampleChange, generate_desk_with_roots
from triage.errors import InvalidInput
from triage.ticket import WorkedTicket


@pytest.fixture(scope="module")
def planted() -> DeskWithRoots:
    """The desk that benchmarks of problems and surges are made of."""
    return generate_desk_with_roots()


def opened(ticket: WorkedTicket) -> datetime:
    """When a ticket came in; a generated one always says."""
    return ticket.filed.opened_at or datetime.max.replace(tzinfo=UTC)


def by_problem(planted: DeskWithRoots) -> dict[int, list[WorkedTicket]]:
    """The incidents of each planted problem, in order of time."""
    found: dict[int, list[WorkedTicket]] = {}
    for ticket in planted.tickets:
        if ticket.filed.id in planted.problem_of:
            found.setdefault(planted.problem_of[ticket.filed.id], []).append(ticket)
    return found


def kind_of_work(change: SampleChange) -> str:
    """The first word of a title behind its service, such as `certificate`."""
    return change.title.split(":")[-1].split()[0]


def test_the_same_seed_plants_the_same_and_another_seed_another() -> None:
    """A benchmark over seeds means something only if each seed is a desk of its own, and always the same."""
    first, again, other = (
        generate_desk_with_roots(n_tickets=300, n_customers=150, seed=seed, n_problems=2) for seed in (3, 3, 4)
    )

    assert first == again
    assert first.outage.start != other.outage.start
    assert {tickets[0].category for tickets in by_problem(first).values()} != {
        tickets[0].category for tickets in by_problem(other).values()
    }


def test_the_ordinary_desk_is_in_it_unchanged_but_for_its_numbers(planted: DeskWithRoots) -> None:
    """What a method finds on planted desks must hold for the desk that everything else is measured on."""
    ordinary = generate_desk()

    roots = planted.problem_of.keys() | planted.outage.ticket_ids
    background = [ticket for ticket in planted.tickets if ticket.filed.id not in roots]
    numbered_alike = [
        replace(ticket, filed=replace(ticket.filed, id=before.filed.id))
        for ticket, before in zip(background, ordinary.tickets, strict=True)
    ]
    assert tuple(numbered_alike) == ordinary.tickets


def test_tickets_are_in_order_of_time_and_numbered_by_it(planted: DeskWithRoots) -> None:
    """A number out of order would tell a planted ticket from an ordinary one."""
    moments = [opened(ticket) for ticket in planted.tickets]
    ids = [ticket.filed.id for ticket in planted.tickets]

    assert moments == sorted(moments)
    assert ids == sorted(set(ids))
    assert len(planted.desk.true_groups) == len(planted.desk.true_types) == len(ids)


def test_each_problem_is_some_incidents_of_one_service_by_different_people(planted: DeskWithRoots) -> None:
    """A problem of one annoyed person, or of a day, is none that a desk would investigate."""
    problems = by_problem(planted)

    assert sorted(problems) == list(range(1, 13))
    assert len({tickets[0].category for tickets in problems.values()}) == 12
    for tickets in problems.values():
        assert 8 <= len(tickets) <= 60
        assert len({ticket.category for ticket in tickets}) == 1
        assert len({ticket.filed.customer_id for ticket in tickets}) >= len(tickets) // 3
        assert timedelta(days=5) < opened(tickets[-1]) - opened(tickets[0]) < timedelta(days=121)


def test_a_problem_is_told_in_different_words_and_two_languages(planted: DeskWithRoots) -> None:
    """Copies would be found by comparing strings, which is not what has to be shown."""
    tickets = [ticket for some in by_problem(planted).values() for ticket in some]

    bodies = {ticket.filed.body for ticket in tickets}
    assert len(bodies) > 0.95 * len(tickets)
    assert 0.05 < sum(ticket.filed.language == "de" for ticket in tickets) / len(tickets) < 0.4


def test_nothing_that_is_recorded_names_the_problem(planted: DeskWithRoots) -> None:
    """A finder that reads the desk's own problem number has found nothing."""
    tickets = [ticket for some in by_problem(planted).values() for ticket in some]

    assert {(ticket.problem_id, ticket.change_id) for ticket in tickets} == {(None, None)}


def test_incidents_of_unknown_cause_go_astray_and_come_back_more_often(planted: DeskWithRoots) -> None:
    """What a problem costs is measured by this; and a cluster by the group alone would look too good."""
    group_of = {service.name: service.group for service in load_catalogue().services}
    tickets = [ticket for some in by_problem(planted).values() for ticket in some]

    astray = sum(ticket.assignment_group != group_of[str(ticket.category)] for ticket in tickets)
    assert 0.1 < astray / len(tickets) < 0.3
    assert 0.1 < sum((ticket.reopens or 0) > 0 for ticket in tickets) / len(tickets) < 0.35


def test_a_cause_is_a_change_of_the_service_some_hours_before_the_first_incident(planted: DeskWithRoots) -> None:
    """The truth that the naming of causes is measured against."""
    changes = {change.id: change for change in planted.changes}
    problems = by_problem(planted)

    assert len(planted.cause_of) == 8
    for problem, change_id in planted.cause_of.items():
        cause, first = changes[change_id], problems[problem][0]
        assert cause.service == first.category
        assert timedelta(hours=0.5) <= opened(first) - cause.at <= timedelta(hours=72)


def test_most_changes_caused_nothing_and_their_titles_do_not_tell(planted: DeskWithRoots) -> None:
    """Naming the only change there is would be no feat, nor reading the answer from its title."""
    causes = set(planted.cause_of.values())
    kinds = Counter(kind_of_work(change) for change in planted.changes)
    unrelated = len(planted.changes) - len(causes)

    assert unrelated >= 10 * len(causes)
    assert all(kinds[kind_of_work(change)] >= 3 for change in planted.changes if change.id in causes)
    assert len({change.id for change in planted.changes}) == len(planted.changes)
    assert [change.at for change in planted.changes] == sorted(change.at for change in planted.changes)


def test_the_ordinary_desks_releases_are_among_the_changes(planted: DeskWithRoots) -> None:
    """Their tickets are in the desk, and a change without its record would be a cause that nobody can name."""
    recorded = {ticket.change_id for ticket in planted.tickets if ticket.change_id}

    releases = {change.id: change for change in planted.changes}
    assert recorded <= releases.keys()
    for ticket in planted.tickets:
        if ticket.change_id and ticket.problem_id is None:
            assert releases[ticket.change_id].service == ticket.category
            assert releases[ticket.change_id].at.date() < opened(ticket).date()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_outage_is_many_people_with_one_service_within_ninety_minutes(seed: int) -> None:
    """What an alarm has to see, and how soon is counted from its start."""
    planted = generate_desk_with_roots(n_tickets=2_000, seed=seed)

    outage = planted.outage
    tickets = [ticket for ticket in planted.tickets if ticket.filed.id in outage.ticket_ids]
    assert 40 <= len(tickets) <= 120
    assert {ticket.category for ticket in tickets} == {outage.service}
    assert len({ticket.filed.customer_id for ticket in tickets}) == len(tickets)
    assert all(timedelta(0) <= opened(ticket) - outage.start <= timedelta(minutes=90) for ticket in tickets)
    assert outage.start.weekday() < 5
    assert 8 <= outage.start.hour < 14


def test_an_early_end_of_the_desk_still_has_all_problems() -> None:
    """The demo ends yesterday, whichever day that is."""
    planted = generate_desk_with_roots(n_tickets=300, n_customers=150, n_problems=3, end=date(2026, 1, 15))

    assert set(planted.problem_of.values()) == {1, 2, 3}
    assert max(opened(ticket) for ticket in planted.tickets) < datetime(2026, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("n_customers", "n_problems", "said"),
    [(600, 0, "has 1 to 23 planted problems, not 0"), (600, 24, "not 24"), (50, 12, "needs a desk of 130 customers")],
)
def test_what_cannot_be_planted_is_refused(n_customers: int, n_problems: int, said: str) -> None:
    """Whoever asks for more faults than there are would wait for ever."""
    with pytest.raises(InvalidInput, match=said):
        generate_desk_with_roots(n_customers=n_customers, n_problems=n_problems)
