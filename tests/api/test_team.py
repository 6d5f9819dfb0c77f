"""What a desk's work says about its teams, and who may see what single persons resolve."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from fastapi import FastAPI

from api.callers import Caller
from api.desk import Desk
from api.team import (
    Persons,
    PersonsShown,
    expertise_report,
    last_whole_week,
    persons_report,
    persons_shown_to,
    strain_report,
    team_week,
)
from data.database import reading, writing
from data.tickets import import_worked
from tests.api.team_desk import NOW, bring_desk, count, worked

AGENT = Caller("user", "a", "Agent3@Example.org", ("read",), "agent")
OTHER_AGENT = Caller("user", "b", "agent3@elsewhere.example", ("read",), "agent")
LEAD = Caller("user", "c", "lead@example.org", ("read", "review"), "lead")
ADMIN = Caller("user", "d", "admin@example.org", ("admin", "read", "review", "score"), "admin")
KEY = Caller("key", "e", "agent3@example.org", ("admin", "read", "review", "score"))


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    """A desk with single persons switched on, its work counted."""
    desk: Desk = replace(app.state.desk, shows_persons=True)
    bring_desk(desk.engine, individuals=True)
    return desk


def person_seen(desk: Desk, caller: Caller, asked: str | None = None) -> str | None:
    """Whose work a caller sees."""
    with reading(desk.engine) as connection:
        chosen = persons_report(connection, desk, caller, asked).chosen
    return None if chosen is None else chosen.person


@pytest.mark.parametrize(
    ("caller", "shown"), [(AGENT, "own"), (OTHER_AGENT, "own"), (LEAD, "all"), (ADMIN, "all"), (KEY, "nobody")]
)
def test_of_whom_one_is_told(desk: Desk, caller: Caller, shown: str) -> None:
    """Each of themselves, leads of all, a program of nobody, whatever its scopes are."""
    assert persons_shown_to(desk, caller) == shown
    assert persons_shown_to(replace(desk, shows_persons=False), caller) == "nobody"


def test_an_agent_sees_themselves_whoever_they_ask_about(desk: Desk) -> None:
    """A colleague's figures are not theirs to see, however the address is written."""
    assert person_seen(desk, AGENT) == "agent3@example.org"
    assert person_seen(desk, AGENT, "agent1@example.org") == "agent3@example.org"


def test_the_same_name_at_another_address_is_somebody_else(desk: Desk) -> None:
    """Two organisations have an agent3, and one of them would see what the other does."""
    assert person_seen(desk, OTHER_AGENT) is None
    assert person_seen(desk, OTHER_AGENT, "agent3@example.org") is None


@pytest.mark.parametrize("caller", [LEAD, ADMIN])
def test_a_lead_sees_whom_they_ask_about(desk: Desk, caller: Caller) -> None:
    """For a talk with them; and nobody before they ask."""
    assert person_seen(desk, caller) is None
    assert person_seen(desk, caller, "Agent 1 <AGENT1@example.org>") == "agent1@example.org"
    assert person_seen(desk, caller, "nobody@example.org") is None


def test_a_program_sees_nobody(desk: Desk) -> None:
    """What is copied to another program is out of everybody's hands."""
    assert person_seen(desk, KEY) is None
    assert person_seen(desk, KEY, "agent1@example.org") is None


@pytest.mark.parametrize("caller", [AGENT, LEAD, ADMIN, KEY])
def test_switched_off_nobody_sees_a_person_even_while_rows_are_there(desk: Desk, caller: Caller) -> None:
    """Between the switch and the next count there must be no gap."""
    off = replace(desk, shows_persons=False)

    assert person_seen(off, caller, "agent1@example.org") is None
    with reading(off.engine) as connection:
        assert persons_report(connection, off, caller, None) == Persons("nobody")


def test_only_a_lead_is_given_the_names(desk: Desk) -> None:
    """A list of all who work here is a thing of its own."""
    with reading(desk.engine) as connection:
        names = {caller.id: persons_report(connection, desk, caller, None).names for caller in (AGENT, LEAD, KEY)}

    assert len(names["c"]) == 13
    assert list(names["c"]) == sorted(names["c"])
    assert (names["a"], names["e"]) == ((), ())


