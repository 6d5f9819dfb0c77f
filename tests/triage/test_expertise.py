"""Who resolves what well, with as much said as the tickets allow."""

from datetime import UTC, datetime, timedelta
from math import log

import numpy as np
import pytest

from triage.expertise import (
    FEWEST_JUDGED,
    Topic,
    Work,
    WorkedOn,
    expertise_map,
    growing_without_help,
    person_of,
    well_resolved,
    works_of_ticket,
)

END = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def worked_on(**changes: object) -> WorkedOn:
    """A ticket that one group solved in two hours, at once."""
    given: dict[str, object] = {
        "group": "Network",
        "person": None,
        "opened_at": END - timedelta(hours=2),
        "ended_at": END,
        "reopens": 0,
        "reassignments": 0,
    }
    return WorkedOn(**given | changes)  # type: ignore[arg-type]


def work(judged: int, at_once: int, hours: float = 2.0) -> Work:
    """So many tickets, each of the same time but for a factor of three up or down."""
    logs = [log(hours) + (1.1 if i % 2 else -1.1) for i in range(judged)]
    return Work(judged, judged, at_once, judged, sum(logs), sum(each**2 for each in logs))


def topic(works: dict[tuple[str, str], Work], name: str) -> Topic:
    """One topic of the map."""
    return next(each for each in expertise_map(works) if each.name == name)


@pytest.mark.parametrize(
    ("changes", "judged", "at_once"),
    [
        ({}, 1, 1),
        ({"reopens": 1}, 1, 0),
        ({"reassignments": 1}, 1, 0),
        ({"reopens": None, "reassignments": None}, 0, 0),
        ({"reopens": None}, 1, 1),
        ({"reassignments": None}, 1, 1),
    ],
)
def test_what_counts_as_solved_at_once(changes: dict[str, object], judged: int, at_once: int) -> None:
    """A desk that records neither must not look perfect, and one that records one of them must not look empty."""
    ((kind, name, found),) = works_of_ticket(worked_on(**changes))

    assert (kind, name, found.n, found.judged, found.at_once) == ("group", "Network", 1, judged, at_once)


def test_handing_on_counts_against_whoever_handed_on_and_not_against_the_one_who_solved_it() -> None:
    """Reports that know only who had a ticket last are complained about.

    A second level would look bad for being asked, and a first level good for passing on.
    """
    found = works_of_ticket(worked_on(group="Second level", reassignments=1, handed_on_by=("First level",)))

    assert [(name, each.n, each.judged, each.at_once) for _, name, each in found] == [
        ("Second level", 1, 1, 1),
        ("First level", 0, 1, 0),
    ]


def test_a_group_that_got_its_own_ticket_back_did_not_solve_it_at_once() -> None:
    """Ping-pong would else be paid for."""
    found = works_of_ticket(worked_on(reassignments=2, handed_on_by=("Network", "Desk")))

    assert [(name, each.judged, each.at_once) for _, name, each in found] == [("Network", 1, 0), ("Desk", 1, 0)]


def test_a_ticket_that_ended_before_it_was_opened_has_no_time() -> None:
    """Clocks of two systems differ; a negative time has no logarithm."""
    ((_, _, found),) = works_of_ticket(worked_on(opened_at=END + timedelta(hours=1)))

    assert (found.n, found.timed, found.log_hours) == (1, 0, 0.0)


def test_a_ticket_filed_after_the_fact_counts_a_minute() -> None:
    """The logarithm of nothing would spoil a sum for a year."""
    ((_, _, found),) = works_of_ticket(worked_on(opened_at=END))

    assert found.log_hours == pytest.approx(log(1 / 60))


def test_persons_are_counted_where_they_are_given() -> None:
    """They are given only where a desk has switched them on."""
    found = works_of_ticket(worked_on(person="anna.beispiel@example.org"))

    assert [(kind, name) for kind, name, _ in found] == [("group", "Network"), ("person", "anna.beispiel@example.org")]


@pytest.mark.parametrize(
    ("spelling", "person"),
    [
        ("Anna.Beispiel@Example.org", "anna.beispiel@example.org"),
        ("Anna Beispiel <Anna.Beispiel@example.org>", "anna.beispiel@example.org"),
        ("  Anna   Beispiel ", "anna beispiel"),
        ("Anna <Platform>", "anna <platform>"),
        ("anna.beispiel", "anna.beispiel"),
    ],
)
def test_a_person_has_one_spelling(spelling: str, person: str) -> None:
    """A person who is two has half of what they know."""
    assert person_of(spelling) == person


def test_the_same_name_at_two_addresses_is_two_people() -> None:
    """Else somebody is shown what another one does."""
    assert person_of("a.meier@one.example") != person_of("a.meier@two.example")


def test_of_few_tickets_nothing_is_said() -> None:
    """Three of three is luck."""
    few, enough = work(FEWEST_JUDGED - 1, FEWEST_JUDGED - 1), work(FEWEST_JUDGED, FEWEST_JUDGED)

    found = topic({("Few", "mail"): few, ("Enough", "mail"): enough, ("Many", "mail"): work(500, 300)}, "mail")

    assert {cell.resolver: cell.is_enough for cell in found.cells} == {"Many": True, "Enough": True, "Few": False}


