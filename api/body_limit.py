"""How much of a body is read: so many bytes, for so long, in one piece of JSON that a parser is done with quickly."""

import asyncio
import json
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response
from api.head_limit import head_fault

__all__ = ["BodyLimit"]

DEEPEST = 64
"""Lists and objects in one another; a rich-text document of a ticketing system has about twenty."""

MOST_PARTS = 250_000
"""Names, values and brackets; a thousand tickets with eighty attributes each have fewer."""

SECONDS_TO_SEND = 60.0
"""How long a body may be on its way; sixteen megabytes need two megabits a second for that."""

LOOK_EVERY_SECONDS = 1.0

_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_AS_LISTS = bytes.maketrans(b"{}", b"[]")
_FORMS = (b"application/x-www-form-urlencoded", b"multipart/form-data")

_TOO_DEEP = (
    400,
    f"The body is no JSON that can be read: lists and objects stand more than {DEEPEST} deep in one another.",
)
_TOO_MANY_PARTS = (413, f"The body has more than {MOST_PARTS:,} names and values; send less at once.")
_TOO_SLOW = (408, f"The body was not here after {SECONDS_TO_SEND:.0f} seconds; send it faster, or less at once.")
_CUT_OFF = (400, "The body was cut off: the connection ended before it did.")
_COMPRESSED = (415, "The body is compressed; send it as it is, without Content-Encoding.")


class BodyLimit:
    """Refuses a request whose head or body is too much, and hands on the body of any other in one piece.

    A body that says it is too large is refused before it is read, one that does not say so as soon as it is. What is
    compressed is refused unread: nobody can tell how large it is.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._late_at: dict[asyncio.Task[object], float] = {}
        self._is_looking = False
        self._too_large = (
            413,
            f"The body is larger than the {max_body_bytes:,} bytes that this installation reads.",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        body = b""
        fault = head_fault(scope)
        if fault is None and (b"content-length" in headers or b"transfer-encoding" in headers):
            read = self._announced_fault(headers) or await self._read(receive)
            if isinstance(read, bytes):
                body = read
                fault = _shape_fault(body, headers)
            else:
                fault = read
        if fault is not None:
            status, sentence = fault
            await problem_response(scope, status, sentence)(scope, receive, send)
            return
        await self._app(scope, _handing_on(body, receive), send)

    def _announced_fault(self, headers: Mapping[bytes, bytes]) -> tuple[int, str] | None:
        """What is wrong with a body by its headers alone."""
        if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"", b"identity"):
            return _COMPRESSED
        announced = headers.get(b"content-length", b"")
        # more digits are never less, and Python reads only so many
        if announced.isdigit() and (len(announced) > 18 or int(announced) > self._max_body_bytes):
            return self._too_large
        return None

    async def _read(self, receive: Receive) -> bytes | tuple[int, str]:
        """The whole body, or why it is not read.

        A timer for each would cost more than all the rest, so that one looks after whoever is being read from.
        """
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101  (coroutines run in one)
        if not self._is_looking:
            self._is_looking = True
            loop.call_later(LOOK_EVERY_SECONDS, self._look, loop)
        self._late_at[task] = loop.time() + SECONDS_TO_SEND
        try:
            return await self._whole(receive)
        except asyncio.CancelledError:
            if task not in self._late_at:
                task.uncancel()
                return _TOO_SLOW
            raise
        finally:
            self._late_at.pop(task, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Interrupts the reading of what is late."""
        now = loop.time()
        for task in [task for task, late_at in self._late_at.items() if late_at <= now]:
            del self._late_at[task]
            task.cancel()
        self._is_looking = bool(self._late_at)
        if self._is_looking:
            loop.call_later(LOOK_EVERY_SECONDS, self._look, loop)

    async def _whole(self, receive: Receive) -> bytes | tuple[int, str]:
        parts: list[bytes] = []
        n_bytes = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return _CUT_OFF
            part: bytes = message.get("body", b"")
            n_bytes += len(part)
            if n_bytes > self._max_body_bytes:
                return self._too_large
            parts.append(part)
            if not message.get("more_body", False):
                return part if len(parts) == 1 else b"".join(parts)


def _handing_on(body: bytes, receive: Receive) -> Receive:
    """What was received, to be received again; then whatever comes."""
    is_handed_on = False

    async def hand_on() -> Message:
        nonlocal is_handed_on
        if is_handed_on:
            return await receive()
        is_handed_on = True
        return {"type": "http.request", "body": body, "more_body": False}

    return hand_on


def _shape_fault(body: bytes, headers: Mapping[bytes, bytes]) -> tuple[int, str] | None:
    """What is wrong with a body of JSON by its brackets, commas and colons alone; looked at closely only if many."""
    n_openings = body.count(b"[") + body.count(b"{")
    n_parts = body.count(b",") + body.count(b":") + n_openings if len(body) > MOST_PARTS else 0
    if n_openings <= DEEPEST and n_parts <= MOST_PARTS:
        return None
    if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() in _FORMS:
        return None
    bare = _without_escapes(body)
    if bare.count(b'"') > 2 * MOST_PARTS:
        return _TOO_MANY_PARTS
    structure = b"".join(bare.split(b'"')[::2])  # every second piece stands outside the texts
    if structure.count(b",") + structure.count(b":") + structure.count(b"[") + structure.count(b"{") > MOST_PARTS:
        return _TOO_MANY_PARTS
    return _TOO_DEEP if _is_deep(structure.translate(_AS_LISTS, _NO_BRACKETS)) else None


def _without_escapes(body: bytes) -> bytes:
    """The document in UTF-8, without the quotation marks that stand inside its texts."""
    if b"\x00" in body[:4]:  # UTF-16 or UTF-32, in which other characters hold the bytes of brackets
        body = body.decode(json.detect_encoding(body), "replace").encode("utf-8", "replace")
    return body.replace(rb"\\", b"").replace(rb"\"", b"")


def _is_deep(brackets: bytes) -> bool:
    """Whether more than `DEEPEST` are open at once; whether each closes with its own kind is the parser's business."""
    for _ in range(DEEPEST):
        without_innermost = brackets.replace(b"[]", b"")
        if len(without_innermost) == len(brackets):
            break
        brackets = without_innermost
    return b"[]" in brackets or brackets.count(b"[") > DEEPEST
