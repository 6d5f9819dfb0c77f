"""Who resolves what well: by resolver and topic, with as much said as the number of tickets allows.

It is for finding help, for specialisation and for talks about a career. There is no rank and no score of a person here,
and nothing adds a person's topics up to one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log, sqrt
from typing import Literal

__all__ = [
    "FEWEST_JUDGED",
    "HALF",
    "WINDOW",
    "Cell",
    "Growing",
    "Topic",
    "Verdict",
    "Work",
    "WorkedOn",
    "expertise_map",
    "growing_without_help",
    "person_of",
    "well_resolved",
    "works_of_ticket",
]

FEWEST_JUDGED = 20
"""From so many tickets on, something is said of a resolver and a topic."""

WINDOW = timedelta(weeks=26)
HALF = timedelta(weeks=13)
"""How far back tickets count, and the later half of it, which tells whether a topic grows."""

_Z = 1.96  # of a standard normal variable, 95 % lie this near to its mean
_SHORTEST_HOURS = 1 / 60  # a ticket that was filed after the fact took no time at all
_TOPIC_WEIGHT = 10.0  # tickets that the desk's share counts for in a topic's
_LEAST_SPREAD, _MOST_SPREAD = 1 / 201, 1 / 3  # between resolvers: worth 200 tickets, and 2
_FEWEST_GROWN = 30
_GROWTH_Z = 3.0

Verdict = Literal["unknown", "more", "as_others", "fewer"]
"""Beside the topic's usual: too few tickets to say, surely more at once, no difference that is sure, surely fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedOn:
    """What of one resolved ticket is counted.

    Attributes:
        group: that had it last; None where nobody says.
        person: who resolved it; None where nobody says, or single persons are not counted.
        opened_at: -
        ended_at: when it was resolved.
        reopens: how often it was closed too early.
        reassignments: how often it was handed on.
        handed_on_by: the groups that handed it on, where that was written down.
    """

    group: str | None
    person: str | None
    opened_at: datetime | None
    ended_at: datetime
    reopens: int | None
    reassignments: int | None
    handed_on_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """Sums over tickets, which add up over days.

    Attributes:
        n: resolved.
        judged: those of which it is known whether they were solved at once, and those that were handed on.
        at_once: those of `judged` that were neither reopened nor handed on.
        timed: those of which it is known how long they took.
        log_hours: sum of the natural logarithm of their hours.
        log_hours_squared: sum of its squares.
    """

    n: int = 0
    judged: int = 0
    at_once: int = 0
    timed: int = 0
    log_hours: float = 0.0
    log_hours_squared: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        """Both together."""
        return Work(
            self.n + other.n,
            self.judged + other.judged,
            self.at_once + other.at_once,
            self.timed + other.timed,
            self.log_hours + other.log_hours,
            self.log_hours_squared + other.log_hours_squared,
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one resolver and one topic.

    Attributes:
        resolver: a group, or a person.
        work: the sums that it rests on.
        at_once: the share solved at once, 0 to 1, drawn to the topic's by as much as the tickets are few.
        low: from where it lies with 95 % certainty.
        high: to where.
        time_ratio: how long a ticket takes, over what is usual in the topic; drawn to 1. None where no time is known.
        verdict: beside the topic's usual.
    """

    resolver: str
    work: Work
    at_once: float
    low: float
    high: float
    time_ratio: float | None
    verdict: Verdict

    @property
    def is_enough(self) -> bool:
        """Whether there are tickets enough to say anything."""
        return self.verdict != "unknown"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic and those who resolve it.

    Attributes:
        name: a service or category.
        n: tickets resolved.
        at_once: the usual share, 0 to 1.
        hours: the usual time (geometric mean); None where none is known.
        cells: one for each resolver, most tickets first.
    """

    name: str
    n: int
    at_once: float
    hours: float | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Growing:
    """A topic that grows without anybody who surely solves it as well as the desk solves its tickets.

    Attributes:
        topic: its name.
        before: tickets in the earlier half of the window.
        since: in the later one.
        best: the highest share of those of whom enough is known, 0 to 1; None where that is nobody.
        desk: the desk's share.
    """

    topic: str
    before: int
    since: int
    best: float | None
    desk: float


def works_of_ticket(ticket: WorkedOn) -> list[tuple[str, str, Work]]:
    """What a ticket adds to whom: kind (`group` or `person`), name and sums.

    Whoever resolves a ticket that another group handed on solved it at once, where it is written down who handed it on:
    that counts against the one who did. Where only the number is known, nobody can tell whose it was, and it counts
    against the one who resolved it.
    """
    known = ticket.reopens is not None or ticket.reassignments is not None
    blamed = bool(ticket.reassignments) and not ticket.handed_on_by
    at_once = known and not ticket.reopens and not blamed and ticket.group not in ticket.handed_on_by
    timed, logarithm = 0, 0.0
    if ticket.opened_at is not None and ticket.ended_at >= ticket.opened_at:
        hours = (ticket.ended_at - ticket.opened_at).total_seconds() / 3600
        timed, logarithm = 1, log(max(hours, _SHORTEST_HOURS))
    own = Work(1, int(known), int(at_once), timed, logarithm, logarithm**2)
    found = [(kind, name, own) for kind, name in (("group", ticket.group), ("person", ticket.person)) if name]
    others = sorted(set(ticket.handed_on_by) - {ticket.group, ""})
    return found + [("group", name, Work(judged=1)) for name in others]


def person_of(spelling: str) -> str:
    """The one spelling of whoever resolved a ticket: the address where there is one in angle brackets, in lower case.

    What stands before the `@` alone is nobody's name: `a.meier@one.example` and `a.meier@two.example` are two people.
    """
    text = " ".join(spelling.split())
    if text.endswith(">") and "@" in text.rpartition("<")[2]:
        text = text.rpartition("<")[2][:-1].strip()
    return text.casefold()


def expertise_map(works: Mapping[tuple[str, str], Work]) -> list[Topic]:
    """Every topic with those who resolve it, the one with most tickets first.

    Shares are drawn to the topic's by a beta-binomial model: how far resolvers really differ is estimated over all
    topics by moments (Kleinman 1973). Times are drawn in the same way to the topic's mean of logarithms.

    Args:
        works: by resolver and topic, sums over a window.
    """
    by_topic: dict[str, dict[str, Work]] = defaultdict(dict)
    for (resolver, topic), work in works.items():
        by_topic[topic][resolver] = work
    totals = {topic: _total(cells.values()) for topic, cells in by_topic.items()}
    desk = _share(_total(totals.values()))
    usual = {topic: _topic_share(total, desk) for topic, total in totals.items()}
    strength = _strength(by_topic, totals)
    spread = _spread_of_times(by_topic, totals)
    topics = []
    for name, cells in by_topic.items():
        total = totals[name]
        made = [_cell(who, work, usual[name], strength, total, spread) for who, work in cells.items()]
        made.sort(key=lambda cell: (-cell.work.judged, -cell.work.n, cell.resolver))
        hours = exp(total.log_hours / total.timed) if total.timed else None
        topics.append(Topic(name, total.n, usual[name], hours, tuple(made)))
    return sorted(topics, key=lambda topic: (-topic.n, topic.name))


def well_resolved(topic: Topic) -> tuple[Cell, ...]:
    """Those of whom enough is known and who do not surely solve fewer at once than is usual, highest share first."""
    able = (cell for cell in topic.cells if cell.is_enough and cell.verdict != "fewer")
    return tuple(sorted(able, key=lambda cell: (-cell.at_once, cell.resolver)))


def growing_without_help(topics: Sequence[Topic], counts: Mapping[str, tuple[int, int]]) -> list[Growing]:
    """Topics that grow beyond chance, and nobody is known to solve them as well as the desk solves its tickets.

    Args:
        topics: as `expertise_map` has them.
        counts: of each the tickets in the earlier and in the later half of the window.
    """
    desk = _share(_total(cell.work for topic in topics for cell in topic.cells))
    found = []
    for topic in topics:
        was, now = counts.get(topic.name, (0, 0))
        if now < _FEWEST_GROWN or now - was <= _GROWTH_Z * sqrt(now + was):
            continue
        enough = [cell for cell in topic.cells if cell.is_enough]
        if not any(cell.high >= desk for cell in enough):
            best = max((cell.at_once for cell in enough), default=None)
            found.append(Growing(topic.name, was, now, best, desk))
    return sorted(found, key=lambda each: (each.before - each.since, each.topic))


def _total(works: Iterable[Work]) -> Work:
    return sum(works, Work())


def _share(work: Work) -> float:
    """Without any ticket that says so, half."""
    return work.at_once / work.judged if work.judged else 0.5


def _topic_share(total: Work, desk: float) -> float:
    return (total.at_once + _TOPIC_WEIGHT * desk) / (total.judged + _TOPIC_WEIGHT)


def _strength(by_topic: Mapping[str, Mapping[str, Work]], totals: Mapping[str, Work]) -> float:
    """How many tickets the topic's share counts for, by how far resolvers of a topic differ beyond chance."""
    above = below = 0.0
    for topic, cells in by_topic.items():
        judged = [work for work in cells.values() if work.judged]
        share, n = _share(totals[topic]), totals[topic].judged
        if len(judged) < 2 or not 0 < share < 1:
            continue
        squares = sum(work.judged * (work.at_once / work.judged - share) ** 2 for work in judged)
        above += squares / (share * (1 - share)) - (len(judged) - 1)
        below += n - sum(work.judged**2 for work in judged) / n - (len(judged) - 1)
    spread = above / below if below > 0 else _LEAST_SPREAD
    return 1 / min(max(spread, _LEAST_SPREAD), _MOST_SPREAD) - 1


def _spread_of_times(by_topic: Mapping[str, Mapping[str, Work]], totals: Mapping[str, Work]) -> tuple[float, float]:
    """The variances of the logarithm of hours: within resolver and topic, and between resolvers of a topic."""
    within = n_within = 0.0
    squares = n_free = below = 0.0
    for topic, cells in by_topic.items():
        timed = [work for work in cells.values() if work.timed]
        n = totals[topic].timed
        within += sum(work.log_hours_squared - work.log_hours**2 / work.timed for work in timed)
        n_within += n - len(timed)
        if len(timed) >= 2:
            mean = totals[topic].log_hours / n
            squares += sum(work.timed * (work.log_hours / work.timed - mean) ** 2 for work in timed)
            n_free += len(timed) - 1
            below += n - sum(work.timed**2 for work in timed) / n
    inner = max(within / n_within, 1e-6) if n_within else 1.0
    return inner, max((squares - n_free * inner) / below, 0.0) if below > 0 else 0.0


def _cell(resolver: str, work: Work, usual: float, strength: float, total: Work, spread: tuple[float, float]) -> Cell:
    n = work.judged + strength
    share = (work.at_once + strength * usual) / n
    low, high = _interval(share, n)
    verdict: Verdict = "as_others"
    if work.judged < FEWEST_JUDGED:
        verdict = "unknown"
    elif low > usual:
        verdict = "more"
    elif high < usual:
        verdict = "fewer"
    return Cell(resolver, work, share, low, high, _time_ratio(work, total, spread), verdict)


def _interval(share: float, n: float) -> tuple[float, float]:
    """Wilson's interval of a share of n tickets, some of which the prior stands for."""
    widened = 1 + _Z**2 / n
    middle = (share + _Z**2 / (2 * n)) / widened
    half = _Z * sqrt(max(share * (1 - share), 0.0) / n + _Z**2 / (4 * n**2)) / widened
    return max(0.0, middle - half), min(1.0, middle + half)


def _time_ratio(work: Work, total: Work, spread: tuple[float, float]) -> float | None:
    if not work.timed:
        return None
    inner, outer = spread
    weight = outer / (outer + inner / work.timed) if outer else 0.0
    return exp(weight * (work.log_hours / work.timed - total.log_hours / total.timed))
