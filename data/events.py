"""The store of events: what other programs are told, kept with what happened, and sent afterwards, at least once.

An event is put here in the transaction that makes it true, one row for each subscriber that wants its type. Of the
events about one subject a subscriber gets the oldest first, and the next one when it has taken that.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Engine, Row, delete, update

from data import leases
from data.database import storable, to_json
from data.leases import WAITING, Lease, release, short
from data.queue_rows import Progress, RowKind
from data.sending import Message
from data.statements import BulkInsert
from data.tables import events
from triage.subscribers import EventType, Subscriber, is_wanted

__all__ = [
    "STATES",
    "ClaimedEvent",
    "Occurrence",
    "State",
    "StoredEvent",
    "body_of",
    "bury",
    "bury_orphans",
    "claim",
    "counts",
    "deliver",
    "drop",
    "listed",
    "new_message_id",
    "oldest_waiting",
    "publish",
    "publish_all",
    "renew",
    "retry",
    "retry_all_dead",
    "retry_later",
    "shown",
    "throw_away",
]

State = Literal["waiting", "delivered", "dead", "dropped"]
"""What became of an event: `dead` failed for good, `dropped` was taken out by hand."""

STATES: tuple[State, ...] = get_args(State)

_ROWS = RowKind(events, "event", "triage events list", done=("delivered",))

_INSERT = BulkInsert(
    events,
    ["subscriber", "message_id", "subject", "ticket_id", "customer_id", "payload"],
    ["type", "created_at", "state", "n_attempts", "next_attempt_at"],
    unless=["message_id"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One thing that happened.

    Attributes:
        subject: what comes in order, such as `ticket:INC001`.
        payload: what is told of it, as JSON will have it; never a ticket's text.
        ticket_id: of the stored ticket that it is about; the event goes with it.
        customer_id: the stored id of the customer whom it tells about; the event goes when they are forgotten.
        key: by which it is known again, where it may be published twice; None where it is not.
    """

    subject: str
    payload: Mapping[str, object]
    ticket_id: str | None = None
    customer_id: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimedEvent:
    """An event that a worker has for a while, as it is sent."""

    lease: Lease
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as people look at it.

    Attributes:
        subscriber: who is told, by the desk's name.
        message_id: the same in every attempt.
        type: what happened.
        subject: what comes in order.
        payload: the body that is sent, JSON.
        created_at: when it happened.
        progress: how far it has come.
    """

    subscriber: str
    message_id: str
    type: str
    subject: str
    payload: str
    created_at: datetime
    progress: Progress


def publish(  # noqa: PLR0913  (what `Occurrence` has, spelled out for the many who tell of one thing)
    connection: Connection,
    subscribers: Sequence[Subscriber],
    type_: EventType,
    subject: str,
    payload: Mapping[str, object],
    now: datetime,
    *,
    ticket_id: str | None = None,
    customer_id: str | None = None,
) -> None:
    """Tells of one thing that happened, within the caller's transaction; see `publish_all`."""
    happened = Occurrence(subject=subject, payload=payload, ticket_id=ticket_id, customer_id=customer_id)
    publish_all(connection, subscribers, type_, [happened], now)


def publish_all(
    connection: Connection,
    subscribers: Sequence[Subscriber],
    type_: EventType,
    happened: Sequence[Occurrence],
    now: datetime,
) -> int:
    """Tells of things that happened, within the caller's transaction: a row for each and everybody who wants to know.

    Returns:
        How many rows are new; none where nobody wants to know, or all of it was told before.
    """
    if not happened or not is_wanted(subscribers, type_):
        return 0
    bodies = [body_of(type_, each.payload, now) for each in happened]
    rows = [
        (
            subscriber.name,
            _message_id(subscriber.name, each.key),
            storable(each.subject),
            each.ticket_id,
            each.customer_id,
            body,
        )
        for each, body in zip(happened, bodies, strict=True)
        for subscriber in subscribers
        if type_ in subscriber.types
    ]
    return _INSERT.write(connection, rows, (type_, now, WAITING, 0, now))


def body_of(type_: str, payload: Mapping[str, object], now: datetime) -> str:
    """The body of an event, as Standard Webhooks have it."""
    return storable(to_json({"type": type_, "timestamp": now.isoformat(), "data": payload}))


