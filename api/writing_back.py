"""Writes what waits in the outbox to ticketing systems: what a person set meanwhile stays, a note is there once.

Everything is decided again with the ticket as it is now. Whoever kills the process after a write and before it is
settled doubles nothing: the next worker finds the mark.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from api.desk import Desk
from api.intake import wait_of
from data import outbox, outcomes, predictions, sourced_tickets
from data.connectors.connector import Change, RemoteTicket
from data.connectors.errors import Gone, PeerError, TryLater
from data.database import reading, writing
from data.outbox import Claim, Entry
from data.sources import Connection
from triage.events import TicketState
from triage.write_back import CurrentTicket, Skipped, before_write, hindrance, propose

__all__ = ["WriteBack"]

AT_ONCE = 8
"""Entries that are claimed together, and written one after the other."""

LEASE = timedelta(minutes=3)
"""Longer than writing so many takes, also to a system that answers slowly."""

FAILURES_TO_PAUSE, PAUSE = 5, timedelta(seconds=30)
"""A system that failed so often in a row is left alone for so long: it has enough to do."""


@dataclass(slots=True)
class _Health:
    """How a system has answered lately."""

    n_failures: int = 0
    paused_until: datetime | None = None


class WriteBack:
    """One process's worker on the outbox.

    Args:
        desk: gives the desk whose database holds it.
        connections: the desk's sources, by name.
    """

    def __init__(self, desk: Callable[[], Desk], connections: Mapping[str, Connection]) -> None:
        self._desk = desk
        self._connections = connections
        self._health = {name: _Health() for name in connections}

    def work(self, now: datetime) -> int:
        """Writes what is due; how many entries that were.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        claimed = outbox.claim(self._desk().engine, now, AT_ONCE, LEASE)
        for claim in claimed:
            self._work_on(claim, now)
        return len(claimed)

    def _work_on(self, claim: Claim, now: datetime) -> None:
        connection, health = self._connections.get(claim.entry.source), self._health.get(claim.entry.source)
        try:
            if connection is None or health is None:
                raise TryLater(f"There is no [sources.{claim.entry.source}] any more.")
            if health.paused_until is not None and now < health.paused_until:
                self._put_back(claim, health.paused_until)
                return
            with connection.open() as client:
                found = self._write(client, connection, claim.entry, now)
        except Gone:
            self._unchanged(claim, "gone", now)
        except PeerError as error:
            if health is not None:
                _count(health, error, now)
            self._failed(claim, error, now)
        else:
            health.n_failures, health.paused_until = 0, None
            if isinstance(found, str):
                self._unchanged(claim, found, now)
            else:
                self._written(claim, found, now)

    def _write(self, client: httpx.Client, connection: Connection, entry: Entry, now: datetime) -> dict[str, str] | str:
        """The fields that were set, now or by whoever was killed before it was settled; or why nothing was written."""
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
        current = CurrentTicket(ticket=remote.ticket, state=remote.state, baseline=filed)
        if (skipped := hindrance(current, source, now)) is not None:
            return skipped.reason
        live = {target: connector.labels(client, target) for target in proposal.fields}
        final = before_write(remote.state, proposal, filed, live)
        if isinstance(final, Skipped):
            return ", ".join(dict.fromkeys(final.dropped.values())) or final.reason
        change = Change(
            fields=final.fields, tags=final.tags, note=final.note, mark=entry.change.mark, version=remote.version
        )
        connector.write(client, entry.reference, change)
        return final.fields

    def _written(self, claim: Claim, written: dict[str, str], now: datetime) -> None:
        entry = claim.entry
        with writing(self._desk().engine) as transaction:
            if outbox.settle(transaction, claim.lease, "written", now):
                sourced_tickets.add_to_baseline(transaction, entry.source, entry.reference, written)
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

    def _put_back(self, claim: Claim, until: datetime) -> None:
        with writing(self._desk().engine) as transaction:
            outbox.retry_later(transaction, claim.lease, until, "The system is left alone for a moment after failures.")

    def _failed(self, claim: Claim, error: PeerError, now: datetime) -> None:
        """Puts it back for later, or gives it up where nothing would change."""
        wait = wait_of(claim.lease, error)
        with writing(self._desk().engine) as transaction:
            if wait is None:
                outbox.bury(transaction, claim.lease, str(error), now)
            else:
                outbox.retry_later(transaction, claim.lease, now + wait, str(error))


def _as_filed(remote: RemoteTicket, filed: TicketState) -> CurrentTicket:
    """The ticket as it was when it was scored, so that the same is proposed again."""
    return CurrentTicket(ticket=remote.ticket, state=filed, baseline=filed)


def _count(health: _Health, error: PeerError, now: datetime) -> None:
    if isinstance(error, TryLater):
        health.n_failures += 1
        if health.n_failures >= FAILURES_TO_PAUSE:
            health.n_failures, health.paused_until = 0, now + PAUSE
