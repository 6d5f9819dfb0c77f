"""One incident as problems are found in it: its own words, what it is about, and what it cost."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from triage.customers.contact import is_automatic, service_of
from triage.customers.profile import HOURS_A_DAY
from triage.features import text_of
from triage.text import words
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["Incident", "hours_lost", "incident_of", "words_of"]

MOST_WORDS = 120
"""So many words of a ticket are looked at: what comes later is a log or a quotation, and memory must be bounded."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of the window.

    Attributes:
        id: of its ticket.
        opened_at: aware.
        words: its own words in order, `MOST_WORDS` at most.
        service: what it is about; None where nobody says.
        customer_id: whose it is, as the person goes by; None where nobody knows.
        group: that had it last.
        hours_lost: of workday, as `hours_lost` has it; None while it is open.
        n_reopens: how often it was closed too early; None where that is not recorded.
        is_automatic: whether a machine wrote it.
    """

    id: str
    opened_at: datetime
    words: tuple[str, ...] = field(repr=False)
    service: str | None = None
    customer_id: str | None = None
    group: str | None = None
    hours_lost: float | None = None
    n_reopens: int | None = None
    is_automatic: bool = False


def incident_of(
    ticket: WorkedTicket, persons: Mapping[str, str] | None = None, is_alert: bool | None = None
) -> Incident | None:
    """The incident that a ticket is; None where it is none, or nobody knows when it was opened.

    Args:
        ticket: as it is stored; one whose type nobody has decided yet counts as an incident.
        persons: by customer id the person that it goes by, where the two differ.
        is_alert: whether a machine wrote it, where that was read off a text that is redacted now.
    """
    filed = ticket.filed
    if filed.opened_at is None or ticket.ticket_type not in (None, "incident"):
        return None
    customer = filed.customer_id
    if customer is not None and persons is not None:
        customer = persons.get(customer, customer)
    return Incident(
        id=filed.id,
        opened_at=filed.opened_at,
        words=words_of(filed),
        service=service_of(filed.attributes) or ticket.category,
        customer_id=customer,
        group=ticket.assignment_group,
        hours_lost=hours_lost(filed.opened_at, ticket.resolved_at or ticket.closed_at),
        n_reopens=ticket.reopens,
        is_automatic=is_automatic(filed) if is_alert is None else is_alert,
    )


def words_of(ticket: NewTicket) -> tuple[str, ...]:
    """The sender's own words, as the model's terms are made of them; single digits and letters are none."""
    return tuple(map(sys.intern, islice(words(text_of(ticket)), MOST_WORDS)))


def hours_lost(opened_at: datetime, ended_at: datetime | None) -> float | None:
    """Hours of workday that an incident cost, of every day (UTC) that it touches `HOURS_A_DAY` at most.

    The definition of `hours_lost_90d` in `triage/customers/profile.py`, for one incident.
    """
    if ended_at is None:
        return None
    n_days = (ended_at.date() - opened_at.date()).days + 1
    return max(0.0, min((ended_at - opened_at) / timedelta(hours=1), HOURS_A_DAY * n_days))
