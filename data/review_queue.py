"""The store of tickets that wait for a person, in the order of their turn, and of who looks at which.

A claim is a lease: whoever claims tickets has them for a while, and nobody else is shown them. Who walks away gives
them back by waiting.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.types import NullType

from data.database import storable, to_json
from data.statements import BulkInsert
from data.tables import outcomes, review_queue, reviews, tickets

__all__ = [
    "CLAIMED_FOR",
    "SKIPPED_FOR",
    "Progress",
    "QueueEntry",
    "QueueFilter",
    "claim",
    "count",
    "entry_of",
    "n_claimed_by_others",
    "progress",
    "put",
    "release",
    "renew",
    "reopen",
    "settle",
    "waiting",
]

CLAIMED_FOR = timedelta(minutes=10)
"""How long a ticket is one person's; looking at it further renews that."""

SKIPPED_FOR = timedelta(hours=12)
"""How long a ticket that a person has skipped is not shown to them again."""

_columns = review_queue.c
_WAITS = literal_column("review_queue.waits", NullType())
"""Just as the indexes of waiting tickets have it: SQLite uses none for `waits = 1`, which is how it is usually written.
"""
_PUT = BulkInsert(
    review_queue,
    ["ticket_id", "rank", "targets", "opened_at", "source", "assignment_group", "segments", "is_blind"],
    ["settled", "waits", "model_version"],
    unless=["ticket_id"],
    renews=True,
)


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A ticket that waits.

    Attributes:
        ticket_id: of a stored ticket.
        rank: its place, the highest first; see `triage.review_queue.rank`.
        targets: those on which a person has the last word.
        opened_at: when the ticket was filed, or came.
        source: the ticketing system that it came from; None where a program asked.
        assignment_group: the group that is suggested; None where that is not asked.
        segments: of who wrote it.
        is_blind: whether nothing is shown of what the model says.
    """

    ticket_id: str
    rank: float
    targets: tuple[str, ...]
    opened_at: datetime
    source: str | None = None
    assignment_group: str | None = None
    segments: tuple[str, ...] = ()
    is_blind: bool = False


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which of the tickets that wait are wanted; None asks for nothing.

    Attributes:
        target: on which a person has the last word.
        assignment_group: that is suggested.
        segment: of who wrote it.
        source: the ticketing system that it came from.
        filed_before: only those filed earlier.
    """

    target: str | None = None
    assignment_group: str | None = None
    segment: str | None = None
    source: str | None = None
    filed_before: datetime | None = None


def put(connection: Connection, entries: Sequence[QueueEntry], new: Collection[str], model_version: str) -> None:
    """Lets tickets wait; one that waits already gets its new place, and stays with whoever has claimed it.

    What people have decided of a ticket before does not wait, nor does a ticket that is closed.

    Args:
        connection: to write to.
        entries: of tickets; of two about one the later counts. One without targets waits no more.
        new: those that nobody has seen before.
        model_version: of the model whose answers they are about.
    """
    rows, ended = [], []
    latest = {one.ticket_id: one for one in entries}
    seen = [one for one in latest.values() if one.ticket_id not in new]
    for one in [*(one for one in latest.values() if one.ticket_id in new), *_undecided(connection, seen)]:
        if not one.targets:
            ended.append(one.ticket_id)
            continue
        group = None if one.assignment_group is None else storable(one.assignment_group)
        segments = f",{','.join(one.segments)}," if one.segments else ""
        told = (to_json(list(one.targets)), one.opened_at, one.source, group, segments, one.is_blind)
        rows.append((one.ticket_id, one.rank, *told))
    _PUT.write(connection, sorted(rows), ("[]", True, model_version))
    if ended:
        connection.execute(update(review_queue).where(_columns.ticket_id.in_(ended)).values(waits=False))


