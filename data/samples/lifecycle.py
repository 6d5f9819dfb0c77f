"""What becomes of a ticket once it is filed: who gets it, how long it takes, how it ends, and what is still open.

Everything here happens after filing; a new outcome is a field of `WorkedTicket`, decided in `Workshop.work`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType

from data.samples.catalogue import Catalogue
from data.samples.occasions import Occasion
from data.samples.phrases import load_phrasebook
from data.samples.slots import pick
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["GROUP_NOISE", "TYPE_NOISE", "Stakes", "Workshop", "draw_stakes"]

GROUP_NOISE = 0.05
"""How often the recorded assignment group is not the one that had the knowledge."""

TYPE_NOISE = 0.03
"""How often an incident is recorded as a request, or the other way round."""

_PRIORITY_NOISE = 0.04
_ANSWERED_RATIO = 0.15

_PRIORITIES = ("1 - Critical", "2 - High", "3 - Moderate", "4 - Low")
_LEVELS = ("1 - High", "2 - Medium", "3 - Low")
# rows: impact, columns: urgency; positions in _PRIORITIES
_MATRIX = ((0, 1, 2), (1, 2, 3), (2, 3, 3))
_TYPICAL_HOURS = (2.5, 7.0, 22.0, 46.0)
_SLA_HOURS = (4.0, 12.0, 72.0, 168.0)

_CLOSURE_CODES = {
    True: ("Solved permanently", "Solved by workaround", "Not reproducible", "Solved by caller"),
    False: ("Fulfilled", "Fulfilled in part", "Declined", "Withdrawn by caller"),
}
_CLOSURE_ATTRIBUTES = {
    code: MappingProxyType({"closure_code": code}) for codes in _CLOSURE_CODES.values() for code in codes
}
_DONE = (
    "Done as asked.",
    "Set up {service} for {name}.",
    "Approved by the manager and carried out.",
    "Provided, {name} was informed.",
    "Request for {service} fulfilled.",
    "Explained to {name} how to do it.",
)
_FIXED = (
    "{fix} User confirmed.",
    "{fix}",
    "{fix} Informed {name} by mail.",
    "Remote session with {name}. {fix}",
    "{fix} No further questions.",
    "Called the user. {fix}",
)


@dataclass(frozen=True, slots=True)
class Stakes:
    """How bad and how pressing a ticket is, each 0 (high) to 2 (low)."""

    impact: int
    urgency: int


def draw_stakes(rng: Random, occasion: Occasion) -> Stakes:
    """The stakes of an occasion: a failed release hits many, a wish hardly ever hurries."""
    if occasion.change_id or occasion.problem_id or occasion.is_alert:
        return Stakes(_level(rng, 0.3, 0.7), _level(rng, 0.3, 0.75))
    if occasion.is_incident:
        return Stakes(_level(rng, 0.1, 0.4), _level(rng, 0.2, 0.6))
    return Stakes(_level(rng, 0.02, 0.2), _level(rng, 0.06, 0.36))


def _level(rng: Random, high: float, up_to_medium: float) -> int:
    chance = rng.random()
    return 0 if chance < high else 1 if chance < up_to_medium else 2


class Workshop:
    """The people behind the desk, working one ticket after the other.

    Args:
        rng: source of all chance.
        catalogue: services, groups, and which groups are confused.
        closes_at: the moment of the export; what would happen later is not known, and the ticket is open.
    """

    def __init__(self, rng: Random, catalogue: Catalogue, closes_at: datetime) -> None:
        self._rng = rng
        self._catalogue = catalogue
        self._closes_at = closes_at
        self._fixes = {
            name: tuple(fix.head for fix in said.fixes) for name, said in load_phrasebook("en").services.items()
        }
        self._first_agent = {group: 100 + 10 * at for at, group in enumerate(catalogue.groups)}

    def work(self, filed: NewTicket, occasion: Occasion, stakes: Stakes) -> WorkedTicket:
        """The ticket as the export knows it, with the outcome where it was resolved in time."""
        rng, group = self._rng, occasion.service.group
        priority = self._priority(stakes)
        reassignments = min(6, int(rng.expovariate(1.6))) if not occasion.is_alert else 0
        resolved_at = self._resolved_at(occasion, priority, reassignments)
        is_incident = occasion.is_incident != (rng.random() < TYPE_NOISE)
        astray = rng.random() < GROUP_NOISE
        case = WorkedTicket(
            filed=filed,
            ticket_type="incident" if is_incident else "request",
            assignment_group=pick(rng, self._catalogue.mistaken_for[group]) if astray else group,
            priority=_PRIORITIES[priority],
            impact=_LEVELS[stakes.impact],
            urgency=_LEVELS[stakes.urgency],
            category=occasion.service.name,
            problem_id=occasion.problem_id,
            change_id=occasion.change_id,
            reassignments=reassignments,
            reopens=0,
        )
        return case if resolved_at >= self._closes_at else self._resolve(case, occasion, priority, resolved_at)

    def _resolve(self, case: WorkedTicket, occasion: Occasion, priority: int, resolved_at: datetime) -> WorkedTicket:
        rng, service = self._rng, occasion.service
        reassignments = case.reassignments or 0
        hours = (resolved_at - occasion.opened_at).total_seconds() / 3_600
        made_sla = hours <= _SLA_HOURS[priority]
        reopens = (rng.random() < 0.06) + (rng.random() < 0.01)
        at_once = reassignments == 0 and reopens == 0 and hours < 1.0 and not occasion.is_alert
        closed_at = resolved_at + timedelta(days=3 + int(rng.random() * 3), minutes=int(rng.random() * 60))
        known = rng.random() < (0.4 if occasion.is_incident else 0.3)
        article = self._catalogue.services.index(service) * 10 + int(rng.random() * 6) if known else None
        return replace(
            case,
            resolved_at=resolved_at,
            closed_at=closed_at if closed_at < self._closes_at else None,
            reopens=reopens,
            resolved_by=f"AG{self._first_agent[service.group] + int(rng.random() * 6)}",
            resolution=self._note(occasion),
            knowledge_article=None if article is None else f"KB{article:05d}",
            satisfaction=self._satisfaction(made_sla=made_sla, annoyances=reopens + reassignments, occasion=occasion),
            made_sla=made_sla,
            first_contact_resolution=at_once,
            effort_minutes=float(round(rng.lognormvariate(2.9, 0.8) * (1 + 0.4 * reassignments))),
            attributes=_CLOSURE_ATTRIBUTES[self._closure_code(occasion.is_incident)],
        )

    def _priority(self, stakes: Stakes) -> int:
        priority = _MATRIX[stakes.impact][stakes.urgency]
        if self._rng.random() < _PRIORITY_NOISE:
            priority += 1 if self._rng.random() < 0.5 else -1
        return min(3, max(0, priority))

    def _resolved_at(self, occasion: Occasion, priority: int, reassignments: int) -> datetime:
        """When it was resolved: a fifth at once, the others in hours by priority; nights and weekends are for P1."""
        rng, opened_at = self._rng, occasion.opened_at
        if reassignments == 0 and rng.random() < 0.3:
            return opened_at + timedelta(seconds=240 + int(rng.random() * 3_000))
        wish = 1.0 if occasion.is_incident else 1.5
        hours = _TYPICAL_HOURS[priority] * wish * (1 + 0.45 * reassignments) * rng.lognormvariate(0.0, 0.85)
        resolved_at = opened_at + timedelta(seconds=int(hours * 3_600))
        return resolved_at if priority == 0 else self._in_working_hours(resolved_at)

    def _in_working_hours(self, moment: datetime) -> datetime:
        if moment.weekday() < 5 and 6 <= moment.hour < 18:
            return moment
        days = 1 if moment.hour >= 18 else 0
        weekday = (moment.weekday() + days) % 7
        days += 7 - weekday if weekday >= 5 else 0
        morning = moment.replace(hour=6, minute=0, second=0) + timedelta(days=days)
        return morning + timedelta(seconds=int(self._rng.random() * 10_800))

    def _note(self, occasion: Occasion) -> str:
        fix = pick(self._rng, self._fixes[occasion.service.name])
        if occasion.is_alert:
            return fix
        note = pick(self._rng, _FIXED if occasion.is_incident else _DONE)
        return note.format(fix=fix, name=occasion.customer.display_name, service=occasion.service.name)

    def _closure_code(self, is_incident: bool) -> str:
        code = min(3, int(self._rng.expovariate(1.2)))
        return _CLOSURE_CODES[is_incident][code]

    def _satisfaction(self, *, made_sla: bool, annoyances: int, occasion: Occasion) -> float | None:
        if occasion.is_alert or self._rng.random() >= _ANSWERED_RATIO:
            return None
        mood = self._rng.gauss(4.5 if made_sla else 3.0, 0.8) - 0.3 * annoyances
        return float(min(5, max(1, round(mood))))
