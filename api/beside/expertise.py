"""Beside a ticket: which teams solve its topic well. It is shown to people, and no prediction asks it."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.desk import Desk
from api.team import expertise_of_teams
from data.tables import tickets
from triage.customers.contact import service_of
from triage.expertise import well_resolved
from triage.ticket import NewTicket

__all__ = ["ExpertiseBeside", "expertise_beside", "expertise_for"]

_MOST = 3


class SolvesWell(BaseModel):
    """A team that solves a topic well."""

    team: str = Field(description="The group.")
    at_once: float = Field(description="Share that was neither reopened nor handed on, 0 to 1.")
    low: float = Field(description="Where its 95 % interval begins.")
    high: float = Field(description="Where it ends.")
    n: int = Field(description="Tickets that this rests on, of half a year.")
    time_ratio: float | None = Field(description="Time to resolve over the topic's usual; null where it is not known.")


class ExpertiseBeside(BaseModel):
    """Who solves tickets of this topic well."""

    topic: str = Field(description="The service or category that the ticket is about.")
    at_once: float = Field(description="The share of the topic that is solved at once, 0 to 1.")
    teams: list[SolvesWell] = Field(description="At most three, the highest share first.")


def expertise_beside(
    desk: Desk,  # noqa: ARG001  (as all of these)
    connection: Connection,
    ticket: NewTicket,
    now: datetime,  # noqa: ARG001
) -> ExpertiseBeside | None:
    """Who solves tickets of this one's topic well; None where it says no topic, or nobody has enough of it."""
    topic = service_of(ticket.attributes) or _category(connection, ticket.id)
    return None if topic is None else expertise_for(connection, topic)


def expertise_for(connection: Connection, topic: str) -> ExpertiseBeside | None:
    """Who solves a topic well, by what is counted; teams of fewer than five people are not named."""
    found = expertise_of_teams(connection, topic)
    able = () if found is None else well_resolved(found)[:_MOST]
    if found is None or not able:
        return None
    teams = [
        SolvesWell(
            team=cell.resolver,
            at_once=cell.at_once,
            low=cell.low,
            high=cell.high,
            n=cell.work.judged,
            time_ratio=cell.time_ratio,
        )
        for cell in able
    ]
    return ExpertiseBeside(topic=topic, at_once=found.at_once, teams=teams)


def _category(connection: Connection, ticket_id: str) -> str | None:
    """What people have categorised a stored ticket as."""
    found: str | None = connection.scalar(select(tickets.c.category).where(tickets.c.id == ticket_id))
    return found
