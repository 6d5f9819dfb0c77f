"""All that is shown beside a ticket: what it belongs to, how the like was solved, what it is about and still needs.

Each part is a module in `api/beside/`. A further one is a field of `ContextAnswer`, filled in `context_of`, and a card
in `api/templates/ticket.html`.
"""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.beside.affected import AffectedAnswer, affected_beside
from api.beside.expertise import ExpertiseBeside, expertise_beside
from api.beside.knowledge import KnowledgeAnswer, knowledge_beside
from api.beside.links import LinksAnswer, links_beside
from api.beside.missing import MissingAnswer, missing_beside
from api.beside.risk import RiskBeside, risk_beside
from api.beside.similar import SimilarAnswer, similar_beside
from api.beside.suggestions import suggestions_for
from api.desk import Desk
from triage.prediction import Prediction
from triage.ticket import NewTicket

__all__ = ["ContextAnswer", "context_of"]


class ContextAnswer(BaseModel):
    """What is known beside a ticket. A part is null where nothing is sure, or where nothing may be suggested yet."""

    ticket_id: str = Field(description="As it was sent, or as it came.")
    links: LinksAnswer | None = Field(description="What it belongs to: an earlier ticket, a surge, a known problem.")
    similar: SimilarAnswer | None = Field(description="Worked tickets that read alike.")
    knowledge: list[KnowledgeAnswer] | None = Field(description="Articles that closed such tickets, with their record.")
    affected: AffectedAnswer | None = Field(description="The service or device that it is about.")
    missing: MissingAnswer | None = Field(description="The one question that agents would have to ask back.")
    risk: RiskBeside | None = Field(description="What may go wrong with it, as chances and never as a promise.")
    expertise: ExpertiseBeside | None = Field(description="Which teams solve its topic well.")


def context_of(
    desk: Desk,
    connection: Connection,
    ticket: NewTicket,
    now: datetime,
    *,
    predictions: Sequence[Prediction] | None = None,
    is_hidden: bool = False,
) -> ContextAnswer:
    """What is known beside a ticket.

    Args:
        desk: whose it is.
        connection: to ask.
        ticket: stored or not, with redacted text and its customer's id as it is stored.
        now: the moment.
        predictions: about it, where they are known; None asks the model.
        is_hidden: whether a person is to decide without any suggestion. Then only the parts that suggest no value are
            there: what it belongs to, and what it does not say.
    """
    if is_hidden:
        predictions = ()
    elif predictions is None:
        predictions = suggestions_for(desk, ticket)
    return ContextAnswer(
        ticket_id=ticket.id_as_filed or ticket.id,
        links=links_beside(desk, connection, ticket, now),
        similar=None if is_hidden else similar_beside(desk, connection, ticket, now),
        knowledge=None if is_hidden else knowledge_beside(desk, connection, ticket, now),
        affected=affected_beside(desk, connection, ticket, now, predictions),
        missing=missing_beside(desk, connection, ticket, now, predictions),
        risk=None if is_hidden else risk_beside(desk, connection, ticket, now),
        expertise=None if is_hidden else expertise_beside(desk, connection, ticket, now),
    )