def test_what_went_well_names_persons_to_whom_it_may(desk: Desk) -> None:
    """The sentence holds the name, so it is made anew for everybody who looks."""
    looks: list[tuple[str, PersonsShown, str]] = [
        ("lead", "all", "lead@example.org"),
        ("self", "own", "agent3@example.org"),
        ("other", "own", "agent1@example.org"),
        ("key", "nobody", "agent3@example.org"),
    ]

    with reading(desk.engine) as connection:
        praises = {who: team_week(connection, None, may=may, person=person)[1] for who, may, person in looks}

    said = {who: [each.person for each in praise if each.words] for who, praise in praises.items()}
    assert said == {
        "lead": ["agent3@example.org"],
        "self": ["agent3@example.org"],
        "other": [None],
        "key": [None],
    }


def test_small_teams_are_in_nothing(desk: Desk) -> None:
    """What is told of two people is told of each of them: not in the map, not in its usual, not in signs."""
    with reading(desk.engine) as connection:
        expertise, (strain, praise) = expertise_report(connection), team_week(connection, None, may="nobody")

    (mail,) = expertise.topics
    assert [cell.resolver for cell in mail.cells] == ["Desk", "Network"]
    assert mail.n == 2 * 15 * 30 + 1
    assert expertise.n_hidden == 1
    assert [each.team for each in strain.teams] == ["Desk", "Network"]
    assert (strain.n_small, strain.n_unknown) == (1, 0)
    assert "Vault" not in str(praise)


def test_the_map_tells_who_solves_more_at_once(desk: Desk) -> None:
    """That is what it is for."""
    with reading(desk.engine) as connection:
        (mail,) = expertise_report(connection).topics

    assert {cell.resolver: cell.verdict for cell in mail.cells} == {"Desk": "more", "Network": "fewer"}


def test_work_at_night_is_a_sign(desk: Desk) -> None:
    """Half of the last week's tickets were resolved at ten in the evening."""
    with reading(desk.engine) as connection:
        report = strain_report(connection)

    assert report.week == date(2026, 6, 22)
    assert {each.team: [s.name for s in each.signals if s.state == "above"] for each in report.teams} == {
        "Desk": ["after_hours"],
        "Network": ["after_hours"],
    }


def test_a_team_of_which_nobody_knows_the_size_has_no_signs(app: FastAPI) -> None:
    """It may be one person."""
    engine = app.state.desk.engine
    tickets = [worked(str(n), NOW - timedelta(days=n), resolved_by=None) for n in range(100)]
    with writing(engine) as connection:
        import_worked(connection, tickets, NOW)
    count(engine)

    with reading(engine) as connection:
        strain, expertise = strain_report(connection), expertise_report(connection)

    assert (strain.teams, strain.n_small, strain.n_unknown) == ((), 0, 1)
    assert [topic.name for topic in expertise.topics] == ["mail"]


def test_a_week_is_told_by_any_of_its_days(desk: Desk) -> None:
    """Nobody counts back to Mondays."""
    with reading(desk.engine) as connection:
        assert strain_report(connection, date(2026, 6, 17)).week == date(2026, 6, 15)
        assert strain_report(connection, date(1990, 1, 1)).teams == ()


@pytest.mark.parametrize(("last", "monday"), [(29, 22), (28, 22), (26, 22), (22, 22), (21, 15), (17, 8)])
def test_the_last_whole_week_is_one_that_has_ended(app: FastAPI, last: int, monday: int) -> None:
    """A Wednesday's half week beside whole ones would look like rest."""
    engine = app.state.desk.engine
    with writing(engine) as connection:
        import_worked(connection, [worked("1", NOW.replace(day=last, hour=1))], NOW)
    count(engine)

    with reading(engine) as connection:
        assert last_whole_week(connection) == date(2026, 6, monday)


def test_without_anything_counted_there_is_nothing(app: FastAPI) -> None:
    """A new installation opens the page first."""
    with reading(app.state.desk.engine) as connection:
        assert expertise_report(connection).last_day is None
        assert team_week(connection, None, may="all") == (strain_report(connection), [])
        assert persons_report(connection, replace(app.state.desk, shows_persons=True), LEAD, "a") == Persons("all")
