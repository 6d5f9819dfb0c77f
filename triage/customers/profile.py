"""One pure function from a customer's contacts to their profile, as of a moment.

Why a profile holds what it holds: it is read by people who help the customer. A new measure is a field of
`CustomerProfile`, computed in `profile_customer`, and the same once more for whole histories in
`training/customers/profile_table.py`; a contract test holds the two equal.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log2
from typing import Any

from triage.customers.contact import Contact

__all__ = ["UNKNOWN_DESK", "YEAR", "CustomerProfile", "RatePrior", "profile_customer"]

SEASON, YEAR = timedelta(days=90), timedelta(days=365)

HALF_LIVES = (3.75, 7.5, 15.0, 30.0, 90.0)
"""Days after which a contact counts half, for `CustomerProfile.decayed`; each a power of the last, which saves time."""

HOURS_A_DAY = 8.0
"""More of a day than this nobody works, and so nobody loses."""

HOURS_A_WEEK = 40.0
"""More of one incident does not enter a mean: one that was forgotten would outweigh all others of a season."""

SELF_SERVICE = frozenset({"portal", "self-service", "self_service", "web", "chatbot", "virtual agent"})

NIGHT_ENDS, EVENING_BEGINS, SATURDAY = 5, 19, 5


@dataclass(frozen=True, slots=True)
class RatePrior:
    """What is believed of a customer's rate before they are known: a Gamma distribution.

    Attributes:
        shape: the larger, the more alike customers are.
        days: the desk's mean is `shape / days` further contacts a day.
    """

    shape: float = 0.5
    days: float = 60.0


UNKNOWN_DESK = RatePrior()
"""Half a further contact in sixty days: what is believed where nothing was learned."""


@dataclass(frozen=True, slots=True)
class CustomerProfile:
    """What a customer's contacts say as of a moment.

    Counts reach back the days in their name; what has no days reaches back a year. A ratio (0 to 1) or a mean is None
    where there is nothing to take it of. What people decide later counts once it was settled.

    Attributes:
        customer_id: who.
        as_of: the moment.
        n_contacts_7d: contacts; as are the next three.
        n_contacts_30d: -
        n_contacts_90d: -
        n_contacts_365d: -
        days_since_first: since the first contact of this year; None without one.
        days_since_last: since the last.
        decayed: contacts, each counting half after `HALF_LIVES` days.
        n_active_days_90d: days (UTC) with a contact.
        n_active_weeks_90d: weeks, counted back from the moment.
        contacts_per_30d: the rate that is expected of them: further contacts after the first, over the days since, held
            towards the desk's mean the more the shorter they are known (Gamma-Poisson).
        trend: the last thirty days against the sixty before, in doublings; 0 is no change.
        n_typed: contacts whose type is known.
        incident_ratio: incidents among those.
        n_services: different services; those of incidents: `n_services_with_incidents`.
        n_services_with_incidents: -
        n_topics: different topics.
        n_devices: different devices.
        n_repeats_90d: contacts about a topic that they had contacted the desk about before in these days.
        main_topic: what most contacts of ninety days are about; the first in the alphabet of equals.
        n_main_topic_90d: how many are.
        n_how_to: contacts that ask how something is done.
        n_reopens: tickets closed too early, counted as often as they were.
        n_reopened: the same, each counted once; of `n_reopens_known` tickets.
        n_reopens_known: -
        mean_reassignments: how often a ticket of theirs is handed on; of `n_reassignments_known` tickets.
        n_reassignments_known: -
        hours_lost_90d: to incidents that were resolved, eight hours a day at most for each; of two at once both count.
        mean_hours_lost_90d: the same to one of them, of each forty at most; of `n_resolved_90d` incidents.
        n_resolved_90d: -
        first_contact_ratio: of tickets solved at once.
        satisfaction: their mean answer, in the desk's own unit; of `n_satisfaction` answers.
        n_satisfaction: -
        channels: contacts by channel.
        self_service_ratio: contacts through a portal, among those whose channel is known.
        knowledge_ratio: tickets that an article solved, among those where it is known.
        writing_precision: the mean of their texts.
        out_of_hours_ratio: contacts at night (19 to 5 UTC) or on a weekend.
        automatic_ratio: contacts that a machine wrote.
    """

    customer_id: str
    as_of: datetime
    n_contacts_7d: int = 0
    n_contacts_30d: int = 0
    n_contacts_90d: int = 0
    n_contacts_365d: int = 0
    days_since_first: float | None = None
    days_since_last: float | None = None
    decayed: tuple[float, ...] = (0.0,) * len(HALF_LIVES)
    n_active_days_90d: int = 0
    n_active_weeks_90d: int = 0
    contacts_per_30d: float = 0.0
    trend: float = 0.0
    n_typed: int = 0
    incident_ratio: float | None = None
    n_services: int = 0
    n_services_with_incidents: int = 0
    n_topics: int = 0
    n_devices: int = 0
    n_repeats_90d: int = 0
    main_topic: str | None = None
    n_main_topic_90d: int = 0
    n_how_to: int = 0
    n_reopens: int = 0
    n_reopened: int = 0
    n_reopens_known: int = 0
    mean_reassignments: float | None = None
    n_reassignments_known: int = 0
    hours_lost_90d: float = 0.0
    mean_hours_lost_90d: float | None = None
    n_resolved_90d: int = 0
    first_contact_ratio: float | None = None
    satisfaction: float | None = None
    n_satisfaction: int = 0
    channels: Mapping[str, int] = field(default_factory=dict)
    self_service_ratio: float | None = None
    knowledge_ratio: float | None = None
    writing_precision: float | None = None
    out_of_hours_ratio: float | None = None
    automatic_ratio: float | None = None


def profile_customer(
    customer_id: str, contacts: Iterable[Contact], as_of: datetime, prior: RatePrior = UNKNOWN_DESK
) -> CustomerProfile:
    """The profile of one customer.

    Args:
        customer_id: who.
        contacts: theirs, in any order; those after `as_of`, and those of a year before, are not looked at.
        as_of: the moment, aware.
        prior: what is believed of a rate beforehand.
    """
    since = as_of - YEAR
    year = [contact for contact in contacts if since < contact.opened_at <= as_of]
    if not year:
        return CustomerProfile(customer_id, as_of, contacts_per_30d=30 * prior.shape / prior.days)
    ages = [(as_of - contact.opened_at).total_seconds() / 86_400 for contact in year]
    season = [contact for contact, age in zip(year, ages, strict=True) if age < 90]
    decided = [c for c in year if c.settled_at is None or c.settled_at <= as_of]
    return CustomerProfile(
        customer_id=customer_id,
        as_of=as_of,
        **_counts(ages, season, prior),
        **_subjects(year, season),
        **_outcomes(decided, as_of),
        **_habits(year),
    )


def _counts(ages: list[float], season: list[Contact], prior: RatePrior) -> dict[str, Any]:
    """How often and how recently somebody calls; ages in days."""
    n, n_30d, n_90d, oldest = len(ages), sum([age < 30 for age in ages]), len(season), max(ages)
    return {
        "n_contacts_7d": sum([age < 7 for age in ages]),
        "n_contacts_30d": n_30d,
        "n_contacts_90d": n_90d,
        "n_contacts_365d": n,
        "days_since_first": oldest,
        "days_since_last": min(ages),
        "decayed": _decayed(ages),
        "n_active_days_90d": len({c.opened_at.toordinal() for c in season}),
        "n_active_weeks_90d": len({int(age / 7) for age in ages if age < 90}),
        "contacts_per_30d": 30 * (prior.shape + n - 1) / (prior.days + oldest),
        "trend": log2((n_30d + 1) / ((n_90d - n_30d) / 2 + 1)),
    }


def _subjects(year: list[Contact], season: list[Contact]) -> dict[str, Any]:
    """What somebody calls about."""
    topics = Counter([c.topic for c in season if c.topic is not None])
    main_topic = min(topics, key=lambda topic: (-topics[topic], topic), default=None)
    return {
        "n_services": len({c.service for c in year if c.service is not None}),
        "n_topics": len({c.topic for c in year if c.topic is not None}),
        "n_devices": len({c.device for c in year if c.device is not None}),
        "n_repeats_90d": sum(topics.values()) - len(topics),
        "main_topic": main_topic,
        "n_main_topic_90d": 0 if main_topic is None else topics[main_topic],
        "n_how_to": sum([c.asks_how for c in year]),
    }


def _outcomes(decided: list[Contact], as_of: datetime) -> dict[str, Any]:
    """What became of somebody's tickets, of those about which people have decided."""
    typed = [c for c in decided if c.ticket_type is not None]
    incidents = [c for c in typed if c.ticket_type == "incident"]
    answers = [c.satisfaction for c in decided if c.satisfaction is not None]
    reopens = [c.reopens for c in decided if c.reopens is not None]
    reassignments = [c.reassignments for c in decided if c.reassignments is not None]
    hours = [lost for c in incidents if as_of - c.opened_at < SEASON and (lost := _hours_lost(c, as_of)) is not None]
    return {
        "n_typed": len(typed),
        "incident_ratio": len(incidents) / len(typed) if typed else None,
        "n_services_with_incidents": len({c.service for c in incidents if c.service is not None}),
        "n_reopens": sum(reopens),
        "n_reopened": sum([n > 0 for n in reopens]),
        "n_reopens_known": len(reopens),
        "mean_reassignments": _mean(reassignments),
        "n_reassignments_known": len(reassignments),
        "hours_lost_90d": sum(hours, 0.0),
        "mean_hours_lost_90d": _mean([min(HOURS_A_WEEK, lost) for lost in hours]),
        "n_resolved_90d": len(hours),
        "first_contact_ratio": _mean(
            [c.first_contact_resolution for c in decided if c.first_contact_resolution is not None]
        ),
        "satisfaction": _mean(answers),
        "n_satisfaction": len(answers),
        "knowledge_ratio": _mean([c.used_knowledge for c in decided if c.used_knowledge is not None]),
    }


