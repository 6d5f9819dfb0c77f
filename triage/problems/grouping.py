"""From terms that come in bursts to groups of incidents: terms that stand in the same incidents are one group.

A term joins a group only where most of its own incidents are in it already, and not because some other term of the
group stands beside it: otherwise a chain of neighbours would join everything.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.problems.bursts import Bursts, scan
from triage.problems.index import Index
from triage.problems.recognition import FEWEST_WORDS, Centre
from triage.problems.window import NOBODY, Window

__all__ = ["Group", "group"]

SHARED_RATIO = 0.4
"""So much of a term's incidents, or of a smaller group's, must be in a group already for the two to be one."""

SERVICE_RATIO = 0.5
"""So many of a group's incidents are about one service, of those that say it: else it is a season, not a problem."""

FEWEST_CUSTOMERS = 3
"""What fewer people have is theirs, and their page tells it."""

FEWEST_DAYS = 3
"""What is over in fewer days does not recur; `triage/surges/` looks for that."""

BRIDGE_RATIO = 0.1
"""Groups of the same service at the same time are one if they share so much of the smaller."""

NEAR_PAUSES = 3.0
"""An incident belongs to a burst if it comes no later than so many of its usual pauses."""

MOST_WAVES = 3
"""So many bursts of the same complaint are looked for."""

MOST_GROUPS = 2_000
"""So many are looked at, the surest: a desk that has more is not helped by a longer list."""

N_ROUNDS = 2
"""How often a group's words and its incidents are each found anew by the other."""


NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Group:
    """Incidents of one problem.

    Attributes:
        members: written by people, by their places in the window, in order of time; int64.
        alerts: written by machines, of the same days.
        firsts: of each burst its first member, in order of time.
        centre: what it is recognised by.
        strength: of the surest burst, see `bursts.py`.
    """

    members: NDArray[np.int64]
    alerts: NDArray[np.int64]
    firsts: NDArray[np.int64]
    centre: Centre
    strength: float


@dataclass(slots=True)
class _Draft:
    """A group in the making."""

    members: set[int]
    service: int
    begin: float
    end: float
    strength: float


def group(index: Index, fewest: int) -> list[Group]:
    """The groups of a window, the surest first; an incident is in one at most.

    Args:
        index: of the window.
        fewest: so many incidents that people wrote make a problem.
    """
    window = index.window
    terms, rows = index.of_people()
    once = _once_a_person(terms, rows, window.customers)
    bursts = scan(terms[once], window.places[rows[once]], fewest, len(window))
    found: list[Group] = []
    taken = np.zeros(len(window), dtype=np.bool_)
    for draft in _joined(_drafts(window, bursts, index))[:MOST_GROUPS]:
        refined = _refined(index, draft, taken, fewest)
        if refined is not None:
            taken[refined.members] = True
            taken[refined.alerts] = True
            found.append(refined)
    return found


