"""Sees what new tickets belong to, shortly after they were scored, and tells when that has ended.

Scoring has a budget of time that this must not take from: a thread of its own looks at what was stored last, a few
tickets at a time. Of several processes one looks at each ticket.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

import numpy as np
from sqlalchemy import Connection

from api.desk import Desk
from api.workers import Worker
from data import links, outbox, problems, sourced_tickets, surges
from data.connectors.connector import Change
from data.database import reading, writing
from data.jobs import claim, finish, last_done
from data.links import StoredLink
from data.outbox import Entry
from triage.duplicates import rarity_in
from triage.errors import ModelUnusable
from triage.links import (
    ConfirmedProblem,
    EarlierTicket,
    FoundLink,
    OpenSurge,
    duplicates_of,
    note_of_end,
    problems_of,
    surges_of,
)
from triage.model import TriageModel
from triage.problems.state import State
from triage.similar import similarity, ticket_vectors
from triage.sources import Source
from triage.ticket import NewTicket

__all__ = ["Known", "Linking", "found_links"]

JOB = "linking"

EVERY = timedelta(seconds=2)
"""How often new tickets are looked at, by one of all processes."""

AT_ONCE = 50
"""Tickets that are looked at together: what that takes is a few hundredths of the time until the next ones are."""

SETTLED = timedelta(seconds=5)
"""A transaction that stores tickets may end later than it says; what was stored so long ago can be seen."""

LATEST = timedelta(hours=1)
"""What was stored before that is not new any more: after a stop, or in a flood, nobody waits for it."""

FILED_WITHIN = timedelta(days=1)
"""What was filed before that has been imported; people have seen long ago what it belongs to."""

MOST_PROBLEMS = 500
"""Problems that are held against a ticket, those that cost most."""

_CONFIRMED: tuple[State, ...] = ("under_investigation", "known_error")
LEASE = timedelta(seconds=60)
TELL_EVERY_SECONDS = 15.0
TOLD_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Known:
    """What tickets may belong to beside other tickets, read once for several of them."""

    surges: Sequence[OpenSurge]
    problems: Sequence[ConfirmedProblem]

    @classmethod
    def now(cls, connection: Connection) -> Self:
        """As it is at this moment."""
        return cls(_open_surges(connection), _confirmed_problems(connection))


def found_links(desk: Desk, connection: Connection, ticket: NewTicket, known: Known, now: datetime) -> list[FoundLink]:
    """What a ticket belongs to, as far as that is sure; nothing is stored.

    Args:
        desk: whose it is.
        connection: to ask.
        ticket: stored or not, with redacted text and its customer's id as it is stored.
        known: the surges and problems.
        now: the moment.
    """
    return [
        *_duplicates(desk, connection, ticket, now),
        *surges_of(ticket, known.surges, now),
        *problems_of(ticket, known.problems, now),
    ]


class Linking:
    """What one process does about links.

    Args:
        desk: gives the desk whose database it is.
        sources: gives the ticketing systems, by the desk's names for them.
        wake: says that there is something to write back.
        clock: seconds that only grow; another one for tests.
    """

    def __init__(
        self,
        desk: Callable[[], Desk],
        sources: Callable[[], Mapping[str, Source]],
        wake: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk = desk
        self._sources = sources
        self._wake = wake
        self._clock = clock
        self._next_telling = clock()

    def workers(self) -> tuple[Worker, ...]:
        """The threads."""
        return (Worker("linking", self.work),)

    def work(self, now: datetime) -> int:
        """Looks at the tickets whose turn it is, and tells which ends there are; how many tickets that were.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        if self._clock() >= self._next_telling:
            self._tell(now)
            self._next_telling = self._clock() + TELL_EVERY_SECONDS
        return self._look(now)

    def _look(self, now: datetime) -> int:
        desk = self._desk()
        with reading(desk.engine) as connection:
            newest, done = links.newest_change(connection), last_done(connection, JOB)
        seen_at, id_ = _cursor(done.content, now)
        if newest is None or newest < seen_at or (newest == seen_at and not id_):
            return 0
        held = claim(desk.engine, JOB, EVERY, now, LEASE)
        if held is None:
            return 0
        after, until = _cursor(held.last.content, now), now - SETTLED
        with reading(desk.engine) as connection:
            come = links.arrivals(connection, after, until, now - FILED_WITHIN, AT_ONCE)
            known = Known.now(connection) if come else Known((), ())
            found = [(each.ticket.id, found_links(desk, connection, each.ticket, known, now)) for each in come]
        last = (come[-1].first_seen_at, come[-1].ticket.id) if len(come) == AT_ONCE else (max(until, after[0]), "")
        with writing(desk.engine) as connection:
            for ticket_id, those in found:
                links.suggest(connection, ticket_id, those, now)
            finish(connection, held, {"seen_at": last[0].isoformat(), "id": last[1]}, now)
        return len(come)

    def _tell(self, now: datetime) -> None:
        """Puts a note into the outbox for each linked ticket whose other has ended; each once."""
        desk, n = self._desk(), 0
        with reading(desk.engine) as connection:
            ended = links.ended_links(connection, TOLD_AT_ONCE)
        if not ended:
            return
        with writing(desk.engine) as connection:
            for link in ended:
                if links.mark_told(connection, link, now) and not links.is_settled(connection, link.ticket_id):
                    n += outbox.put(connection, _entries(connection, link, self._sources()), now)
        if n:
            self._wake()


