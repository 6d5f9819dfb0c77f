"""Writes what waits in the outbox to ticketing systems: what a person set meanwhile stays, a note is there once.

Everything is decided again with the ticket as it is now. Whoever kills the process after a write and before it is
settled doubles nothing: the next worker finds the mark.
"""

import random
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from api.desk import Desk
from api.live_labels import LiveLabels
from api.peers import Peers
from api.workers import HeldLeases, Worker, wait_of
from data import links, outbox, outcomes, predictions, review_entries, sourced_tickets
from data.connectors.connector import Change, RemoteTicket
from data.connectors.errors import Gone, NotInTime, PeerError, TryLater
from data.database import reading, writing
from data.leases import Lease
from data.outbox import Claim, Entry
from data.sources import Connection
from triage.events import TicketState
from triage.write_back import (
    CurrentTicket,
    Skipped,
    before_write,
    fields_for_people,
    hindrance,
    hindrance_for_people,
    propose,
)

__all__ = ["WriteBack"]

N_THREADS = 12
"""So many entries are written at once."""

LEASE = timedelta(seconds=30)
"""What a killed process had is free after so long; whoever needs longer renews it."""

WRITES_AT_ONCE = 4
"""So often a change is begun before that counts as failed; before each the ticket is read and all is decided again."""

PAUSE_SECONDS = 0.25
"""The longest pause between these."""


