"""From contacts to profiles: one pass of numpy over the contacts of all customers who are asked about.

Numpy takes about as long for the contacts of one customer as for those of ten. A new measure is a field of
`CustomerProfile`, computed here, and the same once more for whole histories in
`training/customers/profile_table.py`; a contract test holds the two equal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.customers.contact import Contact
from triage.customers.contact_columns import (
    DAY,
    DECIDED,
    HOUR,
    INCIDENT,
    MISSING,
    OPENED_AT,
    REOPENS,
    RESOLVED_AT,
    SETTLED_AT,
    SUMMED,
    TEXTS,
    TICKET_TYPE,
    ContactColumns,
    microseconds,
)
from triage.customers.profile import (
    EVENING_BEGINS,
    HALF_LIVES,
    HOURS_A_DAY,
    HOURS_A_WEEK,
    NIGHT_ENDS,
    SATURDAY,
    UNKNOWN_DESK,
    CustomerProfile,
    RatePrior,
)

__all__ = ["Asked", "profile_customer", "profile_customers"]

Asked = tuple[str, ContactColumns, datetime]
"""A customer's id, their contacts, and the moment as of which they are asked about, aware."""

Measured = Mapping[str, Sequence[Any]]
"""By the name of a profile's field, its value for each customer."""

_FIELDS = [field.name for field in fields(CustomerProfile)]

_DECAY = -1 / np.array(HALF_LIVES)[:, None]

_OUT_OF_HOURS = np.array(
    [day >= SATURDAY or not NIGHT_ENDS <= hour < EVENING_BEGINS for day in range(7) for hour in range(24)]
)
"""Of each hour of a week, from Monday on."""

_FIRST_HOUR, _HOURS_A_WEEK = 3 * 24, 7 * 24
"""1970 began on a Thursday."""


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
    return profile_customers([(customer_id, ContactColumns.of(contacts), as_of)], prior)[0]


def profile_customers(asked: Iterable[Asked], prior: RatePrior = UNKNOWN_DESK) -> list[CustomerProfile]:
    """The profiles of several customers, in their order; one may be asked about as of several moments.

    Args:
        asked: about whom; contacts after the moment, and those of a year before, are not looked at.
        prior: what is believed of a rate beforehand.
    """
    years = [(who, contacts.until(as_of), as_of) for who, contacts, as_of in asked]
    profiles = _profiles([one for one in years if len(one[1])], prior)
    return [
        next(profiles) if len(year) else CustomerProfile(who, as_of, contacts_per_30d=30 * prior.shape / prior.days)
        for who, year, as_of in years
    ]


def _profiles(asked: Sequence[Asked], prior: RatePrior) -> Iterator[CustomerProfile]:
    """Of customers who all have contacts, all of them to be looked at."""
    if not asked:
        return iter(())
    ids, years, moments = zip(*asked, strict=True)
    year = _Year(years, moments)
    counts = _counts(year)
    measured: Measured = {
        "customer_id": ids,
        "as_of": moments,
        **counts,
        **_rhythm(year, counts, prior),
        **_subjects(year),
        **_sums(year, counts),
        **_hours_lost(year, counts),
    }
    return map(CustomerProfile, *(measured[name] for name in _FIELDS))


class _Year:
    """The contacts of several customers, one customer after the other.

    Attributes:
        names: what the codes of each customer stand for.
        n: how many contacts each made, int64 of shape (n_customers,).
        starts: where the contacts of each begin, of the same shape.
        contacts: the rows of `ContactColumns`, float64 of shape (n_rows, n_contacts). What people had not decided by
            the moment is not known.
        ages: in days, float64 of shape (n_contacts,); as are the next ones.
        hours: whole ones since 1970, int64.
        days: the same.
        in_season: whether a contact is less than ninety days old.
        is_typed: whether its type was known by the moment.
        is_incident: whether it was known to be an incident.
        is_over: whether it was one of the season, and resolved.
    """

    def __init__(self, years: Sequence[ContactColumns], moments: Sequence[datetime]) -> None:
        self.names = [year.names for year in years]
        self.n = np.array([len(year) for year in years])
        self.starts = self.n.cumsum() - self.n
        self.contacts = np.concatenate([year.array for year in years], axis=1)
        as_of = np.array([microseconds(moment) for moment in moments]).repeat(self.n)
        self.ages = (as_of - self.contacts[OPENED_AT]) / DAY
        self.hours = self.contacts[OPENED_AT].astype(np.int64) // HOUR
        self.days = self.hours // 24
        self.in_season = self.ages < 90
        is_decided = ~(self.contacts[SETTLED_AT] > as_of)  # it is also where there is no moment
        decided = self.contacts[DECIDED]
        decided *= is_decided
        self.is_typed = is_decided & (self.contacts[TICKET_TYPE] != MISSING)
        self.is_incident = is_decided & (self.contacts[TICKET_TYPE] == INCIDENT)
        self.is_over = self.is_incident & self.in_season & (self.contacts[RESOLVED_AT] <= as_of)

    def total(self, rows: NDArray[np.float64]) -> list[list[float]]:
        """The sums over each customer's contacts: a list for each row of shape (n_rows, n_contacts)."""
        sums: list[list[float]] = np.add.reduceat(rows, self.starts, axis=1).tolist()
        return sums


