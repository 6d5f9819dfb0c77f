"""What stood out in a week, in words for the lead."""

from datetime import UTC, date, datetime, timedelta

import pytest

from triage.digest import (
    RecurringProblem,
    Section,
    SeenSurge,
    backlog_section,
    compose,
    measures_section,
    praise_section,
    problems_section,
    quality_section,
    strain_section,
    surges_section,
    volume_section,
    week_before,
)
from triage.forecast_volume import DayForecast, VolumeForecast
from triage.measures import Backlog, DayCounts
from triage.quality import Tally
from triage.recognition import Praise
from triage.strain import TeamDay, strain_of

MONDAY = date(2026, 6, 22)
NO_FORECAST = VolumeForecast((), 0)


def forecast(a_day: float) -> VolumeForecast:
    """The same for each of eight days; a digest tells seven."""
    days = tuple(DayForecast(MONDAY + timedelta(days=n), a_day, 0.0, 99.0) for n in range(8))
    return VolumeForecast(days, 100)


def weeks(*opened: int, **last: int) -> list[DayCounts]:
    """Thirteen weeks with so many tickets, the last number for the last of them."""
    numbers = [opened[0]] * 12 + [opened[-1]]
    return [DayCounts(opened=n, **(last if place == 12 else {})) for place, n in enumerate(numbers)]


@pytest.mark.parametrize(("day", "monday"), [(22, 15), (28, 15), (29, 22)])
def test_the_week_before_has_ended(day: int, monday: int) -> None:
    """A digest of half a week would say that all is quiet."""
    assert week_before(date(2026, 6, day)) == date(2026, 6, monday)


def test_volume_is_told_beside_the_usual_and_the_forecast() -> None:
    """A number alone says nothing."""
    section = volume_section(weeks(100, 180), forecast(15.0), forecast(20.0))

    assert section is not None
    assert section.sentences == (
        "180 tickets were opened; usual are 100 (68 to 132).",
        "The forecast had said 105.",
        "Expected for the week after it: 140.",
    )
    assert section.stands_out == "180 tickets were opened, more than usual (100)."


def test_a_usual_volume_is_told_and_does_not_stand_out() -> None:
    """What is on top every week is read by nobody."""
    section = volume_section(weeks(100, 104), NO_FORECAST, NO_FORECAST)

    assert section is not None
    assert len(section.sentences) == 1
    assert section.stands_out is None


def test_a_desk_without_tickets_has_no_volume() -> None:
    """Zero, usual is zero: nobody needs a mail for that."""
    assert volume_section([DayCounts()] * 13, NO_FORECAST, NO_FORECAST) is None


def test_only_measures_beyond_their_band_are_told() -> None:
    """Nine shares that are as always hide the one that is not."""
    usual = DayCounts(opened=100, resolved=100, n_reopens=100, reopened=5, n_sla=100, in_sla=90)
    moved = DayCounts(opened=100, resolved=100, n_reopens=100, reopened=40, n_sla=100, in_sla=90)

    section = measures_section([usual] * 12 + [moved])

    assert section is not None
    assert section.sentences[0].startswith("Reopened (rework): 40 %, usual is 5 % (0 % to")
    assert "are as usual" in section.sentences[1] or "is as usual" in section.sentences[1]
    assert section.stands_out == section.sentences[0]


def test_without_enough_to_compare_no_measure_is_told() -> None:
    """A desk that began last week has no usual."""
    assert measures_section([DayCounts()] * 13) is None


def test_problems_are_told_by_what_they_cost_three_at_most() -> None:
    """The first thing that a lead can change."""
    problems = [RecurringProblem(f"problem\n{n}", 1 + n, 0, 2.5) for n in range(5)]

    section = problems_section(problems)

    assert section is not None
    assert len(section.sentences) == 3
    assert section.sentences[0] == (
        "problem 0: 1 incident in thirty days (0 in the thirty before), 2.5 workdays lost so far."
    )
    assert problems_section([]) is None


