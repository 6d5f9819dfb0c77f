"""What is counted of a day, and on which day a ticket counts: sums, of which every measure of the desk is made.

A day is one of UTC. A ticket counts on up to three days: on the one it was opened for volume, type, repeats and whether
it is open still; on the one it was resolved for everything that people did until then; on the one it was closed for
being closed. It is resolved when the desk says so, else when it was closed. What a desk does not record is counted by
no `n_`, so that it is never taken for a zero.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, NamedTuple

from triage.measures.durations import Durations, bin_of

__all__ = [
    "ARROW",
    "COUNTED_AS",
    "DIMENSIONS",
    "MOST_VALUES",
    "OTHERS",
    "CountedTicket",
    "DayCounts",
    "DayTally",
    "handed_on_bucket",
    "sum_of",
    "values_of",
]

COUNTED_AS = 1
"""Raised with every change of what is counted, so that all days are counted again."""

DIMENSIONS = ("all", "group", "channel", "service", "type", "reassignments", "handover")
"""By what days are counted. `all` has one value, the empty text, which elsewhere stands for "not said"."""

ARROW = " → "
"""Between the two groups of a handover."""

MOST_VALUES = 200
"""Values of a dimension that are counted one by one on a day, those with most tickets."""

OTHERS = "…"
"""Under which all further ones are counted together."""

_BUCKETS = ("0", "1", "2", "3")
_MANY = "4+"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """Sums over the tickets of some days; they add up.

    Attributes:
        opened: tickets that were opened.
        incidents: of these, incidents.
        requests: of these, requests.
        other_types: of these, those of any other type; incidents, requests and these are those whose type is known.
        open: of these, those that are open still.
        n_repeatable: of these, those whose customer and topic are known and that are no requests.
        repeats: of those, the same customer's with the same topic as another within 30 days before.
        resolved: tickets that were resolved.
        n_first_contact: of these, those of which it is recorded whether the first contact solved them.
        first_contact: of those, the solved ones.
        n_reassignments: of the resolved, those whose reassignments were counted.
        reassignments: theirs.
        handed_on: those with at least one.
        n_reopens: of the resolved, those whose reopens were counted.
        reopens: theirs.
        reopened: those with at least one.
        n_sla: of the resolved, those of which it is recorded whether they were in time.
        in_sla: those in time.
        n_satisfaction: of the resolved, those whose customer answered.
        satisfaction: the sum of the answers, in the desk's own unit.
        satisfaction_squares: the sum of their squares.
        with_article: of the resolved, those that an article of the knowledge base solved.
        handovers: from one group to another, as far as they are on record; of a pair of groups, between these.
        closed: tickets that were closed.
        hours: from opening to resolving, of the resolved; without those that were resolved before they were opened.
    """

    opened: int = 0
    incidents: int = 0
    requests: int = 0
    other_types: int = 0
    open: int = 0
    n_repeatable: int = 0
    repeats: int = 0
    resolved: int = 0
    n_first_contact: int = 0
    first_contact: int = 0
    n_reassignments: int = 0
    reassignments: int = 0
    handed_on: int = 0
    n_reopens: int = 0
    reopens: int = 0
    reopened: int = 0
    n_sla: int = 0
    in_sla: int = 0
    n_satisfaction: int = 0
    satisfaction: float = 0.0
    satisfaction_squares: float = 0.0
    with_article: int = 0
    handovers: int = 0
    closed: int = 0
    hours: Durations = field(default_factory=Durations)

    def __add__(self, other: "DayCounts") -> "DayCounts":
        """Both together."""
        return sum_of((self.as_json(), other.as_json()))

    def as_json(self) -> dict[str, Any]:
        """What is not zero."""
        found = {name: value for name in _NUMBERS if (value := getattr(self, name))}
        return found | ({"hours": self.hours.as_pairs()} if self.hours.bins else {})


_NUMBERS = tuple(each.name for each in fields(DayCounts) if each.name != "hours")
_KNOWN = frozenset(_NUMBERS)


def sum_of(counted: Iterable[Mapping[str, Any]]) -> DayCounts:
    """The sum of what `DayCounts.as_json` wrote; without parts that this version does not know."""
    numbers: Counter[str] = Counter()
    bins: dict[int, int] = {}
    for one in counted:
        for name, value in one.items():
            if name == "hours":
                pairs = iter(value)
                for bin_ in pairs:
                    bins[bin_] = bins.get(bin_, 0) + next(pairs)
            elif name in _KNOWN:
                numbers[name] += value
    return DayCounts(**numbers, hours=Durations(bins))


class CountedTicket(NamedTuple):
    """What a count needs to know of a ticket; None where it is not recorded, moments in UTC.

    `resolved_at` is when it was resolved, else when it was closed. `handovers` are pairs of groups in their order.
    `is_repeat` is None where that cannot be told.
    """

    opened_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    ticket_type: str | None = None
    group: str | None = None
    channel: str | None = None
    service: str | None = None
    reassignments: int | None = None
    reopens: int | None = None
    first_contact_resolution: bool | None = None
    satisfaction: float | None = None
    made_sla: bool | None = None
    knowledge_article: str | None = None
    is_repeat: bool | None = None
    handovers: tuple[tuple[str, str], ...] = ()


def handed_on_bucket(reassignments: int | None) -> str:
    """In which row of wrong routes a ticket counts; the empty text where nobody counted."""
    if reassignments is None:
        return ""
    return _BUCKETS[max(reassignments, 0)] if reassignments < len(_BUCKETS) else _MANY


def values_of(ticket: CountedTicket) -> list[tuple[str, str]]:
    """Under which values of which dimensions a ticket counts."""
    return [
        ("all", ""),
        ("group", ticket.group or ""),
        ("channel", ticket.channel or ""),
        ("service", ticket.service or ""),
        ("type", ticket.ticket_type or ""),
        ("reassignments", handed_on_bucket(ticket.reassignments)),
    ]


_Key = str | int
_Counts = defaultdict[_Key, float]
_Place = tuple[date, str, str]


class DayTally:
    """Counts tickets on some days, and nothing on any other.

    Args:
        days: to be counted.
    """

    def __init__(self, days: Iterable[date]) -> None:
        self._days = frozenset(days)
        # numbers by their names, bins by their numbers: one table, as a million tickets are counted in it
        self._counts: dict[_Place, _Counts] = {}

    def add(self, ticket: CountedTicket) -> None:
        """Counts a ticket on those of its days that are asked for; each ticket once."""
        opened, resolved, closed = (None if at is None else at.date() for at in ticket[:3])
        values = values_of(ticket)
        if opened in self._days and opened is not None:
            self._count(opened, values, _opening(ticket), ())
        if resolved in self._days and resolved is not None:
            names, amounts = _resolving(ticket), _amounts(ticket)
            self._count(resolved, values, names, amounts)
            for pair, n in Counter(ticket.handovers).items():
                of_pair = [*(each for each in amounts if each[0] != "handovers"), ("handovers", n)]
                self._count(resolved, [("handover", ARROW.join(pair))], names, of_pair)
        if closed in self._days and closed is not None:
            self._count(closed, values, ("closed",), ())

    def rows(self) -> list[tuple[date, str, str, dict[str, Any]]]:
        """Day, dimension, value and counts; beyond `MOST_VALUES` a day and dimension, values are `OTHERS`."""
        grouped: dict[tuple[date, str], list[tuple[str, _Counts]]] = {}
        for (day, dimension, value), counts in self._counts.items():
            grouped.setdefault((day, dimension), []).append((value, counts))
        return [
            (day, dimension, value, _as_json(counts))
            for (day, dimension), found in grouped.items()
            for value, counts in _with_others(found)
        ]

    def _count(
        self,
        day: date,
        values: Iterable[tuple[str, str]],
        names: Iterable[_Key],
        amounts: Iterable[tuple[str, float]],
    ) -> None:
        for dimension, value in values:
            place = (day, dimension, value)
            counts = self._counts.get(place)
            if counts is None:
                counts = self._counts[place] = defaultdict(int)
            for name in names:  # a counter's own update takes three times as long of so few
                counts[name] += 1
            for name, amount in amounts:
                counts[name] += amount


def _opening(ticket: CountedTicket) -> list[_Key]:
    names: list[_Key] = ["opened"]
    if ticket.ticket_type == "incident":
        names.append("incidents")
    elif ticket.ticket_type == "request":
        names.append("requests")
    elif ticket.ticket_type is not None:
        names.append("other_types")
    if ticket.resolved_at is None:
        names.append("open")
    if ticket.is_repeat is not None:
        names.append("n_repeatable")
    if ticket.is_repeat:
        names.append("repeats")
    return names


def _resolving(ticket: CountedTicket) -> list[_Key]:
    """What counts one of a ticket that was resolved, and the bin of how long that took."""
    names: list[_Key] = ["resolved"]
    if ticket.opened_at is not None and ticket.resolved_at is not None and ticket.resolved_at >= ticket.opened_at:
        names.append(bin_of(ticket.resolved_at - ticket.opened_at))
    for known, counted, hit in (
        (ticket.first_contact_resolution, "n_first_contact", "first_contact"),
        (ticket.reassignments, "n_reassignments", "handed_on"),
        (ticket.reopens, "n_reopens", "reopened"),
        (ticket.made_sla, "n_sla", "in_sla"),
    ):
        if known is not None:
            names.append(counted)
            if known > 0:
                names.append(hit)
    if ticket.satisfaction is not None:
        names.append("n_satisfaction")
    if ticket.knowledge_article not in (None, "", "false"):
        names.append("with_article")
    return names


def _amounts(ticket: CountedTicket) -> list[tuple[str, float]]:
    """What counts more or less than one of a ticket that was resolved."""
    amounts: list[tuple[str, float]] = []
    if ticket.reassignments:
        amounts.append(("reassignments", ticket.reassignments))
    if ticket.reopens:
        amounts.append(("reopens", ticket.reopens))
    if ticket.satisfaction:
        amounts += [("satisfaction", ticket.satisfaction), ("satisfaction_squares", ticket.satisfaction**2)]
    if ticket.handovers:
        amounts.append(("handovers", len(ticket.handovers)))
    return amounts


def _with_others(found: list[tuple[str, _Counts]]) -> list[tuple[str, _Counts]]:
    if len(found) <= MOST_VALUES:
        return found
    found = sorted(found, key=lambda each: (-each[1]["opened"] - each[1]["resolved"], each[0]))
    others: _Counts = defaultdict(int)
    for _, counts in found[MOST_VALUES:]:
        for key, n in counts.items():
            others[key] += n
    return [*found[:MOST_VALUES], (OTHERS, others)]


def _as_json(counts: _Counts) -> dict[str, Any]:
    bins = {key: int(n) for key, n in counts.items() if isinstance(key, int)}
    numbers = {key: n for key, n in counts.items() if isinstance(key, str)}
    return numbers | ({"hours": Durations(bins).as_pairs()} if bins else {})
