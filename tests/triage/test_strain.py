"""Signs that a team has too much to carry, against its own usual."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from triage.customers.workload import FEWEST_SHOWN
from triage.errors import InvalidInput
from triage.strain import SIGNALS, Difficult, Signal, TeamDay, may_show, read_working_hours, shown, strain_of

MONDAY = date(2026, 6, 1)


def days_of(week: Callable[[int], TeamDay]) -> dict[date, TeamDay]:
    """Thirteen weeks, each with all its work on its Monday; `week(0)` is the one in question."""
    return {MONDAY - timedelta(weeks=n): week(n) for n in range(13)}


def team_day(**changes: Any) -> TeamDay:  # noqa: ANN401  (any field)
    """A hundred tickets of a team of five, ten of them after hours."""
    given = {"n": 100, "after_hours": 10, "reopened": 5, "difficult": 15, "by_known": 100, "people": 25, "open": 40}
    return TeamDay(**{"open_hours": 30.0, **given} | changes)


def signal(name: str, days: dict[date, TeamDay]) -> Signal:
    """One signal of the last week."""
    return next(each for each in strain_of("Network", days, MONDAY, 6).signals if each.name == name)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("after_hours", {"after_hours": 40}),
        ("reopened", {"reopened": 25}),
        ("difficult", {"difficult": 45}),
        ("load", {"n": 300, "by_known": 300}),
        ("queue_age", {"open_hours": 90.0}),
    ],
)
def test_what_is_far_above_the_teams_own_usual_is_a_sign(name: str, changes: dict[str, Any]) -> None:
    """That is what a lead opens the page for."""
    days = days_of(lambda n: team_day(**changes) if n == 0 else team_day())

    found = signal(name, days)

    assert found.state == "above"
    assert "more than this team's weeks usually have" in found.sentence


def test_a_usual_week_is_as_usual() -> None:
    """Red every week is read by nobody."""
    found = strain_of("Network", days_of(lambda _: team_day()), MONDAY, 6)

    assert {each.state for each in found.signals} == {"usual"}
    assert found.n_above == 0


def test_one_bad_week_before_does_not_hide_the_next() -> None:
    """A mean and its deviation would: one outage makes the band as wide as itself."""
    days = days_of(lambda n: team_day(after_hours={0: 40, 5: 95}.get(n, 10)))

    assert signal("after_hours", days).state == "above"


def test_chance_alone_seldom_is_a_sign() -> None:
    """With twenty teams and five signs, one in a hundred would be a false alarm every week."""
    chance = np.random.default_rng(2)
    states = []
    for _ in range(300):
        share = chance.uniform(0.02, 0.3)

        def week(_: int, share: float = share) -> TeamDay:
            n = int(chance.poisson(80))
            return team_day(n=n, after_hours=int(chance.binomial(n, share)))

        states.append(signal("after_hours", days_of(week)).state)

    assert states.count("above") <= 3


def test_of_a_small_week_nothing_is_said() -> None:
    """One of two tickets at night is no half of the work."""
    found = signal("after_hours", days_of(lambda n: team_day(n=2, after_hours=1) if n == 0 else team_day()))

    assert (found.state, found.value) == ("unknown", None)
    assert "not enough to say" in found.sentence


def test_a_team_without_a_past_has_no_usual() -> None:
    """A desk that began three weeks ago is told so."""
    found = signal(
        "after_hours",
        {day: each for day, each in days_of(lambda _: team_day()).items() if day > MONDAY - timedelta(weeks=4)},
    )

    assert (found.state, found.usual) == ("unknown", None)
    assert "fewer than 6 weeks before" in found.sentence


def test_load_is_told_only_where_it_is_known_who_resolved_what() -> None:
    """Else the mean falls when people stop writing their names down."""
    found = signal("load", days_of(lambda n: team_day(by_known=50) if n == 0 else team_day()))

    assert found.state == "unknown"


def test_load_is_a_mean_over_days_that_people_worked() -> None:
    """Two on holiday leave the others more to do, though the week has no more tickets."""
    found = signal("load", days_of(lambda n: team_day(people=12) if n == 0 else team_day()))

    assert found.value == pytest.approx(100 / 12)
    assert found.usual == pytest.approx(4.0)
    assert found.state == "above"


def test_the_age_of_a_week_is_that_of_its_last_day() -> None:
    """What was open on Monday may be solved by Friday."""
    days = days_of(lambda _: team_day())
    days[MONDAY + timedelta(days=4)] = team_day(open_hours=300.0)

    assert signal("queue_age", days).value == 300.0


def test_teams_of_fewer_than_five_are_not_shown() -> None:
    """Else what is told of a team is told of a person."""
    assert not may_show(FEWEST_SHOWN - 1)
    assert may_show(FEWEST_SHOWN)


@pytest.mark.parametrize(
    ("contact", "is_difficult"),
    [
        ((0, 0, None, 2.0), False),
        ((1, 0, None, 2.0), True),
        ((0, 1, None, 2.0), False),
        ((0, 2, None, 2.0), True),
        ((0, 0, 2.0, 2.0), True),
        ((0, 0, 2.1, 2.0), False),
        ((0, 0, None, 100.0), False),
        ((0, 0, None, 100.1), True),
        ((None, None, None, None), False),
    ],
)
def test_what_a_difficult_contact_is(
    contact: tuple[int | None, int | None, float | None, float | None], is_difficult: bool
) -> None:
    """Each edge of the definition that the page gives."""
    assert Difficult(low_satisfaction=2.0, long_hours=100.0).is_difficult(*contact) is is_difficult


@pytest.mark.parametrize(
    ("setting", "moment", "is_within"),
    [
        ("mon-fri 08:00-18:00", datetime(2026, 6, 1, 8, 0, tzinfo=UTC), True),
        ("mon-fri 08:00-18:00", datetime(2026, 6, 1, 18, 0, tzinfo=UTC), False),
        ("mon-fri 08:00-18:00", datetime(2026, 6, 6, 12, 0, tzinfo=UTC), False),
        ("Mon-Fri  08:00-18:00 utc", datetime(2026, 6, 1, 7, 59, tzinfo=UTC), False),
        ("sat 00:00-24:00", datetime(2026, 6, 6, 23, 59, tzinfo=UTC), True),
        ("sat 00:00-24:00", datetime(2026, 6, 7, 0, 0, tzinfo=UTC), False),
        ("sun-thu 08:00-16:00", datetime(2026, 6, 7, 9, 0, tzinfo=UTC), True),
        ("sun-thu 08:00-16:00", datetime(2026, 6, 5, 9, 0, tzinfo=UTC), False),
        ("mon-fri 22:00-06:00", datetime(2026, 6, 6, 5, 0, tzinfo=UTC), True),
        ("mon-fri 22:00-06:00", datetime(2026, 6, 1, 5, 0, tzinfo=UTC), False),
    ],
)
def test_working_hours(setting: str, moment: datetime, is_within: bool) -> None:
    """A night shift belongs to the day that it began on, and the end is no longer within."""
    assert read_working_hours(setting).includes(moment) is is_within


def test_working_hours_are_said_in_words() -> None:
    """The page says what it counts by, else nobody sees that the setting is wrong."""
    assert str(read_working_hours("mon-tue 22:00-06:00 Europe/Berlin")) == "Mon, Tue, 22:00 to 06:00 (Europe/Berlin)"


def test_working_hours_follow_the_clocks_of_their_zone() -> None:
    """Desks have reported figures that took the offset of today for days half a year ago.

    In summer eight in Berlin is six UTC, in winter it is seven.
    """
    hours = read_working_hours("mon-fri 08:00-18:00 Europe/Berlin")

    assert hours.includes(datetime(2026, 7, 1, 6, 30, tzinfo=UTC))
    assert not hours.includes(datetime(2026, 12, 1, 6, 30, tzinfo=UTC))
    assert hours.includes(datetime(2026, 12, 1, 16, 30, tzinfo=UTC))
    assert not hours.includes(datetime(2026, 7, 1, 16, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "always",
        "mon-fri",
        "mon-fri 8-18",
        "foo-fri 08:00-18:00",
        "mon-fri 08:00-25:00",
        "mon-fri 08:00-18:60",
        "mon-fri 08:00-18:00 Mars/Phobos",
        "mon-fri 08:00-18:00 ../../etc/passwd",
        "mon-fri ٠٨:00-18:00",
    ],
)
def test_what_are_no_working_hours_is_said_with_an_example(setting: str) -> None:
    """A setting that is silently ignored counts a year wrongly."""
    with pytest.raises(InvalidInput, match="an example is 'mon-fri 08:00-18:00'"):
        read_working_hours(setting)


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [("share", 0.123, "12 %"), ("tickets", 4.44, "4.4"), ("hours", 71.0, "71 hours"), ("hours", 96.0, "4 days")],
)
def test_values_are_shown_as_people_read_them(unit: str, value: float, text: str) -> None:
    """Nobody counts in 312 hours."""
    assert shown(unit, value) == text


def test_every_signal_has_a_name_of_its_own() -> None:
    """Programs find them by it."""
    assert len({measure.name for measure in SIGNALS}) == len(SIGNALS)