def _undecided(connection: Connection, entries: Sequence[QueueEntry]) -> list[QueueEntry]:
    """The entries with those of their targets that no person has decided."""
    if not entries:
        return []
    ids = [one.ticket_id for one in entries]
    given = select(outcomes.c.ticket_id, outcomes.c.target).where(outcomes.c.ticket_id.in_(ids))
    decided = set(map(tuple, connection.execute(given.where(outcomes.c.provenance == "human"))))
    ended = or_(tickets.c.resolved_at.is_not(None), tickets.c.closed_at.is_not(None))
    closed = set(connection.scalars(select(tickets.c.id).where(tickets.c.id.in_(ids), ended)))
    return [
        replace(
            one,
            targets=tuple(
                target
                for target in one.targets
                if one.ticket_id not in closed and (one.ticket_id, target) not in decided
            ),
        )
        for one in entries
    ]


def waiting(connection: Connection, wanted: QueueFilter, viewer: str, now: datetime, *, most: int) -> list[QueueEntry]:
    """The tickets whose turn is next, without those that another person looks at or the viewer has skipped.

    Args:
        connection: to ask.
        wanted: which.
        viewer: who asks, as `Caller.reference`.
        now: the moment.
        most: tickets.
    """
    return list(map(_entry, connection.execute(_free(wanted, viewer, now).limit(most))))


def claim(
    connection: Connection,
    wanted: QueueFilter,
    viewer: str,
    now: datetime,
    *,
    most: int,
    beside: Collection[str] = (),
) -> list[QueueEntry]:
    """The same, and from now on they are the viewer's for a while. What they had claimed before is free again.

    Two who claim at the same moment get different tickets. Whoever names tickets that they look at (`beside`) gets
    others, and whatever they had claimed stays theirs.
    """
    if not beside:
        release(connection, viewer)
    free = _free(wanted, viewer, now).where(_columns.ticket_id.not_in(beside)) if beside else _free(wanted, viewer, now)
    rows = connection.execute(free.limit(most).with_for_update(skip_locked=True)).all()
    ids = [row.ticket_id for row in rows]
    taken = {"claimed_by": viewer, "claimed_until": now + CLAIMED_FOR}
    connection.execute(update(review_queue).where(_columns.ticket_id.in_(ids)).values(taken))
    return list(map(_entry, rows))


def renew(connection: Connection, ticket_ids: Collection[str], viewer: str, now: datetime) -> set[str]:
    """Keeps tickets for a person who still looks at them, where nobody else has got them meanwhile; which those are."""
    theirs = _columns.ticket_id.in_(ticket_ids) & _is_free(viewer, now)
    taken = {"claimed_by": viewer, "claimed_until": now + CLAIMED_FOR}
    kept = connection.scalars(select(_columns.ticket_id).where(theirs).with_for_update()).all()
    connection.execute(update(review_queue).where(_columns.ticket_id.in_(kept)).values(taken))
    return set(kept)


def release(
    connection: Connection, viewer: str, *, ticket_ids: Collection[str] | None = None, until: datetime | None = None
) -> None:
    """Gives back what a person has claimed.

    Args:
        connection: to write to.
        viewer: who has it.
        ticket_ids: only these; None for all.
        until: only what was theirs until then or less long: a page that is left must not give back what the next one
            has claimed meanwhile.
    """
    theirs = [_columns.claimed_by == viewer]
    if ticket_ids is not None:
        theirs.append(_columns.ticket_id.in_(ticket_ids))
    if until is not None:
        theirs.append(_columns.claimed_until <= until)
    connection.execute(update(review_queue).where(*theirs).values(claimed_by=None, claimed_until=None))


def settle(connection: Connection, ticket_id: str, targets: Collection[str]) -> None:
    """Takes targets of a ticket out of the queue, as somebody has decided them; the ticket, where none is left."""
    _move(connection, ticket_id, targets, out_of="targets", into="settled")


def reopen(connection: Connection, ticket_id: str, targets: Collection[str]) -> None:
    """Lets targets wait again that were taken out, as the decision was taken back."""
    _move(connection, ticket_id, targets, out_of="settled", into="targets")


