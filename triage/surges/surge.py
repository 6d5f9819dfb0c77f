"""One surge: what its incidents have in common, since when, how many, and its name in its own words."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from triage.surges.seen import Kind, Seen
from triage.surges.usual import Usual

__all__ = ["MOST_TICKETS", "Surge", "name_of", "place_of", "words_of"]

MOST_TICKETS = 1_000
"""So many of its tickets are known by their ids; more are counted and not kept."""

MOST_WORDS = 8

_MAIN_RATIO = 0.6
_WORD_RATIO, _FEWEST_WITH_A_WORD, _LEAST_LIFT = 0.25, 3, 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """More incidents of one kind than were to be expected.

    Attributes:
        id: where it is stored; None for one that is not.
        kind: what its incidents have in common, the most specific that covers most of them.
        raised_by: every kind that raised an alarm for it.
        window: the one that raised the first alarm.
        started_at: when its first incident was opened.
        raised_at: when the first alarm was raised.
        last_at: of its latest incident.
        n_observed: its incidents.
        n_expected: how many of its kind were to be expected from its start up to its latest.
        name: in its own words.
        words: that its incidents have in common, the most telling first.
        place: the service or group of most of them; None where they have none in common.
        tickets: their ids in order of time, `MOST_TICKETS` at most.
        ended_at: when the rate was usual again; None while it is not.
    """

    id: int | None = None
    kind: Kind
    raised_by: tuple[Kind, ...]
    window: timedelta
    started_at: datetime
    raised_at: datetime
    last_at: datetime
    n_observed: int
    n_expected: float
    name: str
    words: tuple[str, ...]
    place: str | None
    tickets: tuple[str, ...] = field(repr=False)
    ended_at: datetime | None = None


def place_of(members: Collection[Seen]) -> str | None:
    """The service of most of these incidents, else their group; None where they have neither in common."""
    for named in ([seen.service for seen in members], [seen.group for seen in members]):
        found = Counter(each for each in named if each)
        if found:
            name, n = found.most_common(1)[0]
            if n >= _MAIN_RATIO * len(members):
                return name
    return None


def words_of(members: Sequence[Seen], usual: Usual) -> tuple[str, ...]:
    """The words that these incidents have in common and others have not, the most telling first.

    A word of fewer than three of them is one person's.
    """
    counts = Counter(term for seen in members for term in seen.terms)
    fewest = max(_FEWEST_WITH_A_WORD, _WORD_RATIO * len(members))
    lifts = {term: usual.lift(term, n / len(members)) for term, n in counts.items() if n >= fewest}
    telling = [term for term, lift in lifts.items() if lift >= _LEAST_LIFT]
    return tuple(sorted(telling, key=lambda term: (-lifts[term], term))[:MOST_WORDS])


def name_of(kind: Kind, place: str | None, words: Sequence[str]) -> str:
    """A surge in a few words, such as `VPN: tunnel, tun-4471`."""
    if kind.dimension == "machine":
        where = "Machines"
    elif kind.dimension in ("service", "group"):
        where = kind.value
    else:
        where = place or "Several services"
    told = [kind.value, *(word for word in words if word != kind.value)] if kind.dimension == "topic" else list(words)
    return f"{where}: {', '.join(told[:3])}" if told else where
