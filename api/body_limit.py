"""How much of a body is read: no more than the installation allows, however it arrives."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response

__all__ = ["BodyLimit"]


class BodyLimit:
    """Refuses a body that says it is too large before it is read, and one that does not say so once it is.

    Chunked bodies have no length, so bytes are counted as they come in.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._sentence = f"The body is larger than the {max_body_bytes:,} bytes that this installation reads."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self._max_body_bytes:
            await problem_response(scope, 413, self._sentence)(scope, receive, send)
            return
        n_bytes = 0

        async def counting() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_body_bytes:
                raise HTTPException(413, self._sentence)
            return message

        await self._app(scope, counting, send)
