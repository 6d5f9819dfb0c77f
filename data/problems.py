"""The store of problems: incidents that recur, and what people make of them.

    problems_of, find, problem_of_ticket, known_problems    ask
    change, merge, split                                     what people do, which stays

What a look finds is kept by `data/found_problems.py`. A problem that was merged into another leads to it from then on.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select, update

from data.database import insert, storable
from data.problem_incidents import incidents_of_problem
from data.tables import problem_tickets, problems, tickets
from triage.customers.profile import HOURS_A_DAY
from triage.errors import InvalidInput, NotFound
from triage.problems.measures import Measures, measure
from triage.problems.recognition import Centre, KnownProblem
from triage.problems.state import STATES, State, state_of

__all__ = [
    "BY_HAND",
    "FOUND",
    "MOST_AT_ONCE",
    "STILL",
    "ProblemTicket",
    "Said",
    "StoredProblem",
    "change",
    "count_of",
    "find",
    "known_problems",
    "merge",
    "problem_of_ticket",
    "problems_of",
    "split",
    "tickets_of",
]

FOUND, BY_HAND = "found", "hand"
"""Who says that a ticket belongs to a problem: a look, or a person, whose word stays."""

STILL = timedelta(days=60)
"""What has not come for so long may have ended: growth compares the two halves of it."""

MOST_AT_ONCE = 500
"""So many problems are merged, and so many tickets split off, at once."""

LONGEST_NAME, LONGEST_OWNER, LONGEST_WORKAROUND = 200, 200, 4_000


@dataclass(frozen=True, slots=True)
class StoredProblem:
    """A problem as it is stored.

    Attributes:
        id: its number.
        name: of its own words, or what a person has called it.
        is_named_by_hand: whether a person has.
        state: how far it has come.
        owner: who looks after it; None where nobody does.
        workaround: what people are told to do until it is resolved.
        service: what most of its incidents are about.
        centre: what it is recognised by.
        content: its measures and its causes, as JSON has them.
        n_tickets: incidents that people reported.
        hours_lost: of workday.
        first_seen_at: the first incident.
        last_seen_at: the last.
        merged_into: the problem that it is part of now; None mostly.
        created_at: when it was found.
        updated_at: when anything of it changed.
    """

    id: int
    name: str
    is_named_by_hand: bool
    state: State
    owner: str | None
    workaround: str | None
    service: str | None
    centre: Centre
    content: Mapping[str, Any]
    n_tickets: int
    hours_lost: float
    first_seen_at: datetime
    last_seen_at: datetime
    merged_into: int | None
    created_at: datetime
    updated_at: datetime

    @property
    def measures(self) -> Measures:
        """What is told of it."""
        return Measures.from_json(self.content["measures"])

    @property
    def workdays_lost(self) -> float:
        """Hours lost as days of `HOURS_A_DAY`."""
        return self.hours_lost / HOURS_A_DAY

    @property
    def resolved_at(self) -> datetime | None:
        """When a person said that it is resolved; None where nobody did, or it was taken back."""
        text = self.content.get("resolved_at")
        return None if text is None else datetime.fromisoformat(text)

    @property
    def recurrence(self) -> tuple[datetime, int] | None:
        """When it was resolved before it came back, and how many incidents came since; None where it did not."""
        told = self.content.get("recurrence")
        return None if told is None else (datetime.fromisoformat(told["resolved_at"]), int(told["n_since"]))


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a problem; None leaves it as it is, an empty owner or workaround takes it away."""

    state: str | None = None
    owner: str | None = None
    name: str | None = None
    workaround: str | None = None


@dataclass(frozen=True, slots=True)
class ProblemTicket:
    """An incident of a problem, as it is listed."""

    id: str
    shown_id: str
    subject: str
    opened_at: datetime | None
    assignment_group: str | None
    is_open: bool
    is_by_hand: bool


def problems_of(
    connection: Connection,
    *,
    states: Collection[State] | None = None,
    most: int | None = None,
    start: int = 0,
    still_at: datetime | None = None,
) -> list[StoredProblem]:
    """The problems, those that cost most first; what was merged into another is not one.

    Args:
        connection: to read from.
        states: only those of these states; None for all.
        most: so many at most.
        start: so many are left out first.
        still_at: a moment; those that had still come by then, within `STILL`, are first.
    """
    order: list[ColumnElement[Any]] = [problems.c.hours_lost.desc(), problems.c.id]
    if still_at is not None:
        order.insert(0, case((problems.c.last_seen_at > still_at - STILL, 0), else_=1))
    asked = _standing(select(problems), states).order_by(*order)
    return [_stored(row) for row in connection.execute(asked.limit(most).offset(start))]


