"""Beside a ticket: how the like was solved before."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.desk import Desk
from api.individuals import may_describe
from api.schemas import SimilarTicket
from data.sourced_tickets import is_blind
from triage.errors import ModelUnusable
from triage.ticket import NewTicket

__all__ = ["N_SHOWN", "SimilarAnswer", "similar_beside"]

N_SHOWN = 3
"""As many as a person reads before they begin to work."""


class SimilarAnswer(BaseModel):
    """Worked tickets that read alike."""

    tickets: list[SimilarTicket] = Field(description="The likest first.")


def similar_beside(
    desk: Desk, connection: Connection, ticket: NewTicket, now: datetime, k: int = N_SHOWN
) -> SimilarAnswer | None:
    """The worked tickets that are like one; None where none is, or where nothing may be suggested of it.

    Args:
        desk: whose it is.
        connection: to ask.
        ticket: stored or not, with redacted text.
        now: the moment.
        k: how many at most.
    """
    del now  # what is like it does not depend on when
    if desk.similar is None or is_blind(connection, ticket.id):
        return None  # whoever decides blind would be told by the groups of the others
    try:
        model = desk.models.current()
    except ModelUnusable:
        return None
    (found,) = desk.similar.like(connection, model, [ticket], k, tells_customers=may_describe(desk))
    return SimilarAnswer(tickets=found) if found else None
