"""Beside a ticket: what may go wrong with it, and what raised that."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.desk import Desk
from api.schemas import RiskAnswer
from data.predictions import newest_of
from data.sourced_tickets import is_blind
from triage.errors import ModelUnusable
from triage.risk import risk_of, sentences, stored
from triage.ticket import NewTicket

__all__ = ["RiskBeside", "risk_beside"]


class RiskBeside(BaseModel):
    """What may go wrong with a ticket."""

    risk: RiskAnswer = Field(description="Chances and a span of hours; null of what the desk's history cannot tell.")
    sentences: list[str] = Field(description="What is well above the usual, and why; often empty. No promise.")
    cannot_tell: dict[str, str] = Field(description="By outcome why history cannot tell, where the model says so.")


def risk_beside(desk: Desk, connection: Connection, ticket: NewTicket, now: datetime) -> RiskBeside | None:
    """What may go wrong with a ticket, as it was told when it was scored, or else as the model says now.

    None where there is no model, where that was not taught, and where a person is to decide without being told.

    Args:
        desk: whose it is.
        connection: to ask.
        ticket: stored or not, with redacted text.
        now: the moment.
    """
    del now  # what was known at opening does not change
    if is_blind(connection, ticket.id):
        return None
    try:
        model = desk.models.current()
    except ModelUnusable:
        return None
    scoring = newest_of(connection, ticket.id)
    told = None if scoring is None else scoring.risk
    if told is None:
        found = risk_of(model, [ticket])
        told = None if found is None else stored(found[0])
    if told is None:
        return None
    refusals = getattr(getattr(model, "risk", None), "refusals", {})
    return RiskBeside(risk=RiskAnswer.model_validate(told), sentences=list(sentences(told)), cannot_tell=dict(refusals))
