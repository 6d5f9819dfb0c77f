"""The profiles of all customers at once: what `profile_customer` measures of one, as expressions over a table.

A new measure of `CustomerProfile` is an expression here under the same name; a contract test holds the two equal. The
expressions are Ibis's: DuckDB runs them in the process, and Ibis could write them for a warehouse.
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from triage.customers.profile import (
    EVENING_BEGINS,
    HALF_LIVES,
    HOURS_A_DAY,
    HOURS_A_WEEK,
    NIGHT_ENDS,
    SATURDAY,
    SELF_SERVICE,
    YEAR,
    CustomerProfile,
    RatePrior,
)

__all__ = ["profile_contacts", "profile_table", "profiles_of"]

_FIELDS = [field.name for field in fields(CustomerProfile)]

_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def profile_contacts(contacts: pa.Table, as_of: datetime, prior: RatePrior) -> pa.Table:
    """The rows of `profile_table`, for contacts in the columns of `CONTACTS`; DuckDB works in memory."""
    engine = ibis.duckdb.connect()
    try:
        return engine.to_pyarrow(profile_table(ibis.memtable(contacts), as_of, prior))
    finally:
        engine.disconnect()


def profiles_of(rows: pa.Table) -> Iterator[CustomerProfile]:
    """The profiles that the rows of `profile_table` are, one after the other."""
    for batch in rows.select(_FIELDS).to_batches(max_chunksize=10_000):
        columns = {name: batch.column(name).to_pylist() for name in _FIELDS}
        columns["as_of"] = [moment.replace(tzinfo=UTC) for moment in columns["as_of"]]
        columns["decayed"] = [tuple(sums) for sums in columns["decayed"]]
        columns["channels"] = [{held["channel"]: held["n"] for held in channels} for channels in columns["channels"]]
        yield from map(CustomerProfile, *columns.values())


def profile_table(contacts: ir.Table, as_of: datetime, prior: RatePrior) -> ir.Table:
    """A row a customer with a contact in the year up to a moment, a column a field of `CustomerProfile`, by customer.

    Args:
        contacts: in the columns of `training/customers/contact_table.py`: times are UTC and have no zone, so that what
            a day and an hour is does not hang on where the expression runs.
        as_of: the moment, aware.
        prior: what is believed of a rate beforehand.

    Returns:
        `decayed` is a list in the order of `HALF_LIVES`, `channels` a list of structs of `channel` and `n`.
    """
    moment = ibis.literal(as_of.astimezone(UTC).replace(tzinfo=None))
    year = _year(contacts, as_of, moment)
    told = (
        _counted(year, prior)
        .left_join(_topics(year), "customer_id")
        .drop("customer_id_right")
        .left_join(_channels(year), "customer_id")
        .drop("customer_id_right")
    )
    nothing = ibis.literal([], type=told.channels.type())
    complete = told.mutate(
        as_of=moment,
        n_repeats_90d=told.n_repeats_90d.fill_null(0),
        n_main_topic_90d=told.n_main_topic_90d.fill_null(0),
        channels=told.channels.fill_null(nothing),
    )
    return complete.select(_FIELDS).order_by("customer_id")


def _year(contacts: ir.Table, as_of: datetime, moment: ir.TimestampScalar) -> ir.Table:
    """The contacts that a profile looks at, with their age in days and what is known of them by then."""
    since = ibis.literal((as_of - YEAR).astimezone(UTC).replace(tzinfo=None))
    found = contacts.filter(
        contacts.customer_id.notnull(), contacts.opened_at > since, contacts.opened_at <= moment
    ).mutate(
        # the same two divisions as of a timedelta: an age on the edge of a window must be the same number
        age=lambda t: moment.delta(t.opened_at, unit="microsecond") / 1e6 / 86_400,
        day=lambda t: t.opened_at.date(),
        is_settled=lambda t: t.settled_at.isnull() | (t.settled_at <= moment),
    )
    typed = found.mutate(is_typed=found.is_settled & found.ticket_type.notnull())
    incidents = typed.mutate(is_incident=typed.is_typed & (typed.ticket_type == "incident"))
    is_over = incidents.is_incident & (incidents.age < 90) & (incidents.resolved_at <= moment)
    return incidents.mutate(is_over=is_over.fill_null(False), hours_lost=_hours_lost(incidents))


def _hours_lost(incidents: ir.Table) -> ir.Value:
    """From filing to resolution; of every day (UTC) that this touches, eight hours at most."""
    resolved_at = incidents.resolved_at
    hours = resolved_at.delta(incidents.opened_at, unit="microsecond") / 1e6 / 3_600
    n_days = resolved_at.date().delta(incidents.day, unit="day") + 1
    return ibis.greatest(0.0, ibis.least(hours, HOURS_A_DAY * n_days))


def _counted(year: ir.Table, prior: RatePrior) -> ir.Table:
    """All that one pass over a customer's contacts tells."""
    in_season = year.age < 90
    is_out_of_hours = (
        (year.opened_at.day_of_week.index() >= SATURDAY)
        | (year.opened_at.hour() < NIGHT_ENDS)
        | (year.opened_at.hour() >= EVENING_BEGINS)
    )
    counted = year.group_by("customer_id").aggregate(
        n_contacts_7d=year.count(where=year.age < 7),
        n_contacts_30d=year.count(where=year.age < 30),
        n_contacts_90d=year.count(where=in_season),
        n_contacts_365d=year.count(),
        days_since_first=year.age.max(),
        days_since_last=year.age.min(),
        decayed=ibis.array([(2.0 ** (-year.age / half_life)).sum() for half_life in HALF_LIVES]),
        n_active_days_90d=year.day.nunique(where=in_season),
        n_active_weeks_90d=(year.age / 7).floor().nunique(where=in_season),
        n_typed=year.count(where=year.is_typed),
        incident_ratio=_mean(year.is_incident, year.is_typed),
        n_services=year.service.nunique(),
        n_services_with_incidents=year.service.nunique(where=year.is_incident),
        n_topics=year.topic.nunique(),
        n_devices=year.device.nunique(),
        n_how_to=year.count(where=year.asks_how),
        n_reopens=year.reopens.sum(where=year.is_settled).fill_null(0),
        n_reopened=year.count(where=year.is_settled & (year.reopens > 0)),
        n_reopens_known=year.reopens.count(where=year.is_settled),
        mean_reassignments=_mean(year.reassignments, year.is_settled),
        n_reassignments_known=year.reassignments.count(where=year.is_settled),
        hours_lost_90d=year.hours_lost.sum(where=year.is_over).fill_null(0.0),
        mean_hours_lost_90d=_mean(ibis.least(HOURS_A_WEEK, year.hours_lost), year.is_over),
        n_resolved_90d=year.count(where=year.is_over),
        first_contact_ratio=_mean(year.first_contact_resolution, year.is_settled),
        satisfaction=_mean(year.satisfaction, year.is_settled),
        n_satisfaction=year.satisfaction.count(where=year.is_settled),
        knowledge_ratio=_mean(year.used_knowledge, year.is_settled),
        writing_precision=year.writing_precision.mean(),
        out_of_hours_ratio=_mean(is_out_of_hours),
        automatic_ratio=_mean(year.is_automatic),
    )
    n, n_30d, n_before = (
        counted.n_contacts_365d,
        counted.n_contacts_30d,
        counted.n_contacts_90d - counted.n_contacts_30d,
    )
    return counted.mutate(
        contacts_per_30d=30 * (prior.shape + n - 1) / (prior.days + counted.days_since_first),
        trend=((n_30d + 1) / (n_before / 2 + 1)).log2(),
    )


