"""What the server does with connections that send too much or too slowly before there is a request to answer.

uvicorn bounds neither the head of a request nor the time until it is whole, and the application is asked only once the
head is there. So these two limits stand in its protocol, behind every path and before every key.
"""

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.head_limit import MOST_HEAD_BYTES

__all__ = ["BoundedConnection"]

SECONDS_TO_SEND = 75.0
"""How long a whole request may be on its way, its head and its body; a slow body is told so earlier."""

LOOK_EVERY_SECONDS = 5.0

_PROBLEM = json.dumps(
    {
        "type": "urn:triage:problem:too-large",
        "title": "The headers are too large",
        "status": 431,
        "detail": f"The head of the request is longer than {MOST_HEAD_BYTES:,} bytes; leave out what is not needed.",
        "instance": "",
    }
).encode()
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(_PROBLEM), _PROBLEM)
)


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's connection, closed when the head of a request is too long, or a request takes too long to arrive.

    That holds from the first moment on, so that a connection over which nothing comes is closed, too; and after a
    refusal, whose caller may go on sending for ever.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (uvicorn's)
        super().__init__(*args, **kwargs)
        self._is_in_head = True
        self._n_head_bytes = 0
        self._began_at: float | None = None
        self._looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's
        """Begins to look at the clock."""
        super().connection_made(transport)
        self._began_at = self.loop.time()
        self._looking = self.loop.call_later(LOOK_EVERY_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops looking."""
        super().connection_lost(exc)
        if self._looking is not None:
            self._looking.cancel()

    def data_received(self, data: bytes) -> None:
        """Counts what belongs to a head."""
        if self._began_at is None:
            self._began_at = self.loop.time()
        super().data_received(data)
        if self._is_in_head:
            self._n_head_bytes += len(data)
            if self._n_head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_REFUSAL)
                self.transport.close()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._is_in_head = True
        self._n_head_bytes = 0

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request is whole; from now on whoever sent it waits for us."""
        super().on_message_complete()
        self._began_at = None

    def _look(self) -> None:
        if self._began_at is not None and self.loop.time() - self._began_at > SECONDS_TO_SEND:
            self.transport.abort()
        else:
            self._looking = self.loop.call_later(LOOK_EVERY_SECONDS, self._look)
