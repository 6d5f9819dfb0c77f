"""What is sent before there is a request to answer is bounded, too: measured on a socket, as a stranger would."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api import connections
from api.connections import BoundedConnection

SLOW, LOOK = 1.0, 0.1
"""Seconds here, in the place of a minute."""


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads a body and says how long it was; refuses what is sent to /refused unread."""
    n_bytes, more = 0, scope["path"] != "/refused"
    while more:
        message = await receive()
        n_bytes += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})
    await send({"type": "http.response.body", "body": f"{n_bytes:08}".encode()})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server whose minute is a second."""
    with pytest.MonkeyPatch.context() as patched, socket.create_server(("127.0.0.1", 0)) as listener:
        patched.setattr(connections, "SECONDS_TO_SEND", SLOW)
        patched.setattr(connections, "LOOK_EVERY_SECONDS", LOOK)
        config = uvicorn.Config(answer, http=BoundedConnection, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(10)


Connect = Callable[[], contextlib.AbstractContextManager[socket.socket]]


@pytest.fixture
def connect(port: int) -> Connect:
    """Connections to it."""
    return lambda: socket.create_connection(("127.0.0.1", port), timeout=10)


def everything(connection: socket.socket) -> bytes:
    """All that comes until the other side closes; nothing more where it breaks off."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def trickle(connection: socket.socket, piece: bytes) -> float:
    """Sends a piece every tenth of a second for as long as it is taken, at most ten seconds; says for how long."""
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while time.monotonic() - began < 10:
            connection.sendall(piece)
            time.sleep(0.1)
    return time.monotonic() - began


def test_an_ordinary_request_is_answered_and_the_connection_kept(connect: Connect) -> None:
    """Longer than any single request may take, as each has its own time."""
    with connect() as connection:
        for _ in range(5):
            connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello")
            assert connection.recv(65536).endswith(b"00000005")
            time.sleep(0.3)


def test_a_head_is_read_up_to_its_limit(connect: Connect) -> None:
    """Uvicorn itself would gather it for as long as it comes."""
    with connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n")
        line = b"x: " + b"y" * 1_000 + b"\r\n"
        with contextlib.suppress(ConnectionError):
            for _ in range(100_000):
                connection.sendall(line)
        head, _, body = everything(connection).partition(b"\r\n\r\n")

    assert not head or head.startswith(b"HTTP/1.1 431 ")
    assert not body or json.loads(body)["status"] == 431


def test_the_refusal_of_a_head_is_a_problem(connect: Connect) -> None:
    """Whoever has a cookie too many finds out which side does not take it."""
    with connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 66_000)
        head, _, body = everything(connection).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["detail"].startswith("The head of the request is longer than 65,536 bytes")


def test_a_large_body_is_no_large_head(connect: Connect) -> None:
    """Also where it comes together with its head."""
    with connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n" + b"x" * 300_000)

        assert connection.recv(65536).endswith(b"00300000")


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n",
        b"POST /refused HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
    ],
    ids=["a head", "a body", "a body that was refused"],
)
def test_what_trickles_is_cut_off(connect: Connect, begun: bytes) -> None:
    """A byte now and then keeps a connection alive for uvicorn; a thousand of them keep everybody else out."""
    with connect() as connection:
        connection.sendall(begun)

        seconds = trickle(connection, b"1\r\nx\r\n" if b"chunked" in begun else b"x")

    assert seconds < SLOW + 2


def test_a_connection_over_which_nothing_comes_is_closed(connect: Connect) -> None:
    """Uvicorn's own limit begins with the first answer."""
    with connect() as connection:
        began = time.monotonic()
        everything(connection)

    assert SLOW - 0.2 < time.monotonic() - began < SLOW + 2
