"""Who may call: every path denies without a key unless it stands on `PUBLIC`, and every route names its scopes.

Whoever adds a route writes `requires("…")` into its dependencies; a test walks all routes for those that did not.
"""

import base64
import binascii
import hashlib
import time
from dataclasses import dataclass

import structlog
from fastapi import Request
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import problem_response, refusal_response
from data import keys
from data.database import reading
from data.keys import SCOPES, ApiKey
from triage.errors import NotAllowed, StoreUnusable

__all__ = ["PUBLIC", "SIGNED", "Authentication", "KeyRing", "Requires", "requires"]

PUBLIC = frozenset({"/healthz", "/readyz"})
"""Paths that answer without a key; load balancers have none."""

SIGNED = "/v1/hooks/"
"""Paths below this one answer without a key, too: whoever sends a webhook proves itself by a signature or a secret."""

_NO_KEY = "Send a key as `Authorization: Bearer triage_…` or as `X-API-Key: triage_…`; `triage keys create` makes one."
_BAD_KEY = "This key is unknown or revoked; `triage keys list` shows those there are."


class KeyRing:
    """Keys by their plain text, remembered for a few seconds so that a request does not wait for the database.

    A revoked key therefore works for `fresh_for_seconds` longer, in each process. Only valid keys are remembered, by
    their hash, so that strangers cannot fill the memory.
    """

    fresh_for_seconds = 5.0

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[bytes, tuple[float, ApiKey]] = {}

    def remembered(self, plaintext: str) -> ApiKey | None:
        """The key, if it was looked up a moment ago."""
        looked_up_at, key = self._known.get(_digest(plaintext), (0.0, None))
        return key if time.monotonic() - looked_up_at < self.fresh_for_seconds else None

    def look_up(self, plaintext: str) -> ApiKey | None:
        """The key as the database has it now.

        Raises:
            StoreUnusable: when the database cannot be asked.
        """
        with reading(self._engine) as connection:
            key = keys.find(connection, plaintext)
        if key is None:
            self._known.pop(_digest(plaintext), None)
        else:
            self._known[_digest(plaintext)] = (time.monotonic(), key)
        return key


class Authentication:
    """Lets a request pass that stands on the public list or brings a valid key; everything else ends here.

    It stands before the routes, so a path that does not exist is denied like one that does, and nobody learns by
    asking which there are.
    """

    def __init__(self, app: ASGIApp, key_ring: KeyRing) -> None:
        self._app = app
        self._key_ring = key_ring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and _is_open(scope["path"])):
            await self._app(scope, receive, send)
        elif scope["type"] != "http":  # nothing here speaks over web sockets
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._authenticated(scope, receive, send)

    async def _authenticated(self, scope: Scope, receive: Receive, send: Send) -> None:
        plaintext = _presented(scope)
        key = None
        if plaintext is not None:
            try:
                key = self._key_ring.remembered(plaintext) or await run_in_threadpool(self._key_ring.look_up, plaintext)
            except StoreUnusable as error:
                await refusal_response(scope, error)(scope, receive, send)
                return
        if key is None:
            detail = _NO_KEY if plaintext is None else _BAD_KEY
            challenge = {"WWW-Authenticate": f'{"Basic" if _is_browsed(scope) else "Bearer"} realm="triage"'}
            await problem_response(scope, 401, detail, headers=challenge)(scope, receive, send)
            return
        scope.setdefault("state", {})["api_key"] = key
        structlog.contextvars.bind_contextvars(api_key_id=key.id)
        await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Requires:
    """A dependency: the caller's key, if it has one of the scopes."""

    scopes: tuple[str, ...]

    async def __call__(self, request: Request) -> ApiKey:
        """The key that the request came with.

        Raises:
            NotAllowed: when it has none of the scopes.
        """
        key = request.state.api_key
        assert isinstance(key, ApiKey)  # noqa: S101  (nothing passes `Authentication` without one)
        if not set(self.scopes).intersection(key.scopes):
            raise NotAllowed(
                f"The key '{key.name}' has the scopes {', '.join(key.scopes)}; this needs {' or '.join(self.scopes)}."
            )
        return key


def requires(*scopes: str) -> Requires:
    """A dependency that lets keys pass which have one of these scopes; with none named, any valid key."""
    return Requires(scopes or SCOPES)


def _is_open(path: str) -> bool:
    return path in PUBLIC or path.startswith(SIGNED)


def _presented(scope: Scope) -> str | None:
    headers = Headers(scope=scope)
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic" and _is_browsed(scope):
        return _password(credentials)
    return headers.get("x-api-key")


def _is_browsed(scope: Scope) -> bool:
    """Whether a person opens this path in a browser, which asks for a name and a password by itself."""
    path: str = scope["path"]
    return path in ("/docs", "/openapi.json") or path.startswith("/docs/")


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _digest(plaintext: str) -> bytes:
    return hashlib.sha256(plaintext.encode()).digest()
