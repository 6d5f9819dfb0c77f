"""Requests that store something, answered once: the same one again gets the answer that it got before.

For routes that do not go through the queue that scores. Only what was done is kept; a refusal may be asked again.
"""

import contextlib
from collections.abc import Callable
from datetime import datetime

from fastapi import Response
from sqlalchemy import Connection, Engine

from data import idempotency
from data.database import writing
from data.idempotency import Answer, RequestIdentity
from triage.errors import Conflict

__all__ = ["answer_once"]


class _AnsweredMeanwhile(Exception):
    """Another process answered the same request; undoes what was about to be stored."""


def answer_once(
    engine: Engine, identity: RequestIdentity | None, now: datetime, act: Callable[[Connection], str]
) -> Response:
    """Does something in one transaction, unless this very request was answered before.

    Args:
        engine: of the database.
        identity: what the request is known by; None where the caller does not say.
        now: the moment.
        act: does it, and gives the body of the answer as JSON.

    Raises:
        Conflict: the request's key was used for another one.
    """
    while True:
        with contextlib.suppress(_AnsweredMeanwhile), writing(engine) as connection:
            return _answered(connection, identity, now, act)


def _answered(
    connection: Connection, identity: RequestIdentity | None, now: datetime, act: Callable[[Connection], str]
) -> Response:
    if identity is None:
        return _response(Answer(200, act(connection)))
    found = idempotency.find_all(connection, [identity], now).get(identity)
    if isinstance(found, Conflict):
        raise found
    if found is not None:
        return _response(found, is_repeated=True)
    answer = Answer(200, act(connection))
    if not idempotency.keep_all(connection, [(identity, answer)], now):
        raise _AnsweredMeanwhile
    return _response(answer)


def _response(answer: Answer, *, is_repeated: bool = False) -> Response:
    headers = {"Idempotency-Replayed": "true"} if is_repeated else None
    return Response(answer.response, answer.status, headers=headers, media_type="application/json")
