"""What is known beside a ticket, while it is written or once it is stored; asking stores nothing."""

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.context import ContextAnswer, context_of
from api.desk import DeskOfRequest
from api.errors import documented
from api.fields import IN_A_PATH, Name
from api.schemas import Ticket
from api.security import requires
from data.database import reading
from data.decisions import decisions_of
from data.pseudonyms import filed_with_stored_id
from data.tickets import as_kept, find
from triage.errors import NotFound
from triage.identity import ticket_key

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["Context"])

TicketId = Annotated[
    Name, Path(alias="id", description="The ticket's number, in whatever spelling.", json_schema_extra=IN_A_PATH)
]


@router.post(
    "/context",
    summary="Know more of a ticket before it is filed",
    dependencies=[Depends(requires("score"))],
    responses=documented(400, 401, 403, 413, 422, 503),
)
def ask_for_context(ticket: Ticket, desk: DeskOfRequest) -> ContextAnswer:
    """What a form can show to whoever writes a ticket, or an agent's desktop beside it. Nothing is stored.

    The text is redacted before anything looks at it, as it would be before it is stored.
    """
    now = datetime.now(UTC)
    filed = filed_with_stored_id(ticket.to_new_ticket(uuid.uuid4().hex), desk.customer_key)
    kept = as_kept(filed, now, desk.redaction).ticket
    with reading(desk.engine) as connection:
        return context_of(desk, connection, kept, now)


@router.get(
    "/tickets/{id:path}/context",
    summary="Know what is beside a stored ticket",
    dependencies=[Depends(requires("read"))],
    responses=documented(401, 403, 404, 422, 503),
)
def read_context(ticket_id: TicketId, desk: DeskOfRequest) -> ContextAnswer:
    """The same of a ticket that was scored or imported, as its page shows it.

    Of a ticket of the blind sample nothing is told that suggests a value before people have decided.
    """
    now, key = datetime.now(UTC), ticket_key(ticket_id) or ticket_id
    with reading(desk.engine) as connection:
        ticket = find(connection, key)
        if ticket is None:
            raise NotFound("No ticket with this number was scored or imported.")
        is_hidden = any(one.is_hidden for one in decisions_of(connection, key, now))
        return context_of(desk, connection, ticket, now, is_hidden=is_hidden)
