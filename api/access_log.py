"""One line a request in the log, under an id that the caller gets too; and what happens when nobody caught an error."""

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response
from api.logs import frames_of
from api.metrics import Metrics, route_of
from api.stopping import Stopping

__all__ = ["AccessLog"]

_SANE_ID = re.compile(r"[\x21-\x7e]{1,128}")
_CUSTOMER = re.compile(r"^/v1/customers/.*?(/plan)?$", re.DOTALL)
"""A path that names a customer; whose profile was looked at is on record elsewhere, for those who may know."""


class AccessLog:
    """Gives every request an id (its own, if it brought a sane one), logs and counts it, and answers for what fails.

    What goes into the log: method, path, status, time, key. What never does: bodies, query strings, customers' ids,
    messages of unexpected exceptions, since any of them may hold what a customer wrote or tell who it was.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics | None = None, stopping: Stopping | None = None) -> None:
        self._app = app
        self._metrics = metrics or Metrics()
        self._stopping = stopping or Stopping()
        self._log = structlog.get_logger(__name__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        brought = Headers(scope=scope).get("x-request-id", "")
        request_id = brought if _SANE_ID.fullmatch(brought) else secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                if self._stopping.has_begun:
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            self._log.error("unexpected_error", kind=type(error).__name__, frames=frames_of(error.__traceback__))
            if status:
                raise  # half an answer is out; only the server can cut the connection now
            detail = f"Something went wrong here; the log has it under {request_id}."
            await problem_response(scope, 500, detail)(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.count_request(route_of(scope), scope["method"], status, seconds)
            milliseconds = round(1000 * seconds, 2)
            path = _CUSTOMER.sub(r"/v1/customers/…\1", scope["path"])
            self._log.info("request", method=scope["method"], path=path, status=status, milliseconds=milliseconds)