def test_surges_are_on_top_and_say_whether_they_are_over() -> None:
    """A lead asks first whether it goes on."""
    at = datetime(2026, 6, 23, 9, 30, tzinfo=UTC)
    surges = [SeenSurge("vpn tunnel", at, 40, 2.34, False)] + [SeenSurge("mail", at, 9, 1.0, True)] * 3

    section = surges_section(surges)

    assert section is not None
    assert section.sentences[0] == (
        "vpn tunnel: 40 incidents from Tue 23 Jun 09:30 UTC on, where 2.3 were to be expected; it is still on."
    )
    assert section.sentences[1].endswith("it is over.")
    assert section.sentences[3] == "1 more."
    assert section.stands_out == "4 surges of incidents; the latest: vpn tunnel."
    assert surges_section([]) is None


def test_the_backlog_is_told_with_its_age() -> None:
    """Fifty of yesterday are a busy day, fifty of last year are a graveyard."""
    section = backlog_section(Backlog(50, 1, 90, ()))

    assert section is not None
    assert section.sentences == ("50 tickets are open now: half for 1 day or more, a tenth for 90 days or more.",)
    assert backlog_section(None) is None
    assert backlog_section(Backlog(0, None, None, ())) is None


def test_the_quality_is_told_where_enough_was_decided() -> None:
    """Three of three is luck."""
    section = quality_section(Tally(90, 100))

    assert section is not None
    assert section.sentences == ("People left 90 % of 100 answers as they were (83 to 94 %).",)
    assert quality_section(Tally(3, 3)) is None


def test_strained_teams_are_told_by_their_signs() -> None:
    """A lead talks to the team, and needs to know about what."""
    days = {MONDAY - timedelta(weeks=n): TeamDay(n=100, after_hours=10 if n else 60) for n in range(13)}
    teams = [strain_of(f"Team {n}", days, MONDAY, 6) for n in range(5)]

    section = strain_section(teams)

    assert section is not None
    assert section.sentences[0] == "Team 0: resolved outside of working hours above the team's own usual."
    assert section.sentences[-1] == "2 more."
    assert section.stands_out == "Signs of strain in 5 teams."
    assert strain_section([]) is None


def test_praise_is_told_last_with_the_customers_words() -> None:
    """They are what is read out."""
    praise = [
        Praise("words", "Desk", None, "A customer gave Desk the best answer.", "thank you", "INC1"),
        Praise("stubborn", "Network", None, "Network ended a ticket.", None, "INC2"),
    ]

    section = praise_section(praise)

    assert section is not None
    assert (section.sentences, section.quotes) == (("Network ended a ticket.",), ("thank you (Desk)",))
    assert praise_section([]) is None


def test_what_stands_out_is_gathered_on_top_and_empty_sections_are_left_out() -> None:
    """Most leads read the first lines."""
    told = Section("A", ("one",), "/a", stands_out="look")

    digest = compose(MONDAY, [None, told, Section("B", (), "/b"), Section("C", ("two",), "/c")])

    assert [section.title for section in digest.sections] == ["A", "C"]
    assert digest.stands_out == ("look",)
    assert digest.title == "Service desk, 2026-06-22 to 2026-06-28"


def test_a_name_is_one_line_of_bounded_length() -> None:
    """Names come from data, and a line break in a text mail begins another sentence."""
    section = problems_section([RecurringProblem("a\r\nb " * 200, 1, 0, 0.0)])

    assert section is not None
    assert "\n" not in section.sentences[0]
    assert len(section.sentences[0]) < 250


def test_a_team_without_signs_is_not_told() -> None:
    """A list of all teams every week hides the one that needs somebody."""
    days = {MONDAY - timedelta(weeks=n): TeamDay(n=100, after_hours=10) for n in range(13)}

    assert strain_section([strain_of("Calm", days, MONDAY, 6)]) is None
