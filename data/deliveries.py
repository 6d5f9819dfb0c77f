"""The store of deliveries: what ticketing systems sent, kept before it is answered, and worked on afterwards.

A system sends a delivery again until it is answered, and sometimes after; it is stored once. Those about one ticket are
worked on one after the other, in the order in which they came.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, delete

from data import leases
from data.connectors.connector import Delivery
from data.database import storable, to_json
from data.leases import WAITING, Lease, release, short
from data.pseudonyms import stored_id
from data.statements import BulkInsert
from data.tables import deliveries
from triage.events import Event

__all__ = [
    "ClaimedDelivery",
    "bury",
    "claim",
    "counts",
    "finish",
    "ignore",
    "oldest_waiting",
    "receive",
    "retry_later",
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


def receive(
    connection: Connection, source: str, delivery: Delivery, event: Event, key: SecretStr | None, now: datetime
) -> bool:
    """Keeps a delivery to be worked on; False, and nothing is stored, where it came before.

    Args:
        connection: to write to; the sender is answered after its commit.
        source: that sent it, by the name that the desk gave it.
        delivery: verified.
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


def claim(engine: Engine, now: datetime, most: int, lease: timedelta) -> list[ClaimedDelivery]:
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
        for held, row in leases.lease_due(engine, deliveries, now, most, lease)
    ]


def finish(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Says that all was done that follows from it; do it in the same transaction.

    Returns:
        False where another worker has it by now, or its customer was forgotten: undo the transaction.
    """
    return release(connection, deliveries, lease, {"state": "done", "last_error": None, "settled_at": now})


def ignore(connection: Connection, lease: Lease, reason: str, now: datetime) -> bool:
    """Says that nothing follows from it, and why; like `finish`."""
    values = {"state": "ignored", "reason": short(reason), "last_error": None, "settled_at": now}
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
    """How many there are `waiting`, `done`, `ignored` and `dead`; a state without any is left out."""
    return leases.counts(connection, deliveries)


def oldest_waiting(connection: Connection) -> datetime | None:
    """When the oldest one came that is still to be worked on; None where there is none."""
    return leases.oldest_waiting(connection, deliveries.c.received_at)
