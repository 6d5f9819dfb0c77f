"""One contact of a customer with the desk: the atom that profiles are made of.

What a profile is to know of a ticket is a field here, filled in `contact_of`. It then needs a row in
`triage/customers/contact_columns.py`, of which profiles are made, a column in `data/customers.py`, where the service
reads contacts back, and one in `training/customers/contact_table.py`, where batches do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from triage.customers.writing import read_writing
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["Contact", "contact_of", "device_of", "is_automatic", "service_of", "topic_of"]

SERVICES = ("service", "business_service", "application", "product", "category")
TOPICS = ("u_symptom", "symptom", "subcategory", "sub_category", "item")
DEVICES = ("device", "asset", "configuration_item", "cmdb_ci", "hardware")
"""Attributes of a ticket as filed that say what it is about, the best first; lower case."""

# people write that somebody does not reply; a notice begins with it
_AUTOMATIC = re.compile(
    r"(?:^|[.,;:!?()\[\]*\n-]|\bplease)\s*(?:do ?not|don't) reply\b|\bno-?reply@"
    r"|\bautomatically (?:generated|created|sent)\b"
    r"|\bauto-?generated\b|\b(?:bitte nicht|nicht auf diese .{0,20})antworten\b"
    r"|\bautomatisch (?:erstellt|erzeugt|generiert|versendet)\b"
)
_AUTOMATIC_HINTS = ("reply", "auto", "antworten")
"""One of them is in every text that the pattern finds; most texts have none, and looking for words is twenty times as
fast."""

_MACHINES = frozenset({"monitoring", "alert", "event", "api", "integration", "system"})


@dataclass(frozen=True, slots=True)
class Contact:
    """A ticket seen from the customer's side.

    Attributes:
        opened_at: aware.
        settled_at: when what follows was final; None where it is so far as is known now. As of an earlier moment
            nothing of `ticket_type`, `resolved_at` and the fields after it is known.
        service: what it is about; as filed, else as people categorised it.
        topic: the same as finely as the desk records it; of one topic again is the same problem again.
        device: which one.
        channel: how it came.
        writing_precision: of its text, 0 to 1; None where it has none.
        asks_how: whether it asks how something is done.
        is_automatic: whether a machine wrote it.
        ticket_type: what it was.
        resolved_at: when the customer could go on.
        reopens: how often it was closed too early.
        reassignments: how often it was handed on.
        first_contact_resolution: whether it was solved at once.
        satisfaction: what the customer answered, in the desk's own unit.
        used_knowledge: whether an article solved it.
    """

    opened_at: datetime
    ticket_type: str | None = None
    settled_at: datetime | None = None
    service: str | None = None
    topic: str | None = None
    device: str | None = None
    channel: str | None = None
    writing_precision: float | None = None
    asks_how: bool = False
    is_automatic: bool = False
    resolved_at: datetime | None = None
    reopens: int | None = None
    reassignments: int | None = None
    first_contact_resolution: bool | None = None
    satisfaction: float | None = None
    used_knowledge: bool | None = None


def contact_of(ticket: WorkedTicket, opened_at: datetime) -> Contact:
    """The contact that a ticket was.

    Args:
        ticket: with what people decided later.
        opened_at: its moment, where the ticket itself may not say it.
    """
    filed = ticket.filed
    writing = read_writing(filed.subject, filed.body) if filed.subject or filed.body else None
    service = service_of(filed.attributes) or ticket.category
    return Contact(
        opened_at=opened_at,
        ticket_type=ticket.ticket_type,
        settled_at=ticket.settled_at,
        service=service,
        topic=topic_of(filed.attributes) or service,
        device=device_of(filed.attributes),
        channel=filed.channel,
        writing_precision=None if writing is None else writing.precision,
        asks_how=writing is not None and writing.asks_how,
        is_automatic=is_automatic(filed),
        resolved_at=ticket.resolved_at or ticket.closed_at,
        reopens=ticket.reopens,
        reassignments=ticket.reassignments,
        first_contact_resolution=ticket.first_contact_resolution,
        satisfaction=ticket.satisfaction,
        used_knowledge=None if ticket.knowledge_article is None else ticket.knowledge_article != "false",
    )


def service_of(attributes: Mapping[str, str]) -> str | None:
    """What a ticket as filed is about; None where its attributes do not say."""
    return _first(attributes, SERVICES)


def topic_of(attributes: Mapping[str, str]) -> str | None:
    """What a ticket as filed is about, as finely as its attributes say; None where they do not."""
    return _first(attributes, TOPICS)


def device_of(attributes: Mapping[str, str]) -> str | None:
    """Which device a ticket as filed is about; None where its attributes do not say."""
    return _first(attributes, DEVICES)


def is_automatic(ticket: NewTicket) -> bool:
    """Whether a machine wrote the ticket: its channel is one, or its text says that nobody reads an answer."""
    if ticket.channel is not None and ticket.channel.lower() in _MACHINES:
        return True
    text = ticket.body[:2_000].lower()
    return any(hint in text for hint in _AUTOMATIC_HINTS) and _AUTOMATIC.search(text) is not None


def _first(attributes: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    for name in names:  # a generator takes twice as long, and a year of contacts asks a thousand times
        if value := attributes.get(name):
            return value
    return None
