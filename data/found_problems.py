"""Keeps what a look for problems has found: new ones stored, known ones brought up to date, what people said kept.

- A candidate is a known problem by its tickets or its words (`triage/problems/identity.py`); else it is a new one.
- A ticket that a person has put somewhere stays there. Of a candidate of which people have parted a problem, the new
  tickets go to whichever of them they are like.
- A resolved problem that comes back is new again, and says when it was resolved.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from data.changes import changes_between
from data.database import alone, insert, reading, writing
from data.events import Occurrence, publish_all
from data.problem_incidents import MOST_INCIDENTS, incidents_between
from data.problems import BY_HAND, FOUND, StoredProblem, find, problems_of
from data.tables import problem_tickets, problems, tickets
from triage.problems.causes import Cause
from triage.problems.finding import WINDOW, Candidate, Findings, find_problems
from triage.problems.identity import Known, identify
from triage.problems.recognition import Centre
from triage.problems.state import came_back
from triage.subscribers import Subscriber

__all__ = ["JOB", "KeptProblems", "find_and_keep", "keep"]

_LOCK = 0x7472_6963  # as in `database.py`: any number that nobody else locks on this server
_CHUNK = 500

JOB = "problems"
"""What the look is called among the jobs of all processes."""

MOST_CHANGES = 500
"""Of so many changes, the latest, it is counted what came before and after."""


@dataclass(frozen=True, slots=True)
class KeptProblems:
    """What a look did.

    Attributes:
        n_found: candidates.
        new: numbers of the problems that were not known.
        back: of those that were resolved and came back.
        n_gone: problems that nobody has touched and that are no more.
        around: by change, the latest `MOST_CHANGES`, the incidents of its service before and after it.
    """

    n_found: int
    new: tuple[int, ...]
    back: tuple[int, ...]
    n_gone: int
    around: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        """What the next look, and pages, are to know of it."""
        told = {id_: list(counts) for id_, counts in self.around.items()}
        return {"n_found": self.n_found, "n_new": len(self.new), "around": told}


def find_and_keep(
    engine: Engine,
    subscribers: Sequence[Subscriber],
    now: datetime,
    fewest: int,
    *,
    most: int = MOST_INCIDENTS,
    on_progress: Callable[[float], object] = lambda _: None,
) -> KeptProblems:
    """Looks for problems among the stored incidents, and keeps what it finds.

    Args:
        engine: of the database.
        subscribers: who is told of new ones.
        now: the moment.
        fewest: so many incidents of people make a problem.
        most: so many incidents are looked at, the latest.
        on_progress: told the share that is done, 0 to 1.
    """
    since = now - WINDOW
    with reading(engine) as connection:
        changes = changes_between(connection, since, now)
    read = incidents_between(engine, since, now, most, lambda share: on_progress(0.75 * share))
    findings = find_problems(read, now, changes, fewest)
    on_progress(0.95)
    with writing(engine) as connection:
        kept = keep(connection, findings, subscribers, now)
    around = {change.id: findings.around(change) for change in changes[-MOST_CHANGES:]}
    return replace(kept, around={id_: counts for id_, counts in around.items() if counts is not None})


def keep(connection: Connection, findings: Findings, subscribers: Sequence[Subscriber], now: datetime) -> KeptProblems:
    """Keeps what a look has found, within the caller's transaction."""
    alone(connection, _LOCK)
    stored = problems_of(connection)
    held = _held(connection)
    by_hand = {id_: problem for problem, rows in held.items() for id_, told in rows.items() if told == BY_HAND}
    known = _known(connection, stored, held)
    parted = {one.id for one in known if one.is_by_hand}
    candidates = _still_there(connection, findings.candidates)
    numbers = identify([(frozenset(one.ticket_ids), one.centre) for one, _ in candidates], known)
    belongs: dict[int, dict[str, None]] = {}
    of: dict[int, Candidate] = {}
    new: list[int] = []
    for (candidate, ids), number in zip(candidates, numbers, strict=True):
        free = [id_ for id_ in ids if id_ not in by_hand]
        if number is None and free:
            new.append(_store(connection, candidate, now))
        if number is None and not free:
            continue  # people have put all of it into other problems
        own = new[-1] if number is None else number
        of.setdefault(own, candidate)
        siblings = sorted({by_hand[id_] for id_ in ids if id_ in by_hand} & parted - {own})
        for id_, part in _parted(findings, own, siblings, held, free).items():
            belongs.setdefault(id_, {}).update(dict.fromkeys(part))
    for id_, tickets_found in belongs.items():
        _renew_tickets(connection, id_, tickets_found, held.get(id_, {}), findings.since)
    every = [*(one.id for one in stored), *new]
    back = [id_ for id_ in every if _renew(connection, findings, id_, of.get(id_), now)]
    n_gone = _forget_untouched(connection, findings.since)
    _tell(connection, subscribers, [find(connection, id_) for id_ in new], now)
    return KeptProblems(len(findings.candidates), tuple(new), tuple(back), n_gone)


