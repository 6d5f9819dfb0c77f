"""Looks at incidents as they come in, and says when more of a kind came than chance explains.

Every incident counts for several kinds (`seen.py`), and each kind is looked at through four windows that end with its
latest incident. An alarm needs `FEWEST_TICKETS` incidents from `FEWEST_CALLERS` different customers, twice what was
expected, and a count that chance gives so seldom that all kinds and windows together have `FALSE_ALARMS_A_MONTH`
false alarms a month (`chance.py`). What is counted is customers, not tickets: one person who files ten is one.

An occurrence raises several alarms: of its service, its group, a word. They are one surge, by the most specific kind
that covers most of its incidents. A surge is over when its window holds no more than usual.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter

from triage.surges.chance import evidence, false_alarms, tail
from triage.surges.seen import DIMENSIONS, Kind, Seen
from triage.surges.surge import MOST_TICKETS, Surge, name_of, place_of, words_of
from triage.surges.usual import Usual

__all__ = ["FALSE_ALARMS_A_MONTH", "FEWEST_CALLERS", "FEWEST_TICKETS", "KEPT", "WINDOWS", "Watch"]

WINDOWS: tuple[timedelta, ...] = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))

FALSE_ALARMS_A_MONTH = 0.25
"""By chance alone, over all kinds and windows. Desks have more reasons than chance, so less than the one that is borne.

