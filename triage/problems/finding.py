"""Finds what recurs: from the incidents of a window to named and measured problem candidates.

How groups are found is in `bursts.py` and `grouping.py`. Nothing here knows a trained model, so that a candidate stays
what it is when another model serves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from triage.problems.causes import LOOK_BACK, Cause, Change, causes_of
from triage.problems.grouping import Group, group
from triage.problems.incident import Incident
from triage.problems.index import Index
from triage.problems.measures import Measures, measure
from triage.problems.naming import name_of
from triage.problems.recognition import Centre
from triage.problems.window import NOBODY, gather

__all__ = ["FEWEST", "WINDOW", "Candidate", "Findings", "find_problems"]

FEWEST = 5
"""So many incidents of people make a problem, unless a desk says otherwise."""

WINDOW = timedelta(days=365)
"""So far back it is looked."""

N_EXAMPLES = 5
"""So many tickets are shown of a problem."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Incidents that may have one cause.

    Attributes:
        name: of its own words, behind its service.
        service: what most of its incidents are about; None where none of them says.
        ticket_ids: of incidents that people reported, in order of time.
        alert_ids: of those that machines reported.
        centre: what it is recognised by.
        began_at: when it began, and when it came back.
        measures: what is told of it.
        causes: changes that stand surprisingly close before, the most surprising first.
    """

    name: str
    service: str | None
    ticket_ids: tuple[str, ...]
    alert_ids: tuple[str, ...]
    centre: Centre
    began_at: tuple[datetime, ...]
    measures: Measures
    causes: tuple[Cause, ...]


class Findings:
    """The candidates of a window, those that cost most first, and what else can be asked of it.

    Args:
        index: of the window.
        now: the moment.
        changes: of the desk.
        fewest: so many incidents of people make a problem.
    """

    def __init__(self, index: Index, now: datetime, changes: Sequence[Change], fewest: int) -> None:
        self._index = index
        self._now = now
        self._changes = changes
        self._at = {one.id: at for at, one in enumerate(index.window.incidents)}
        found = [self._candidate(each) for each in group(index, fewest)]
        self.candidates = tuple(
            sorted(found, key=lambda one: (-one.measures.hours_lost, -one.measures.n_tickets, one.ticket_ids))
        )

    @property
    def since(self) -> datetime:
        """When the first incident of the window was opened; now without one."""
        incidents = self._index.window.incidents
        return incidents[0].opened_at if incidents else self._now

    def centre_of(self, ticket_ids: Iterable[str]) -> Centre | None:
        """What tickets are recognised by that people have put together; None where none is in the window."""
        members = self._places(ticket_ids)
        members = members[self._index.is_people[members]]
        return self._index.centre(members) if len(members) else None

    def measures_of(self, ticket_ids: Iterable[str], centre: Centre) -> Measures | None:
        """The measures of tickets that are one problem; None where the window has none of people."""
        places = self._places(ticket_ids)
        incidents = self._index.window.incidents
        return measure((incidents[at] for at in places), self._now, self._examples(places, centre))

    def service_of(self, ticket_ids: Iterable[str]) -> str | None:
        """What most of some tickets are about; None where none of them says."""
        return self._service(self._places(ticket_ids))

    def causes_of(self, moments: Sequence[datetime], service: str | None) -> tuple[Cause, ...]:
        """The changes behind which incidents surprisingly began or came more often."""
        return causes_of(moments, service, self._changes, self.since, self._now)

    def around(self, change: Change) -> tuple[int, int] | None:
        """People's incidents of a change's service, in `LOOK_BACK` before it and as long after it.

        None where nobody says its service, or not all of that time is in the window.
        """
        names = {name.casefold(): at for at, name in enumerate(self._index.window.service_names)}
        service = None if change.service is None else names.get(change.service.casefold())
        if service is None or change.at - LOOK_BACK < self.since or change.at + LOOK_BACK > self._now:
            return None
        window = self._index.window
        days = window.days[(window.services == service) & ~window.is_automatic]
        at, span = change.at.timestamp() / 86_400, LOOK_BACK / timedelta(days=1)
        n_before = int(((days >= at - span) & (days < at)).sum())
        return n_before, int(((days >= at) & (days < at + span)).sum())

    def parted(self, ticket_ids: Iterable[str], centres: Sequence[Centre]) -> list[list[str]]:
        """Tickets by which of several centres they fit best; of equals the first."""
        places = self._places(ticket_ids)
        scores = np.stack([self._index.scores(centre)[0][places] for centre in centres])
        best = scores.argmax(axis=0)
        incidents = self._index.window.incidents
        return [[incidents[at].id for at in places[best == n]] for n in range(len(centres))]

    def _places(self, ticket_ids: Iterable[str]) -> NDArray[np.int64]:
        return np.array(sorted(self._at[id_] for id_ in set(ticket_ids) if id_ in self._at), dtype=np.int64)

    def _candidate(self, found: Group) -> Candidate:
        incidents = self._index.window.incidents
        service = self._service(found.members)
        began_at = tuple(incidents[at].opened_at for at in found.firsts)
        every = np.concatenate([found.members, found.alerts])
        measures = measure((incidents[at] for at in every), self._now, self._examples(found.members, found.centre))
        assert measures is not None  # noqa: S101  (a group has members that people wrote)
        return Candidate(
            name=name_of(found.centre.weights, service),
            service=service,
            ticket_ids=tuple(incidents[at].id for at in found.members),
            alert_ids=tuple(incidents[at].id for at in found.alerts),
            centre=found.centre,
            began_at=began_at,
            measures=measures,
            causes=self.causes_of([incidents[at].opened_at for at in found.members], service),
        )

    def _service(self, places: NDArray[np.int64]) -> str | None:
        services = self._index.window.services[places]
        said = services[services != NOBODY]
        return self._index.window.service_names[int(np.bincount(said).argmax())] if len(said) else None

    def _examples(self, places: NDArray[np.int64], centre: Centre) -> tuple[str, ...]:
        """Those of people's tickets that say it most clearly; of equals the latest."""
        own = places[self._index.is_people[places]]
        scores = self._index.scores(centre)[0][own]
        best = own[np.lexsort((-own, -scores))][:N_EXAMPLES]
        return tuple(self._index.window.incidents[at].id for at in best)


def find_problems(
    incidents: Iterable[Incident], now: datetime, changes: Sequence[Change] = (), fewest: int = FEWEST
) -> Findings:
    """The problem candidates among incidents.

    Args:
        incidents: of the window, in any order, read once.
        now: the moment.
        changes: that may have caused some.
        fewest: so many incidents of people make a problem; two at least.
    """
    return Findings(Index(gather(incidents)), now, changes, max(fewest, 2))
