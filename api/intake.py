"""Works on what ticketing systems sent: reads the ticket back, scores it, and puts what follows into the outbox.

A delivery is settled in the transaction that stores its answers and its entry in the outbox. So whoever kills the
process loses nothing and doubles nothing: what was not settled is claimed again when its lease ends.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection as Transaction

from api.desk import Desk
from api.peers import Peers
from api.scoring import Options, Scored, ScoreRequest
from api.scoring_queue import ScoringQueue
from api.waiting import Origin
from api.workers import HeldLeases, Worker, wait_of
from data import closings, deliveries, outbox, outcomes, sourced_tickets
from data.connectors.connector import Change, RemoteTicket
from data.connectors.errors import Gone, PeerError, TryLater
from data.database import reading, writing
from data.deliveries import ClaimedDelivery
from data.leases import Lease
from data.outbox import Entry
from data.sources import Connection
from triage.errors import InvalidInput, Overloaded, StoreUnusable, TriageError
from triage.events import TicketState
from triage.identity import ticket_key
from triage.prediction import Prediction
from triage.write_back import CurrentTicket, Proposal, Skipped, hindrance, is_in_blind_sample, propose

__all__ = ["Intake"]

N_THREADS = 4
"""So many deliveries are read back at once, and then scored together."""

LEASE = timedelta(seconds=30)
"""What a killed process had is free after so long; whoever needs longer renews it."""


class _LeaseLost(Exception):
    """Another worker has the delivery by now; undoes what was about to be stored."""


class Intake:
    """What one process's threads do with deliveries.

    Args:
        desk: gives the desk whose database holds them.
        queue: that scores.
        peers: the desk's systems.
        wake: says that there is something to write back.
    """

    def __init__(
        self, desk: Callable[[], Desk], queue: ScoringQueue, peers: Peers, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._desk = desk
        self._queue = queue
        self._peers = peers
        self._wake = wake
        self.leases = HeldLeases(self._renew, LEASE)

    def workers(self) -> tuple[Worker, ...]:
        """The threads: first those that are woken when something has come."""
        return Worker("intake", self.work, N_THREADS), Worker("intake-leases", self.leases.work)

    def work(self, now: datetime) -> int:
        """Works on the delivery whose turn it is; how many that were.

        Nothing is begun while no model may answer, so that no delivery is given up for that.

        Raises:
            ModelUnusable: there is none.
            StoreUnusable: the database cannot be used.
        """
        self._desk().models.current()
        claimed = deliveries.claim(self._desk().engine, now, 1, LEASE, self._peers.resting())
        for each in claimed:
            with self.leases.held(each.lease):
                scored = self._begun(each, now)
                if scored is not None:
                    self._ended(each, scored, now)
        return len(claimed)

    def _renew(self, held: Collection[Lease], until: datetime) -> None:
        with writing(self._desk().engine) as transaction:
            deliveries.renew(transaction, held, until)

    def _begun(self, claimed: ClaimedDelivery, now: datetime) -> Future[Scored] | None:
        """Hands the ticket in to be scored; None where that is not what follows."""
        try:
            return self._score(claimed, now)
        except Gone:
            self._settle(claimed, partial(deliveries.ignore, lease=claimed.lease, reason="gone", now=now))
        except (InvalidInput, PeerError) as error:
            self._failed(claimed, error, now)
        return None

    def _score(self, claimed: ClaimedDelivery, now: datetime) -> Future[Scored] | None:
        connection = self._peers.connection(claimed.source)
        event = connection.connector.read(claimed.delivery)
        if event.kind in ("deleted", "other"):
            self._settle(claimed, partial(deliveries.ignore, lease=claimed.lease, reason=event.kind, now=now))
            return None
        if connection.source.is_own_account(event.actor):
            self._settle(claimed, partial(deliveries.ignore, lease=claimed.lease, reason="own_change", now=now))
            return None
        with self._peers.asking(claimed.source) as client:
            remote = connection.connector.fetch(client, event.reference)
        with reading(self._desk().engine) as transaction:
            baseline = sourced_tickets.baseline_of(transaction, claimed.source, event.reference)
        if baseline is not None:
            self._settle(claimed, partial(_recorded, claimed=claimed, remote=remote, now=now))
            return None
        current = CurrentTicket(ticket=remote.ticket, state=remote.state, baseline=remote.state, actor=event.actor)
        if (skipped := hindrance(current, connection.source, now)) is not None:
            self._settle(claimed, partial(deliveries.ignore, lease=claimed.lease, reason=skipped.reason, now=now))
            return None
        follow_up = _FollowUp(claimed, connection, remote, current, now)
        is_blind = is_in_blind_sample(connection.source, remote.ticket.id)
        origin = Origin(claimed.source, is_blind, connection.source.mode == "watch", follow_up.applied)
        asked = ScoreRequest([remote.ticket], Options(explain=True), None, lambda _: "", follow_up, origin)
        try:
            return self._queue.begin(asked, len(claimed.delivery.body))
        except Overloaded as error:
            raise TryLater(str(error)) from error

    def _ended(self, claimed: ClaimedDelivery, scored: Future[Scored], now: datetime) -> None:
        try:
            scored.result()
            self._wake()
        except StoreUnusable:
            raise
        except Exception as error:  # noqa: BLE001  (one ticket that nobody foresaw stops no other)
            structlog.get_logger(__name__).error("delivery_failed", kind=type(error).__name__, source=claimed.source)
            self._failed(claimed, TryLater(f"Scoring failed ({type(error).__name__})."), now)

    def _failed(self, claimed: ClaimedDelivery, error: TriageError, now: datetime) -> None:
        """Puts it back for later, or gives it up where nothing would change."""
        lease, sentence, wait = claimed.lease, str(error), wait_of(claimed.lease, error, now)
        if wait is None:
            self._settle(claimed, partial(deliveries.bury, lease=lease, error=sentence, now=now))
        else:
            self._settle(claimed, partial(deliveries.retry_later, lease=lease, at=now + wait, error=sentence))

    def _settle(self, claimed: ClaimedDelivery, settle: Callable[[Transaction], bool]) -> None:
        with writing(self._desk().engine) as transaction:
            if not settle(transaction):
                structlog.get_logger(__name__).warning("lease_lost", delivery=claimed.lease.id, source=claimed.source)


@dataclass(frozen=True, slots=True)
class _FollowUp:
    """What follows from the answers about a new ticket, in the transaction that stores them."""

    claimed: ClaimedDelivery
    connection: Connection
    remote: RemoteTicket
    current: CurrentTicket
    now: datetime

    def applied(self, predictions: Sequence[Prediction]) -> Collection[str]:
        """The targets that are written by themselves."""
        source = self.connection.source
        proposal = propose(self.current, predictions, source, model_version="", now=self.now)
        return proposal.fields if isinstance(proposal, Proposal) else ()

    def __call__(
        self, transaction: Transaction, predictions: Sequence[tuple[Prediction, ...]], model_version: str
    ) -> None:
        """Links the ticket, puts what is to be written into the outbox, and settles the delivery."""
        remote, source, reference = self.remote, self.claimed.source, self.claimed.reference
        ticket_id = ticket_key(remote.ticket.id) or remote.ticket.id
        proposal = propose(
            self.current, predictions[0], self.connection.source, model_version=model_version, now=self.now
        )
        is_blind = isinstance(proposal, Skipped) and proposal.reason == "blind_sample"
        sourced_tickets.link(transaction, ticket_id, source, reference, remote.state.fields, is_blind=is_blind)
        if isinstance(proposal, Proposal):
            change = Change(
                fields=proposal.fields,
                tags=proposal.tags,
                note=proposal.note,
                mark=proposal.mark,
                version=remote.version,
            )
            entry = Entry(
                source=source, reference=reference, ticket_id=ticket_id, change=change, model_version=model_version
            )
            outbox.put(transaction, [entry], self.now)
        if not deliveries.finish(transaction, self.claimed.lease, self.now):
            raise _LeaseLost


def _recorded(transaction: Transaction, *, claimed: ClaimedDelivery, remote: RemoteTicket, now: datetime) -> bool:
    """Keeps what people have decided since the ticket was filed, and settles the delivery."""
    ticket_id = sourced_tickets.ticket_of(transaction, claimed.source, claimed.reference)
    baseline = sourced_tickets.baseline_of(transaction, claimed.source, claimed.reference)
    if ticket_id is not None and baseline is not None:
        # a system that does not say who changed a ticket also tells of what we have written a moment ago
        ours = outbox.fields_in_writing(transaction, claimed.source, claimed.reference)
        decided = decided_by_people(remote.state, {**baseline, **ours})
        outcomes.record(transaction, ticket_id, decided, "human", claimed.source, now)
        closings.note_state(transaction, ticket_id, now, is_closed=remote.state.is_closed)
    return deliveries.finish(transaction, claimed.lease, now)


def decided_by_people(state: TicketState, baseline: Mapping[str, str]) -> dict[str, str]:
    """The fields that are neither as they were filed nor as they were written by us."""
    return {name: value for name, value in state.fields.items() if value != baseline.get(name)}