def _counts(year: _Year) -> dict[str, list[int]]:
    """How many contacts there are of each kind."""
    begins_day, begins_week = _begins(year)
    kinds = {
        "n_contacts_7d": year.ages < 7,
        "n_contacts_30d": year.ages < 30,
        "n_contacts_90d": year.in_season,
        "n_active_days_90d": begins_day,
        "n_active_weeks_90d": begins_week,
        "n_typed": year.is_typed,
        "n_incidents": year.is_incident,
        "n_reopened": year.contacts[REOPENS] > 0,
        "n_resolved_90d": year.is_over,
        "n_out_of_hours": _is_out_of_hours(year),
    }
    counts = np.add.reduceat(np.array(list(kinds.values())), year.starts, axis=1, dtype=np.int64)
    return {"n_contacts_365d": year.n.tolist(), **dict(zip(kinds, counts.tolist(), strict=True))}


def _begins(year: _Year) -> NDArray[np.bool_]:
    """Whether a contact is a customer's first of a day (UTC), and of a week, of the season; shape (2, n_contacts).

    Those of one day follow one another, as contacts are in order.
    """
    spans = np.array([year.days, year.ages / 7]).astype(np.int64)
    begins = np.empty(spans.shape, dtype=np.bool_)
    begins[:, 1:] = (spans[:, 1:] != spans[:, :-1]) | ~year.in_season[:-1]
    begins[:, year.starts] = True
    begins &= year.in_season
    return begins


