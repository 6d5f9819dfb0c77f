"""Sends what subscribers are to be told: at least once, each in its own time, and what is about one subject in order.

Every subscriber has threads of its own, so that one that answers slowly holds up nobody else. Whoever kills the process
after a message was sent and before that is written down has it sent again, with the same id.
"""

import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import httpx

from api.desk import Desk
from api.peers import attempt
from api.workers import HeldLeases, Worker, wait_of
from data import events
from data.connectors.errors import PeerError
from data.database import writing
from data.events import ClaimedEvent
from data.leases import Lease
from data.sending import open_receiver, send
from data.subscribers import Receiver
from triage.retries import Breaker

__all__ = ["Telling"]

N_THREADS = 2
"""A subscriber is sent so many messages at once."""

LEASE = timedelta(seconds=30)
"""What a killed process had is free after so long; whoever needs longer renews it."""


class Telling:
    """What one process's threads do with the events for one subscriber.

    Args:
        desk: gives the desk whose database holds them.
        receiver: the subscriber.
        client: that the messages go through; None for the network.
        clock: seconds that only grow; another one for tests.
    """

    def __init__(
        self,
        desk: Callable[[], Desk],
        receiver: Receiver,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk = desk
        self._receiver = receiver
        self._client = client or open_receiver(receiver)
        self._clock = clock
        self._breaker = Breaker()
        self.leases = HeldLeases(self._renew, LEASE)

    def workers(self) -> tuple[Worker, ...]:
        """The threads."""
        name = f"events-{self._receiver.subscriber.name}"
        return Worker(name, self.work, N_THREADS), Worker(f"{name}-leases", self.leases.work)

    def work(self, now: datetime) -> int:
        """Sends the event whose turn it is; how many that were.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        if self._breaker.rests(self._clock()):
            return 0
        claimed = events.claim(self._desk().engine, self._receiver.subscriber.name, now, 1, LEASE)
        for claim in claimed:
            with self.leases.held(claim.lease):
                self._tell(claim, now)
        return len(claimed)

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def _renew(self, held: Collection[Lease], until: datetime) -> None:
        with writing(self._desk().engine) as transaction:
            events.renew(transaction, held, until)

    def _tell(self, claim: ClaimedEvent, now: datetime) -> None:
        try:
            with attempt(self._breaker, self._clock):
                send(self._client, self._receiver, claim.message, now)
        except PeerError as error:
            self._failed(claim, error, now)
        else:
            with writing(self._desk().engine) as transaction:
                events.deliver(transaction, claim.lease, now)

    def _failed(self, claim: ClaimedEvent, error: PeerError, now: datetime) -> None:
        """Puts it back for later, or gives it up where nothing would change."""
        wait = wait_of(claim.lease, error, now)
        with writing(self._desk().engine) as transaction:
            if wait is None:
                events.bury(transaction, claim.lease, str(error), now)
            else:
                events.retry_later(transaction, claim.lease, now + wait, str(error))
