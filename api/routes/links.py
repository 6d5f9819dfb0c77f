"""What a ticket belongs to: looked at, linked, dismissed, taken back."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from api.beside.links import LinksAnswer, links_answer
from api.callers import Caller
from api.desk import Desk, DeskOfRequest
from api.errors import documented
from api.fields import IN_A_PATH, Name
from api.security import requires
from data import links
from data.database import reading, writing
from data.tickets import find
from triage.errors import NotFound
from triage.identity import ticket_key
from triage.links import LinkKind

__all__ = ["key_of_other", "router"]

router = APIRouter(prefix="/v1/tickets", tags=["Links"])

TicketId = Annotated[
    Name, Path(alias="id", description="The ticket's number, in whatever spelling.", json_schema_extra=IN_A_PATH)
]
OtherId = Annotated[
    Name,
    Path(
        alias="other",
        description="The other ticket's number, in whatever spelling, or the number of the surge or the problem.",
        json_schema_extra=IN_A_PATH,
    ),
]
Reviewer = Annotated[Caller, Depends(requires("review"))]


class LinkDecision(BaseModel):
    """What a person says of a link."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"state": "linked"}})

    state: Literal["linked", "dismissed"] = Field(
        description="`linked`: it belongs to it. `dismissed`: it does not, and is not suggested again."
    )


@router.get(
    "/{id:path}/links",
    summary="See what a ticket belongs to",
    dependencies=[Depends(requires("read"))],
    responses=documented(401, 403, 404, 422, 503),
)
def read_links(ticket_id: TicketId, desk: DeskOfRequest) -> LinksAnswer:
    """Tickets that the same person filed before, open surges and known problems, as far as that is sure.

    What was dismissed is in it, too. Nothing is stored by looking.
    """
    return _answer(desk, ticket_key(ticket_id) or ticket_id)


@router.put(
    "/{id:path}/links/{kind}/{other:path}",
    summary="Link a ticket, or dismiss a link",
    responses=documented(400, 401, 403, 404, 413, 422, 503),
)
def put_link(
    ticket_id: TicketId, kind: LinkKind, other: OtherId, said: LinkDecision, desk: DeskOfRequest, caller: Reviewer
) -> LinksAnswer:
    """Keeps what a person says, also of a link that nobody suggested; the same again changes nothing.

    When the other is closed, resolved or over, a note says so at the system that the linked ticket came from, unless
    that is only watched. No ticket is closed.
    """
    key = ticket_key(ticket_id) or ticket_id
    with writing(desk.engine) as connection:
        links.decide(connection, key, kind, key_of_other(kind, other), said.state, caller.reference, datetime.now(UTC))
    return _answer(desk, key)


@router.delete(
    "/{id:path}/links/{kind}/{other:path}",
    summary="Take back what was said of a link",
    responses=documented(401, 403, 404, 422, 503),
)
def delete_link(
    ticket_id: TicketId, kind: LinkKind, other: OtherId, desk: DeskOfRequest, caller: Reviewer
) -> LinksAnswer:
    """A suggestion is one again; a link that was made by hand is gone."""
    del caller  # whoever may review may take back
    key = ticket_key(ticket_id) or ticket_id
    with writing(desk.engine) as connection:
        links.take_back(connection, key, kind, key_of_other(kind, other))
    return _answer(desk, key)


def key_of_other(kind: LinkKind, other: str) -> str:
    """The other as it is stored."""
    return (ticket_key(other) or other) if kind == "duplicate" else other.strip()


def _answer(desk: Desk, key: str) -> LinksAnswer:
    with reading(desk.engine) as connection:
        ticket = find(connection, key)
        if ticket is None:
            raise NotFound("No ticket with this number was scored or imported.")
        return links_answer(desk, connection, ticket, datetime.now(UTC))
