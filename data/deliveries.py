"""The store of deliveries: what ticketing systems sent, kept before it is answered, and worked on afterwards.

A system sends a delivery again until it is answered, and sometimes after; it is stored once. Those about one ticket are
worked on one after the other, in the order in which they came.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, Row, delete

from data import leases
from data.connectors.connector import Delivery
from data.database import storable, to_json
from data.leases import WAITING, Lease, release, short
from data.pseudonyms import stored_id
from data.queue_rows import Progress, RowKind
from data.statements import BulkInsert
from data.tables import deliveries
from triage.events import Event
from triage.redaction import EVERYTHING, RedactionRules, redact_document

__all__ = [
    "STATES",
    "ClaimedDelivery",
    "StoredDelivery",
    "bury",
    "claim",
    "counts",
    "drop",
    "finish",
    "ignore",
    "listed",
    "oldest_waiting",
    "receive",
    "redacted",
    "renew",
    "retry",
    "retry_all_dead",
    "retry_later",
    "shown",
    "throw_away",
]

_KEPT_HEADERS = (
    "webhook-id",
    "x-atlassian-webhook-identifier",
    "x-glpi-signature",
    "x-glpi-timestamp",
    "x-zammad-delivery",
    "x-zendesk-webhook-invocation-id",
)
"""What connectors read of a delivery beside its body; secrets and all others are not stored."""

_EMPTY: Mapping[str, object] = MappingProxyType({"body": "", "headers": {}})
"""What is left of a delivery that nobody works on any more; a dead one may be given another chance."""

STATES = ("waiting", "done", "ignored", "dead", "dropped")
"""What became of a delivery: `ignored` was right to be left alone, `dead` failed for good, `dropped` was taken out by
hand."""

_ROWS = RowKind(deliveries, "delivery", "triage deliveries list", done=("done", "ignored"))

_INSERT = BulkInsert(
    deliveries,
    ["source", "delivery_id", "reference", "customer_id", "headers", "body"],
    ["received_at", "state", "n_attempts", "next_attempt_at"],
    unless=["source", "delivery_id"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDelivery:
    """A delivery that a worker has for a while.

    `delivery` reads as it did when it came. Its headers are those that reading needs: it cannot be verified again.
    """

    lease: Lease
    source: str
    delivery_id: str
    reference: str
    delivery: Delivery
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDelivery:
    """A delivery as people look at it.

    Attributes:
        source: that sent it.
        delivery_id: by which the source knows it.
        reference: of its ticket.
        n_characters: of its body, which is not shown: it is a text of people.
        created_at: when it came.
        progress: how far it has come.
    """

    source: str
    delivery_id: str
    reference: str
    n_characters: int
    created_at: datetime
    progress: Progress


def redacted(delivery: Delivery, event: Event, key: SecretStr | None, rules: RedactionRules = EVERYTHING) -> Delivery:
    """A delivery without what is personal in its texts; the ids by which it is worked on stay.

    A long body takes a while: call this before there is a transaction.

    Args:
        delivery: verified.
        event: what it was read as.
        key: the installation's, that the customer's id is hashed with here, too.
        rules: what is redacted where.

    Raises:
        InvalidInput: its body is nested more deeply than anybody reads.
    """
    body = delivery.body.decode(json.detect_encoding(delivery.body), "replace")
    return Delivery(delivery.headers, redact_document(storable(body), _ids_of(event, key), rules).encode())


def receive(
    connection: Connection, source: str, delivery: Delivery, event: Event, key: SecretStr | None, now: datetime
) -> bool:
    """Keeps a delivery to be worked on; False, and nothing is stored, where it came before.

    Args:
        connection: to write to; the sender is answered after its commit.
        source: that sent it, by the name that the desk gave it.
        delivery: verified, and as `redacted` gives it.
        event: what it was read as.
        key: the installation's, that stored ids are hashed with.
        now: the moment.
    """
    customer = event.ticket.customer_id if event.ticket else None
    row = (
        source,
        storable(event.delivery_id),
        event.reference,
        stored_id(customer, key) if customer else None,
        to_json({name: storable(delivery.headers[name]) for name in _KEPT_HEADERS if name in delivery.headers}),
        storable(delivery.body.decode(json.detect_encoding(delivery.body), "replace")),
    )
    return _INSERT.write(connection, [row], (now, WAITING, 0, now)) == 1


def _ids_of(event: Event, key: SecretStr | None) -> dict[str, str]:
    """What stands in the place of each id that a delivery tells: the id itself, or the customer's as it is stored."""
    ticket = event.ticket
    named = {ticket.customer_id, ticket.customer_as_filed} - {None} if ticket else set()
    customers = {name: (key and stored_id(name, key)) or name for name in named if name}
    others = (event.delivery_id, event.reference, event.number, event.version, event.actor)
    return customers | {name: name for name in others if name}


