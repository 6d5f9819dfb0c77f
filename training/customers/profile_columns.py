"""What stands in a file of profiles: a row a customer, a column a measure, in words for a spreadsheet.

A new measure of `CustomerProfile` gets its column in `MEASURES`, its digits in `DIGITS` if it is no whole number, and a
line in `docs/commands.md`.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from training.customers.described_desk import DescribedDesk
from triage.customers.profile import HALF_LIVES
from triage.customers.segments import Segment

__all__ = ["DECAYED", "DIGITS", "MEASURES", "profile_columns"]

MEASURES: Mapping[str, str] = {
    "customer_id": "customer_id",
    "as_of": "as_of",
    "contacts_7d": "n_contacts_7d",
    "contacts_30d": "n_contacts_30d",
    "contacts_90d": "n_contacts_90d",
    "contacts_365d": "n_contacts_365d",
    "days_since_first": "days_since_first",
    "days_since_last": "days_since_last",
    "active_days_90d": "n_active_days_90d",
    "active_weeks_90d": "n_active_weeks_90d",
    "contacts_per_30d": "contacts_per_30d",
    "trend": "trend",
    "typed_contacts": "n_typed",
    "incident_share": "incident_ratio",
    "services": "n_services",
    "services_with_incidents": "n_services_with_incidents",
    "topics": "n_topics",
    "devices": "n_devices",
    "repeats_90d": "n_repeats_90d",
    "main_topic": "main_topic",
    "main_topic_contacts_90d": "n_main_topic_90d",
    "how_to_contacts": "n_how_to",
    "reopens": "n_reopens",
    "reopened_tickets": "n_reopened",
    "reopens_known": "n_reopens_known",
    "mean_reassignments": "mean_reassignments",
    "reassignments_known": "n_reassignments_known",
    "hours_lost_90d": "hours_lost_90d",
    "mean_hours_lost_90d": "mean_hours_lost_90d",
    "resolved_incidents_90d": "n_resolved_90d",
    "first_contact_share": "first_contact_ratio",
    "satisfaction": "satisfaction",
    "satisfaction_answers": "n_satisfaction",
    "channels": "channels",
    "self_service_share": "self_service_ratio",
    "knowledge_share": "knowledge_ratio",
    "writing_precision": "writing_precision",
    "out_of_hours_share": "out_of_hours_ratio",
    "automatic_share": "automatic_ratio",
}
"""Columns, and the field of the profile that stands in each; `decayed` has several, named in `DECAYED`."""

DIGITS: Mapping[str, int] = {
    "days_since_first": 1,
    "days_since_last": 1,
    "contacts_per_30d": 2,
    "trend": 2,
    "incident_share": 4,
    "mean_reassignments": 2,
    "hours_lost_90d": 1,
    "mean_hours_lost_90d": 1,
    "first_contact_share": 4,
    "satisfaction": 2,
    "self_service_share": 4,
    "knowledge_share": 4,
    "writing_precision": 4,
    "out_of_hours_share": 4,
    "automatic_share": 4,
}
"""How many decimal places a column shows; segments and kinds are found before anything is rounded."""

DECAYED_DIGITS = 2

DECAYED: tuple[str, ...] = tuple(f"decayed_{half_life:.0f}d" for half_life in HALF_LIVES)
"""Contacts that count half after so many days, rounded."""


def profile_columns(desk: DescribedDesk) -> pa.Table:
    """All customers of a desk in columns: the measures, then `segments` and `kind` with their reasons."""
    columns = {column: _rounded(desk.rows[measure], DIGITS.get(column)) for column, measure in MEASURES.items()}
    columns["as_of"] = columns["as_of"].cast(pa.timestamp("us", tz="UTC"))
    columns["channels"] = pa.array([_counted(customer.profile.channels) for customer in desk.customers], pa.string())
    columns |= {
        name: _rounded(pc.list_element(desk.rows["decayed"], i), DECAYED_DIGITS) for i, name in enumerate(DECAYED)
    }
    columns["segments"] = pa.array([_told(customer.segments) for customer in desk.customers], pa.string())
    columns["kind"] = pa.array(
        [None if customer.kind is None else _told([customer.kind]) for customer in desk.customers], pa.string()
    )
    return pa.table(columns)


def _rounded(column: pa.ChunkedArray, digits: int | None) -> pa.ChunkedArray:
    """To so many decimal places; None leaves the column as it is."""
    return column if digits is None else pc.add(pc.round(column, ndigits=digits), 0.0)  # -0.0 becomes 0.0


def _counted(channels: Mapping[str, int]) -> str:
    """The most used channel first."""
    ordered = sorted(channels.items(), key=lambda held: (-held[1], held[0]))
    return "; ".join(f"{channel}: {n}" for channel, n in ordered)


def _told(segments: Iterable[Segment]) -> str:
    return " | ".join(f"{segment.name}: {segment.reason}" for segment in segments)  # reasons hold semicolons