def _move(connection: Connection, ticket_id: str, targets: Collection[str], *, out_of: str, into: str) -> None:
    of_ticket = _columns.ticket_id == ticket_id
    asked = select(_columns.targets, _columns.settled).where(of_ticket).with_for_update()
    row = connection.execute(asked).mappings().first()
    moved = [] if row is None else [target for target in row[out_of] if target in targets]
    if row is None or not moved:
        return
    left = [target for target in row[out_of] if target not in moved]
    values = {out_of: left, into: sorted({*row[into], *moved})}
    connection.execute(update(review_queue).where(of_ticket).values(**values, waits=bool(values["targets"])))


def count(connection: Connection, wanted: QueueFilter, most: int) -> int:
    """How many tickets wait, whoever looks at them; not counted beyond `most`."""
    found = select(_columns.ticket_id).where(*_matching(wanted)).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(found)) or 0


def n_claimed_by_others(connection: Connection, wanted: QueueFilter, viewer: str, now: datetime, most: int) -> int:
    """How many of the tickets that wait another person looks at; not counted beyond `most`."""
    found = select(_columns.ticket_id).where(*_matching(wanted), ~_is_free(viewer, now)).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(found)) or 0


def entry_of(connection: Connection, ticket_id: str) -> QueueEntry | None:
    """The place of a ticket; None where it never waited, and without targets where it waits no more."""
    row = connection.execute(select(review_queue).where(_columns.ticket_id == ticket_id)).first()
    return None if row is None else _entry(row)


@dataclass(frozen=True, slots=True)
class Progress:
    """What people have decided lately.

    Attributes:
        n_decided: since the moment that was asked about.
        n_own: of these the viewer's.
        last_at: when somebody decided last; None where nobody ever did.
    """

    n_decided: int
    n_own: int
    last_at: datetime | None


def progress(connection: Connection, viewer: str, since: datetime) -> Progress:
    """What people have decided since a moment; who skips decides nothing, and what was taken back does not count."""
    stands = (reviews.c.undone_at.is_(None), reviews.c.verdict != "skipped")
    asked = select(func.count(), func.count().filter(reviews.c.reviewer == viewer))
    n_decided, n_own = connection.execute(asked.where(reviews.c.at >= since, *stands)).one()
    last_at = connection.scalar(select(reviews.c.at).where(*stands).order_by(reviews.c.at.desc()).limit(1))
    return Progress(n_decided, n_own, last_at)


def _free(wanted: QueueFilter, viewer: str, now: datetime) -> Select[tuple[object, ...]]:
    skipped = exists().where(
        reviews.c.ticket_id == _columns.ticket_id,
        reviews.c.reviewer == viewer,
        reviews.c.verdict == "skipped",
        reviews.c.undone_at.is_(None),
        reviews.c.at > now - SKIPPED_FOR,
    )
    found = select(review_queue).where(*_matching(wanted), _is_free(viewer, now), ~skipped)
    return found.order_by(_columns.rank.desc())


def _is_free(viewer: str, now: datetime) -> ColumnElement[bool]:
    return or_(_columns.claimed_by.is_(None), _columns.claimed_by == viewer, _columns.claimed_until <= now)


def _matching(wanted: QueueFilter) -> list[ColumnElement[Any]]:
    matching: list[ColumnElement[Any]] = [_WAITS]
    if wanted.target is not None:
        names_it = cast(_columns.targets, Text).contains(f'"{wanted.target}"', autoescape=True)
        # nearly all tickets wait for the usual questions; PostgreSQL believes that hardly any text is like another
        matching.append(case((names_it, 1), else_=0) > 0)
    if wanted.segment is not None:
        matching.append(_columns.segments.contains(f",{wanted.segment},", autoescape=True))
    if wanted.assignment_group is not None:
        matching.append(_columns.assignment_group == wanted.assignment_group)
    if wanted.source is not None:
        matching.append(_columns.source == wanted.source)
    if wanted.filed_before is not None:
        matching.append(_columns.opened_at < wanted.filed_before)
    return matching


def _entry(row: Row[tuple[object, ...]]) -> QueueEntry:
    return QueueEntry(
        ticket_id=row.ticket_id,
        rank=row.rank,
        targets=tuple(row.targets),
        opened_at=row.opened_at,
        source=row.source,
        assignment_group=row.assignment_group,
        segments=tuple(filter(None, row.segments.split(","))),
        is_blind=row.is_blind,
    )
