"""The door: whoever asks is known by a key or by a session, or is turned away before any route is looked for."""

import base64
import binascii

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.callers import Caller
from api.credentials import Credentials, KeyRing, SessionRing
from api.errors import problem_response, refusal_response
from api.people import People
from api.redirects import to_sign_in
from api.same_origin import SAFE, require_same_origin
from api.security import is_public
from api.session_cookie import read_cookie
from triage.errors import TriageError

__all__ = ["Authentication"]

_NO_KEY = "Send a key as `Authorization: Bearer triage_…` or as `X-API-Key: triage_…`; `triage keys create` makes one."
_BAD_KEY = "This key is unknown, expired or revoked; `triage keys list` shows those there are."
_NO_SESSION = "This session has ended; sign in again at /sign-in."


class Authentication:
    """Lets a request pass that stands on the public list or brings a valid key or session; all else ends here.

    It stands before the routes, so a path that does not exist is denied like one that does, and nobody learns by
    asking which there are. A key counts before a session, and a wrong key is not made good by one.
    """

    def __init__(self, app: ASGIApp, key_ring: KeyRing, session_ring: SessionRing, people: People) -> None:
        self._app = app
        self._key_ring = key_ring
        self._session_ring = session_ring
        self._people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and is_public(scope["path"])):
            await self._app(scope, receive, send)
        elif scope["type"] != "http":  # nothing here speaks over web sockets
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            try:
                refusal = await self._refusal(scope)
            except TriageError as error:
                refusal = refusal_response(scope, error)
            await (self._app if refusal is None else refusal)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        """Notes who asks in the scope; the answer to give instead where nobody knows them."""
        key = _presented(scope)
        if key is not None:
            caller = await _caller_with(self._key_ring, key)
        elif (token := read_cookie(scope, "triage")) is not None:
            caller = await _caller_with(self._session_ring, token)
            if caller is not None and scope["method"] not in SAFE:
                require_same_origin(scope)
        else:
            caller, token = None, None
        if caller is None:
            if key is None and _is_page(scope) and not await self._asks_for_a_key(scope):
                return to_sign_in(scope)
            detail = _BAD_KEY if key is not None else _NO_KEY if token is None else _NO_SESSION
            challenge = {"WWW-Authenticate": f'{"Basic" if _is_browsed(scope) else "Bearer"} realm="triage"'}
            return problem_response(scope, 401, detail, headers=challenge)
        scope.setdefault("state", {})["caller"] = caller
        structlog.contextvars.bind_contextvars(caller=caller.reference)
        return None

    async def _asks_for_a_key(self, scope: Scope) -> bool:
        """Whether the browser itself asks for a key: on the documentation, as long as nobody can sign in yet."""
        return _is_browsed(scope) and not await self._people.exist()


async def _caller_with(credentials: Credentials, shown: str) -> Caller | None:
    return credentials.remembered(shown) or await run_in_threadpool(credentials.look_up, shown)


def _is_page(scope: Scope) -> bool:
    """Whether a person asks for something to look at, and no program."""
    return "text/html" in Headers(scope=scope).get("accept", "")


def _presented(scope: Scope) -> str | None:
    headers = Headers(scope=scope)
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic" and _is_browsed(scope):
        return _password(credentials)
    return headers.get("x-api-key")


def _is_browsed(scope: Scope) -> bool:
    """Whether a person may open this path in a browser with a key as the password, which browsers ask for."""
    path: str = scope["path"]
    return path in ("/docs", "/openapi.json") or path.startswith("/docs/")


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
