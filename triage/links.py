"""What a new ticket belongs to: one that the same person filed before, a surge that is on, a problem that is known.

Silent when unsure: whoever is shown three wrong links reads no fourth. A new kind of link is a name in `LinkKind`, a
function here, and what its end is in `data/links.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from triage.customers.contact import is_automatic, service_of
from triage.duplicates import Likeness, Rarity, ReadTicket, confidence_of, likenesses, read
from triage.notes import as_plain
from triage.problems.incident import words_of
from triage.problems.recognition import Centre, KnownProblem, nearest_problem
from triage.surges.seen import terms_of
from triage.ticket import NewTicket

__all__ = [
    "LINK_KINDS",
    "LINK_STATES",
    "OPEN_FOR",
    "RECENT",
    "ConfirmedProblem",
    "EarlierTicket",
    "FoundLink",
    "LinkKind",
    "LinkState",
    "OpenSurge",
    "duplicates_of",
    "note_of_end",
    "problems_of",
    "surges_of",
    "told_ago",
]

LinkKind = Literal["duplicate", "surge", "problem"]
LINK_KINDS: tuple[LinkKind, ...] = get_args(LinkKind)

LinkState = Literal["suggested", "linked", "dismissed"]
LINK_STATES: tuple[LinkState, ...] = get_args(LinkState)

RECENT = timedelta(days=7)
"""What is said again is said again within days; later the same words are the same trouble once more."""

OPEN_FOR = timedelta(days=30)
"""A ticket that is still open is looked at for so long; what was never closed in an export is not open for ever."""

SHOWN_FROM = 0.9
"""The least confidence with which a duplicate is shown; `docs/links.md` has what that gives."""

MOST_SHOWN = 2
"""Links of a kind that are shown: a third one is hardly ever right."""

MOST_OF_A_PERSON = 20
"""Whoever has filed more that could be meant is an account that many use, or a machine."""

FEWEST_WORDS_ALONE = 2
"""Words of a surge that make a ticket part of it which names no service."""

UNNAMED_SERVICE = 1 / 8
"""By so much a ticket that names no service is less likely to be about the one of a surge."""

FEWEST_IN_SURGE = 20
"""Tickets of a surge before which too many others of the same service are taken for its own; not of a major incident.
"""

PROBLEM_SCORE = 6.0
"""By so much, in natural logarithms of odds, a ticket must be beyond what its problem's centre asks."""

PROBLEM_LASTS = timedelta(days=30)
"""After its last incident a problem that nobody has resolved is likely gone."""

PROBLEM_CONFIDENCE = 0.9
"""How often that is right; see `docs/links.md`."""

BEFORE_SURGE = timedelta(minutes=30)
"""Who calls just before more incidents than usual are seen is hit by the same."""

AFTER_SURGE = timedelta(hours=12)
"""After its latest ticket a surge that nobody has closed is likely over."""

_LONGEST_RESOLUTION = 300
_QUOTED, _SAME_WORDS = 0.7, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierTicket:
    """A ticket that the same person filed before.

    Attributes:
        ticket: as it was filed.
        group: whom it was given to; None where nobody knows yet.
        settled_at: when it was closed or resolved; None while it is open.
        similarity: of both tickets' vectors (`triage/similar.py`), mostly 0 to 1; None where no model can tell.
    """

    ticket: NewTicket
    group: str | None = None
    settled_at: datetime | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSurge:
    """More incidents of one kind than usual, as far as a new ticket is held against it.

    Attributes:
        id: its number.
        name: as people call it.
        service: that its tickets are about; None where they have none in common.
        started_at: when it began.
        last_at: of its latest ticket so far.
        words: that its tickets have in common, the most telling first.
        n_observed: its tickets so far.
        n_expected: as many would have been usual.
        is_major: whether a person has said that it is a major incident.
    """

    id: int
    name: str
    service: str | None
    started_at: datetime
    last_at: datetime
    words: tuple[str, ...]
    n_observed: int
    n_expected: float
    is_major: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedProblem:
    """A problem that people have confirmed, as far as a new ticket is held against it.

    Attributes:
        id: its number.
        name: as people call it.
        state: how far it has come.
        service: what most of its incidents are about; None where nobody says.
        centre: what it is recognised by.
        n_tickets: incidents of it.
        last_seen_at: the last of them.
    """

    id: int
    name: str
    state: str
    service: str | None
    centre: Centre
    n_tickets: int
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLink:
    """What a ticket belongs to.

    Attributes:
        kind: of the other.
        other: the other ticket's id, or the number of a surge or a problem.
        name: of the other, as people call it.
        confidence: 0 to 1.
        reason: in one sentence: what, where, when.
    """

    kind: LinkKind
    other: str
    name: str
    confidence: float
    reason: str


