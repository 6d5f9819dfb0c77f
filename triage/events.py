"""What happened to a ticket at a ticketing system, and what the ticket is there now; in our words, whatever the system.

A further fact that every system tells is a field here; how a system tells it is in `data/connectors/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from triage.ticket import NewTicket

__all__ = ["Event", "Kind", "TicketState"]

Kind = Literal["created", "updated", "deleted", "other"]
"""What happened to the ticket; `other` is what is no change of it, such as a comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketState:
    """A ticket as the desk sees it now.

    `fields` holds the values that are set, by canonical names of `WorkedTicket` and in the words of the system's
    preset. A value of which only the number is known is left out: reading the ticket back tells its name.

    `tags` is None where the source does not tell them.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    status: str | None = None
    is_closed: bool = False
    assignee: str | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What one delivery tells.

    Attributes:
        delivery_id: the same for every delivery of the same event, within one source.
        kind: what happened.
        reference: what the system's API is asked with.
        number: what people call the ticket.
        version: grows, as text, with every change of one ticket; None where the system tells none.
        actor: who caused it, by the system's id or an address; None where it does not say.
        ticket: as it was filed; None where the delivery names the ticket only, and it has to be read back.
        state: as it is now; None together with `ticket`.
    """

    delivery_id: str
    kind: Kind
    reference: str
    number: str
    version: str | None = None
    actor: str | None = None
    ticket: NewTicket | None = None
    state: TicketState | None = None