def count_of(connection: Connection) -> dict[State, int]:
    """How many problems there are in each state."""
    asked = _standing(select(problems.c.state, func.count()), None).group_by(problems.c.state)
    found = {state: n for state, n in connection.execute(asked)}  # noqa: C416  (a row is no pair to mypy)
    return {state: found.get(state, 0) for state in STATES}


def find(connection: Connection, id_: int) -> StoredProblem:
    """A problem; of one that was merged into another, that one.

    Raises:
        NotFound: there is none by this number.
    """
    row = None
    while row is None or row.merged_into is not None:
        row = connection.execute(select(problems).where(problems.c.id == id_)).first()
        if row is None:
            raise NotFound(f"There is no problem {id_}; `GET /v1/problems` or `triage problems list` names them.")
        id_ = id_ if row.merged_into is None else row.merged_into
    return _stored(row)


def problem_of_ticket(connection: Connection, ticket_id: str) -> StoredProblem | None:
    """The problem that a ticket belongs to; None where it belongs to none."""
    asked = select(problem_tickets.c.problem_id).where(problem_tickets.c.ticket_id == ticket_id)
    id_ = connection.scalar(asked)
    return None if id_ is None else find(connection, id_)


def known_problems(connection: Connection) -> list[KnownProblem]:
    """What new tickets may belong to: problems that are not resolved."""
    asked = _standing(select(problems.c.id, problems.c.centre), [state for state in STATES if state != "resolved"])
    return [KnownProblem(row.id, Centre.from_json(row.centre)) for row in connection.execute(asked)]


def tickets_of(
    connection: Connection, id_: int, most: int, *, only: Sequence[str] | None = None
) -> list[ProblemTicket]:
    """The tickets of a problem, newest first.

    Args:
        connection: to read from.
        id_: of the problem.
        most: so many at most.
        only: of these alone.
    """
    asked = (
        select(tickets, problem_tickets.c.told_by)
        .join(problem_tickets, problem_tickets.c.ticket_id == tickets.c.id)
        .where(problem_tickets.c.problem_id == id_)
        .order_by(tickets.c.opened_at.desc(), tickets.c.id)
        .limit(most)
    )
    if only is not None:
        asked = asked.where(tickets.c.id.in_(only))
    return [
        ProblemTicket(
            id=row.id,
            shown_id=row.id_as_filed or row.id,
            subject=row.subject,
            opened_at=row.opened_at,
            assignment_group=row.assignment_group,
            is_open=row.resolved_at is None and row.closed_at is None,
            is_by_hand=row.told_by == BY_HAND,
        )
        for row in connection.execute(asked)
    ]


def change(connection: Connection, id_: int, said: Said, now: datetime) -> tuple[StoredProblem, dict[str, Any]]:
    """Keeps what a person says of a problem.

    Returns:
        The problem as it is now, and what has changed: by field what it is now; empty where that was so before. Of a
        name or a workaround only that it was changed, since people write what they like.

    Raises:
        InvalidInput: a state that is none, a name without a letter, or more than fits.
        NotFound: there is no such problem.
    """
    problem = find(connection, id_)
    new: dict[str, Any] = {}
    if said.state is not None and (state := state_of(said.state)) != problem.state:
        content = {name: told for name, told in problem.content.items() if name not in ("resolved_at", "recurrence")}
        new |= {"state": state, "content": content | ({"resolved_at": now.isoformat()} if state == "resolved" else {})}
    if said.owner is not None:
        new["owner"] = _text(said.owner, "An owner", LONGEST_OWNER) or None
    if said.workaround is not None:
        new["workaround"] = _text(said.workaround, "A workaround", LONGEST_WORKAROUND) or None
    if said.name is not None and (name := _text(said.name, "A name", LONGEST_NAME)) != problem.name:
        if not name:
            raise InvalidInput("A problem needs a name.")
        new |= {"name": name, "is_named_by_hand": True}
    new = {name: value for name, value in new.items() if value != getattr(problem, name)}
    if new:
        connection.execute(update(problems).where(problems.c.id == problem.id).values(updated_at=now, **new))
    told: dict[str, Any] = {name: new[name] for name in ("state", "owner") if name in new}
    told |= {f"{name}_changed": True for name in ("name", "workaround") if name in new}
    return find(connection, problem.id), told


