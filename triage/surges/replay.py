"""What a watch would have told of a desk's history: so that a lead sees its false alarms before he trusts it."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from triage.surges.seen import Kind, Seen
from triage.surges.surge import Surge
from triage.surges.usual import N_READ, WEEKS, Occurrence, Usual, hour_number, learn
from triage.surges.watch import Watch

__all__ = ["Replayed", "alarms_of", "learn_from", "replay"]

_at = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Replayed:
    """The alarms of a history.

    Attributes:
        surges: as they were in the end, in the order of their alarms; one that turned out to be part of another is
            among them, since its alarm came.
        watched_from: since when there was enough history to expect anything; None where there never was.
        until: the last incident.
        n_seen: incidents that were looked at.
    """

    surges: tuple[Surge, ...]
    watched_from: datetime | None
    until: datetime
    n_seen: int

    @property
    def n_months(self) -> float:
        """How long was watched, in months of thirty days."""
        return 0.0 if self.watched_from is None else (self.until - self.watched_from) / timedelta(days=30)


def learn_from(seen: Sequence[Seen], until: datetime) -> Usual | None:
    """What is to be expected after a moment, from the incidents of the weeks before the start of its day.

    Args:
        seen: incidents in order of time.
        until: the moment; what comes later is not looked at.
    """
    day = until.replace(hour=0, minute=0, second=0, microsecond=0)
    end = bisect_left(seen, day, key=_at)
    start = bisect_left(seen, day - timedelta(weeks=WEEKS), key=_at)
    if start == end:
        return None
    past = seen[start:end]
    first = max(day - timedelta(weeks=WEEKS), seen[0].at.replace(hour=0, minute=0, second=0, microsecond=0))
    occurrences = [
        Occurrence(hour_number(each.at), tuple(kind for kind in each.kinds if kind.dimension != "topic"))
        for each in past
    ]
    read = [each for each in past if not each.is_machine][-N_READ:]
    return learn(occurrences, read, first, day)


def alarms_of(seen: Sequence[Seen], on_progress: Callable[[float], None] = lambda _: None) -> Replayed:
    """The alarms that a history would have raised.

    Args:
        seen: incidents in order of time, at least one.
        on_progress: is told the share that is done, 0 to 1.
    """
    surges: dict[tuple[datetime, Kind], Surge] = {}
    watched_from: datetime | None = None
    for place, (each, is_watched, changed) in enumerate(replay(seen), start=1):
        if is_watched and watched_from is None:
            watched_from = each.at
        for surge in changed:
            surges[surge.raised_at, surge.raised_by[0]] = surge
        on_progress(place / len(seen))
    return Replayed(tuple(surges.values()), watched_from, seen[-1].at, len(seen))


def replay(seen: Sequence[Seen]) -> Iterator[tuple[Seen, bool, list[Surge]]]:
    """Gives a history to a watch, incident by incident.

    What is expected is learned anew each day from the days before it. A surge has no id; it keeps its `raised_at` and
    the first of `raised_by`.

    Args:
        seen: incidents in order of time.

    Yields:
        An incident, whether there was enough history to watch, and the surges that began, grew or ended with it.
    """
    usual, learned_on = None, None
    watch: Watch | None = None
    for each in seen:
        if each.at.date() != learned_on:
            usual, learned_on = learn_from(seen, each.at), each.at.date()
            if usual is not None and watch is not None:
                watch.learned(usual)
            elif usual is not None:
                watch = Watch(usual)
        yield each, watch is not None, [] if watch is None else watch.look([each], each.at)
