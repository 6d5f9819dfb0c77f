"""Which tickets wait for a person after they were scored, and where they stand in the queue."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.review_queue import QueueEntry
from triage.prediction import Prediction
from triage.review_queue import rank, waiting_for_a_person
from triage.risk import TicketRisk

__all__ = ["Origin", "queue_entry"]

GROUP = "assignment_group"


@dataclass(frozen=True, slots=True)
class Origin:
    """The ticketing system that a ticket came from.

    Attributes:
        source: by the desk's name for it.
        is_blind: whether people decide the ticket without a suggestion.
        is_watched: whether nothing is written there, so that nobody is asked either.
        applied: the targets that are written there by themselves, of the answers about the ticket.
    """

    source: str
    is_blind: bool
    is_watched: bool
    applied: Callable[[Sequence[Prediction]], Collection[str]]


def queue_entry(
    ticket_id: str,
    opened_at: datetime,
    predictions: Sequence[Prediction],
    customer: Mapping[str, Any] | None,
    origin: Origin | None,
    risk: TicketRisk | None = None,
) -> QueueEntry:
    """A scored ticket as it stands in the queue; without targets where nobody need look at it.

    Args:
        ticket_id: as it is stored.
        opened_at: when it was filed.
        predictions: about it.
        customer: who wrote it, as `api/customers.py` answers; None where nobody is named.
        origin: the system that it came from; None where a program asked.
        risk: what may go wrong with it; None where nobody can tell.
    """
    is_asked = origin is None or not origin.is_watched
    applied = None if origin is None else origin.applied(predictions)
    waiting = waiting_for_a_person(predictions, applied) if is_asked else []
    group = next((answer.value for answer in predictions if answer.target == GROUP), None)
    return QueueEntry(
        ticket_id=ticket_id,
        rank=rank(predictions, waiting, opened_at, risk),
        targets=tuple(answer.target for answer in waiting),
        opened_at=opened_at,
        source=None if origin is None else origin.source,
        assignment_group=group,
        segments=() if customer is None else tuple(segment["name"] for segment in customer["segments"]),
        is_blind=origin is not None and origin.is_blind,
    )