Half of it is for words, of which there are thousands, and half for everything else.
"""

FEWEST_TICKETS, FEWEST_CALLERS, LEAST_TIMES = 5, 3, 2.0

KEPT = timedelta(hours=36)
"""How long an incident is remembered: the longest window, and what belongs to a surge that has just ended."""

CONTINUES = timedelta(hours=24)
"""What comes again within this time is the same occurrence."""

_SHARED_RATIO = 0.3
_COVERED_RATIO = 0.5
_HOLD = timedelta(hours=1)
_USUAL_AGAIN = 0.1

_at = attrgetter("at")


class Watch:
    """The incidents of late, and the surges among them.

    Args:
        usual: what is to be expected.
        surges: that are on, and those that ended lately, as they were stored.
    """

    def __init__(self, usual: Usual, surges: Iterable[Surge] = ()) -> None:
        self._usual = usual
        self._recent: dict[Kind, list[Seen]] = {}
        self._ids: dict[str, datetime] = {}
        self._surges: list[Surge] = []
        self.know(surges)

    def learned(self, usual: Usual) -> None:
        """From now on something else is to be expected."""
        self._usual = usual

    def know(self, surges: Iterable[Surge]) -> None:
        """Takes the surges from elsewhere, where another process may have changed them."""
        self._surges = list(surges)

    def has(self, ticket_id: str) -> bool:
        """Whether an incident was given already."""
        return ticket_id in self._ids

    def look(self, new: Sequence[Seen], now: datetime) -> list[Surge]:
        """The surges that began, grew or ended; a new one has no id.

        Args:
            new: incidents that were not given before, in any order.
            now: the moment; what is older than `KEPT` is forgotten.
        """
        before = tuple(self._surges)
        self._forget(now - KEPT)
        latest: dict[Kind, datetime] = {}
        for seen in sorted(new, key=_at):
            self._ids[seen.id] = seen.at
            for kind in seen.kinds:
                if kind.dimension != "topic" or self._usual.is_topic(kind.value):
                    insort(self._recent.setdefault(kind, []), seen, key=_at)
                    latest[kind] = max(seen.at, latest.get(kind, seen.at))
        self._surges = [self._grown(surge) if surge.kind in latest else surge for surge in self._surges]
        for kind, at in latest.items():
            self._look_at(kind, at, now)
        self._surges = [self._ended(surge, now) for surge in self._surges]
        changed = [surge for surge in self._surges if not any(surge is each for each in before)]
        self._surges = [each for each in self._surges if each.ended_at is None or each.ended_at > now - KEPT]
        return changed

    def members(self, surge: Surge) -> list[Seen]:
        """The incidents of a surge that are remembered."""
        found = self._recent.get(surge.kind, [])
        return found[bisect_left(found, surge.started_at, key=_at) :]

    def hours(self, surge: Surge, most: int) -> list[tuple[datetime, int, float]]:
        """From a few hours before a surge on, hour by hour what came of its kind and what was expected.

        Args:
            surge: one that this knows.
            most: hours at most; the latest are left out.
        """
        first = (surge.started_at - timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
        found = self._recent.get(surge.kind, [])
        series: list[tuple[datetime, int, float]] = []
        hour = timedelta(hours=1)
        while first <= surge.last_at and len(series) < most:
            n = bisect_left(found, first + hour, key=_at) - bisect_left(found, first, key=_at)
            series.append((first, n, self._usual.expected(surge.kind, first, first + hour)))
            first += hour
        return series

    def _forget(self, before: datetime) -> None:
        self._ids = {ticket_id: at for ticket_id, at in self._ids.items() if at > before}
        for kind, found in list(self._recent.items()):
            n_old = bisect_right(found, before, key=_at)
            if n_old == len(found):
                del self._recent[kind]
            elif n_old:
                del found[:n_old]

    def _look_at(self, kind: Kind, at: datetime, now: datetime) -> None:
        found = self._recent[kind]
        if len(found) < FEWEST_TICKETS:
            return
        until = bisect_right(found, at, key=_at)
        for window in WINDOWS:
            members = found[bisect_right(found, at - window, key=_at) : until]
            if self._is_alarm(kind, members, at, window):
                self._raise(kind, members, at, window, now)

    def _is_alarm(self, kind: Kind, members: Sequence[Seen], at: datetime, window: timedelta) -> bool:
        if len(members) < FEWEST_TICKETS:
            return False
        n = len({seen.caller for seen in members})
        expected = self._usual.expected(kind, at - window, at)
        if n < FEWEST_CALLERS or n < LEAST_TIMES * expected:
            return False
        by_chance = false_alarms(n, expected, self._usual.dispersion(kind, window), window)
        return by_chance <= FALSE_ALARMS_A_MONTH / self._n_looks(kind)

    def _n_looks(self, kind: Kind) -> int:
        """Among how many kinds and windows the false alarms are shared out; words have one half of them."""
        others = sum(self._usual.n_kinds(dimension) for dimension in DIMENSIONS if dimension != "topic")
        n_kinds = self._usual.n_kinds("topic") if kind.dimension == "topic" else others
        return 2 * n_kinds * len(WINDOWS)

    def _raise(self, kind: Kind, members: list[Seen], at: datetime, window: timedelta, now: datetime) -> None:
        """An alarm: it belongs to a surge that is known, or begins one by what no other explains."""
        on = [surge for surge in self._surges if surge.ended_at is None]
        related = [surge for surge in on if _is_related(surge, kind, members)]
        if related:
            first = min(related, key=lambda surge: surge.started_at)
            self._join(first, kind, members, related)
            return
        explained = {ticket_id for surge in self._surges for ticket_id in surge.tickets}
        rest = [seen for seen in members if seen.id not in explained]
        if len(rest) < len(members) and not self._is_alarm(kind, rest, at, window):
            return
        again = next((each for each in self._surges if _continues(each, kind, rest, now)), None)
        if again is not None:
            self._replace(again, self._counted(replace(again, ended_at=None), again.kind))
            return
        rest = rest[self._start(kind, rest) :]
        surge = Surge(
            kind=kind,
            raised_by=(kind,),
            window=window,
            started_at=rest[0].at,
            raised_at=now,
            last_at=rest[-1].at,
            n_observed=0,
            n_expected=0.0,
            name="",
            words=(),
            place=None,
            tickets=(),
        )
        self._surges.append(self._counted(surge, kind))

    def _join(self, surge: Surge, kind: Kind, members: list[Seen], related: Collection[Surge]) -> None:
        """One more kind of the same occurrence; others that are the same too are over, as part of this one."""
        joined = surge
        start = min(surge.started_at, members[self._start(kind, members)].at)
        if kind not in surge.raised_by:
            joined = replace(surge, raised_by=(*surge.raised_by, kind))
        if (kind == surge.kind and start < surge.started_at) or (
            kind not in surge.raised_by and self._is_better(kind, members, surge)
        ):
            joined = self._counted(replace(joined, started_at=start), kind)
        if joined is not surge:
            self._replace(surge, joined)
        ids = {seen.id for seen in self.members(joined)}
        for other in related:
            if other is not surge and len(ids.intersection(other.tickets)) >= _COVERED_RATIO * len(other.tickets):
                self._surges = [each for each in self._surges if each is not other]
                if other.id is not None:
                    self._surges.append(replace(other, ended_at=joined.raised_at))

    def _is_better(self, kind: Kind, members: Sequence[Seen], surge: Surge) -> bool:
        """Whether a kind says better than the present one what an occurrence is about.

        A more specific one does where it covers half of the incidents, a broader one where it explains twice as many.
        """
        since = [seen for seen in members if seen.at >= surge.started_at]
        if DIMENSIONS.index(kind.dimension) > DIMENSIONS.index(surge.kind.dimension):
            return len(since) >= _COVERED_RATIO * surge.n_observed
        excess = len(since) - self._usual.expected(kind, surge.started_at, surge.last_at)
        return surge.n_observed < _COVERED_RATIO * excess

    def _start(self, kind: Kind, members: Sequence[Seen]) -> int:
        """The place of the incident with which a surge began: from there on the evidence for it is greatest."""
        until = members[-1].at
        callers: set[str] = set()
        best, place = -1.0, 0
        for at in range(len(members) - 1, -1, -1):
            callers.add(members[at].caller)
            found = evidence(len(callers), max(1e-6, self._usual.expected(kind, members[at].at, until)))
            if len(callers) >= FEWEST_CALLERS and len(members) - at >= FEWEST_TICKETS and found > best:
                best, place = found, at
        return place

    def _grown(self, surge: Surge) -> Surge:
        return surge if surge.ended_at is not None else self._counted(surge, surge.kind)

    def _counted(self, surge: Surge, kind: Kind) -> Surge:
        """A surge by a kind, with its numbers and words as of now; what it has lost from memory stays counted."""
        members = self.members(replace(surge, kind=kind))
        if not members:
            return surge
        ids = [seen.id for seen in members]
        there, before = set(ids), surge.tickets if kind == surge.kind else ()
        tickets = (*(ticket_id for ticket_id in before if ticket_id not in there), *ids)
        if len(before) < MOST_TICKETS:
            n_observed = len(tickets)
        else:
            n_observed = surge.n_observed + len(members) - bisect_right(members, surge.last_at, key=_at)
        place, words = place_of(members), words_of(members, self._usual)
        last_at = max(surge.last_at, members[-1].at)
        return replace(
            surge,
            kind=kind,
            last_at=last_at,
            n_observed=n_observed,
            n_expected=self._usual.expected(kind, surge.started_at, last_at),
            name=name_of(kind, place, words),
            words=words,
            place=place,
            tickets=tickets[:MOST_TICKETS],
        )

    def _ended(self, surge: Surge, now: datetime) -> Surge:
        if surge.ended_at is not None:
            return surge
        hold = max(_HOLD, surge.window)
        found = self._recent.get(surge.kind, [])
        n = len(found) - bisect_right(found, now - hold, key=_at)
        expected = self._usual.expected(surge.kind, now - hold, now)
        is_usual = n <= expected or tail(n, expected, self._usual.dispersion(surge.kind, hold)) > _USUAL_AGAIN
        return replace(surge, ended_at=now) if is_usual else surge

    def _replace(self, old: Surge, new: Surge) -> None:
        self._surges = [new if each is old else each for each in self._surges]


def _is_related(surge: Surge, kind: Kind, members: Sequence[Seen]) -> bool:
    """Whether an alarm tells of the same occurrence: of the same kind or place, or of many of the same incidents."""
    if (surge.kind.dimension == "machine") != (kind.dimension == "machine"):
        return False
    if kind in surge.raised_by or (surge.place is not None and surge.place == place_of(members)):
        return True
    shared = len({seen.id for seen in members}.intersection(surge.tickets))
    return shared >= _SHARED_RATIO * min(len(members), len(surge.tickets))


def _continues(surge: Surge, kind: Kind, members: Sequence[Seen], now: datetime) -> bool:
    """Whether an alarm tells that an occurrence which had ended goes on."""
    return surge.ended_at is not None and surge.ended_at > now - CONTINUES and _is_related(surge, kind, members)
