"""A ticket as it was filed, and the same ticket after people worked it: two types, so that leakage is a type error.

What the scorer may see is a field of `NewTicket`; what people decided later is a field of `WorkedTicket`. A new
canonical column is added here, in one of the two, and nowhere else: readers follow the field names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

__all__ = ["FILED_COLUMNS", "SPELLINGS", "WORKED_COLUMNS", "NewTicket", "WorkedTicket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """What is known of a ticket at the moment it is filed; all that a model may learn from or be asked about.

    `opened_at` is aware and in UTC. `attributes` are further facts known when filed (location, service, the category
    that the caller picked), by the name the desk uses for them.

    `id` is a key (`triage/identity.py`). So is `customer_id`, or it is one spelling for all tickets of a person in the
    same file; the store makes the key of it. `id_as_filed` and `customer_as_filed` are how they were spelled, for
    showing; None where that is the same.
    """

    id: str
    subject: str = ""
    body: str = ""
    opened_at: datetime | None = None
    customer_id: str | None = None
    channel: str | None = None
    language: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    id_as_filed: str | None = None
    customer_as_filed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedTicket:
    """A ticket with what people decided and did afterwards: the source of labels and measures, never of features.

    `ticket_type` is `incident` or `request` where the desk's words could be mapped, else the desk's own word.
    `satisfaction` is in the desk's own unit. `attributes` holds the export's other columns, which may have been
    written at any later time; any of them can be a target, none of them a feature. `groups` are those that it went
    through, one after the other, where a log of changes says so; what becomes of them is counted and never learned.
    """

    filed: NewTicket
    ticket_type: str | None = None
    assignment_group: str | None = None
    priority: str | None = None
    impact: str | None = None
    urgency: str | None = None
    category: str | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    reassignments: int | None = None
    reopens: int | None = None
    resolved_by: str | None = None
    resolution: str | None = None
    knowledge_article: str | None = None
    satisfaction: float | None = None
    made_sla: bool | None = None
    first_contact_resolution: bool | None = None
    effort_minutes: float | None = None
    problem_id: str | None = None
    change_id: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    @property
    def settled_at(self) -> datetime | None:
        """When what people decided became final; None if the ticket is open, or nobody wrote it down."""
        return self.closed_at or self.resolved_at

    def label(self, target: str) -> str | None:
        """What people settled on for a target, a canonical column or one of the export's own; None if unknown."""
        if target in WORKED_COLUMNS:
            value = getattr(self, target)
            return None if value is None else str(value)
        return self.attributes.get(target)


SPELLINGS = ("id_as_filed", "customer_as_filed")
"""How a ticket's keys came; no columns of their own in any export."""

FILED_COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(NewTicket) if f.name not in ("attributes", *SPELLINGS))
"""Canonical columns known when a ticket is filed, in the order of the contract."""

WORKED_COLUMNS: tuple[str, ...] = tuple(
    f.name for f in fields(WorkedTicket) if f.name not in ("filed", "attributes", "groups")
)
"""Canonical columns decided later, in the order of the contract."""