def duplicates_of(new: NewTicket, earlier: Iterable[EarlierTicket], rarity: Rarity, now: datetime) -> list[FoundLink]:
    """Tickets that say what a new one says again, the surest first; none where that is not sure.

    Args:
        new: the ticket.
        earlier: what the same person has filed before; others are to be left out by the caller.
        rarity: how rare a word is at the desk, see `rarity_in`.
        now: the moment as of which is told how long ago something was.
    """
    looked_at = [each for each in earlier if _is_looked_at(new, each, now)]
    if is_automatic(new) or not looked_at or len(looked_at) > MOST_OF_A_PERSON:
        return []
    said, before_all, found = read(new, rarity), [read(each.ticket, rarity) for each in looked_at], []
    for each, before, like in zip(looked_at, before_all, likenesses(said, before_all), strict=True):
        confidence = confidence_of(like, each.similarity)
        if confidence >= SHOWN_FROM and (like.names or (said.says_something and before.says_something)):
            reason = _duplicate_reason(said, before, each, like, now)
            found.append(_to_ticket(each.ticket, confidence, reason))
    return sorted(found, key=lambda one: (-one.confidence, one.other))[:MOST_SHOWN]


def told_ago(then: datetime, now: datetime) -> str:
    """How long ago a moment is, as people say it."""
    minutes = max(int((now - then).total_seconds() // 60), 0)
    if minutes < 2:
        return "a moment ago"
    if minutes < 60:
        return f"{minutes} minutes ago"
    hours = minutes // 60
    if hours < 24:
        return "an hour ago" if hours == 1 else f"{hours} hours ago"
    return "a day ago" if hours < 48 else f"{hours // 24} days ago"


def _is_looked_at(new: NewTicket, earlier: EarlierTicket, now: datetime) -> bool:
    filed, opened_at = earlier.ticket, new.opened_at or now
    if filed.id == new.id or filed.opened_at is None or filed.opened_at > opened_at or is_automatic(filed):
        return False
    is_open = earlier.settled_at is None or earlier.settled_at > opened_at
    return opened_at - filed.opened_at <= (OPEN_FOR if is_open else RECENT)


def _to_ticket(earlier: NewTicket, confidence: float, reason: str) -> FoundLink:
    number = earlier.id_as_filed or earlier.id
    return FoundLink(kind="duplicate", other=earlier.id, name=number, confidence=confidence, reason=reason)


def _duplicate_reason(
    said: ReadTicket, before: ReadTicket, earlier: EarlierTicket, like: Likeness, now: datetime
) -> str:
    number = earlier.ticket.id_as_filed or earlier.ticket.id
    if like.names:
        what = f"It names {number}"
    elif like.quotes >= _QUOTED > like.runs:
        what = f"It quotes {number}"
    elif like.runs >= _SAME_WORDS:
        what = f"It says the same as {number}"
    elif like.has_same_subject:
        what = f"It has the subject of {number}"
    else:
        shared = sorted(said.telling.keys() & before.telling.keys(), key=lambda word: (-said.telling[word], word))[:3]
        what = f"It shares {_listed(shared)} with {number}" if shared else f"It is much like {number}"
    assert earlier.ticket.opened_at is not None  # noqa: S101  (others are not looked at)
    where = f" to {earlier.group}" if earlier.group else ""
    state = "still open" if earlier.settled_at is None else f"closed {told_ago(earlier.settled_at, now)}"
    return f"{what}, which the same person sent{where} {told_ago(earlier.ticket.opened_at, now)} ({state})."


def _listed(shared: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(f"'{one}'" for one in shared[:-1]), f"'{shared[-1]}'")))


