"""Sending events to a receiver: signed, to an address that was checked, and what each answer means.

Any 2xx is a success. Like every program that a stranger may run, a receiver is not trusted with much: no redirect is
followed, little of an answer is read, and none of it is repeated.
"""

import contextlib
import time
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import httpx

from data.checked_transport import AddressRefused, CheckedTransport
from data.connectors.client import retry_after_seconds
from data.connectors.errors import NotInTime, Refused, TryLater
from data.connectors.standard_webhooks import signed_headers
from data.subscribers import Receiver

__all__ = ["Message", "open_receiver", "send"]

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 15.0
"""What reading an answer's body may take."""

MAX_BYTES = 64_000
"""Of an answer's body; it is read only so that the connection can be used again."""

_LATER = frozenset((408, 409, 425, 429))
_GONE = 410


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: an id that stays the same from attempt to attempt, and a body of JSON."""

    id: str
    body: bytes


def open_receiver(receiver: Receiver, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client for one receiver; close it, or use it in a `with`.

    Args:
        receiver: whom events are sent to.
        transport: what requests go through instead of the network, for tests.
    """
    return httpx.Client(
        headers={"content-type": "application/json", "user-agent": f"triage/{version('triage')}"},
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        transport=transport or CheckedTransport(receiver.subscriber.allowed),
    )


def send(client: httpx.Client, receiver: Receiver, message: Message, at: datetime) -> int:
    """The status of the receiver's answer, a success.

    Args:
        client: of `open_receiver`.
        receiver: whom it is sent to.
        message: what is sent.
        at: the moment of this very attempt, which is signed: receivers refuse what is minutes old.

    Raises:
        NotInTime: the receiver did not answer in time; it may have the message.
        TryLater: it could not be reached, or is busy.
        Refused: asking again would be answered alike, or its address may not be called.
    """
    host, secrets = httpx.URL(receiver.subscriber.url).host, receiver.secrets
    headers = signed_headers(secrets.current, message.id, at, message.body, secrets.previous)
    try:
        with client.stream("POST", receiver.subscriber.url, content=message.body, headers=headers) as response:
            with contextlib.suppress(httpx.HTTPError):  # the status says it all
                _read_to_the_end(response)
            _require_success(response, host)
            return response.status_code
    except AddressRefused as refused:
        raise Refused(str(refused)) from None
    except httpx.TimeoutException:
        raise NotInTime(f"{host} did not answer in time.") from None
    except httpx.TransportError:
        raise TryLater(f"{host} could not be reached, or broke off its answer.") from None
    except httpx.HTTPError:
        raise TryLater(f"{host} gave an answer that cannot be read.") from None


def _read_to_the_end(response: httpx.Response) -> None:
    """Reads the body as it comes, and stops where it is too long or too slow."""
    started, size = time.monotonic(), 0
    for chunk in response.iter_raw():
        size += len(chunk)
        if size > MAX_BYTES or time.monotonic() - started > WHOLE_SECONDS:
            return


def _require_success(response: httpx.Response, host: str) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    if status >= 500 or status in _LATER:
        said = "is asked too often" if status == 429 else "cannot take it at the moment"
        raise TryLater(f"{host} {said} ({status}).", retry_after_seconds(response.headers))
    if 300 <= status < 400:
        raise Refused(f"{host} leads elsewhere ({status}), which is not followed; is its address right?", status)
    if status == _GONE:
        raise Refused(f"{host} wants no more events (410): take it out of triage.toml.", status)
    raise Refused(f"{host} did not take it ({status}).", status)
