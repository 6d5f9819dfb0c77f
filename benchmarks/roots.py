"""Whether recurring problems, their causes and an outage are found on generated desks that have them planted.

Five desks (`data/samples/roots.py`, seeds 1 to 5) of 8,000 ordinary tickets in 18 months, each with twelve planted
problems, eight of them caused by one of 90 to 190 changes, and one outage. Nothing was tuned on these seeds.

The **root** of an incident is what it comes of: the planted problem, the outage, the recurring problem that the
ordinary desk has of its own, else the release of that desk which went wrong. Most incidents have none. An alarm or a
found problem **is of** a root that at least half of its tickets have.

Problems are looked for once, at the end of the desk, among all of its incidents.

- *Found*: the share of planted problems of which a found one is, that also has at least half of their incidents.
- *False*: the share of found problems that are of no root. *Strictly false* also counts those of a root that was not
  planted.
- *Adjusted Rand* (Hubert and Arabie 1985): how well the found problems that are of a planted one part the incidents,
  over all incidents of a planted problem or in one of those; an incident without either is a part of its own. *Of all
  roots* is the same with every found problem, over all incidents with any root: four of ten tickets after a release
  that went wrong tell of nothing in particular, so that no method reaches 1.
- *Cause named first*: of the planted problems with a cause among the changes, found or not, the share of which the
  first cause that is told of the found one is the true one; *told at all*: any that is told.

Surges are looked for by playing the whole desk to the watch, incident by incident. The service is the one that was
filled in, which is wrong or missing in one of five, and nothing of the text's later fate is known; whether it is an
incident and which group has it are as people recorded them, wrong in 3 and 5 of 100.

- *Minutes to the alarm*: from the outage's start to the first alarm that is of it, with up to one more for the minute
  between two looks.
- *False alarms a month*: alarms that are of no root, by the months of 30 days that were watched. *Other alarms* are
  those of a root that is not the outage: a release that went wrong.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import comb

from benchmarks.measurement import Measurement
from data.samples.roots import DeskWithRoots, generate_desk_with_roots
from triage.problems.causes import Change
from triage.problems.finding import Candidate, find_problems
from triage.problems.incident import incident_of
from triage.surges.replay import replay
from triage.surges.seen import Kind, seen_of_worked
from triage.surges.surge import Surge

__all__ = [
    "SEEDS",
    "ProblemFigures",
    "SurgeFigures",
    "adjusted_rand",
    "measure_problems",
    "measure_surges",
    "root_of",
    "roots_of",
    "run",
]

SEEDS = (1, 2, 3, 4, 5)

_OUTAGE = "outage"
_LOOKS_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ProblemFigures:
    """What was found of one desk's problems; see the top of this module for each of them."""

    n_planted: int
    n_planted_found: int
    n_found: int
    n_false: int
    n_strictly_false: int
    adjusted_rand: float
    adjusted_rand_of_all: float
    n_caused: int
    n_cause_first: int
    n_cause_told: int


@dataclass(frozen=True, slots=True)
class SurgeFigures:
    """What the watch told of one desk; `minutes` is None where the outage was missed."""

    minutes: float | None
    n_false: int
    n_other: int
    n_months: float


def run() -> Iterator[Measurement]:
    """The figures of all five desks together."""
    desks = [generate_desk_with_roots(seed=seed) for seed in SEEDS]
    yield from _problem_measurements([measure_problems(desk) for desk in desks])
    yield from _surge_measurements([measure_surges(desk) for desk in desks])


def measure_problems(desk: DeskWithRoots) -> ProblemFigures:
    """How the planted problems of one desk are found."""
    roots = roots_of(desk)
    incidents = [found for found in map(incident_of, desk.tickets) if found is not None]
    changes = [Change(each.id, each.kind, each.title, each.service, each.at) for each in desk.changes]
    found = find_problems(incidents, incidents[-1].opened_at, changes).candidates
    sizes = Counter(desk.problem_of.values())
    best: dict[int, Candidate] = {}
    for candidate in found:
        root = root_of(candidate.ticket_ids, roots)
        if isinstance(root, int):
            n_shared = sum(desk.problem_of.get(ticket_id) == root for ticket_id in candidate.ticket_ids)
            if 2 * n_shared >= sizes[root] and root not in best:
                best[root] = candidate
    of_root = [root_of(candidate.ticket_ids, roots) for candidate in found]
    planted = [candidate for candidate, root in zip(found, of_root, strict=True) if isinstance(root, int)]
    known = {each.id for each in incidents}
    told = {root: [cause.change.id for cause in best[root].causes] for root in desk.cause_of if root in best}
    return ProblemFigures(
        n_planted=len(sizes),
        n_planted_found=len(best),
        n_found=len(found),
        n_false=sum(root is None for root in of_root),
        n_strictly_false=sum(not isinstance(root, int) and root != _OUTAGE for root in of_root),
        adjusted_rand=adjusted_rand(*_parts(planted, desk.problem_of, known)),
        adjusted_rand_of_all=adjusted_rand(*_parts(found, roots, known)),
        n_caused=len(desk.cause_of),
        n_cause_first=sum(causes[:1] == [desk.cause_of[root]] for root, causes in told.items()),
        n_cause_told=sum(desk.cause_of[root] in causes for root, causes in told.items()),
    )


