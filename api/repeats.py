"""Requests that are sent twice under one `Idempotency-Key`: how a caller names them."""

from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.types import Scope

from data.idempotency import RequestIdentity

__all__ = ["HEADER", "LONGEST", "Identity", "identity_of"]

HEADER = "Idempotency-Key"
LONGEST = 200


def identity_of(scope: Scope, key: str, body: bytes) -> RequestIdentity:
    """What a request is known by: who asks what, where, under which key."""
    return RequestIdentity(
        caller=scope["state"]["caller"].reference,
        route=f"{scope['method']} {scope['path']}",
        key=key,
        content=scope["query_string"] + b"\n" + body,
    )


async def _identity(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description="Any text of your own, new for every new request. Within a day the same key and request give "
            "the same answer again, with `Idempotency-Replayed: true`, and nothing is stored twice.",
            max_length=LONGEST,
            min_length=1,
        ),
    ] = None,
) -> RequestIdentity | None:
    return None if idempotency_key is None else identity_of(request.scope, idempotency_key, await request.body())


Identity = Annotated[RequestIdentity | None, Depends(_identity)]
"""A route's parameter of this type names the request, if the caller asked for that with an `Idempotency-Key`."""