def merge(connection: Connection, id_: int, others: Sequence[int], now: datetime) -> tuple[StoredProblem, list[int]]:
    """Makes other problems part of one; no later look parts them.

    Returns:
        The problem with all their tickets, and the numbers of those that were merged into it.

    Raises:
        InvalidInput: too many, or none but itself.
        NotFound: there is no such problem.
    """
    if len(others) > MOST_AT_ONCE:
        raise InvalidInput(f"At most {MOST_AT_ONCE} problems are merged at once.")
    problem = find(connection, id_)
    parts = {part.id: part for other in others if (part := find(connection, other)).id != problem.id}
    if not parts:
        raise InvalidInput("Name another problem to merge with: these are one already.")
    centre = problem.centre
    for part in parts.values():
        centre = centre.joined_with(part.centre)
    every = [problem.id, *parts]
    moved = {"problem_id": problem.id, "told_by": BY_HAND}
    connection.execute(update(problem_tickets).where(problem_tickets.c.problem_id.in_(every)).values(**moved))
    connection.execute(
        update(problems).where(problems.c.id.in_(list(parts))).values(merged_into=problem.id, updated_at=now)
    )
    connection.execute(update(problems).where(problems.c.id == problem.id).values(centre=centre.to_json()))
    _measure_again(connection, problem, now)
    return find(connection, problem.id), sorted(parts)


def split(connection: Connection, id_: int, ticket_ids: Collection[str], now: datetime) -> StoredProblem:
    """Makes a problem of its own of some tickets of another; no later look joins them again.

    Until the next look it is recognised by nothing, since only a look can tell what its words are.

    Raises:
        InvalidInput: none or all of its tickets, too many, or some that are not its.
        NotFound: there is no such problem.
    """
    problem, chosen = find(connection, id_), sorted(set(ticket_ids))
    if not 0 < len(chosen) <= MOST_AT_ONCE:
        raise InvalidInput(f"Choose between 1 and {MOST_AT_ONCE} tickets to split off.")
    is_its = problem_tickets.c.problem_id == problem.id
    held = set(connection.scalars(select(problem_tickets.c.ticket_id).where(is_its)))
    if not held.issuperset(chosen):
        raise InvalidInput("Only tickets of this problem can be split off from it.")
    if len(held) == len(chosen):
        raise InvalidInput("These are all of its tickets: rename the problem instead.")
    row = {
        "name": f"Split off from {problem.name}"[:LONGEST_NAME],
        "is_named_by_hand": False,
        "state": "new",
        "service": problem.service,
        "centre": Centre({}).to_json(),
        "content": {"measures": dict(problem.content["measures"]), "causes": [], "split_from": problem.id},
        "n_tickets": 0,
        "hours_lost": 0.0,
        "first_seen_at": problem.first_seen_at,
        "last_seen_at": problem.last_seen_at,
        "created_at": now,
        "updated_at": now,
    }
    new_id = connection.execute(insert(connection, problems).returning(problems.c.id), row).scalar_one()
    moved = {"problem_id": new_id, "told_by": BY_HAND}
    connection.execute(update(problem_tickets).where(problem_tickets.c.ticket_id.in_(chosen)).values(**moved))
    for each in (problem, find(connection, new_id)):
        _measure_again(connection, each, now)
    return find(connection, new_id)


def _measure_again(connection: Connection, problem: StoredProblem, now: datetime) -> None:
    """Brings the measures up to the tickets that a problem has now."""
    incidents = incidents_of_problem(connection, problem.id)
    ids = {one.id for one in incidents}
    kept = [id_ for id_ in problem.content["measures"].get("examples", ()) if id_ in ids]
    latest = [one.id for one in reversed(incidents) if not one.is_automatic]
    measured = measure(incidents, now, list(dict.fromkeys([*kept, *latest]))[:5])
    if measured is None:  # machines alone reported what is left
        return
    values = {
        "content": {**problem.content, "measures": measured.to_json()},
        "n_tickets": measured.n_tickets,
        "hours_lost": measured.hours_lost,
        "first_seen_at": measured.first_seen_at,
        "last_seen_at": measured.last_seen_at,
        "updated_at": now,
    }
    connection.execute(update(problems).where(problems.c.id == problem.id).values(**values))


def _standing(asked: Select[Any], states: Collection[State] | None) -> Select[Any]:
    asked = asked.where(problems.c.merged_into.is_(None))
    return asked if states is None else asked.where(problems.c.state.in_(list(states)))


def _text(text: str, what: str, most: int) -> str:
    kept = storable(text).strip()
    if len(kept) > most:
        raise InvalidInput(f"{what} has at most {most:,} characters.")
    return kept


def _stored(row: Row[Any]) -> StoredProblem:
    named = {name: getattr(row, name) for name in StoredProblem.__slots__ if name != "centre"}
    return StoredProblem(centre=Centre.from_json(row.centre), **named)
