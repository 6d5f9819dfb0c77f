"""A customer's measures beside their own usual and the desk's, so that a number alone is not taken for a judgement."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from triage.customers.norms import DeskNorms
from triage.customers.profile import CustomerProfile

__all__ = ["USUAL_ENDS", "Comparison", "Unit", "compare"]

USUAL_ENDS = 90
"""Days before now at which a customer's usual ends: what is compared with it is not part of it."""

FEWEST_DAYS = 30.0
"""Who was known for fewer days before that has no usual yet."""

Unit = Literal["number", "share", "hours"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of a customer.

    Attributes:
        title: in plain words.
        unit: of the numbers; a share is 0 to 1.
        now: as of now; None where nothing is known.
        usual: of the year that ended `USUAL_ENDS` days ago.
        desk: of this desk: of counts what a typical customer has, else over all tickets.
    """

    title: str
    unit: Unit
    now: float | None
    usual: float | None
    desk: float | None


def compare(now: CustomerProfile, before: CustomerProfile, norms: DeskNorms) -> list[Comparison]:
    """A customer's measures, those left out of which nothing is known.

    Args:
        now: their profile.
        before: the same as of `USUAL_ENDS` days ago.
        norms: what is ordinary at the desk.
    """
    rates = norms.rates
    is_learned = norms.n_customers > 0
    typical = norms.typical if is_learned else {}
    rows: list[tuple[str, Unit, Callable[[CustomerProfile], float | None], float | None]] = [
        ("services with incidents in a year", "number", _services, typical.get("n_services_with_incidents")),
        ("incidents among contacts whose type is known", "share", lambda p: p.incident_ratio, rates.incident_ratio),
        ("contacts that ask how something is done", "share", _how_to, rates.how_to_ratio),
        ("tickets that were reopened", "share", _reopened, rates.reopened_ratio),
        ("times that a ticket was handed on", "number", lambda p: p.mean_reassignments, rates.mean_reassignments),
        ("hours lost to an incident", "hours", lambda p: p.mean_hours_lost_90d, rates.mean_hours_lost),
        ("answers about satisfaction", "number", lambda p: p.satisfaction, norms.satisfaction),
        ("signs of a precise report in their texts", "share", _precision, typical.get("writing_precision")),
    ]
    contacts = Comparison(
        "contacts in 30 days",
        "number",
        float(now.n_contacts_30d),
        _monthly(before),
        typical.get("n_contacts_30d"),
    )
    others = [Comparison(title, unit, of(now), _known(of, before), desk) for title, unit, of, desk in rows]
    return [contacts, *(each for each in others if each.now is not None)]


def _monthly(before: CustomerProfile) -> float | None:
    days = before.days_since_first
    return None if days is None or days < FEWEST_DAYS else FEWEST_DAYS * before.n_contacts_365d / days


def _known(of: Callable[[CustomerProfile], float | None], before: CustomerProfile) -> float | None:
    return of(before) if before.n_contacts_365d else None


def _services(profile: CustomerProfile) -> float | None:
    return float(profile.n_services_with_incidents) if profile.n_typed else None


def _how_to(profile: CustomerProfile) -> float | None:
    return profile.n_how_to / profile.n_contacts_365d if profile.n_contacts_365d else None


def _reopened(profile: CustomerProfile) -> float | None:
    return profile.n_reopened / profile.n_reopens_known if profile.n_reopens_known else None


def _precision(profile: CustomerProfile) -> float | None:
    return profile.writing_precision