def measure_surges(desk: DeskWithRoots) -> SurgeFigures:
    """What the watch would have told of one desk."""
    roots = roots_of(desk)
    as_filed = (replace(ticket, category=None) for ticket in desk.tickets)
    seen = [each for each in map(seen_of_worked, as_filed) if each is not None]
    first: dict[tuple[datetime, Kind], Surge] = {}
    last: dict[tuple[datetime, Kind], Surge] = {}
    watched_from = seen[-1].at
    for each, is_watched, changed in replay(seen):
        watched_from = min(watched_from, each.at) if is_watched else watched_from
        for surge in changed:
            name = surge.raised_at, surge.raised_by[0]
            first.setdefault(name, surge)
            last[name] = surge
    raised = [surge.raised_at for surge in first.values() if root_of(surge.tickets, roots) == _OUTAGE]
    of_root = [root_of(surge.tickets, roots) for surge in last.values()]
    return SurgeFigures(
        minutes=(min(raised) + _LOOKS_EVERY - desk.outage.start) / timedelta(minutes=1) if raised else None,
        n_false=sum(root is None for root in of_root),
        n_other=sum(root is not None and root != _OUTAGE for root in of_root),
        n_months=(seen[-1].at - watched_from) / timedelta(days=30),
    )


def adjusted_rand(some: Sequence[object], others: Sequence[object]) -> float:
    """How alike two partitions of the same things are: 1 for the same, about 0 by chance (Hubert and Arabie 1985)."""
    both = sum(comb(n, 2) for n in Counter(zip(some, others, strict=True)).values())
    one, other = (sum(comb(n, 2) for n in Counter(labels).values()) for labels in (some, others))
    by_chance = one * other / max(comb(len(some), 2), 1)
    most = (one + other) / 2
    return 1.0 if most == by_chance else (both - by_chance) / (most - by_chance)


def roots_of(desk: DeskWithRoots) -> dict[str, int | str]:
    """By ticket its root: the number of a planted problem, `outage`, or an id of the ordinary desk's own."""
    roots: dict[str, int | str] = {}
    for ticket in desk.tickets:
        ordinary = ticket.problem_id or ticket.change_id
        if ordinary is not None:
            roots[ticket.filed.id] = ordinary
    return roots | dict.fromkeys(desk.outage.ticket_ids, _OUTAGE) | dict(desk.problem_of)


def root_of(ticket_ids: Collection[str], roots: Mapping[str, int | str]) -> int | str | None:
    """The root that at least half of some tickets have; None where none is."""
    found = Counter(roots[ticket_id] for ticket_id in ticket_ids if ticket_id in roots)
    if not found:
        return None
    root, n = found.most_common(1)[0]
    return root if 2 * n >= len(ticket_ids) else None


def _parts(
    found: Sequence[Candidate], roots: Mapping[str, int | str], incidents: Collection[str]
) -> tuple[list[object], list[object]]:
    """The true part and the found one of each incident that has either."""
    found_in = {ticket_id: number for number, candidate in enumerate(found) for ticket_id in candidate.ticket_ids}
    compared = sorted(ticket_id for ticket_id in incidents if ticket_id in found_in or ticket_id in roots)
    return [roots.get(id_, f"alone {id_}") for id_ in compared], [found_in.get(id_, f"alone {id_}") for id_ in compared]


def _problem_measurements(figures: Sequence[ProblemFigures]) -> Iterator[Measurement]:
    n_planted, n_hit = sum(each.n_planted for each in figures), sum(each.n_planted_found for each in figures)
    n_found, n_false = sum(each.n_found for each in figures), sum(each.n_false for each in figures)
    n_strict = sum(each.n_strictly_false for each in figures)
    n_caused, n_first = sum(each.n_caused for each in figures), sum(each.n_cause_first for each in figures)
    n_told = sum(each.n_cause_told for each in figures)
    yield _share("planted problems found", n_hit, n_planted, "at least 80 % is asked")
    yield _share("found problems that are false", n_false, n_found, "at most 20 % is asked")
    yield _share("found problems that are strictly false", n_strict, n_found, "an ordinary root counts as false")
    yield _mean("adjusted Rand", [each.adjusted_rand for each in figures], "at least 0.6 is asked")
    yield _mean("adjusted Rand of all roots", [each.adjusted_rand_of_all for each in figures])
    yield _share("causes named first", n_first, n_caused, "at least 60 % is asked")
    yield _share("causes told at all", n_told, n_caused)


def _surge_measurements(figures: Sequence[SurgeFigures]) -> Iterator[Measurement]:
    minutes = sorted(each.minutes for each in figures if each.minutes is not None)
    months, n_false = sum(each.n_months for each in figures), sum(each.n_false for each in figures)
    n_other = sum(each.n_other for each in figures)
    yield _share("outages alarmed within 15 minutes", sum(each <= 15 for each in minutes), len(figures))
    if minutes:
        yield Measurement(
            "minutes to the alarm, longest",
            f"{minutes[-1]:.1f} min",
            f"median {minutes[len(minutes) // 2]:.1f} min",
            {"each": [each.minutes for each in figures]},
        )
    yield Measurement(
        "false alarms a month",
        f"{n_false / months:.2f}",
        f"{n_false} in {months:.0f} months; at most 1 is asked",
        {"n": n_false, "months": months},
    )
    yield Measurement(
        "other alarms a month, of releases that went wrong",
        f"{n_other / months:.2f}",
        f"{n_other} in {months:.0f} months",
        {"n": n_other, "months": months},
    )


def _mean(what: str, values: Sequence[float], beside: str = "") -> Measurement:
    mean = sum(values) / len(values)
    spread = f"{min(values):.2f} to {max(values):.2f}"
    return Measurement(
        f"{what}, mean of the desks", f"{mean:.2f}", f"{spread}; {beside}" if beside else spread, {"each": list(values)}
    )


def _share(what: str, n: int, of: int, beside: str = "") -> Measurement:
    measured = f"{100 * n / of:.0f} % ({n} of {of})" if of else "none"
    return Measurement(what, measured, beside, {"n": n, "of": of})