def _habits(year: list[Contact]) -> dict[str, Any]:
    """How somebody calls: channels, hours, writing."""
    channels = Counter([c.channel for c in year if c.channel is not None])
    n_channels = sum(channels.values())
    n_self_service = sum([k for channel, k in channels.items() if channel.lower() in SELF_SERVICE])
    return {
        "channels": channels,
        "self_service_ratio": n_self_service / n_channels if n_channels else None,
        "writing_precision": _mean([c.writing_precision for c in year if c.writing_precision is not None]),
        "out_of_hours_ratio": sum([_is_out_of_hours(c.opened_at) for c in year]) / len(year),
        "automatic_ratio": sum([c.is_automatic for c in year]) / len(year),
    }


def _decayed(ages: list[float]) -> tuple[float, ...]:
    """Ages in days, each as 2 ** (-age / half-life), summed for every half-life."""
    slowest = [2.0 ** (-age / 90) for age in ages]
    by_30 = [x * x * x for x in slowest]
    by_15 = [x * x for x in by_30]
    by_7 = [x * x for x in by_15]
    return sum([x * x for x in by_7]), sum(by_7), sum(by_15), sum(by_30), sum(slowest)


def _mean(values: list[float] | list[int] | list[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _hours_lost(incident: Contact, as_of: datetime) -> float | None:
    """From filing to resolution; of every day (UTC) that this touches, eight hours at most. None if not resolved."""
    resolved_at = incident.resolved_at
    if resolved_at is None or resolved_at > as_of:
        return None
    hours = (resolved_at - incident.opened_at).total_seconds() / 3_600
    days = resolved_at.toordinal() - incident.opened_at.toordinal() + 1
    return max(0.0, min(hours, HOURS_A_DAY * days))


def _is_out_of_hours(moment: datetime) -> bool:
    return moment.weekday() >= SATURDAY or not NIGHT_ENDS <= moment.hour < EVENING_BEGINS
