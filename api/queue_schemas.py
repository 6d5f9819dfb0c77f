"""What goes over the wire about the tickets that wait for a person; see `api/schemas.py`."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.answers import N_DIGITS
from api.customer_schemas import SeenCustomer
from api.queued_tickets import QueuedTicket
from api.schemas import PredictionAnswer, RankedLabel
from triage.prediction import Prediction

__all__ = ["QueuedTicketAnswer", "TicketQueue", "queued_ticket_answer"]


class QueuedTicketAnswer(BaseModel):
    """A ticket on which a person has the last word."""

    ticket_id: str
    subject: str = Field(description="As it is stored: what is personal in it is redacted.")
    body: str = Field(description="The same.")
    opened_at: datetime
    source: str | None = Field(description="The ticketing system that it came from; null where a program asked.")
    targets: list[str] = Field(description="The questions that wait.")
    blind: bool = Field(description="One of the blind sample: people decide it without a suggestion.")
    predictions: dict[str, PredictionAnswer] = Field(
        description="What was answered last to the questions that wait, without explanations; empty for a blind ticket."
    )
    model_version: str | None = Field(description="Which model answered; null for a blind ticket.")
    customer: SeenCustomer | None = Field(description="Who wrote it; null where nobody is named.")


class TicketQueue(BaseModel):
    """The tickets whose turn is next."""

    waiting: int = Field(description="How many wait, whoever looks at them; 1000 stands for more, too.")
    tickets: list[QueuedTicketAnswer] = Field(
        description="The least certain, the most urgent and the oldest first. Without those that another person looks "
        "at, and those that the caller has skipped today."
    )


def queued_ticket_answer(queued: QueuedTicket) -> QueuedTicketAnswer:
    """A ticket as it goes over the wire."""
    entry, ticket, scoring = queued.entry, queued.ticket, queued.scoring
    return QueuedTicketAnswer(
        ticket_id=ticket.id_as_filed or ticket.id,
        subject=ticket.subject,
        body=ticket.body,
        opened_at=entry.opened_at,
        source=entry.source,
        targets=list(entry.targets),
        blind=entry.is_blind,
        predictions={answer.target: _prediction(answer) for answer in queued.suggestions},
        model_version=None if scoring is None else scoring.model_version,
        customer=None if queued.customer is None else SeenCustomer(**queued.customer),
    )


def _prediction(answer: Prediction) -> PredictionAnswer:
    return PredictionAnswer(
        value=answer.value,
        confidence=round(answer.confidence, N_DIGITS),
        threshold=round(answer.threshold, N_DIGITS),
        decision=answer.decision,
        reason=answer.reason,
        top=[RankedLabel(value=each.value, confidence=round(each.confidence, N_DIGITS)) for each in answer.top],
        explanation=[],
    )