def _known(
    connection: Connection, stored: Iterable[StoredProblem], held: Mapping[int, Mapping[str, str]]
) -> list[Known]:
    merged_into = select(problems.c.merged_into).where(problems.c.merged_into.is_not(None))
    has_parts = set(connection.scalars(merged_into))
    return [
        Known(
            one.id,
            frozenset(held.get(one.id, {})),
            one.centre,
            is_by_hand=one.id in has_parts or BY_HAND in held.get(one.id, {}).values(),
        )
        for one in stored
    ]


def _still_there(connection: Connection, candidates: Iterable[Candidate]) -> list[tuple[Candidate, list[str]]]:
    """Candidates with those of their tickets that have not gone, with a person, since they were read."""
    every = [(one, [*one.ticket_ids, *one.alert_ids]) for one in candidates]
    there = _there(connection, [id_ for _, ids in every for id_ in ids])
    return [(one, [id_ for id_ in ids if id_ in there]) for one, ids in every]


def _held(connection: Connection) -> dict[int, dict[str, str]]:
    """By problem its tickets, and who says so."""
    held: dict[int, dict[str, str]] = {}
    for row in connection.execute(select(problem_tickets)):
        held.setdefault(row.problem_id, {})[row.ticket_id] = row.told_by
    return held


def _there(connection: Connection, ids: Sequence[str]) -> set[str]:
    there: set[str] = set()
    for begin in range(0, len(ids), _CHUNK):
        part = ids[begin : begin + _CHUNK]
        there.update(connection.scalars(select(tickets.c.id).where(tickets.c.id.in_(part))))
    return there


def _parted(
    findings: Findings, name: int, siblings: Sequence[int], held: Mapping[int, Mapping[str, str]], free: Sequence[str]
) -> dict[int, list[str]]:
    """The tickets of a candidate that are free, by the problem that each is to belong to."""
    centres: dict[int, Centre] = {}
    for id_ in (name, *siblings) if siblings else ():
        centre = findings.centre_of(held.get(id_, {}))
        if centre is not None and centre.weights:
            centres[id_] = centre
    if name not in centres or len(centres) < 2:
        return {name: list(free)}
    return dict(zip(centres, findings.parted(free, list(centres.values())), strict=True))


def _store(connection: Connection, candidate: Candidate, now: datetime) -> int:
    measures = candidate.measures
    row = {
        "name": candidate.name,
        "is_named_by_hand": False,
        "state": "new",
        "centre": candidate.centre.to_json(),
        "content": {"measures": measures.to_json(), "causes": []},
        "service": candidate.service,
        "n_tickets": measures.n_tickets,
        "hours_lost": measures.hours_lost,
        "first_seen_at": measures.first_seen_at,
        "last_seen_at": measures.last_seen_at,
        "created_at": now,
        "updated_at": now,
    }
    new: int = connection.execute(insert(connection, problems).returning(problems.c.id), row).scalar_one()
    return new


def _renew_tickets(
    connection: Connection, id_: int, belongs: Mapping[str, None], held: Mapping[str, str], since: datetime
) -> None:
    """Makes the tickets that a look has found those of the problem; older ones and those by hand stay."""
    gone = [ticket_id for ticket_id, told in held.items() if told == FOUND and ticket_id not in belongs]
    is_its = (problem_tickets.c.problem_id == id_, problem_tickets.c.told_by == FOUND)
    in_window = problem_tickets.c.ticket_id.in_(select(tickets.c.id).where(tickets.c.opened_at >= since))
    for begin in range(0, len(gone), _CHUNK):
        part = problem_tickets.c.ticket_id.in_(gone[begin : begin + _CHUNK])
        connection.execute(delete(problem_tickets).where(*is_its, part, in_window))
    rows = [{"ticket_id": ticket_id, "problem_id": id_, "told_by": FOUND} for ticket_id in sorted(belongs)]
    if rows:
        statement = insert(connection, problem_tickets)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["ticket_id"],
                set_={"problem_id": statement.excluded.problem_id},
                where=problem_tickets.c.told_by == FOUND,
            ),
            rows,
        )


