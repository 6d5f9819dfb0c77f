"""Beside a ticket: what it belongs to, as was suggested, linked or dismissed, and what is linked to it."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.desk import Desk
from api.linking import Known, found_links
from data.callers import names_of
from data.links import StoredLink, is_settled, linked_to, links_of
from triage.links import RECENT, FoundLink, LinkKind, LinkState
from triage.ticket import NewTicket

__all__ = ["LinkAnswer", "LinkedTicket", "LinksAnswer", "links_answer", "links_beside"]


class LinkAnswer(BaseModel):
    """What a ticket belongs to."""

    kind: LinkKind = Field(
        description="`duplicate` of another ticket of the same person, or part of an open `surge` or a known `problem`."
    )
    other: str = Field(description="The other ticket's number, or the number of the surge or the problem.")
    name: str = Field(description="What people call the other.")
    state: LinkState = Field(description="Whether a person has said what it is.")
    confidence: float = Field(ge=0, le=1, description="Of the suggestion; 1 where it was linked by hand.")
    reason: str = Field(description="What speaks for it, where and when, in one sentence.")
    decided_by: str | None = Field(description="Who linked or dismissed it; null for a suggestion.")
    at: datetime = Field(description="When it was suggested, linked or dismissed.")
    ended_at: datetime | None = Field(description="When the other was closed, resolved or over; null while it is not.")
    resolution: str | None = Field(description="How the other was solved, where somebody wrote that down.")


class LinkedTicket(BaseModel):
    """A ticket that people have linked to this one."""

    ticket_id: str = Field(description="Its number, as it is stored.")
    name: str = Field(description="Its number, as it came.")


class LinksAnswer(BaseModel):
    """What a ticket belongs to, and what is linked to it."""

    ticket_id: str = Field(description="The ticket's number.")
    links: list[LinkAnswer] = Field(description="First what is linked, then what is suggested, the surest first.")
    duplicates: list[LinkedTicket] = Field(description="Tickets that are linked to this one as its duplicates.")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.links and not self.duplicates


def links_beside(desk: Desk, connection: Connection, ticket: NewTicket, now: datetime) -> LinksAnswer | None:
    """What a ticket belongs to; None where nothing is known or sure.

    Args:
        desk: whose it is.
        connection: to ask.
        ticket: stored or not, with redacted text and its customer's id as it is stored.
        now: the moment.
    """
    answer = links_answer(desk, connection, ticket, now)
    return None if answer.is_empty else answer


def links_answer(desk: Desk, connection: Connection, ticket: NewTicket, now: datetime) -> LinksAnswer:
    """The same, also where it is nothing."""
    stored = links_of(connection, ticket.id)
    names = names_of(connection, [each.decided_by for each in stored if each.decided_by])
    known = {(each.kind, each.other) for each in stored}
    linked = {each.kind for each in stored if each.state == "linked"}
    is_new = ticket.opened_at is None or now - ticket.opened_at <= RECENT
    looks = is_new and not is_settled(connection, ticket.id)
    found = [
        each
        for each in (found_links(desk, connection, ticket, Known.now(connection), now) if looks else ())
        if (each.kind, each.other) not in known and each.kind not in linked
    ]
    answers = [*(_stored(each, names) for each in stored), *(_found(each, now) for each in found)]
    order = {"linked": 0, "suggested": 1, "dismissed": 2}
    return LinksAnswer(
        ticket_id=ticket.id,
        links=sorted(answers, key=lambda each: (order[each.state], -each.confidence)),
        duplicates=[LinkedTicket(ticket_id=id_, name=name) for id_, name in linked_to(connection, ticket.id)],
    )


def _stored(link: StoredLink, names: dict[str, str]) -> LinkAnswer:
    return LinkAnswer(
        kind=link.kind,
        other=link.other,
        name=link.name,
        state=link.state,
        confidence=link.confidence,
        reason=link.reason,
        decided_by=None if link.decided_by is None else names[link.decided_by],
        at=link.at,
        ended_at=link.ended_at,
        resolution=link.resolution,
    )


def _found(link: FoundLink, now: datetime) -> LinkAnswer:
    return LinkAnswer(
        kind=link.kind,
        other=link.other,
        name=link.name,
        state="suggested",
        confidence=link.confidence,
        reason=link.reason,
        decided_by=None,
        at=now,
        ended_at=None,
        resolution=None,
    )
