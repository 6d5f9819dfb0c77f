"""Who resolved what, counted by day, so that no page has to read tickets; filled by one of all processes, hour by hour.

`resolver` begins with what it is: `group:` and `person:` have a row for each topic (`triage/expertise.py`), `team:` has
what a group did on the day and `open:` what it left (`triage/strain.py`), both without a topic. `group-sum:` and
`person-sum:` stand at the last day and have half a year in one row, so that a page reads no more rows than it shows.
Rows of persons are written where single persons are switched on, and removed where they are not.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import add
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, delete, or_, select

from data.database import insert, reading, writing
from data.ended_tickets import (
    EndedTicket,
    days_touched,
    ended_on,
    handed_on_by,
    last_end,
    open_at_ends,
    scale_of,
)
from data.jobs import claim, finish, last_done
from data.statements import Statement
from data.tables import daily_work
from triage.customers.contact import service_of
from triage.expertise import HALF, WINDOW, Work, WorkedOn, person_of, works_of_ticket
from triage.strain import WEEKS, Difficult, TeamDay, WorkingHours

__all__ = [
    "EVERY",
    "JOB",
    "KEPT",
    "Counting",
    "KnownDesk",
    "Refreshed",
    "forget_persons",
    "known_desk",
    "refresh",
    "team_days",
    "works_of",
]

JOB = "daily_work"
EVERY = timedelta(hours=1)

KEPT = timedelta(days=371)
"""How far back days are counted, from the last on which anything was resolved; what is older is removed."""

_LEASE = timedelta(minutes=20)
_ALL_AGAIN_EVERY = timedelta(days=1)
_LATE = timedelta(minutes=10)  # a transaction that began before the last count may have ended after it
_RECENT = timedelta(weeks=WEEKS + 1)
_AT_ONCE = 7  # days that are counted in one transaction
_LONGEST = 200  # characters of a topic

_C = daily_work.c
_Key = tuple[date, str, str]


@dataclass(frozen=True, slots=True)
class Counting:
    """How days are counted.

    Attributes:
        hours: when the desk works.
        individuals: whether single persons are counted, too.
    """

    hours: WorkingHours
    individuals: bool

    @property
    def key(self) -> str:
        """Changes with anything that all days have to be counted again for."""
        hours = self.hours
        return f"{sorted(hours.days)} {hours.begin} {hours.end} {hours.zone} {self.individuals}"


@dataclass(frozen=True, slots=True)
class KnownDesk:
    """What was found of the desk when days were last counted.

    Attributes:
        counted_at: when that was; None where it never was.
        last_day: the last day on which anything was resolved; None where nothing was.
        n_resolvers: by group how many people resolved its tickets in the last thirteen weeks.
        difficult: what makes a contact a difficult one here.
        best_satisfaction: the best answer on the desk's scale; None where nobody answers, or all answers are one.
    """

    counted_at: datetime | None = None
    last_day: date | None = None
    n_resolvers: Mapping[str, int] = field(default_factory=dict)
    difficult: Difficult = field(default_factory=Difficult)
    best_satisfaction: float | None = None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: how many days were counted, and whether that was all of the recent ones."""

    n_days: int
    is_whole: bool


def refresh(
    engine: Engine,
    how: Counting,
    now: datetime,
    *,
    every: timedelta = EVERY,
    told: Callable[[int, int], object] = lambda _done, _all: None,
) -> Refreshed | None:
    """Counts the days in which something has changed; None where that is not due, or another process does it.

    Once a day the last thirteen weeks are counted again: a ticket that was reopened leaves the day on which it was
    first resolved, and one that was removed leaves no trace.

    Args:
        engine: of the database.
        how: days are counted.
        now: the moment.
        every: how long after the last time it is due.
        told: is called with how many of how many days are done.

    Raises:
        StoreUnusable: the database cannot be used.
    """
    if not how.individuals:
        forget_persons(engine)
    held = claim(engine, JOB, every, now, _LEASE)
    if held is None:
        return None
    content = dict(held.last.content)
    is_new = content.get("counted_as") != how.key
    is_whole = is_new or datetime.fromisoformat(content["whole_at"]) <= now - _ALL_AGAIN_EVERY
    with reading(engine) as connection:
        last = last_end(connection, now)
        if last is not None and is_whole:
            content |= {"whole_at": now.isoformat()} | _scale(connection, last)
        days = set() if last is None else _due(connection, content, last, now, is_new=is_new, is_whole=is_whole)
    if last is not None:
        people = _count(engine, days, how, _difficult(content), last - _RECENT, told)
        teams = _count_open(engine, _days(last - (_RECENT if is_whole else timedelta(days=7)), last), now)
        content["teams"] = sorted({*people, *teams, *(() if is_whole else content.get("teams", ()))})
        if is_whole:
            content["n_resolvers"] = {group: len(found) for group, found in sorted(people.items()) if found}
        _sum_up(engine, last)
        content |= {"counted_as": how.key, "seen_until": now.isoformat(), "last_day": last.isoformat()}
    with writing(engine) as connection:
        if last is not None:
            connection.execute(delete(daily_work).where(_C.day < last - KEPT))
        finish(connection, held, content, now)
    return Refreshed(len(days), is_whole)


