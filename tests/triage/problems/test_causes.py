"""Changes shortly before a problem, where that is surprising."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from tests.triage.problems.incidents import NOW, START
from triage.problems.causes import SURPRISING, Change, causes_of


def at(*days: float) -> list[datetime]:
    """Moments so many days after the beginning."""
    return [START + timedelta(days=day) for day in days]


def changes(*days: float, service: str | None = "VPN") -> list[Change]:
    """One change on each of these days, numbered from 0."""
    return [Change(f"C{n}", "change", "patch", service, moment) for n, moment in enumerate(at(*days))]


BURST = at(*(100 + n * 0.8 for n in range(20)))


def test_the_change_before_the_beginning_is_told() -> None:
    """It is the first thing that anybody asks."""
    (cause,) = causes_of(BURST, "VPN", changes(20, 99.2, 180), START, NOW)

    assert cause.change.id == "C1"
    assert cause.chance < SURPRISING
    assert cause.n_before == 0
    assert cause.hours_before == pytest.approx(0.8 * 24)


def test_a_change_after_the_beginning_is_never_blamed() -> None:
    """Public reports tell of commits that were blamed for faults older than they were."""
    assert causes_of(BURST, "VPN", changes(101.5, 103, 110), START, NOW) == ()


def test_a_service_that_is_changed_every_day_surprises_nobody() -> None:
    """With a change every day one always stands close before."""
    assert causes_of(BURST, "VPN", changes(*(n + 0.5 for n in range(290))), START, NOW) == ()


def test_other_services_and_changes_of_none_are_not_held_against_it() -> None:
    """A power test in another building."""
    others = [*changes(99.5, service="Mail"), *changes(99.5, service=None)]

    assert causes_of(BURST, "VPN", others, START, NOW) == ()
    assert causes_of(BURST, None, changes(99.5), START, NOW) == ()


def test_how_a_service_is_spelled_makes_no_difference() -> None:
    """Two systems, two people, two ways to write it."""
    assert len(causes_of(BURST, "vpn  ", changes(99.5, service="VPN"), START, NOW)) == 1


def test_one_stray_incident_long_before_does_not_hide_it() -> None:
    """Somebody said something alike half a year ago."""
    assert len(causes_of([*at(30), *BURST], "VPN", changes(99.5), START, NOW)) == 1


def test_what_came_more_often_behind_a_change_is_told_with_what_came_before() -> None:
    """It did not begin with it, and the page must not say so."""
    usual = at(*(n * 4.0 for n in range(70)))

    (cause,) = causes_of([*usual, *BURST, *BURST], "VPN", changes(99.6), START, NOW)

    assert cause.n_before > 0
    assert cause.n_after > 3 * cause.n_before


def test_the_chance_is_kept_over_many_problems_without_a_cause() -> None:
    """What is told as one in twenty must not be one in five: problems at moments of chance, with changes of chance."""
    chance = np.random.default_rng(4)
    n_told = 0
    for _ in range(200):
        first = 20 + 240 * chance.random()
        moments = at(*(first + 15 * chance.random() for _ in range(15)))
        n_told += bool(causes_of(moments, "VPN", changes(*(300 * chance.random(6))), START, NOW))

    assert n_told <= 200 * 0.09  # twenty of two hundred would be one in ten


def test_without_time_or_incidents_there_is_nothing_to_tell() -> None:
    """A look at an empty window."""
    assert causes_of([], "VPN", changes(5), START, NOW) == ()
    assert causes_of(BURST, "VPN", changes(99), NOW, START) == ()
