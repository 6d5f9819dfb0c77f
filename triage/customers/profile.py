"""What a profile holds: what the people who help a customer read of them.

A new measure is a field of `CustomerProfile`, computed in `triage/customers/profiling.py`, and the same once more for
whole histories in `training/customers/profile_table.py`; a contract test holds the two equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

__all__ = ["UNKNOWN_DESK", "YEAR", "CustomerProfile", "RatePrior"]

YEAR = timedelta(days=365)

HALF_LIVES = (3.75, 7.5, 15.0, 30.0, 90.0)
"""Days after which a contact counts half, for `CustomerProfile.decayed`."""

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