def _is_out_of_hours(year: _Year) -> NDArray[np.bool_]:
    hours = year.hours + _FIRST_HOUR
    # numpy divides whole numbers much faster than it takes remainders
    is_out: NDArray[np.bool_] = _OUT_OF_HOURS[hours - hours // _HOURS_A_WEEK * _HOURS_A_WEEK]
    return is_out


def _rhythm(year: _Year, counts: Measured, prior: RatePrior) -> Measured:
    """How often somebody calls, and how recently."""
    n, n_30d, n_90d = counts["n_contacts_365d"], counts["n_contacts_30d"], counts["n_contacts_90d"]
    oldest = year.ages[year.starts].tolist()
    return {
        "days_since_first": oldest,
        "days_since_last": year.ages[year.starts + year.n - 1].tolist(),
        "decayed": list(zip(*year.total(np.exp2(_DECAY * year.ages)), strict=True)),
        "contacts_per_30d": [30 * (prior.shape + k - 1) / (prior.days + age) for k, age in zip(n, oldest, strict=True)],
        "trend": [log2((k + 1) / ((all_ - k) / 2 + 1)) for k, all_ in zip(n_30d, n_90d, strict=True)],
    }


def _subjects(year: _Year) -> Measured:
    """What somebody calls about, and through which channels."""
    n_names = np.array([len(names) for names in year.names])
    begins = n_names.cumsum() - n_names
    counts = _count_names(year, begins, int(n_names.sum()))
    n_services, n_topics, n_devices, _, n_services_with_incidents, n_topics_90d = np.add.reduceat(
        counts > 0, begins, axis=1, dtype=np.int64
    ).tolist()
    by_channel, by_topic = counts[3], counts[5]
    most, n_with_topic = np.maximum.reduceat(by_topic, begins), np.add.reduceat(by_topic, begins).tolist()
    places = ((by_topic == most.repeat(n_names)) & (by_topic > 0)).nonzero()[0]
    main_topic: list[str | None] = [None] * len(year.names)
    for who, topic in _named(year, begins, places):
        known = main_topic[who]
        if known is None or topic < known:
            main_topic[who] = topic
    places = by_channel.nonzero()[0]
    channels: list[dict[str, int]] = [{} for _ in year.names]
    for (who, channel), n in zip(_named(year, begins, places), by_channel[places].tolist(), strict=True):
        channels[who][channel] = n
    return {
        "n_services": n_services,
        "n_services_with_incidents": n_services_with_incidents,
        "n_topics": n_topics,
        "n_devices": n_devices,
        "n_repeats_90d": [n - k for n, k in zip(n_with_topic, n_topics_90d, strict=True)],
        "main_topic": main_topic,
        "n_main_topic_90d": most.tolist(),
        "channels": channels,
    }


def _count_names(year: _Year, begins: NDArray[np.int64], n_names: int) -> NDArray[np.int64]:
    """How many contacts each name of each customer is in; what is missing is counted nowhere.

    Args:
        year: the contacts.
        begins: where each customer's names begin, one customer's after the other's.
        n_names: of all together.

    Returns:
        Int64 of shape (6, n_names). The rows are `TEXTS`, then services of incidents, and topics of ninety days.
    """
    codes = np.empty((6, year.ages.size), dtype=np.int64)
    codes[:4] = year.contacts[TEXTS]
    np.multiply(codes[0], year.is_incident, out=codes[4])
    np.multiply(codes[1], year.in_season, out=codes[5])
    codes += begins.repeat(year.n)
    codes += n_names * np.arange(6)[:, None]
    counts = np.bincount(codes.ravel(), minlength=6 * n_names).reshape(6, n_names)
    counts[:, begins + MISSING] = 0
    return counts


def _named(year: _Year, begins: NDArray[np.int64], places: NDArray[np.int64]) -> Iterator[tuple[int, str]]:
    """Whose name it is, and the name, for some places among everybody's names."""
    owners = begins.searchsorted(places, side="right") - 1
    codes = places - begins[owners]
    return ((who, year.names[who][code]) for who, code in zip(owners.tolist(), codes.tolist(), strict=True))


def _sums(year: _Year, counts: Measured) -> Measured:
    """What is added up contact by contact: what became of somebody's tickets, and how they call."""
    sums = year.total(year.contacts[SUMMED])
    reopens, reassignments, at_first, satisfaction, used_knowledge = sums[:5]
    n_reopens_known, n_reassignments_known, n_first_known, n_satisfaction, n_knowledge_known = sums[5:10]
    precision, n_written, n_how_to, n_automatic, n_self_service, n_with_channel = sums[10:]
    return {
        "incident_ratio": _means(counts["n_incidents"], counts["n_typed"]),
        "n_how_to": _whole(n_how_to),
        "n_reopens": _whole(reopens),
        "n_reopens_known": _whole(n_reopens_known),
        "mean_reassignments": _means(reassignments, n_reassignments_known),
        "n_reassignments_known": _whole(n_reassignments_known),
        "first_contact_ratio": _means(at_first, n_first_known),
        "satisfaction": _means(satisfaction, n_satisfaction),
        "n_satisfaction": _whole(n_satisfaction),
        "self_service_ratio": _means(n_self_service, n_with_channel),
        "knowledge_ratio": _means(used_knowledge, n_knowledge_known),
        "writing_precision": _means(precision, n_written),
        "out_of_hours_ratio": _means(counts["n_out_of_hours"], counts["n_contacts_365d"]),
        "automatic_ratio": _means(n_automatic, counts["n_contacts_365d"]),
    }


def _hours_lost(year: _Year, counts: Measured) -> Measured:
    """To incidents that were resolved, from filing to resolution; of every day (UTC) it touches eight at most."""
    resolved_at = year.contacts[RESOLVED_AT]
    hours = (resolved_at - year.contacts[OPENED_AT]) / HOUR
    n_days = np.floor(resolved_at / DAY) - year.days + 1
    lost = np.empty((2, hours.size))
    # fmax makes 0 of what has no end
    np.multiply(np.fmax(0.0, np.fmin(hours, HOURS_A_DAY * n_days)), year.is_over, out=lost[0])
    np.minimum(HOURS_A_WEEK, lost[0], out=lost[1])
    total, at_most = year.total(lost)
    return {"hours_lost_90d": total, "mean_hours_lost_90d": _means(at_most, counts["n_resolved_90d"])}


def _means(totals: Sequence[float], n: Sequence[float]) -> list[float | None]:
    return [total / k if k else None for total, k in zip(totals, n, strict=True)]


def _whole(numbers: Iterable[float]) -> list[int]:
    return [int(number) for number in numbers]