def _cursor(content: Mapping[str, str], now: datetime) -> tuple[datetime, str]:
    """After which ticket to look on."""
    if "seen_at" not in content:
        return now - LATEST, ""
    seen_at = datetime.fromisoformat(content["seen_at"])
    return (seen_at, content["id"]) if seen_at >= now - LATEST else (now - LATEST, "")


def _entries(connection: Connection, link: StoredLink, sources: Mapping[str, Source]) -> list[Entry]:
    """The note, for each system that has the ticket and may be written to."""
    note = note_of_end(link.kind, link.name, link.resolution)
    known = sourced_tickets.references_of(connection, link.ticket_id)
    return [
        Entry(
            source=source,
            reference=reference,
            ticket_id=link.ticket_id,
            change=Change(note=note, mark=_mark(source, link)),
            model_version="",
            link=(link.kind, link.other),
        )
        for source, reference in known
        if source in sources and sources[source].mode != "watch"
    ]


def _mark(source: str, link: StoredLink) -> str:
    """By which the note is known again: the same for the same link, however often it is made and taken back."""
    said = json.dumps([source, link.ticket_id, link.kind, link.other])
    return f"triage:{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _duplicates(desk: Desk, connection: Connection, ticket: NewTicket, now: datetime) -> list[FoundLink]:
    earlier = links.earlier_of(connection, ticket, now)
    if not earlier:
        return []
    try:
        model = desk.models.current()
    except ModelUnusable:
        return []
    if not isinstance(model, TriageModel):
        return []  # how rare a word is, is known by a model that was learned
    return duplicates_of(ticket, _with_similarity(model, ticket, earlier), rarity_in(model.view), now)


def _with_similarity(model: TriageModel, ticket: NewTicket, earlier: list[EarlierTicket]) -> list[EarlierTicket]:
    if model.meaning is not None and model.meaning.encoder is not None:
        return earlier  # an encoder takes a second for what a page may take thirty milliseconds for
    rows = ticket_vectors(model, [ticket, *(each.ticket for each in earlier)])
    likes = similarity(np.broadcast_to(rows[0], rows[1:].shape), rows[1:]).tolist()
    return [replace(each, similarity=like) for each, like in zip(earlier, likes, strict=True)]


def _open_surges(connection: Connection) -> list[OpenSurge]:
    return [
        OpenSurge(
            id=each.id,
            name=each.name,
            service=each.value if each.dimension == "service" else each.content.get("place"),
            started_at=each.started_at,
            last_at=each.last_at,
            words=tuple(each.words),
            n_observed=each.n_observed,
            n_expected=each.n_expected,
            is_major=each.state == "major",
        )
        for each in surges.open_surges(connection)
    ]


def _confirmed_problems(connection: Connection) -> list[ConfirmedProblem]:
    return [
        ConfirmedProblem(
            id=each.id,
            name=each.name,
            state=each.state,
            service=each.service,
            centre=each.centre,
            n_tickets=each.n_tickets,
            last_seen_at=each.last_seen_at,
        )
        for each in problems.problems_of(connection, states=_CONFIRMED, most=MOST_PROBLEMS)
    ]
