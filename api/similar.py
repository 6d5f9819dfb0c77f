"""Worked tickets that are like a new one: kept as rows beside the database, and looked up in it for every answer.

The rows say which tickets are near, and nothing else is taken from them: whatever is shown is read from the database at
that moment, so that a ticket that was removed is gone at once, and a group that was corrected is the right one. How the
rows are made and kept up to date is in `api/similar_upkeep.py`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from sqlalchemy import Connection, Engine

from api.schemas import SimilarTicket
from api.similar_upkeep import brought_up_to_date
from api.workers import Worker
from data.persons import Person
from data.persons import find as find_persons
from data.worked_tickets import ShownTicket, worked_tickets
from models.similar_files import KeptIndex, RowsMadeBy, locked, made_by, read_index, remove_others, stamp_of
from triage.errors import ModelUnusable
from triage.model import TriageModel
from triage.similar import ExactNeighbours, Neighbours, NeighboursTogether, floor_of, ticket_vectors
from triage.ticket import NewTicket

__all__ = ["LONGEST_RESOLUTION", "MOST_SIMILAR", "NearTicket", "SimilarTickets"]

MOST_SIMILAR = 10
"""More than that nobody reads beside a ticket."""

LONGEST_RESOLUTION = 300
"""Characters of a resolution that are shown: its beginning says what was done."""

REFRESH_EVERY_SECONDS = 60.0
"""How often a process looks for tickets that were worked meanwhile."""

LONGEST_REST_SECONDS = 1.0
"""After each slice of work a process rests as long as that took, and so long at most: those who score come first."""


class Models(Protocol):
    """Where the model comes from, see `api.desk.ModelSource`."""

    def current(self) -> object:
        """The model that answers now; raises `ModelUnusable` if none may."""


class NearTicket(NamedTuple):
    """A ticket that is near, whether or not it is still there.

    Attributes:
        id: as it is stored.
        similarity: 0 to 1.
    """

    id: str
    similarity: float


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What a process has in memory; never changed, so threads share it and another one takes its place.

    Attributes:
        index: that it was made of.
        stamp: of that index's file.
        neighbours: all rows of all parts.
        ids: whose each row is; empty for a row that a later one has replaced.
    """

    index: KeptIndex
    stamp: tuple[int, int] | None
    neighbours: Neighbours
    ids: tuple[str, ...]

    @classmethod
    def of(cls, index: KeptIndex, stamp: tuple[int, int] | None) -> Self:
        """What an index says, ready to be asked."""
        seen: set[str] = set()
        ids: list[list[str]] = []
        for part in reversed(index.parts):
            ids.append(["" if id_ in seen else id_ for id_ in part.ids])
            seen.update(part.ids)
        parts = [(part.graph or ExactNeighbours(part.rows), len(part.ids)) for part in index.parts]
        together = tuple(id_ for part in reversed(ids) for id_ in part)
        return cls(index, stamp, NeighboursTogether(parts), together)