def new_message_id() -> str:
    """An id for what was never sent."""
    return f"msg_{secrets.token_hex(16)}"


def claim(engine: Engine, subscriber: str, now: datetime, most: int, lease: timedelta) -> list[ClaimedEvent]:
    """Takes events to send to a subscriber, of each subject the oldest; see `lease_due`."""
    leased = leases.lease_due(engine, events.c.created_at, now, most, lease, only=subscriber)
    return [ClaimedEvent(held, Message(row.message_id, row.payload.encode())) for held, row in leased]


def renew(connection: Connection, held: Collection[Lease], until: datetime) -> int:
    """Keeps other workers from what is still being sent; see `data/leases.py`."""
    return leases.renew(connection, events, held, until)


def deliver(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Says that the subscriber has it.

    Returns:
        False, and nothing is changed, where another worker has it by now, or its customer was forgotten.
    """
    return release(connection, events, lease, {"state": "delivered", "last_error": None, "settled_at": now})


def retry_later(connection: Connection, lease: Lease, at: datetime, error: str) -> bool:
    """Puts it back until a moment; returns as `deliver` does."""
    return release(connection, events, lease, {"next_attempt_at": at, "last_error": short(error)})


def bury(connection: Connection, lease: Lease, error: str, now: datetime) -> bool:
    """Says that it will not be tried again unless somebody asks for it; returns as `deliver` does."""
    return release(connection, events, lease, {"state": "dead", "last_error": short(error), "settled_at": now})


def bury_orphans(connection: Connection, subscribers: Collection[str], now: datetime) -> int:
    """Gives up what waits for others than these subscribers, and says how much: nobody would ever send it."""
    is_orphan = (events.c.state == WAITING, events.c.subscriber.not_in(subscribers), events.c.lease_token.is_(None))
    values = {"state": "dead", "last_error": "triage.toml no longer has this subscriber.", "settled_at": now}
    return connection.execute(update(events).where(*is_orphan).values(values)).rowcount


def throw_away(connection: Connection, before: datetime) -> int:
    """Removes what was settled before a moment, and says how much."""
    return connection.execute(delete(events).where(events.c.settled_at < before)).rowcount


def counts(connection: Connection) -> dict[State, int]:
    """How many events there are in each state, 0 where there are none."""
    found = leases.counts(connection, events)
    return {state: found.get(state, 0) for state in STATES}


def oldest_waiting(connection: Connection) -> datetime | None:
    """When the oldest event happened that is still to be sent; None where there is none."""
    return leases.oldest_waiting(connection, events.c.created_at)


def listed(connection: Connection, state: str | None, most: int) -> list[StoredEvent]:
    """The newest events, of one state or all."""
    return [_stored(row) for row in _ROWS.newest(connection, state, most)]


def shown(connection: Connection, id_: int) -> StoredEvent:
    """One event; raises `NotFound`."""
    return _stored(_ROWS.row(connection, id_))


def retry(connection: Connection, id_: int, now: datetime) -> StoredEvent:
    """Lets an event be sent from now on as if it were new; raises as `RowKind.retry` does.

    It comes after what the subscriber was told of the same subject meanwhile.
    """
    return _stored(_ROWS.retry(connection, id_, now))


def retry_all_dead(connection: Connection, now: datetime) -> int:
    """Does the same for every dead event, and says for how many."""
    return _ROWS.retry_all_dead(connection, now)


def drop(connection: Connection, id_: int, now: datetime) -> StoredEvent:
    """Takes an event out: it is not sent; raises as `RowKind.drop` does."""
    return _stored(_ROWS.drop(connection, id_, now))


def _message_id(subscriber: str, key: str | None) -> str:
    if key is None:
        return new_message_id()
    return f"msg_{hashlib.sha256(f'{subscriber} {key}'.encode()).hexdigest()[:32]}"


def _stored(row: Row[Any]) -> StoredEvent:
    return StoredEvent(
        subscriber=row.subscriber,
        message_id=row.message_id,
        type=row.type,
        subject=row.subject,
        payload=row.payload,
        created_at=row.created_at,
        progress=Progress.of(row),
    )
