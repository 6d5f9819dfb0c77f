"""The connected systems as the workers of one process ask them: a client each, and whether it is asked at all now."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping

import httpx

from data.connectors.errors import PeerError, Refused, TicketChanged, TryLater
from data.sources import Connection
from triage.retries import Breaker

__all__ = ["Peers", "attempt", "is_for_all"]

_UNAUTHORIZED = 401


class Peers:
    """What one process knows of the systems.

    Args:
        connections: the desk's sources, by name.
        clock: seconds that only grow, whatever is done to the machine's clock; another one for tests.
    """

    def __init__(self, connections: Mapping[str, Connection], clock: Callable[[], float] = time.monotonic) -> None:
        self._connections = connections
        self._clock = clock
        self._breakers = {name: Breaker() for name in connections}
        self._clients: dict[str, httpx.Client] = {}
        self._lock = threading.Lock()

    def resting(self) -> list[str]:
        """The sources that are left alone at this moment."""
        at = self._clock()
        return [name for name, breaker in self._breakers.items() if breaker.rests(at)]

    def connection(self, name: str) -> Connection:
        """A source.

        Raises:
            TryLater: it was taken out of the file of sources; somebody may put it in again.
        """
        connection = self._connections.get(name)
        if connection is None:
            raise TryLater(f"There is no [sources.{name}] any more.")
        return connection

    @contextlib.contextmanager
    def asking(self, name: str) -> Iterator[httpx.Client]:
        """A client of a source's system, for one attempt; what comes of it tells how the system is.

        Raises:
            TryLater: the system is left alone at this moment.
            PeerError: what the attempt raised.
        """
        with attempt(self._breakers[name], self._clock):
            yield self._client(name)

    def close(self) -> None:
        """Closes the clients; whoever asks later gets another."""
        with self._lock:
            while self._clients:
                self._clients.popitem()[1].close()

    def _client(self, name: str) -> httpx.Client:
        with self._lock:
            if name not in self._clients:
                self._clients[name] = self._connections[name].open()
            return self._clients[name]


@contextlib.contextmanager
def attempt(breaker: Breaker, clock: Callable[[], float]) -> Iterator[None]:
    """One attempt at a system; what comes of it tells its breaker how the system is.

    Raises:
        TryLater: the system is left alone at this moment.
        PeerError: what the attempt raised.
    """
    if not breaker.begin(clock()):
        raise TryLater("The system is left alone for a moment after failures.")
    try:
        yield
    except TicketChanged:
        breaker.answered()
        raise
    except PeerError as error:
        if isinstance(error, TryLater):
            breaker.failed(clock(), error.retry_after_seconds)
        elif is_for_all(error):
            breaker.failed(clock())
        else:
            breaker.answered()
        raise
    else:
        breaker.answered()


def is_for_all(error: PeerError) -> bool:
    """Whether a refusal is the source's and not the ticket's: credentials that have run out are renewed some day."""
    return isinstance(error, Refused) and error.status == _UNAUTHORIZED
