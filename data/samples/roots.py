"""A generated desk with what its incidents come from: recurring faults, the changes that caused them, one outage.

For the demo, tests and benchmarks of whatever looks for problems, causes and surges. The ordinary desk of `desk.py` is
in it unchanged but for its ticket numbers; what is planted comes on top. What people say stands in `faults.toml`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random

from data.samples.catalogue import Catalogue, Service, load_catalogue
from data.samples.desk import N_MONTHS, Desk, file_and_work, generate_desk
from data.samples.faults import Fault, load_faults, outage_phrases
from data.samples.occasions import Occasion, Planner
from data.samples.people import LOCATIONS, SampleCustomer, make_customers
from data.samples.phrases import Phrase
from data.samples.rhythm import Rhythm, months_before
from data.samples.slots import pick
from triage.errors import InvalidInput
from triage.ticket import WorkedTicket

__all__ = ["DeskWithRoots", "Outage", "SampleChange", "generate_desk_with_roots"]

CAUSED_RATIO = 0.7
"""How many of the problems have their cause in the list of changes."""

UNRELATED_RATIO = (10, 20)
"""How many changes caused nothing, for each that did."""

CAUSE_HOURS = (0.5, 72.0)
"""How long after a change the first incident comes in."""

N_INCIDENTS = (8, 60)
"""Of one problem, over `N_DAYS` days."""

N_DAYS = (14, 120)

N_CUT_OFF = (40, 120)
"""Incidents of the outage, within `OUTAGE_MINUTES` of its start; most come early."""

OUTAGE_MINUTES = 90.0

_TYPICAL_MINUTES = 35.0
_WRONG_GROUP_RATIO, _REOPENED_RATIO = 0.15, 0.15
_NO_SERVICE_RATIO, _RELEASE_RATIO = 0.1, 0.3
_FIRST_DAY, _LAST_DAYS = 90, 30
"""No problem and no outage in the desk's first three months, nor in its last one."""


@dataclass(frozen=True, slots=True)
class SampleChange:
    """What was changed, when; `kind` is `change` or `release`, `service` None where nobody wrote it down."""

    id: str
    kind: str
    title: str
    service: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """A service that failed as a whole at a moment, and the tickets that tell of it."""

    start: datetime
    service: str
    ticket_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class DeskWithRoots:
    """A desk and what only its generator knows of the roots of its incidents.

    Attributes:
        desk: the ordinary tickets and the planted ones in order of time, numbered anew.
        changes: in order of time: the causes, the ordinary desk's releases, and what caused nothing.
        problem_of: from ticket id to the number of the planted problem, from 1; no other ticket is in it.
        cause_of: from the number of a problem to the id of the change that caused it; absent where none did.
        outage: the planted one.
    """

    desk: Desk
    changes: tuple[SampleChange, ...]
    problem_of: Mapping[str, int]
    cause_of: Mapping[int, str]
    outage: Outage

    @property
    def tickets(self) -> tuple[WorkedTicket, ...]:
        """All tickets, in order of time."""
        return self.desk.tickets


@dataclass(frozen=True, slots=True)
class _Planted:
    """A ticket with its true group and the problem that it belongs to; 0 for the outage, None for an ordinary one."""

    ticket: WorkedTicket
    group: str
    type_: str
    root: int | None


@dataclass(frozen=True, slots=True)
class _Draft:
    """A change before it has a number; `problem` is the one that it caused."""

    kind: str
    title: str
    service: str | None
    at: datetime
    problem: int | None = None
    id: str | None = None


def generate_desk_with_roots(
    *,
    n_tickets: int = 8000,
    n_customers: int = 600,
    seed: int = 7,
    n_problems: int = 12,
    end: date = date(2026, 6, 30),
) -> DeskWithRoots:
    """The desk of `generate_desk` with planted problems, changes and one outage.

    Args:
        n_tickets: of the ordinary desk; what is planted comes on top, about one in fifteen at the defaults.
        n_customers: as for the ordinary desk, and at least 130, of which the outage needs up to 120.
        seed: another seed is another desk with other problems.
        n_problems: each is a fault of another service.
        end: the day of the export.

    Raises:
        InvalidInput: when there are too few tickets or customers, or more problems than faults to choose from.
    """
    faults = load_faults().faults
    if not 1 <= n_problems < len(faults):
        raise InvalidInput(f"A sample desk has 1 to {len(faults) - 1} planted problems, not {n_problems}.")
    if n_customers < N_CUT_OFF[1] + 10:
        raise InvalidInput(f"An outage needs a desk of {N_CUT_OFF[1] + 10} customers, not {n_customers}.")
    ordinary = generate_desk(n_tickets=n_tickets, n_customers=n_customers, seed=seed, end=end)
    planter = _Planter(seed, ordinary, Rhythm(months_before(end + timedelta(days=1), N_MONTHS), end))
    return planter.plant(planter.rng.sample(faults, n_problems), _releases(n_customers, seed, end))