def test_a_share_of_few_is_drawn_to_the_topics() -> None:
    """A new colleague with two bad tickets must not stand there with none solved."""
    works = {("A", "mail"): work(2, 0), ("B", "mail"): work(400, 300), ("C", "mail"): work(400, 320)}

    cells = {cell.resolver: cell for cell in topic(works, "mail").cells}

    assert 0.6 < cells["A"].at_once < 0.78
    assert abs(cells["B"].at_once - 0.75) < 0.02


def test_a_real_difference_is_said() -> None:
    """Else the page would help nobody to find help."""
    works = {("X", "vpn"): work(200, 184), ("Y", "vpn"): work(200, 142)}
    works |= {(f"G{i}", f"t{i // 2}"): work(200, 184 if i % 2 else 142) for i in range(20)}

    cells = {cell.resolver: cell for cell in topic(works, "vpn").cells}

    assert (cells["X"].verdict, cells["Y"].verdict) == ("more", "fewer")
    assert [cell.resolver for cell in well_resolved(topic(works, "vpn"))] == ["X"]


def test_where_all_are_alike_nobody_is_told_apart() -> None:
    """Chance must not make experts, nor the opposite: not in one of two hundred cells without a difference."""
    chance = np.random.default_rng(5)
    works = {}
    for t in range(60):
        usual = chance.uniform(0.5, 0.9)
        for r in range(50):
            n = int(chance.lognormal(3.5, 1))
            works[f"r{r}", f"t{t}"] = Work(n, n, int(chance.binomial(n, usual)), 0, 0.0, 0.0)

    verdicts = [cell.verdict for each in expertise_map(works) for cell in each.cells if cell.is_enough]

    assert len(verdicts) > 1000
    assert sum(verdict != "as_others" for verdict in verdicts) < len(verdicts) / 200


def test_drawn_shares_are_nearer_to_the_truth_than_counted_ones() -> None:
    """That is what they are drawn for."""
    chance = np.random.default_rng(6)
    works, truth = {}, {}
    for t in range(30):
        usual = chance.uniform(0.5, 0.9)
        for r in range(8):
            share, n = float(chance.beta(30 * usual, 30 * (1 - usual))), 1 + int(chance.lognormal(3.5, 1))
            works[f"r{r}", f"t{t}"] = Work(n, n, int(chance.binomial(n, share)), 0, 0.0, 0.0)
            truth[f"r{r}", f"t{t}"] = share

    cells = [(cell, truth[cell.resolver, each.name]) for each in expertise_map(works) for cell in each.cells]
    drawn = np.mean([(cell.at_once - share) ** 2 for cell, share in cells])
    counted = np.mean([(cell.work.at_once / cell.work.judged - share) ** 2 for cell, share in cells])
    covered = np.mean([cell.low <= share <= cell.high for cell, share in cells])

    assert drawn < 0.6 * counted
    assert covered > 0.85


def test_times_are_told_against_the_topics_usual() -> None:
    """Two hours are long for a password and short for a server."""
    works = {("Fast", "vpn"): work(300, 200, hours=1.0), ("Slow", "vpn"): work(300, 200, hours=4.0)}
    works |= {("Few", "vpn"): work(1, 1, hours=100.0)}

    cells = {cell.resolver: cell for cell in topic(works, "vpn").cells}

    assert cells["Fast"].time_ratio == pytest.approx(0.5, abs=0.05)
    assert cells["Slow"].time_ratio == pytest.approx(2.0, abs=0.2)
    assert cells["Few"].time_ratio is not None
    assert cells["Few"].time_ratio < 20  # and not fifty times, as the one ticket took


def test_a_topic_that_grows_without_help_is_told() -> None:
    """So that somebody learns it before everybody waits for it."""
    topics = expertise_map({("A", "mail"): work(500, 450), ("A", "robots"): work(100, 40), ("A", "vpn"): work(100, 92)})

    found = growing_without_help(topics, {"mail": (250, 250), "robots": (20, 80), "vpn": (20, 80)})

    assert [(each.topic, each.before, each.since) for each in found] == [("robots", 20, 80)]
    assert found[0].best == pytest.approx(0.4, abs=0.05)


def test_a_topic_that_nobody_has_enough_of_has_no_help_either() -> None:
    """Sixty tickets, six each: nobody has learned it."""
    works = {("A", "mail"): work(500, 450)} | {(f"G{i}", "robots"): work(6, 5) for i in range(10)}

    found = growing_without_help(expertise_map(works), {"robots": (0, 60)})

    assert [(each.topic, each.best) for each in found] == [("robots", None)]


@pytest.mark.parametrize("counts", [(40, 55), (0, 20), (60, 30)])
def test_what_may_be_chance_does_not_grow(counts: tuple[int, int]) -> None:
    """A busy week is no trend."""
    topics = expertise_map({("A", "mail"): work(500, 450), ("A", "robots"): work(90, 20)})

    assert growing_without_help(topics, {"robots": counts}) == []


def test_nothing_is_a_map_of_nothing() -> None:
    """A new installation opens the page first."""
    assert expertise_map({}) == []
    assert topic({("A", "x"): Work(n=3)}, "x").cells[0].verdict == "unknown"
