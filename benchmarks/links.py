"""Whether what a new ticket belongs to is right where it is shown, and how much of it is shown, on generated desks.

A link is right if the truth that the generator hides says so; *shown* are all links that a person would see, over every
ticket of the desks. Nothing was tuned on these seeds; weights and thresholds were chosen on seeds 100 to 105.

- *Duplicates*: desks of 4,000 tickets of which one in twelve is said again (`benchmarks/repeated.py`), each ticket held
  against what the same person had filed before. How rare a word is, is known from another desk's history. Without
  vectors: the model that a benchmark learns would make them no better than a few words do.
- *Surges*: desks with one outage (`data/samples/roots.py`) are played to the watch, ticket by ticket; each ticket is
  held against the surges that were open before it came. Recall is of all
  tickets with the root of a surge that was open, most of which is what follows on releases that went wrong.
- *Problems*: on the same desks problems are looked for four times, and the tickets of the week after are held against
  what was found. Found ones that are of no root count as dismissed. Recall is of those tickets that are of a found
  one. Ordinary tickets are written with the phrases of the ordinary desk's own problems, so only planted ones have a
  clear truth.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log

import numpy as np

from benchmarks.measurement import Measurement
from benchmarks.repeated import KINDS, RepeatingDesk, candidates, repeating_desk
from benchmarks.roots import root_of, roots_of
from data.samples.roots import DeskWithRoots, generate_desk_with_roots
from triage.duplicates import Rarity, rarity_in
from triage.features import TermView, terms
from triage.links import ConfirmedProblem, OpenSurge, duplicates_of, problems_of, surges_of
from triage.problems.finding import Candidate, find_problems
from triage.problems.incident import incident_of
from triage.surges.replay import replay
from triage.surges.seen import Kind, seen_of_worked
from triage.surges.surge import Surge
from triage.ticket import NewTicket

__all__ = ["SEEDS", "Shown", "measure_duplicates", "measure_problems", "measure_surges", "run"]

SEEDS = (120, 121, 122, 123, 124)

_RARITY_SEED = 100
_LOOKS = (0.45, 0.6, 0.75, 0.9)
"""Shares of the desk's tickets after which problems are looked for."""

_WINDOW, _UNTIL_NEXT = timedelta(days=180), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown: how many, how many of these are right, and of how many that could have been."""

    n: int
    n_right: int
    n_possible: int

    def __add__(self, other: "Shown") -> "Shown":
        """Both together."""
        return Shown(self.n + other.n, self.n_right + other.n_right, self.n_possible + other.n_possible)

    @property
    def precision(self) -> float:
        """Of those that were shown, the right ones."""
        return self.n_right / self.n if self.n else 1.0

    @property
    def recall(self) -> float:
        """Of those that could have been shown, the ones that were."""
        return self.n_right / self.n_possible if self.n_possible else 1.0


def run() -> Iterator[Measurement]:
    """The figures of all desks together."""
    rarity = _rarity()
    told = [measure_duplicates(repeating_desk(seed), rarity) for seed in SEEDS]
    yield _measured("duplicates", sum((each[0] for each in told), Shown(0, 0, 0)))
    for kind in KINDS[:-2]:
        found = sum((each[1].get(kind, Shown(0, 0, 0)) for each in told), Shown(0, 0, 0))
        yield Measurement(f"duplicates: {kind}", f"{found.recall:.0%} seen", f"of {found.n_possible}")
    desks = [generate_desk_with_roots(seed=seed) for seed in SEEDS]
    yield _measured("surges", sum(map(measure_surges, desks), Shown(0, 0, 0)))
    both = [measure_problems(desk) for desk in desks]
    yield _measured("problems", sum((each[0] for each in both), Shown(0, 0, 0)))
    yield _measured("planted problems", sum((each[1] for each in both), Shown(0, 0, 0)))


def measure_duplicates(desk: RepeatingDesk, rarity: Rarity) -> tuple[Shown, Mapping[str, Shown]]:
    """What is shown of one desk's duplicates, and of those by how they were said again."""
    problems = {each.filed.id: each.problem_id for each in desk.tickets}
    shown = Shown(0, 0, 0)
    by_kind: dict[str, Shown] = {}
    for ticket, earlier in candidates(desk):
        repeat = desk.repeats.get(ticket.id)
        same = {each.ticket.id for each in earlier if _root(desk, each.ticket.id) == _root(desk, ticket.id)}
        unclear = {
            each.ticket.id
            for each in earlier
            if problems[ticket.id] and problems[each.ticket.id] == problems[ticket.id]
        }
        found = {link.other for link in duplicates_of(ticket, earlier, rarity, _moment(ticket))}
        found -= unclear - same
        shown += Shown(len(found), len(found & same), 0)
        if repeat is not None and repeat.is_duplicate and same:
            is_seen = int(bool(found & same))
            shown = replace(shown, n_possible=shown.n_possible + 1)
            by_kind[repeat.kind] = by_kind.get(repeat.kind, Shown(0, 0, 0)) + Shown(is_seen, is_seen, 1)
    return shown, by_kind