def _mean(values: ir.Column, where: ir.BooleanValue | None = None) -> ir.Value:
    return values.cast("float64").mean(where=where)


def _topics(year: ir.Table) -> ir.Table:
    """Of ninety days: which topic most contacts are about, and how often one came back."""
    season = year.filter(year.age < 90, year.topic.notnull())
    topics = season.group_by("customer_id", "topic").aggregate(n=season.count())
    ranked = topics.mutate(most=topics.n.max().over(group_by=topics.customer_id))
    return ranked.group_by("customer_id").aggregate(
        main_topic=ranked.topic.min(where=ranked.n == ranked.most),
        n_main_topic_90d=ranked.n.max(),
        n_repeats_90d=(ranked.n - 1).sum(),
    )


def _channels(year: ir.Table) -> ir.Table:
    """Contacts by channel, and how many of them helped themselves."""
    known = year.filter(year.channel.notnull())
    channels = known.group_by("customer_id", "channel").aggregate(n=known.count())
    # not lower(): engines take letters of other scripts for ASCII ones where Python does not
    is_self_service = channels.channel.translate(_CAPITALS, _CAPITALS.lower()).isin(sorted(SELF_SERVICE))
    return channels.group_by("customer_id").aggregate(
        channels=ibis.struct({"channel": channels.channel, "n": channels.n}).collect(),
        self_service_ratio=channels.n.sum(where=is_self_service).fill_null(0) / channels.n.sum(),
    )
