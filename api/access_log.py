"""One line a request in the log, under an id that the caller gets too; and what happens when nobody caught an error."""

import re
import time
import traceback
import uuid

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response

__all__ = ["AccessLog"]

_SANE_ID = re.compile(r"[\x21-\x7e]{1,128}")
_CUSTOMER = re.compile(r"^/v1/customers/.*?(/plan)?$", re.DOTALL)
"""A path that names a customer; whose profile was looked at is on record elsewhere, for those who may know."""


class AccessLog:
    """Gives every request an id (its own, if it brought a sane one), logs it, and answers for unexpected errors.

    What goes into the log: method, path, status, time, key. What never does: bodies, query strings, customers' ids,
    messages of unexpected exceptions, since any of them may hold what a customer wrote or tell who it was.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = structlog.get_logger(__name__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        brought = Headers(scope=scope).get("x-request-id", "")
        request_id = brought if _SANE_ID.fullmatch(brought) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            self._log.error("unexpected_error", kind=type(error).__name__, frames=_frames(error))
            if status:
                raise  # half an answer is out; only the server can cut the connection now
            detail = f"Something went wrong here; the log has it under {request_id}."
            await problem_response(scope, 500, detail)(scope, receive, send_with_id)
        finally:
            milliseconds = round(1000 * (time.perf_counter() - started), 2)
            path = _CUSTOMER.sub(r"/v1/customers/…\1", scope["path"])
            self._log.info("request", method=scope["method"], path=path, status=status, milliseconds=milliseconds)


def _frames(error: BaseException) -> list[str]:
    """Where it was raised, innermost last; without the message, which may quote a ticket."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