class WriteBack:
    """What one process's threads do with the outbox.

    Args:
        desk: gives the desk whose database holds it.
        peers: the desk's systems.
    """

    def __init__(self, desk: Callable[[], Desk], peers: Peers) -> None:
        self._desk = desk
        self._peers = peers
        self._labels = LiveLabels()
        self.leases = HeldLeases(self._renew, LEASE)

    def workers(self) -> tuple[Worker, ...]:
        """The threads: first those that are woken when something has come."""
        return Worker("write-back", self.work, N_THREADS), Worker("write-back-leases", self.leases.work)

    def work(self, now: datetime) -> int:
        """Writes the entry whose turn it is; how many that were.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        claimed = outbox.claim(self._desk().engine, now, 1, LEASE, self._peers.resting())
        for claim in claimed:
            with self.leases.held(claim.lease):
                self._work_on(claim, now)
        return len(claimed)

    def _renew(self, held: Collection[Lease], until: datetime) -> None:
        with writing(self._desk().engine) as transaction:
            outbox.renew(transaction, held, until)

    def _work_on(self, claim: Claim, now: datetime) -> None:
        source = claim.entry.source
        try:
            connection = self._peers.connection(source)
            with self._peers.asking(source) as client:
                found = self._write(client, connection, claim, now)
        except Gone:
            self._unchanged(claim, "gone", now)
        except PeerError as error:
            self._failed(claim, error, now)
        else:
            if isinstance(found, str):
                self._unchanged(claim, found, now)
            else:
                self._written(claim, found, now)

    def _write(self, client: httpx.Client, connection: Connection, claim: Claim, now: datetime) -> dict[str, str] | str:
        """The fields that were set, now or by whoever was killed before it was settled; or why nothing was written."""
        entry = claim.entry
        n_begun = claim.lease.n_attempts - 1
        n_last = n_begun + WRITES_AT_ONCE
        while True:
            change = self._decided(client, connection, entry, now, is_begun=n_begun > 0)
            if not isinstance(change, Change):
                return change
            n_begun += 1
            try:
                connection.connector.write(client, entry.reference, change)
            except TryLater as error:
                if n_begun == n_last or isinstance(error, NotInTime) or error.retry_after_seconds is not None:
                    raise
                time.sleep(random.random() * PAUSE_SECONDS)  # noqa: S311 - no secret
            else:
                return dict(change.fields)

    def _decided(
        self, client: httpx.Client, connection: Connection, entry: Entry, now: datetime, *, is_begun: bool
    ) -> Change | dict[str, str] | str:
        """What is to be written to the ticket as it is now; or what was written before; or why nothing is."""
        if entry.reviews:
            return self._decided_by_people(client, connection, entry, now, is_begun=is_begun)
        if entry.link is not None:
            return self._told(client, connection, entry, entry.link, now)
        return self._decided_by_model(client, connection, entry, now, is_begun=is_begun)

    def _decided_by_model(
        self, client: httpx.Client, connection: Connection, entry: Entry, now: datetime, *, is_begun: bool
    ) -> Change | dict[str, str] | str:
        """The same of what a model answered."""
        source, connector = connection.source, connection.connector
        with reading(self._desk().engine) as transaction:
            baseline = sourced_tickets.baseline_of(transaction, entry.source, entry.reference) or {}
            answers = predictions.latest_of(transaction, entry.ticket_id, entry.model_version)
        remote = connector.fetch(client, entry.reference)
        filed = TicketState(fields=baseline)
        proposal = propose(_as_filed(remote, filed), answers, source, model_version=entry.model_version, now=now)
        if isinstance(proposal, Skipped):
            return proposal.reason
        if entry.change.mark in remote.marks:
            # a person may have changed others since
            return {name: value for name, value in proposal.fields.items() if remote.state.fields.get(name) == value}
        # the fields are written before the note, and whoever was to write that may have been stopped in between
        state = _without_ours(remote.state, filed, proposal.fields) if is_begun else remote.state
        current = CurrentTicket(ticket=remote.ticket, state=state, baseline=filed)
        if (skipped := hindrance(current, source, now)) is not None:
            return skipped.reason
        live = {target: self._labels.of(connection, client, target) for target in proposal.fields}
        final = before_write(state, proposal, filed, live)
        if isinstance(final, Skipped):
            return ", ".join(dict.fromkeys(final.dropped.values())) or final.reason
        return Change(
            fields=final.fields, tags=final.tags, note=final.note, mark=entry.change.mark, version=remote.version
        )

    def _decided_by_people(
        self, client: httpx.Client, connection: Connection, entry: Entry, now: datetime, *, is_begun: bool
    ) -> Change | dict[str, str] | str:
        """The same where people have decided in triage: the values of those reviews that still stand."""
        with reading(self._desk().engine) as transaction:
            baseline = sourced_tickets.baseline_of(transaction, entry.source, entry.reference) or {}
            decided = review_entries.fields_that_stand(transaction, entry.reviews)
        if not decided:
            return "undone"
        remote = connection.connector.fetch(client, entry.reference)
        if entry.change.mark in remote.marks:
            return {name: value for name, value in decided.items() if remote.state.fields.get(name) == value}
        filed = TicketState(fields=baseline)
        state = _without_ours(remote.state, filed, decided) if is_begun else remote.state
        current = CurrentTicket(ticket=remote.ticket, state=state, baseline=filed)
        live = {target: self._labels.of(connection, client, target) for target in decided}
        fields = fields_for_people(current, decided, connection.source, live, now)
        if isinstance(fields, Skipped):
            return ", ".join(dict.fromkeys(fields.dropped.values())) or fields.reason
        return Change(fields=fields, note=entry.change.note, mark=entry.change.mark, version=remote.version)

    def _told(
        self, client: httpx.Client, connection: Connection, entry: Entry, link: tuple[str, str], now: datetime
    ) -> Change | dict[str, str] | str:
        """The note that tells of the end of what the ticket is linked to, if it still is and may be written to."""
        with reading(self._desk().engine) as transaction:
            if not links.is_linked(transaction, entry.ticket_id, *link):
                return "undone"
        remote = connection.connector.fetch(client, entry.reference)
        if entry.change.mark in remote.marks:
            return {}
        current = CurrentTicket(ticket=remote.ticket, state=remote.state, baseline=remote.state)
        if (skipped := hindrance_for_people(current, connection.source, now)) is not None:
            return skipped.reason
        return Change(note=entry.change.note, mark=entry.change.mark, version=remote.version)

    def _written(self, claim: Claim, written: dict[str, str], now: datetime) -> None:
        entry = claim.entry
        with writing(self._desk().engine) as transaction:
            if outbox.settle(transaction, claim.lease, "written", now):
                sourced_tickets.add_to_baseline(transaction, entry.source, entry.reference, written)
                if entry.reviews:  # who decided is among the outcomes already
                    return
                outcomes.record(
                    transaction,
                    entry.ticket_id,
                    written,
                    "automatic",
                    entry.source,
                    now,
                    model_version=entry.model_version,
                )

    def _unchanged(self, claim: Claim, reason: str, now: datetime) -> None:
        with writing(self._desk().engine) as transaction:
            outbox.settle(transaction, claim.lease, "unchanged", now, reason)

    def _failed(self, claim: Claim, error: PeerError, now: datetime) -> None:
        """Puts it back for later, or gives it up where nothing would change."""
        wait = wait_of(claim.lease, error, now)
        with writing(self._desk().engine) as transaction:
            if wait is None:
                outbox.bury(transaction, claim.lease, str(error), now)
            else:
                outbox.retry_later(transaction, claim.lease, now + wait, str(error))


def _as_filed(remote: RemoteTicket, filed: TicketState) -> CurrentTicket:
    """The ticket as it was when it was scored, so that the same is proposed again."""
    return CurrentTicket(ticket=remote.ticket, state=filed, baseline=filed)


def _without_ours(state: TicketState, filed: TicketState, fields: Mapping[str, str]) -> TicketState:
    """The ticket without the fields that have just the labels to set, which we may have set: as they were filed."""
    ours = {name for name, label in fields.items() if _is_same(state.fields.get(name), label)}
    as_filed = {name: label for name, label in filed.fields.items() if name in ours}
    kept = {name: label for name, label in state.fields.items() if name not in ours}
    return replace(state, fields=kept | as_filed)


def _is_same(one: str | None, other: str) -> bool:
    return one is not None and one.casefold() == other.casefold()