def known_desk(connection: Connection) -> KnownDesk:
    """What was found when days were last counted."""
    done = last_done(connection, JOB)
    content = done.content
    return KnownDesk(
        counted_at=done.at,
        last_day=date.fromisoformat(content["last_day"]) if "last_day" in content else None,
        n_resolvers=content.get("n_resolvers", {}),
        difficult=_difficult(content),
        best_satisfaction=content.get("best_satisfaction"),
    )


def forget_persons(engine: Engine) -> int:
    """Removes the rows of single persons; how many there were."""
    with reading(engine) as connection:  # mostly there is none, and no writer is kept waiting
        if connection.scalar(select(_C.day).where(_is_of_person).limit(1)) is None:
            return 0
    with writing(engine) as connection:
        return connection.execute(delete(daily_work).where(_is_of_person)).rowcount


def works_of(connection: Connection, kind: str, last_day: date) -> dict[tuple[str, str], tuple[Work, int]]:
    """By resolver and topic the sums of half a year, and how many tickets were resolved in the later half of it.

    Args:
        connection: to ask.
        kind: `group` or `person`.
        last_day: on which anything was resolved, as `known_desk` has it.
    """
    rows = _rows(connection, f"{kind}-sum", last_day, last_day + timedelta(days=1))
    return {(who.partition(":")[2], topic): (Work(*counts[:6]), counts[6]) for _, who, topic, counts in rows}


def team_days(connection: Connection, since: date, until: date) -> dict[str, dict[date, TeamDay]]:
    """By group and day what it did and what it left; `until` is the day after the last."""
    teams: Sequence[str] = last_done(connection, JOB).content.get("teams", ())
    names = [f"{kind}:{team}" for kind in ("team", "open") for team in teams]
    # by both columns of the key: between these rows there are many of each topic and person
    asked = select(_C.day, _C.resolver, _C.counts).where(
        _C.day.in_(_days(since, until - timedelta(days=1))), _C.resolver.in_(names)
    )
    found: dict[str, dict[date, TeamDay]] = defaultdict(dict)
    for day, resolver, counts in connection.execute(asked):
        theirs = found[resolver.partition(":")[2]]
        theirs[day] = replace(theirs.get(day, TeamDay()), **counts)
    return found


def _is(kind: str) -> ColumnElement[bool]:
    """Whether a row is of a kind; not by `<` and `>`, as a database may leave punctuation out of its order."""
    return _C.resolver.like(f"{kind}:%")


_is_of_person = or_(_is("person"), _is("person-sum"))

_OF_KIND = Statement(
    select(_C.day, _C.resolver, _C.topic, _C.counts).where(
        _C.day >= bindparam("since"), _C.day < bindparam("until"), _C.resolver.like(bindparam("kind"))
    )
)


def _rows(connection: Connection, kind: str, since: date, until: date) -> list[tuple[Any, ...]]:
    return _OF_KIND.rows(connection, {"since": since, "until": until, "kind": f"{kind}:%"})


def _scale(connection: Connection, last: date) -> dict[str, Any]:
    scale = scale_of(connection, last - _RECENT, last + timedelta(days=1))
    return {
        "low_satisfaction": scale.difficult.low_satisfaction,
        "long_hours": scale.difficult.long_hours,
        "best_satisfaction": scale.best_satisfaction,
    }


def _difficult(content: Mapping[str, Any]) -> Difficult:
    return Difficult(content.get("low_satisfaction"), content.get("long_hours"))


def _due(
    connection: Connection, content: Mapping[str, Any], last: date, now: datetime, *, is_new: bool, is_whole: bool
) -> set[date]:
    """The days that have to be counted: all, the recent ones, and those of tickets that have changed."""
    if is_new:
        return set(_days(last - KEPT, last))
    seen_until = min(datetime.fromisoformat(content["seen_until"]), now)
    touched = days_touched(connection, seen_until - _LATE, last - KEPT, last)
    return touched | (set(_days(last - _RECENT, last)) if is_whole else set())


def _count(
    engine: Engine,
    days: Collection[date],
    how: Counting,
    difficult: Difficult,
    recent: date,
    told: Callable[[int, int], object],
) -> dict[str, set[str]]:
    """Counts days and writes them, some at once; by group who resolved its tickets since a day, as far as is known."""
    people: dict[str, set[str]] = defaultdict(set)
    n_done = 0
    for part in _runs(days):
        since, until = part[0], part[-1] + timedelta(days=1)
        with reading(engine) as connection:
            ended = ended_on(connection, since, until)
            handed_on = handed_on_by(connection, since, until)
        rows = _counted(ended, handed_on, how, difficult)
        is_of_then = and_(_C.day >= since, _C.day < until, ~or_(*map(_is, ("open", "group-sum", "person-sum"))))
        with writing(engine) as connection:
            connection.execute(delete(daily_work).where(is_of_then))
            _write(connection, rows)
        for each in ended:
            if each.group and each.ended_at.date() >= recent:
                people[each.group] |= {person_of(each.person)} if each.person else set()
        n_done += len(part)
        told(n_done, len(days))
    return people