def measure_surges(desk: DeskWithRoots) -> Shown:
    """What is shown of one desk's surges."""
    as_filed = [replace(ticket, category=None) for ticket in desk.tickets]
    roots, at = roots_of(desk), {ticket.filed.id: n for n, ticket in enumerate(as_filed)}
    open_: dict[tuple[datetime, Kind], Surge] = {}
    shown = Shown(0, 0, 0)
    begun = 0
    for each, _, changed in replay([seen for seen in map(seen_of_worked, as_filed) if seen is not None]):
        for ticket in as_filed[begun : at[each.id] + 1]:  # also the requests in between, which no watch counts
            shown += _in_surge(ticket.filed.id, desk, open_, roots, at)
        begun = at[each.id] + 1
        for surge in changed:
            name = surge.raised_at, surge.raised_by[0]
            open_[name] = surge
            if surge.ended_at is not None:
                del open_[name]
    return shown


def measure_problems(desk: DeskWithRoots) -> tuple[Shown, Shown]:
    """What is shown of one desk's problems, and of the planted ones among them; those of no root are left out."""
    roots, shown, planted = roots_of(desk), Shown(0, 0, 0), Shown(0, 0, 0)
    for share in _LOOKS:
        cut = int(share * len(desk.tickets))
        now = _moment(desk.tickets[cut].filed)
        past = [
            one for one in map(incident_of, desk.tickets[:cut]) if one is not None and one.opened_at > now - _WINDOW
        ]
        at = {one.id: one.opened_at for one in past}
        found = [one for one in find_problems(past, now).candidates if root_of(one.ticket_ids, roots) is not None]
        known = [_as_confirmed(n, one, at) for n, one in enumerate(found)]
        of_root = [root_of(one.ticket_ids, roots) for one in found]
        for ticket in desk.tickets[cut:]:
            if _moment(ticket.filed) > now + _UNTIL_NEXT:
                break
            own = roots.get(ticket.filed.id)
            links = problems_of(ticket.filed, known, _moment(ticket.filed))
            meant = [of_root[int(link.other)] for link in links]
            found_here = Shown(len(meant), meant.count(own), int(own is not None and own in of_root))
            shown += found_here
            if isinstance(own, int) or any(isinstance(each, int) for each in meant):
                planted += found_here
    return shown, planted


def _as_confirmed(n: int, found: Candidate, at: Mapping[str, datetime]) -> ConfirmedProblem:
    return ConfirmedProblem(
        id=n,
        name=found.name,
        state="known_error",
        service=found.service,
        centre=found.centre,
        n_tickets=len(found.ticket_ids),
        last_seen_at=max(at[ticket_id] for ticket_id in found.ticket_ids),
    )


def _moment(ticket: NewTicket) -> datetime:
    assert ticket.opened_at is not None  # noqa: S101  (generated tickets have one)
    return ticket.opened_at


def _in_surge(
    ticket_id: str,
    desk: DeskWithRoots,
    open_: Mapping[tuple[datetime, Kind], Surge],
    roots: Mapping[str, int | str],
    at: Mapping[str, int],
) -> Shown:
    """What is shown of one ticket."""
    if not open_:
        return Shown(0, 0, 0)
    ticket = desk.tickets[at[ticket_id]].filed
    surges = list(open_.values())
    found = surges_of(ticket, [_as_open(n, surge) for n, surge in enumerate(surges)], _moment(ticket))
    own = roots.get(ticket_id)
    there = {root_of(surge.tickets, roots) for surge in surges} - {None}
    right = [link for link in found if own is not None and root_of(surges[int(link.other)].tickets, roots) == own]
    return Shown(len(found), len(right), int(own is not None and own in there))


def _as_open(n: int, surge: Surge) -> OpenSurge:
    return OpenSurge(
        id=n,
        name=surge.name,
        service=surge.kind.value if surge.kind.dimension == "service" else surge.place,
        started_at=surge.started_at,
        last_at=surge.last_at,
        words=surge.words,
        n_observed=surge.n_observed,
        n_expected=surge.n_expected,
    )


def _root(desk: RepeatingDesk, ticket_id: str) -> str:
    repeat = desk.repeats.get(ticket_id)
    return repeat.of if repeat is not None and repeat.is_duplicate else ticket_id


def _rarity() -> Rarity:
    """How rare words are at another desk of the same kind."""
    tickets = repeating_desk(_RARITY_SEED).tickets
    counts = Counter(term for worked in tickets for term in set(terms(worked.filed)))
    known = [term for term, n in counts.items() if n > 1]
    idf = np.array([log((1 + len(tickets)) / (1 + counts[term])) + 1 for term in known])
    return rarity_in(TermView(known, idf))


def _measured(what: str, shown: Shown) -> Measurement:
    return Measurement(
        what,
        f"precision {shown.precision:.3f}, recall {shown.recall:.3f}",
        f"{shown.n} shown, {shown.n_possible} possible",
        {"precision": shown.precision, "recall": shown.recall, "shown": shown.n, "possible": shown.n_possible},
    )