class SimilarTickets:
    """The worked tickets of an installation, to be asked from any thread.

    Args:
        engine: of the database.
        models: where the model comes from that makes rows.
        home: where the rows are kept, a folder for each version.
        clock: seconds that only grow; another one for tests.
        rest: waits for so many seconds; another one for tests.
    """

    def __init__(
        self,
        engine: Engine,
        models: Models,
        home: Path,
        clock: Callable[[], float] = time.monotonic,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._models = models
        self._home = home
        self._clock = clock
        self._rest = rest
        self._held: _Held | None = None
        self._maker: RowsMadeBy | None = None
        self._upkeep: Iterator[None] | None = None
        self._next = clock()

    def workers(self) -> tuple[Worker, ...]:
        """The thread that keeps them up to date."""
        return (Worker("similar-tickets", self.work),)

    def work(self, now: datetime) -> int:
        """Does a slice of what is due; 1 where more is, else 0.

        Raises:
            StoreUnusable: the database cannot be used; what was known stays.
        """
        model = self._model()
        if model is None:
            self._upkeep = None
            return 0
        maker = made_by(model)
        if self._maker != maker:  # what is under way would go on for a model that answers no more
            self._maker, self._upkeep, self._next = maker, None, self._clock()
        self._take_up(maker)
        if self._upkeep is None:
            if self._clock() < self._next:
                return 0
            self._upkeep = self._steps(model, now)
        return self._one_slice(self._upkeep, maker)

    def nearest(self, model: object, tickets: Sequence[NewTicket], k: int) -> list[list[NearTicket]]:
        """For each ticket the worked ones that are like it, the likest first; more than k, as some may be gone.

        Args:
            model: that answers about them. Where the rows are another's, nothing is found.
            tickets: with the texts that are stored.
            k: how many are wanted.
        """
        held = self._held
        if held is None or not k or not isinstance(model, TriageModel) or held.index.maker != made_by(model):
            return [[] for _ in tickets]
        places, alike = held.neighbours.nearest(ticket_vectors(model, tickets), 3 * k + MOST_SIMILAR)
        floor = floor_of(model)
        return [
            [
                NearTicket(held.ids[place], similarity)
                for place, similarity in zip(own_places, own_alike, strict=True)
                if similarity >= floor and held.ids[place] not in ("", ticket.id)
            ]
            for ticket, own_places, own_alike in zip(tickets, places.tolist(), alike.tolist(), strict=True)
        ]

    def like(
        self, connection: Connection, model: object, tickets: Sequence[NewTicket], k: int, *, tells_customers: bool
    ) -> list[list[SimilarTicket]]:
        """For each ticket k worked ones at most that are like it, as they are stored now, the likest first.

        Args:
            connection: to look them up.
            model: that answers about the tickets.
            tickets: as they are, or would be, stored.
            k: how many are wanted of each.
            tells_customers: whether to say which are of the same customer.
        """
        near = self.nearest(model, tickets, k)
        found = worked_tickets(connection, {one.id for own in near for one in own})
        named = {ticket.customer_id for ticket in tickets} | {one.customer_id for one in found.values()}
        persons = find_persons(connection, sorted(filter(None, named))) if found and tells_customers else {}
        return [
            [
                _shown(one, found[one.id], persons.get(ticket.customer_id or ""), persons)
                for one in [one for one in own if one.id in found][:k]
            ]
            for ticket, own in zip(tickets, near, strict=True)
        ]

    def _model(self) -> TriageModel | None:
        try:
            model = self._models.current()
        except ModelUnusable:
            return None
        return model if isinstance(model, TriageModel) else None

    def _steps(self, model: TriageModel, now: datetime) -> Iterator[None]:
        """Brings the files up to date, unless another process is at it."""
        maker = made_by(model)
        with locked(self._home) as is_alone:
            if is_alone:
                self._take_up(maker)  # another may have written it a moment ago
                held, folder = self._held, self._home / maker.version
                kept = held.index if held is not None and held.index.maker == maker else None
                yield from brought_up_to_date(self._engine, model, folder, kept, now)
                remove_others(self._home, maker.version)

    def _one_slice(self, steps: Iterator[None], maker: RowsMadeBy) -> int:
        begun = self._clock()
        try:
            next(steps)
        except StopIteration:
            self._upkeep, self._next = None, self._clock() + REFRESH_EVERY_SECONDS
            self._take_up(maker)
            return 0
        except BaseException:
            self._upkeep, self._next = None, self._clock() + REFRESH_EVERY_SECONDS
            raise
        self._rest(min(self._clock() - begun, LONGEST_REST_SECONDS))
        return 1

    def _take_up(self, maker: RowsMadeBy) -> None:
        """Reads the files if another index is there, by whichever process."""
        folder, held = self._home / maker.version, self._held
        stamp = stamp_of(folder)
        if held is not None and (held.index.maker, held.stamp) == (maker, stamp):
            return
        index = None if stamp is None else read_index(folder, maker)
        if index is not None:
            self._held = _Held.of(index, stamp)
        elif held is not None and held.index.maker != maker:
            self._held = None  # rows of another model can be compared with nothing that is asked from now on


def _shown(near: NearTicket, found: ShownTicket, person: Person | None, persons: Mapping[str, Person]) -> SimilarTicket:
    other = persons.get(found.customer_id or "")
    is_told = person is not None and other is not None and not person.is_out
    return SimilarTicket(
        ticket_id=found.name,
        similarity=round(near.similarity, 4),
        assignment_group=found.assignment_group,
        category=found.category,
        resolution=_beginning(found.resolution),
        knowledge_article=found.knowledge_article,
        resolved_at=found.resolved_at,
        is_same_customer=person == other if is_told else None,
    )


def _beginning(text: str | None) -> str | None:
    """The beginning of a text in one line; None where it says nothing."""
    line = " ".join((text or "").split())
    return (line if len(line) <= LONGEST_RESOLUTION else f"{line[: LONGEST_RESOLUTION - 1]}…") or None
