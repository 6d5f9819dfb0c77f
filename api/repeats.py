"""Requests that are sent twice under one `Idempotency-Key`: answered twice, done once."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlalchemy import Connection, Engine

from data import idempotency
from data.database import reading, writing
from data.idempotency import Answer, RequestIdentity

__all__ = ["Identity", "answered_before", "answered_once"]


async def _identity(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Any text of your own, new for every new request. Within a day the same key and request give "
            "the same answer again, with `Idempotency-Replayed: true`, and nothing is stored twice.",
            max_length=200,
            min_length=1,
        ),
    ] = None,
) -> RequestIdentity | None:
    if idempotency_key is None:
        return None
    return RequestIdentity(
        api_key_id=request.state.api_key.id,
        route=f"{request.method} {request.url.path}",
        key=idempotency_key,
        content=request.scope["query_string"] + b"\n" + await request.body(),
    )


Identity = Annotated[RequestIdentity | None, Depends(_identity)]
"""A route's parameter of this type names the request, if the caller asked for that with an `Idempotency-Key`."""


class _AnsweredMeanwhile(Exception):
    """The same request was answered while this one was at work; undoes what this one was about to store."""


def answered_before(engine: Engine, identity: RequestIdentity | None, now: datetime) -> Response | None:
    """The answer that this request got before, if it did.

    Raises:
        Conflict: when its key was used for another request.
    """
    if identity is None:
        return None
    with reading(engine) as connection:
        answer = idempotency.find(connection, identity, now)
    if answer is None:
        return None
    return _response(answer, {"Idempotency-Replayed": "true"})


def answered_once(
    engine: Engine, identity: RequestIdentity | None, now: datetime, store: Callable[[Connection], str]
) -> Response:
    """The answer that `store` gives, which is kept in the same transaction as whatever it stores.

    Of two equal requests at once, the one that is later to commit stores nothing and gives the other one's answer.
    """
    try:
        with writing(engine) as connection:
            answer = Answer(200, store(connection))
            if identity is not None:
                _keep(connection, identity, answer, now)
    except _AnsweredMeanwhile:
        return answered_before(engine, identity, now) or answered_once(engine, identity, now, store)
    return _response(answer, {})


def _keep(connection: Connection, identity: RequestIdentity, answer: Answer, now: datetime) -> None:
    if not idempotency.keep(connection, identity, answer, now):
        raise _AnsweredMeanwhile


def _response(answer: Answer, headers: dict[str, str]) -> Response:
    return Response(answer.response, answer.status, headers=headers, media_type="application/json")