def _renew(connection: Connection, findings: Findings, id_: int, candidate: Candidate | None, now: datetime) -> bool:
    """Brings what is told of a problem up to its tickets; says whether it was resolved and has come back."""
    problem = find(connection, id_)
    asked = select(tickets.c.id, tickets.c.opened_at, tickets.c.is_automatic).join(
        problem_tickets, problem_tickets.c.ticket_id == tickets.c.id
    )
    rows = connection.execute(asked.where(problem_tickets.c.problem_id == id_)).all()
    centre = _centre(findings, problem, candidate, {row.id for row in rows})
    measures = findings.measures_of([row.id for row in rows], centre)
    if measures is None:  # all of it is older than the window
        return False
    moments = [row.opened_at for row in rows if not row.is_automatic and row.opened_at is not None]
    causes = [_told_cause(cause) for cause in findings.causes_of(moments, problem.service)]
    content = {**problem.content, "measures": measures.to_json(), "causes": causes}
    values: dict[str, Any] = {
        "centre": centre.to_json(),
        "content": content,
        "n_tickets": measures.n_tickets,
        "hours_lost": measures.hours_lost,
        "first_seen_at": min(moments),
        "last_seen_at": max(moments),
    }
    if candidate is not None and problem.state == "new" and not problem.is_named_by_hand:
        values["name"] = candidate.name
    back = came_back(problem.resolved_at, moments) if problem.state == "resolved" else None
    if back is not None:
        told = {"resolved_at": back.resolved_at.isoformat(), "n_since": back.n_since}
        left = {name: kept for name, kept in content.items() if name != "resolved_at"}
        values |= {"state": "new", "content": left | {"recurrence": told}}
    connection.execute(update(problems).where(problems.c.id == id_).values(updated_at=now, **values))
    return back is not None


def _centre(findings: Findings, problem: StoredProblem, candidate: Candidate | None, ids: set[str]) -> Centre:
    """What a problem is recognised by: as the look has it, unless people have put other tickets into it."""
    if candidate is not None and ids == {*candidate.ticket_ids, *candidate.alert_ids}:
        return candidate.centre
    return findings.centre_of(ids) or problem.centre


def _told_cause(cause: Cause) -> dict[str, Any]:
    change = cause.change
    return {
        "change_id": change.id,
        "kind": change.kind,
        "title": change.title,
        "at": change.at.isoformat(),
        "followed_at": cause.followed_at.isoformat(),
        "chance": round(cause.chance, 5),
        "n_changes": cause.n_changes,
        "n_before": cause.n_before,
        "n_after": cause.n_after,
    }


def _forget_untouched(connection: Connection, since: datetime) -> int:
    """Removes problems that hold no ticket of the window any more and that nobody has said anything of."""
    has_recent = (
        select(problem_tickets.c.problem_id)
        .join(tickets, tickets.c.id == problem_tickets.c.ticket_id)
        .where(tickets.c.opened_at >= since)
    )
    by_hand = select(problem_tickets.c.problem_id).where(problem_tickets.c.told_by == BY_HAND)
    merged = select(problems.c.merged_into).where(problems.c.merged_into.is_not(None))
    untouched = (
        problems.c.state == "new",
        problems.c.owner.is_(None),
        problems.c.workaround.is_(None),
        problems.c.is_named_by_hand.is_(False),
        problems.c.merged_into.is_(None),
        problems.c.id.not_in(has_recent),
        problems.c.id.not_in(by_hand),
        problems.c.id.not_in(merged),
    )
    return connection.execute(delete(problems).where(*untouched)).rowcount


def _tell(
    connection: Connection, subscribers: Sequence[Subscriber], new: Iterable[StoredProblem], now: datetime
) -> None:
    """Tells of new problems: how much there is of them, and no word of a ticket."""
    happened = [
        Occurrence(
            subject=f"problem:{problem.id}",
            payload={
                "problem_id": problem.id,
                "service": problem.service,
                "tickets": problem.n_tickets,
                "hours_lost": problem.hours_lost,
                "first_seen_at": problem.first_seen_at.isoformat(),
                "last_seen_at": problem.last_seen_at.isoformat(),
            },
            key=f"problem.opened:{problem.id}",
        )
        for problem in new
    ]
    publish_all(connection, subscribers, "problem.opened", happened, now)
