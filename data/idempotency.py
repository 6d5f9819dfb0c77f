"""The store of answers that were given under an `Idempotency-Key`, so that a repeated request gets the same again.

There is no mark for a request still at work: two that run at once both compute, the one that commits first is kept, and
the other's `keep_all` says so. That needs no lease to expire and holds across processes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select

from data.statements import BulkInsert, Statement, listed
from data.tables import idempotency
from triage.errors import Conflict

__all__ = ["KEPT_FOR", "Answer", "RequestIdentity", "find_all", "keep_all"]

KEPT_FOR = timedelta(hours=24)
"""How long an answer can be had again."""

_NAME = ("caller", "route", "key")
_ASKED = listed("asked", *_NAME)
_FIND = Statement(
    select(*(idempotency.c[name] for name in (*_NAME, "request_sha256", "status", "response")))
    .join_from(
        _ASKED,
        idempotency,
        (idempotency.c.caller == _ASKED.c.caller)
        & (idempotency.c.route == _ASKED.c.route)
        & (idempotency.c.key == _ASKED.c.key),
    )
    .where(idempotency.c.created_at > bindparam("since"))
)
_FORGET = Statement(delete(idempotency).where(idempotency.c.created_at <= bindparam("until")))
_KEEP = BulkInsert(idempotency, [*_NAME, "request_sha256", "status", "response"], ["created_at"], unless=_NAME)


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """Who asked what, under which idempotency key: the three that name an answer, and the content it answers."""

    caller: str
    route: str
    key: str
    content: bytes

    @property
    def name(self) -> tuple[str, str, str]:
        """What an answer is found by."""
        return self.caller, self.route, self.key


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: an HTTP status and the body as it went out."""

    status: int
    response: str


def find_all(
    connection: Connection, requests: Iterable[RequestIdentity], now: datetime
) -> dict[RequestIdentity, Answer | Conflict]:
    """The answers that were given to these very requests within the last day, of those that were answered.

    In the place of an answer there is a `Conflict`, not raised, where the key was used for other content.
    """
    asked = list(requests)
    if not asked:
        return {}
    rows = _FIND.rows(connection, {"asked": list({one.name for one in asked}), "since": now - KEPT_FOR})
    known = {row[:3]: row[3:] for row in rows}
    return {one: _answer(one, *known[one.name]) for one in asked if one.name in known}


def keep_all(connection: Connection, answered: Sequence[tuple[RequestIdentity, Answer]], now: datetime) -> bool:
    """Keeps answers to requests of different names; old ones are thrown away.

    Returns:
        Whether all are kept. If not, one of the keys was used in the meantime; the caller undoes the transaction and
        asks `find_all` again.
    """
    _FORGET.execute(connection, {"until": now - KEPT_FOR})
    rows = [(*request.name, _sha256(request.content), answer.status, answer.response) for request, answer in answered]
    return _KEEP.write(connection, sorted(rows), (now,)) == len(rows)


def _answer(request: RequestIdentity, request_sha256: str, status: int, response: str) -> Answer | Conflict:
    if request_sha256 != _sha256(request.content):
        return Conflict("This Idempotency-Key was used for another request; a new request needs a new key.")
    return Answer(status, response)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
