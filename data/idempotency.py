"""The store of answers that were given under an `Idempotency-Key`, so that a repeated request gets the same again.

There is no mark for a request still at work: two that run at once both compute, the one that commits first is kept, and
the other's `keep` says so. That needs no lease to expire and holds across processes.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from data.database import insert
from data.tables import idempotency
from triage.errors import Conflict

__all__ = ["KEPT_FOR", "Answer", "RequestIdentity", "find", "keep"]

KEPT_FOR = timedelta(hours=24)
"""How long an answer can be had again."""


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """Who asked what, under which idempotency key: the three that name an answer, and the content it answers."""

    api_key_id: str
    route: str
    key: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: an HTTP status and the body as it went out."""

    status: int
    response: str


def find(connection: Connection, request: RequestIdentity, now: datetime) -> Answer | None:
    """The answer that was given to this very request, if it was within the last day.

    Raises:
        Conflict: when the key was used for other content.
    """
    row = connection.execute(
        select(idempotency).where(
            idempotency.c.api_key_id == request.api_key_id,
            idempotency.c.route == request.route,
            idempotency.c.key == request.key,
            idempotency.c.created_at > now - KEPT_FOR,
        )
    ).first()
    if row is None:
        return None
    if row.request_sha256 != _sha256(request.content):
        raise Conflict("This Idempotency-Key was used for another request; a new request needs a new key.")
    return Answer(status=row.status, response=row.response)


def keep(connection: Connection, request: RequestIdentity, answer: Answer, now: datetime) -> bool:
    """Keeps an answer; False if one was kept under this key in the meantime. Old ones are thrown away."""
    connection.execute(delete(idempotency).where(idempotency.c.created_at <= now - KEPT_FOR))
    kept = connection.execute(
        insert(connection, idempotency)
        .on_conflict_do_nothing(index_elements=["api_key_id", "route", "key"])
        .returning(idempotency.c.key),
        {
            "api_key_id": request.api_key_id,
            "route": request.route,
            "key": request.key,
            "request_sha256": _sha256(request.content),
            "status": answer.status,
            "response": answer.response,
            "created_at": now,
        },
    )
    return kept.first() is not None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