def surges_of(new: NewTicket, surges: Iterable[OpenSurge], now: datetime) -> list[FoundLink]:
    """The surge that a new ticket is part of: of its service, with its words, while it lasts; none where unsure.

    Args:
        new: the ticket.
        surges: those that are open.
        now: the moment, for a ticket without one.
    """
    if is_automatic(new):
        return []
    opened_at, found = new.opened_at or now, []
    said, service = set(terms_of(new.subject, new.body)), service_of(new.attributes)
    for surge in surges:
        if not surge.started_at - BEFORE_SURGE <= opened_at <= surge.last_at + AFTER_SURGE:
            continue
        shared = [word for word in surge.words if word in said]
        confidence = _surge_confidence(service, surge, len(shared))
        if confidence >= SHOWN_FROM:
            reason = _surge_reason(surge, shared, now, is_same_service=service is not None and service == surge.service)
            link = FoundLink(kind="surge", other=str(surge.id), name=surge.name, confidence=confidence, reason=reason)
            found.append(link)
    return sorted(found, key=lambda one: (-one.confidence, one.other))[:1]


def problems_of(new: NewTicket, known: Sequence[ConfirmedProblem], now: datetime) -> list[FoundLink]:
    """The known problem that a new ticket belongs to; none where unsure.

    Args:
        new: the ticket.
        known: problems that people have confirmed and not resolved.
        now: the moment, for a ticket without one.
    """
    if is_automatic(new):
        return []  # what machines write, they write again and again
    said, service, opened_at = words_of(new), service_of(new.attributes), new.opened_at or now
    by_number = {each.id: each for each in known if opened_at - each.last_seen_at <= PROBLEM_LASTS}
    id_ = nearest_problem(said, service, [KnownProblem(each.id, each.centre) for each in by_number.values()])
    if id_ is None:
        return []
    problem = by_number[id_]
    is_of_another = service is not None and problem.service is not None and service != problem.service
    if is_of_another or problem.centre.score(said, service) < PROBLEM_SCORE:
        return []
    told = {"known_error": "a known error", "under_investigation": "under investigation"}
    reason = (
        f"It is like the {problem.n_tickets} tickets of {problem.name} ({told.get(problem.state, problem.state)}), "
        f"the last of which came {told_ago(problem.last_seen_at, now)}."
    )
    link = FoundLink(kind="problem", other=str(id_), name=problem.name, confidence=PROBLEM_CONFIDENCE, reason=reason)
    return [link]


def _surge_confidence(service: str | None, surge: OpenSurge, n_shared: int) -> float:
    """How sure it is that a ticket is one of those more than usual.

    Of the tickets of a surge's kind so many as are usual have nothing to do with it: those are the odds to begin with.
    Each word that is shared doubles them. Whoever names no service may mean any; whoever names another one means that.
    """
    is_same = service is not None and service == surge.service
    is_small = surge.n_observed < FEWEST_IN_SURGE and not surge.is_major
    if is_small or (service is not None and not is_same) or n_shared < (1 if is_same else FEWEST_WORDS_ALONE):
        return 0.0
    odds = max(surge.n_observed - surge.n_expected, 0.0) / max(surge.n_expected, 0.5)
    odds *= 2.0**n_shared * (1.0 if is_same else UNNAMED_SERVICE)
    return odds / (1.0 + odds)


def _surge_reason(surge: OpenSurge, shared: Sequence[str], now: datetime, *, is_same_service: bool) -> str:
    what = "major incident" if surge.is_major else "surge"
    where = f" and is about {surge.service}" if is_same_service else ""
    since = f"began {told_ago(surge.started_at, now)} ({surge.n_observed} tickets so far)"
    return f"It says {_listed(shared[:3])}{where} as the {what} '{surge.name}', which {since}."


def note_of_end(kind: LinkKind, name: str, resolution: str | None) -> str:
    """What is written to a ticket when that to which it is linked has ended.

    Args:
        kind: of the other.
        name: of the other: a ticket's number, or what people call a problem or a surge.
        resolution: how it was solved, where somebody wrote that down.
    """
    what = {
        "duplicate": f"The ticket it duplicates, {as_plain(name)}, was closed",
        "problem": f"The problem behind it, {as_plain(name)}, was resolved",
        "surge": f"The incident it is part of, {as_plain(name)}, is over",
    }[kind]
    how = as_plain(resolution or "")
    if len(how) > _LONGEST_RESOLUTION:
        how = f"{how[:_LONGEST_RESOLUTION].rstrip()} ..."
    said = f"{what}: {how}" if how else what
    return f"{said}{'' if said.endswith(('.', '!', '?')) else '.'} You can answer and close this one."