def claim(
    engine: Engine, now: datetime, most: int, lease: timedelta, leave_out: Collection[str] = ()
) -> list[ClaimedDelivery]:
    """Takes deliveries to work on, of each ticket the oldest; see `lease_due`."""
    return [
        ClaimedDelivery(
            lease=held,
            source=row.source,
            delivery_id=row.delivery_id,
            reference=row.reference,
            delivery=Delivery(MappingProxyType(row.headers), row.body.encode()),
            received_at=row.received_at,
        )
        for held, row in leases.lease_due(engine, deliveries.c.received_at, now, most, lease, leave_out=leave_out)
    ]


def renew(connection: Connection, held: Collection[Lease], until: datetime) -> int:
    """Keeps other workers from what is still at work; see `data/leases.py`."""
    return leases.renew(connection, deliveries, held, until)


def finish(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Says that all was done that follows from it; do it in the same transaction.

    Returns:
        False where another worker has it by now, or its customer was forgotten: undo the transaction.
    """
    return release(connection, deliveries, lease, {"state": "done", "last_error": None, "settled_at": now, **_EMPTY})


def ignore(connection: Connection, lease: Lease, reason: str, now: datetime) -> bool:
    """Says that nothing follows from it, and why; like `finish`."""
    values = {"state": "ignored", "reason": short(reason), "last_error": None, "settled_at": now, **_EMPTY}
    return release(connection, deliveries, lease, values)


def retry_later(connection: Connection, lease: Lease, at: datetime, error: str) -> bool:
    """Puts it back until a moment; the sentence holds nothing of a ticket and no secret."""
    return release(connection, deliveries, lease, {"next_attempt_at": at, "last_error": short(error)})


def bury(connection: Connection, lease: Lease, error: str, now: datetime) -> bool:
    """Says that it will not be tried again; the sentence is as for `retry_later`."""
    return release(connection, deliveries, lease, {"state": "dead", "last_error": short(error), "settled_at": now})


def throw_away(connection: Connection, before: datetime) -> int:
    """Removes what was settled before a moment, and says how much: bodies are texts of people and needed no longer.

    A delivery that comes again later than that is taken for a new one.
    """
    return connection.execute(delete(deliveries).where(deliveries.c.settled_at < before)).rowcount


def counts(connection: Connection) -> dict[str, int]:
    """How many there are in each state; one without any is left out."""
    return leases.counts(connection, deliveries)


def oldest_waiting(connection: Connection) -> datetime | None:
    """When the oldest one came that is still to be worked on; None where there is none."""
    return leases.oldest_waiting(connection, deliveries.c.received_at)


def listed(connection: Connection, state: str | None, most: int) -> list[StoredDelivery]:
    """The newest deliveries, of one state or all."""
    return [_stored(row) for row in _ROWS.newest(connection, state, most)]


def shown(connection: Connection, id_: int) -> StoredDelivery:
    """One delivery; raises `NotFound`."""
    return _stored(_ROWS.row(connection, id_))


def retry(connection: Connection, id_: int, now: datetime) -> StoredDelivery:
    """Lets a delivery be worked on from now on as if it were new; raises as `RowKind.retry` does.

    The ticket is read back from its source, so that an old delivery does no harm.
    """
    return _stored(_ROWS.retry(connection, id_, now))


def retry_all_dead(connection: Connection, now: datetime) -> int:
    """Does the same for every dead delivery, and says for how many."""
    return _ROWS.retry_all_dead(connection, now)


def drop(connection: Connection, id_: int, now: datetime) -> StoredDelivery:
    """Leaves a delivery alone; raises as `RowKind.drop` does."""
    return _stored(_ROWS.drop(connection, id_, now))


def _stored(row: Row[Any]) -> StoredDelivery:
    return StoredDelivery(
        source=row.source,
        delivery_id=row.delivery_id,
        reference=row.reference,
        n_characters=len(row.body),
        created_at=row.received_at,
        progress=Progress.of(row),
    )
