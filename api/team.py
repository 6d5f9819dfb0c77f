"""What a desk's work says about its teams: who resolves what well, signs of strain, what went well, and who may see it.

Whether single persons are told, and to whom, is decided here and nowhere else: `persons_shown_to`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection

from api.callers import Caller
from api.desk import Desk
from data.daily_work import KnownDesk, known_desk, team_days, works_of
from data.finished import finished_in
from triage.customers.workload import FEWEST_SHOWN
from triage.expertise import Growing, Topic, Work, expertise_map, growing_without_help, person_of
from triage.recognition import Praise, recognise
from triage.strain import WEEKS, TeamDay, TeamStrain, may_show, strain_of, week_sums

__all__ = [
    "WHY_NOT_PERSONS",
    "ExpertiseReport",
    "PersonReport",
    "Persons",
    "PersonsShown",
    "StrainReport",
    "expertise_of_teams",
    "expertise_report",
    "last_whole_week",
    "persons_report",
    "persons_shown_to",
    "praise_of_week",
    "strain_report",
    "team_week",
]

PersonsShown = Literal["nobody", "own", "all"]
"""Of whom somebody is told what they resolve: of no single person, of themselves, of everybody."""

WHY_NOT_PERSONS: Mapping[str, str] = {
    "off": "What single persons of the desk resolve is not counted here: this installation has TRIAGE_INDIVIDUALS=off.",
    "key": "Programs with a key are never told what single persons resolve.",
    "own": "You see what you resolve yourself. What others resolve is shown to them and to leads.",
}
"""Why somebody is not told more, in words."""


@dataclass(frozen=True, slots=True)
class ExpertiseReport:
    """Who resolves what well.

    Attributes:
        last_day: the last day that is counted; None where nothing was.
        topics: by team, the topic with most tickets first.
        growing: topics that grow without anybody who is known to solve them well.
        n_hidden: teams of fewer than five people, which are in none of it.
    """

    last_day: date | None
    topics: tuple[Topic, ...]
    growing: tuple[Growing, ...]
    n_hidden: int


@dataclass(frozen=True, slots=True)
class PersonReport:
    """What one person resolves, topic by topic; each topic has one cell, theirs.

    Attributes:
        person: in the one spelling.
        topics: those of which enough is known, the one with most of their tickets first.
        n_few: topics of which too few tickets are theirs to say anything.
    """

    person: str
    topics: tuple[Topic, ...]
    n_few: int


@dataclass(frozen=True, slots=True)
class StrainReport:
    """Signs of strain in a week.

    Attributes:
        week: its Monday; None where nothing was counted.
        teams: those with most signs first, then by name.
        n_small: teams of fewer than five people, which are not shown.
        n_unknown: teams of which nobody knows how many people they are, which are not shown.
    """

    week: date | None
    teams: tuple[TeamStrain, ...]
    n_small: int
    n_unknown: int


def persons_shown_to(desk: Desk, caller: Caller) -> PersonsShown:
    """Of which single persons a caller is told.

    Of nobody, where the desk has not switched it on, and programs with a key never. Leads and administrators of all,
    agents of themselves: whoever has signed in is a resolver when their whole e-mail address is the resolver's whole
    spelling, or the address in it. A name before the `@` that is the same is not enough.
    """
    if not desk.shows_persons or caller.kind != "user":
        return "nobody"
    return "all" if caller.role in ("lead", "admin") else "own"


def expertise_report(connection: Connection) -> ExpertiseReport:
    """The map of the teams that may be shown."""
    known = known_desk(connection)
    if known.last_day is None:
        return ExpertiseReport(None, (), (), 0)
    works = works_of(connection, "group", known.last_day)
    shown = {key: each for key, each in works.items() if not _is_small(known, key[0])}
    topics = expertise_map({key: work for key, (work, _) in shown.items()})
    halves: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (_, topic), (work, n_later) in shown.items():
        before, since = halves[topic]
        halves[topic] = (before + work.n - n_later, since + n_later)
    hidden = {resolver for resolver, _ in works if _is_small(known, resolver)}
    named = [topic for topic in topics if topic.name]
    return ExpertiseReport(known.last_day, tuple(named), tuple(growing_without_help(named, halves)), len(hidden))


def expertise_of_teams(connection: Connection, topic: str) -> Topic | None:
    """Who resolves a topic well; None where nothing is known of it."""
    return next((each for each in expertise_report(connection).topics if each.name == topic), None)


@dataclass(frozen=True, slots=True)
class Persons:
    """What single persons resolve, as far as a caller may know.

    Attributes:
        may: of whom they are told.
        names: everybody, by the alphabet, for whoever may know of all.
        chosen: one of them; None where nobody was chosen, or nothing is known of them.
    """

    may: PersonsShown
    names: tuple[str, ...] = ()
    chosen: PersonReport | None = None


def persons_report(connection: Connection, desk: Desk, caller: Caller, asked: str | None) -> Persons:
    """What a person resolves, for whoever may know.

    Args:
        connection: to ask.
        desk: whose people they are.
        caller: who asks.
        asked: about whom; an agent is told of themselves, whoever they ask about.
    """
    may, known = persons_shown_to(desk, caller), known_desk(connection)
    if may == "nobody" or known.last_day is None:
        return Persons(may)
    works = {key: work for key, (work, _) in works_of(connection, "person", known.last_day).items()}
    everybody = {resolver for resolver, _ in works}
    person = person_of(caller.name) if may == "own" else None if asked is None else person_of(asked)
    chosen = _person(person, works) if person in everybody and person is not None else None
    return Persons(may, tuple(sorted(everybody)) if may == "all" else (), chosen)


def last_whole_week(connection: Connection) -> date | None:
    """The Monday of the last week that has ended; None where nothing was counted.

    Where nothing was resolved for more than a week, as in an export of last year, it had ended by the last day.
    """
    known = known_desk(connection)
    if known.last_day is None or known.counted_at is None:
        return None
    day = known.counted_at.date()
    if day - known.last_day > timedelta(weeks=1):
        day = known.last_day + timedelta(days=1)
    return day - timedelta(days=day.weekday(), weeks=1)


def strain_report(connection: Connection, week: date | None = None) -> StrainReport:
    """The signs of a week, of the last whole one if missing; any day of the week tells which."""
    known, monday = known_desk(connection), _monday(connection, week)
    return StrainReport(None, (), 0, 0) if monday is None else _strain(known, _days(connection, monday), monday)


def praise_of_week(connection: Connection, week: date, *, may: PersonsShown, person: str = "") -> list[Praise]:
    """What went well in a week, of teams that may be shown; see `team_week`."""
    monday = week - timedelta(days=week.weekday())
    return _praise(connection, _days(connection, monday), monday, may=may, person=person)


def team_week(
    connection: Connection, week: date | None, *, may: PersonsShown, person: str = ""
) -> tuple[StrainReport, list[Praise]]:
    """Both of a week.

    Args:
        connection: to ask.
        week: any day of it; the last whole one if missing.
        may: of whom it may be told by name what went well.
        person: who looks, where they may be told of themselves only.
    """
    monday = _monday(connection, week)
    if monday is None:
        return StrainReport(None, (), 0, 0), []
    days = _days(connection, monday)
    return _strain(known_desk(connection), days, monday), _praise(connection, days, monday, may=may, person=person)


def _monday(connection: Connection, week: date | None) -> date | None:
    return last_whole_week(connection) if week is None else week - timedelta(days=week.weekday())


def _days(connection: Connection, monday: date) -> dict[str, dict[date, TeamDay]]:
    """What the teams did in a week and in those that are its usual."""
    return team_days(connection, monday - timedelta(weeks=WEEKS), monday + timedelta(weeks=1))


def _strain(known: KnownDesk, days: Mapping[str, Mapping[date, TeamDay]], monday: date) -> StrainReport:
    shown = [
        strain_of(team, theirs, monday, known.n_resolvers[team])
        for team, theirs in days.items()
        if may_show(known.n_resolvers.get(team, 0))
    ]
    shown.sort(key=lambda each: (-each.n_above, each.team))
    n_small = sum(_is_small(known, team) for team in days)
    return StrainReport(monday, tuple(shown), n_small, len(days) - len(shown) - n_small)


def _praise(
    connection: Connection,
    days: Mapping[str, Mapping[date, TeamDay]],
    monday: date,
    *,
    may: PersonsShown,
    person: str,
) -> list[Praise]:
    known, end = known_desk(connection), monday + timedelta(weeks=1)
    found = finished_in(connection, monday, end, known.best_satisfaction, individuals=may != "nobody")
    if may == "own":
        found = [each if each.person == person else replace(each, person=None) for each in found]
    weeks = {team: _weeks(theirs, monday) for team, theirs in days.items() if not _is_small(known, team)}
    return recognise([each for each in found if not _is_small(known, each.team)], known.best_satisfaction, weeks)


def _weeks(days: Mapping[date, TeamDay], monday: date) -> list[TeamDay]:
    return [week_sums(days, monday - timedelta(weeks=n)) for n in range(WEEKS, -1, -1)]


def _is_small(known: KnownDesk, team: str) -> bool:
    """Whether a team is known to be fewer than five people, so that what is told of it is told of them."""
    return known.n_resolvers.get(team, FEWEST_SHOWN) < FEWEST_SHOWN


def _person(person: str, works: Mapping[tuple[str, str], Work]) -> PersonReport:
    theirs = [
        replace(topic, cells=(cell,))
        for topic in expertise_map(works)
        for cell in topic.cells
        if cell.resolver == person and topic.name
    ]
    enough = [topic for topic in theirs if topic.cells[0].is_enough]
    enough.sort(key=lambda topic: (-topic.cells[0].work.n, topic.name))
    return PersonReport(person, tuple(enough), len(theirs) - len(enough))