def _counted(
    ended: Sequence[EndedTicket], handed_on: Mapping[str, Sequence[str]], how: Counting, difficult: Difficult
) -> dict[_Key, Any]:
    """The rows of some tickets."""
    works: dict[_Key, Work] = defaultdict(Work)
    teams: dict[_Key, TeamDay] = defaultdict(TeamDay)
    people: dict[_Key, set[str]] = defaultdict(set)
    for each in ended:
        day, person = each.ended_at.date(), person_of(each.person) if each.person else None
        found = works_of_ticket(_worked_on(each, person if how.individuals else None, handed_on.get(each.id, ())))
        topic = _topic(each)
        for kind, name, work in found:
            works[day, f"{kind}:{name}", topic] += work
        if each.group:
            key = (day, f"team:{each.group}", "")
            teams[key] = _with(teams[key], each, how.hours, difficult, found[0][2])
            if person:
                people[key].add(person)
    rows: dict[_Key, Any] = {
        key: [work.n, work.judged, work.at_once, work.timed, round(work.log_hours, 6), round(work.log_hours_squared, 6)]
        for key, work in works.items()
    }
    for key, team in teams.items():
        counts = asdict(replace(team, people=len(people[key])))
        rows[key] = {name: value for name, value in counts.items() if name not in ("open", "open_hours")}
    return rows


def _worked_on(each: EndedTicket, person: str | None, handed_on: Sequence[str]) -> WorkedOn:
    return WorkedOn(
        group=each.group,
        person=person,
        opened_at=each.opened_at,
        ended_at=each.ended_at,
        reopens=each.reopens,
        reassignments=each.reassignments,
        handed_on_by=tuple(handed_on),
    )


def _topic(each: EndedTicket) -> str:
    return (service_of(each.attributes) or each.category or "")[:_LONGEST]


def _with(team: TeamDay, each: EndedTicket, hours: WorkingHours, difficult: Difficult, work: Work) -> TeamDay:
    """What a team did, with one ticket more."""
    is_difficult = difficult.is_difficult(each.reopens, each.reassignments, each.satisfaction, each.hours)
    return replace(
        team,
        n=team.n + 1,
        after_hours=team.after_hours + (not hours.includes(each.ended_at)),
        reopened=team.reopened + bool(each.reopens),
        difficult=team.difficult + is_difficult,
        by_known=team.by_known + bool(each.person),
        judged=team.judged + work.judged,
        at_once=team.at_once + work.at_once,
    )


def _count_open(engine: Engine, days: Sequence[date], now: datetime) -> set[str]:
    """Writes what every group had left at the end of some days; which groups that were."""
    with reading(engine) as connection:
        found = open_at_ends(connection, days, now)
    rows = {
        (day, f"open:{group}", ""): {"open": n, "open_hours": round(hours, 2)}
        for (day, group), (n, hours) in found.items()
    }
    with writing(engine) as connection:
        connection.execute(delete(daily_work).where(_C.day >= days[0], _C.day <= days[-1], _is("open")))
        _write(connection, rows)
    return {group for _, group in found}


def _sum_up(engine: Engine, last: date) -> None:
    """Writes half a year of each resolver and topic into one row, with how many tickets are of the later half."""
    end = last + timedelta(days=1)
    rows: dict[_Key, list[float]] = {}
    with reading(engine) as connection:
        for kind in ("group", "person"):
            for day, resolver, topic, counts in _rows(connection, kind, end - WINDOW, end):
                key = (last, f"{kind}-sum:{resolver.partition(':')[2]}", topic)
                found = [*counts, counts[0] if day >= end - HALF else 0]
                rows[key] = list(map(add, rows[key], found)) if key in rows else found
    with writing(engine) as connection:
        connection.execute(delete(daily_work).where(or_(_is("group-sum"), _is("person-sum"))))
        _write(connection, rows)


def _write(connection: Connection, rows: Mapping[_Key, Any]) -> None:
    if rows:
        given = [{"day": d, "resolver": r, "topic": t, "counts": rows[d, r, t]} for d, r, t in sorted(rows)]
        connection.execute(insert(connection, daily_work), given)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _runs(days: Collection[date]) -> Iterator[list[date]]:
    """The days in runs without a gap, of a week at most."""
    run: list[date] = []
    for day in sorted(days):
        if run and (len(run) == _AT_ONCE or day - run[-1] > timedelta(days=1)):
            yield run
            run = []
        run.append(day)
    if run:
        yield run
