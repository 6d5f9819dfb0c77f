"""Beside a ticket: the articles that closed tickets like it, with their records among those."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.desk import Desk
from data.knowledge import solved_neighbours
from triage.errors import ModelUnusable
from triage.knowledge import SuggestedArticle, suggested_articles
from triage.ticket import NewTicket

__all__ = ["N_NEIGHBOURS", "KnowledgeAnswer", "knowledge_beside"]

N_NEIGHBOURS = 50
"""Similar tickets that are looked at: fewer say too little of an article, and more are hardly similar."""


class KnowledgeAnswer(BaseModel):
    """An article that closed tickets like this one."""

    article: str = Field(description="As the desk writes it.")
    used: int = Field(description="Similar tickets that were closed with it.")
    closed: int = Field(description="Those that were neither reopened nor handed on.")
    ratio: float = Field(ge=0, le=1, description="The share that it is expected to close.")
    last_used_at: datetime = Field(description="When the last of them was closed.")
    reason: str = Field(description="Its record in one sentence.")
    tickets: list[str] = Field(description="Some of them, the most alike first.")


def knowledge_beside(
    desk: Desk, connection: Connection, ticket: NewTicket, now: datetime
) -> list[KnowledgeAnswer] | None:
    """The articles that closed tickets like one, the likeliest to help first; None where no record is good.

    Args:
        desk: whose it is, with its similar tickets.
        connection: to ask.
        ticket: stored or not, with redacted text.
        now: the moment.
    """
    if desk.similar is None:
        return None
    try:
        model = desk.models.current()
    except ModelUnusable:
        return None
    near = desk.similar.nearest(model, [ticket], N_NEIGHBOURS)[0][:N_NEIGHBOURS]
    found = suggested_articles(solved_neighbours(connection, [(one.id, one.similarity) for one in near]), now)
    return [_answer(each) for each in found] or None


def _answer(found: SuggestedArticle) -> KnowledgeAnswer:
    record = found.record
    return KnowledgeAnswer(
        article=record.article,
        used=record.n_used,
        closed=record.n_closed,
        ratio=round(found.ratio, 4),
        last_used_at=record.last_at,
        reason=found.reason,
        tickets=list(found.tickets),
    )