def _once_a_person(
    terms: NDArray[np.int64], rows: NDArray[np.int64], customers: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which occurrence is the first of its term by its customer; one of nobody counts always."""
    whose = customers[rows]
    key = terms * (int(whose.max(initial=0)) + 2) + whose
    first = np.zeros(len(terms), dtype=np.bool_)
    first[np.unique(key, return_index=True)[1]] = True
    first[whose == NOBODY] = True
    return first


def _drafts(window: Window, bursts: Bursts, index: Index) -> list[_Draft]:
    """Groups of the terms that come in bursts, from the surest term on."""
    drafts: list[_Draft] = []
    owner = np.full(len(window), NOBODY, dtype=np.int64)
    each = (bursts.terms.tolist(), bursts.strengths.tolist(), bursts.begins.tolist(), bursts.ends.tolist())
    for term, strength, begin, end in zip(*each, strict=True):
        own = index.having(term)
        own = own[index.is_people[own] & (window.places[own] >= begin) & (window.places[own] <= end)]
        service = _main_service(window.services[own])
        if service is None:
            continue
        own = own[np.isin(window.services[own], (service, NOBODY))]
        draft = _Draft(set(own.tolist()), service, begin, end, strength)
        held = owner[own]
        counts = np.bincount(held[held != NOBODY], minlength=1)
        best = int(counts.argmax())
        if counts[best] >= SHARED_RATIO * len(own) and _is_beside(drafts[best], draft):
            drafts[best].members |= draft.members
        else:
            best = len(drafts)
            drafts.append(draft)
        owner[own[held == NOBODY]] = best
    return drafts


def _is_beside(one: _Draft, other: _Draft) -> bool:
    """Whether two are about the same service at the same time."""
    return one.service == other.service and one.begin <= other.end and other.begin <= one.end


def _joined(drafts: list[_Draft]) -> list[_Draft]:
    """Those that share incidents as one, the surest first: people say the same in several ways and languages."""
    joined: list[_Draft] = []
    for draft in drafts:
        for other in joined:
            n_shared = len(draft.members & other.members) if _is_beside(draft, other) else 0
            if n_shared and n_shared >= BRIDGE_RATIO * min(len(draft.members), len(other.members)):
                other.members |= draft.members
                other.begin, other.end = min(other.begin, draft.begin), max(other.end, draft.end)
                break
        else:
            joined.append(draft)
    return joined


def _main_service(services: NDArray[np.int64]) -> int | None:
    """The service that most incidents are about, `NOBODY` where none says; None where they are about many."""
    said = services[services != NOBODY]
    if not len(said):
        return NOBODY
    counts = np.bincount(said)
    main = int(counts.argmax())
    return main if counts[main] >= SERVICE_RATIO * len(said) else None


def _refined(index: Index, draft: _Draft, taken: NDArray[np.bool_], fewest: int) -> Group | None:
    """The group that a draft becomes: its words by its incidents, its incidents by its words; None where it is none."""
    window = index.window
    members = np.array(sorted(draft.members), dtype=np.int64)
    members = members[~taken[members]]
    strength = 0.0
    for _ in range(N_ROUNDS):
        if len(members) < fewest:
            return None
        centre = index.centre(members)
        scores, n_words = index.scores(centre)
        belongs = (scores >= 0) & (n_words >= FEWEST_WORDS) & ~taken
        like_it = np.flatnonzero(belongs & index.is_people)
        waves, strength = _in_bursts(window, like_it, fewest)
        members = np.sort(np.concatenate([NOTHING, *waves]))
    if not _recurs(window, members, fewest):
        return None
    span = window.places[members]
    alerts = np.flatnonzero(belongs & window.is_automatic)
    alerts = alerts[(window.places[alerts] >= span.min()) & (window.places[alerts] <= span.max())]
    firsts = np.sort([wave[0] for wave in waves])
    return Group(members, alerts, firsts, centre, strength)


def _in_bursts(window: Window, like_it: NDArray[np.int64], fewest: int) -> tuple[list[NDArray[np.int64]], float]:
    """Of incidents that say the same those that come in bursts, and how sure the surest is.

    The others came at an even rate before: they are what people always have with that service.
    """
    kept: list[NDArray[np.int64]] = []
    surest, rest = 0.0, like_it
    while len(rest) >= fewest and len(kept) < MOST_WAVES:
        once = rest[_once_a_person(np.zeros(len(rest), dtype=np.int64), rest, window.customers)]
        burst = scan(np.zeros(len(once), dtype=np.int64), window.places[once], fewest, len(window))
        if not len(burst.terms):
            break
        surest = max(surest, float(burst.strengths[0]))
        begin, end = _widened(window.places[rest], float(burst.begins[0]), float(burst.ends[0]))
        inside = (window.places[rest] >= begin) & (window.places[rest] <= end)
        kept.append(rest[inside])
        rest = rest[~inside]
    return kept, surest


def _widened(places: NDArray[np.float64], begin: float, end: float) -> tuple[float, float]:
    """A burst with those before and behind it that come about as soon after one another as within it."""
    inside = int(((places >= begin) & (places <= end)).sum())
    pause = NEAR_PAUSES * (end - begin) / max(inside - 1, 1)
    for place in places[places < begin][::-1]:
        if begin - place > pause:
            break
        begin = float(place)
    for place in places[places > end]:
        if place - end > pause:
            break
        end = float(place)
    return begin, end


def _recurs(window: Window, members: NDArray[np.int64], fewest: int) -> bool:
    """Whether a group is a problem: enough incidents of enough people on enough days."""
    if len(members) < fewest:
        return False
    customers = window.customers[members]
    n_known = len(set(customers[customers != NOBODY].tolist()))
    n_days = len(set(np.floor(window.days[members]).tolist()))
    return n_days >= FEWEST_DAYS and n_known + int((customers == NOBODY).sum()) >= FEWEST_CUSTOMERS
