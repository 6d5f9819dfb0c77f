"""The measures: each by its definition, and none of them zero where it is not recorded."""

from datetime import date, timedelta

import pytest

from triage.measures import (
    SHARES,
    DayCounts,
    Durations,
    backlog,
    incident_share,
    reassignments_mean,
    repeat_share,
    satisfaction_mean,
    time_to_resolve,
    wrong_routes,
)
from triage.operating_points import Share

TODAY = date(2026, 3, 20)


@pytest.mark.parametrize("name", SHARES)
def test_a_share_that_is_not_recorded_is_none(name: str) -> None:
    """A lead who reads 0 % first contact resolution would ask the desk why."""
    assert SHARES[name](DayCounts(opened=9, resolved=9)) is None


@pytest.mark.parametrize(
    ("name", "counts", "n_hits", "n"),
    [
        ("incident_share", DayCounts(opened=9, incidents=3, requests=2, other_types=1), 3, 6),
        ("request_share", DayCounts(opened=9, incidents=3, requests=2, other_types=1), 2, 6),
        ("first_contact_resolution", DayCounts(resolved=9, n_first_contact=5, first_contact=2), 2, 5),
        ("handed_on", DayCounts(resolved=9, n_reassignments=8, reassignments=14, handed_on=5), 5, 8),
        ("reopened", DayCounts(resolved=9, n_reopens=8, reopens=4, reopened=3), 3, 8),
        ("sla_met", DayCounts(resolved=9, n_sla=7, in_sla=0), 0, 7),
        ("response_rate", DayCounts(resolved=9, n_satisfaction=2, satisfaction=8), 2, 9),
        ("knowledge_use", DayCounts(resolved=9, with_article=2), 2, 9),
        ("repeat_share", DayCounts(opened=9, n_repeatable=6, repeats=1), 1, 6),
    ],
)
def test_every_share_is_of_the_tickets_that_say_it(name: str, counts: DayCounts, n_hits: int, n: int) -> None:
    """Of all tickets instead, the share would fall with every one that nobody recorded."""
    tally = SHARES[name](counts)

    assert tally is not None
    assert (tally.n_hits, tally.n) == (n_hits, n)
    assert tally.share == Share.of(n_hits, n)


def test_a_desk_of_other_types_only_has_no_incidents() -> None:
    """The type is recorded, and none is an incident: this zero is one."""
    tally = incident_share(DayCounts(opened=4, other_types=4))

    assert tally is not None
    assert (tally.n_hits, tally.n) == (0, 4)
    assert repeat_share(DayCounts(opened=4)) is None


def test_reassignments_are_a_mean_of_those_that_count_them() -> None:
    """Of all tickets it would be too low."""
    assert reassignments_mean(DayCounts(resolved=90, n_reassignments=8, reassignments=14)) == 1.75
    assert reassignments_mean(DayCounts(resolved=90)) is None


def test_satisfaction_has_the_interval_of_its_answers() -> None:
    """Three answers of five stars are no proof of a happy desk."""
    found = satisfaction_mean(DayCounts(n_satisfaction=4, satisfaction=14.0, satisfaction_squares=58.0))
    one = satisfaction_mean(DayCounts(n_satisfaction=1, satisfaction=5.0, satisfaction_squares=25.0))

    assert found is not None
    deviation = (sum((each - 3.5) ** 2 for each in (1, 4, 4, 5)) / 3) ** 0.5
    assert (found.mean, found.n) == (3.5, 4)
    assert found.high == pytest.approx(3.5 + 1.96 * deviation / 2)
    assert found.low == pytest.approx(3.5 - 1.96 * deviation / 2)
    assert one is not None
    assert (one.mean, one.low, one.high) == (5.0, None, None)


def test_times_to_resolve_are_told_by_quantile() -> None:
    """A mean is what one ticket that lay a year makes of it."""
    found = time_to_resolve(DayCounts(hours=Durations.of(timedelta(hours=n) for n in range(1, 102))))

    assert found is not None
    assert (found.median, found.p75, found.p90, found.p95) == pytest.approx((51, 76, 91, 96), rel=0.011)
    assert found.n == 101
    assert time_to_resolve(DayCounts(resolved=3)) is None


def test_wrong_routes_are_told_beside_tickets_that_nobody_handed_on() -> None:
    """The hours beyond those are what a lead can hope to save, and no more."""
    straight = DayCounts(resolved=3, hours=Durations.of([timedelta(hours=2)] * 3))
    often = DayCounts(resolved=2, hours=Durations.of([timedelta(hours=50)] * 2))

    found = wrong_routes({"0": straight, "4+": often, "": DayCounts(resolved=9), "2": DayCounts(opened=4)})

    assert [(each.bucket, each.n) for each in found] == [("0", 3), ("4+", 2)]
    assert found[1].extra_hours == pytest.approx(48, rel=0.02)
    assert wrong_routes({"1": often})[0].extra_hours is None
    assert wrong_routes({"": straight}) == ()


def test_the_backlog_has_ages() -> None:
    """A hundred tickets of today are a morning, a hundred of last year are a cupboard."""
    found = backlog([(TODAY, 3), (TODAY - timedelta(days=2), 4), (TODAY - timedelta(days=400), 3)], TODAY)

    assert found.n == 10
    assert (found.median_days, found.p90_days) == (2, 400)
    assert dict(found.buckets) == {
        "today": 3,
        "1 to 2 days": 4,
        "3 to 6 days": 0,
        "1 to 4 weeks": 0,
        "1 to 3 months": 0,
        "over 3 months": 3,
    }


def test_an_empty_backlog_has_no_age_and_a_ticket_of_tomorrow_is_of_today() -> None:
    """Clocks differ; a negative age would be nonsense on a page."""
    assert backlog([], TODAY).median_days is None
    assert backlog([(TODAY + timedelta(days=1), 1)], TODAY).median_days == 0