def _releases(n_customers: int, seed: int, end: date) -> list[_Draft]:
    """The ordinary desk's own releases: its planner draws them from the same chance, before any ticket."""
    rng = Random(seed)  # noqa: S311  (nothing here is secret)
    catalogue = load_catalogue()
    rhythm = Rhythm(months_before(end + timedelta(days=1), N_MONTHS), end)
    customers = make_customers(rng, n_customers, len(catalogue.services), rhythm.n_months)
    return [
        _Draft(
            kind="release",
            title=f"{release.service.name}: monthly release",
            service=release.service.name,
            at=datetime.combine(release.released_on, datetime.min.time(), UTC) + timedelta(hours=19),
            id=release.change_id,
        )
        for release in Planner(rng, catalogue, customers, rhythm).releases
    ]


class _Planter:
    """Puts roots into one desk.

    Args:
        seed: of the desk; this draws from another source of chance, so that the ordinary tickets stay as they are.
        ordinary: the desk.
        rhythm: when its people call.
    """

    def __init__(self, seed: int, ordinary: Desk, rhythm: Rhythm) -> None:
        self.rng = Random(f"roots {seed}")  # noqa: S311  (nothing here is secret)
        self._ordinary = ordinary
        self._rhythm = rhythm
        self._catalogue: Catalogue = load_catalogue()
        self._services = {service.name: service for service in self._catalogue.services}
        self._people = ordinary.customers[2:]  # the accounts of machines and of a branch are no people
        self._cum_rates = list(accumulate(person.contact_rate for person in self._people))

    def plant(self, faults: Sequence[Fault], releases: Sequence[_Draft]) -> DeskWithRoots:
        """The desk with these faults, and the outage of a service that has none of them."""
        planted: list[_Planted] = []
        drafts = list(releases)
        n_caused = round(CAUSED_RATIO * len(faults))
        for number, fault in enumerate(faults, start=1):
            cause = self._cause(fault.service, number) if number <= n_caused else None
            drafts.extend([cause] if cause is not None else [])
            occasions = self._recurrences(fault, cause)
            planted.extend(self._as_planted(number, ticket) for ticket in self._worked(occasions))
        drafts.extend(self._unrelated(n_caused))
        service = pick(self.rng, [each for each in self._catalogue.services if each.name not in _named(faults)])
        start, occasions = self._cut_off(service)
        planted.extend(self._as_planted(0, ticket) for ticket in self._worked(occasions))
        return self._join(planted, drafts, start, service.name)

    def _cause(self, service: str, number: int) -> _Draft:
        rng, start = self.rng, self._rhythm.start
        n_days = (self._rhythm.end - start).days - _FIRST_DAY - _LAST_DAYS
        day = start + timedelta(days=_FIRST_DAY + int(n_days * rng.random()))
        return _Draft(self._kind(), self._title(service), service, self._change_moment(day), number)

    def _change_moment(self, day: date) -> datetime:
        """Half of the changes are made in the evening, half while people work."""
        rng = self.rng
        if rng.random() < 0.5:
            return self._rhythm.moment_on(rng, day)
        return datetime(day.year, day.month, day.day, 18, tzinfo=UTC) + timedelta(seconds=int(rng.random() * 18_000))

    def _kind(self) -> str:
        return "release" if self.rng.random() < _RELEASE_RATIO else "change"

    def _title(self, service: str | None) -> str:
        rng, book = self.rng, load_faults()
        phrase: Phrase = pick(rng, book.other_titles if service is None else book.change_titles)
        values = {
            "service": service or "",
            "version": f"{1 + int(rng.random() * 24)}.{int(rng.random() * 10)}",
            "place": pick(rng, LOCATIONS),
        }
        return phrase.head + "".join(values[slot] + tail for slot, tail in phrase.slots)

    def _unrelated(self, n_caused: int) -> Iterator[_Draft]:
        rng, start = self.rng, self._rhythm.start
        n_days = (self._rhythm.end - start).days
        for _ in range(n_caused * rng.randint(*UNRELATED_RATIO)):
            service = None if rng.random() < _NO_SERVICE_RATIO else pick(rng, self._catalogue.services).name
            day = start + timedelta(days=int(n_days * rng.random()))
            yield _Draft(self._kind(), self._title(service), service, self._change_moment(day))

    def _recurrences(self, fault: Fault, cause: _Draft | None) -> list[Occasion]:
        """The incidents of a fault: the first soon after its cause, the others on any day until somebody mends it."""
        rng, service = self.rng, self._services[fault.service]
        first = self._any_first() if cause is None else self._first_after(cause.at)
        n_days = min(rng.randint(*N_DAYS), (self._rhythm.end - first.date()).days)
        moments = [first]
        n_incidents = rng.randint(*N_INCIDENTS)
        while len(moments) < n_incidents:
            day = first.date() + timedelta(days=int((n_days + 1) * rng.random()))
            moment = self._rhythm.moment_on(rng, day)
            if day.weekday() < 5 and first <= moment < self._rhythm.closes_at:
                moments.append(moment)
        return [self._incident(moment, service, fault) for moment in sorted(moments)]

    def _any_first(self) -> datetime:
        n_days = (self._rhythm.end - self._rhythm.start).days - _FIRST_DAY - _LAST_DAYS
        day = self._rhythm.start + timedelta(days=_FIRST_DAY + int(n_days * self.rng.random()))
        return self._rhythm.moment_on(self.rng, day - timedelta(days=max(0, day.weekday() - 4)))

    def _first_after(self, cause: datetime) -> datetime:
        """A moment at which people call, within the hours in which a fault is noticed."""
        least, most = (timedelta(hours=hours) for hours in CAUSE_HOURS)
        for _ in range(1_000):
            moment = self._rhythm.moment_on(self.rng, (cause + self.rng.random() * most).date())
            if least <= moment - cause <= most and moment.weekday() < 5:
                return moment
        return cause + least + self.rng.random() * (most - least)

    def _incident(self, moment: datetime, service: Service, fault: Fault) -> Occasion:
        return Occasion(moment, self._who_calls(moment), service, is_incident=True, said=fault.said)

    def _who_calls(self, moment: datetime) -> SampleCustomer:
        month = self._rhythm.month_of(moment.date())
        while True:
            person = self._people[bisect_right(self._cum_rates, self.rng.random() * self._cum_rates[-1])]
            if person.joined_month <= month:
                return person

    def _cut_off(self, service: Service) -> tuple[datetime, list[Occasion]]:
        """When the outage began, in working hours, and who reported it; nobody reports it twice."""
        rng, rhythm = self.rng, self._rhythm
        n_days = (rhythm.end - rhythm.start).days - _FIRST_DAY - _LAST_DAYS
        day = rhythm.start + timedelta(days=_FIRST_DAY + int(n_days * rng.random()))
        day -= timedelta(days=max(0, day.weekday() - 4))
        start = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(seconds=int(rng.random() * 21_600))
        known = [person for person in self._people if person.joined_month <= rhythm.month_of(day)]
        occasions = []
        for person in rng.sample(known, min(len(known), rng.randint(*N_CUT_OFF))):
            minutes = OUTAGE_MINUTES
            while minutes >= OUTAGE_MINUTES:
                minutes = rng.expovariate(1 / _TYPICAL_MINUTES)
            moment = start + timedelta(seconds=int(minutes * 60))
            occasions.append(Occasion(moment, person, service, is_incident=True, said=outage_phrases(service.name)))
        return start, sorted(occasions, key=lambda occasion: occasion.opened_at)

    def _worked(self, occasions: list[Occasion]) -> tuple[WorkedTicket, ...]:
        return file_and_work(self.rng, self._catalogue, self._rhythm, occasions)

    def _as_planted(self, root: int, ticket: WorkedTicket) -> _Planted:
        """Some go to the wrong group, some come back: a fault of which nobody knows is worked like that."""
        rng, group = self.rng, self._services[str(ticket.category)].group
        if rng.random() < _WRONG_GROUP_RATIO:
            ticket = replace(ticket, assignment_group=pick(rng, self._catalogue.mistaken_for[group]))
        if ticket.resolved_at is not None and rng.random() < _REOPENED_RATIO:
            ticket = replace(ticket, reopens=(ticket.reopens or 0) + 1, first_contact_resolution=False)
        return _Planted(ticket, group, "incident", root)

    def _join(
        self, planted: Iterable[_Planted], drafts: Iterable[_Draft], start: datetime, outage: str
    ) -> DeskWithRoots:
        ordinary = self._ordinary
        truths = zip(ordinary.tickets, ordinary.true_groups, ordinary.true_types, strict=True)
        every = [*(_Planted(*truth, None) for truth in truths), *planted]
        every.sort(key=lambda one: one.ticket.filed.opened_at or start)
        tickets = tuple(
            replace(one.ticket, filed=replace(one.ticket.filed, id=f"TKT{number:07d}"))
            for number, one in enumerate(every, start=1)
        )
        root_of = {ticket.filed.id: one.root for ticket, one in zip(tickets, every, strict=True)}
        desk = replace(
            ordinary,
            tickets=tickets,
            true_groups=tuple(one.group for one in every),
            true_types=tuple(one.type_ for one in every),
        )
        changes, cause_of = _numbered(drafts)
        return DeskWithRoots(
            desk=desk,
            changes=changes,
            problem_of={ticket_id: root for ticket_id, root in root_of.items() if root},
            cause_of=cause_of,
            outage=Outage(start, outage, frozenset(ticket_id for ticket_id, root in root_of.items() if root == 0)),
        )


def _named(faults: Iterable[Fault]) -> set[str]:
    return {fault.service for fault in faults}


def _numbered(drafts: Iterable[_Draft]) -> tuple[tuple[SampleChange, ...], dict[int, str]]:
    """The changes in order of time, numbered where they have no number yet, and which of them caused which problem."""
    changes, cause_of = [], {}
    for number, draft in enumerate(sorted(drafts, key=lambda draft: (draft.at, draft.title)), start=1):
        change_id = draft.id or f"CHG{10_000 + number}"
        changes.append(SampleChange(change_id, draft.kind, draft.title, draft.service, draft.at))
        if draft.problem is not None:
            cause_of[draft.problem] = change_id
    return tuple(changes), cause_of
