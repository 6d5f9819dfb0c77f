"""What became of tickets: the values that they have in the end, and who gave them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.desk import DeskOfRequest
from api.errors import documented
from api.fields import Name
from api.schemas import OutcomeAnswer, OutcomeValues, TicketOutcome
from api.security import requires
from data.database import writing
from data.outcomes import outcomes_of, record
from data.tickets import is_stored
from triage.errors import NotFound
from triage.identity import ticket_key

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/tickets",
    tags=["Tickets"],
    dependencies=[Depends(requires("score", "review"))],
    responses=documented(400, 401, 403, 404, 413, 422, 503),
)

SOURCE = "api"
"""Where an outcome comes from that was sent here."""


@router.put("/{id:path}/outcome", summary="Tell what a ticket's values are in the end")
def put_outcome(
    ticket_id: Annotated[Name, Path(alias="id", description="The ticket's number, in whatever spelling.")],
    outcome: OutcomeValues,
    desk: DeskOfRequest,
) -> TicketOutcome:
    """Keeps the values that a ticket has now, and who gave them.

    The same values again change nothing. A value of `automatic` never takes the place of one that a person gave.
    """
    now = datetime.now(UTC)
    key = ticket_key(ticket_id) or ticket_id
    with writing(desk.engine) as connection:
        if not is_stored(connection, key):
            raise NotFound("No ticket with this number was scored or imported.")
        record(connection, key, outcome.values, outcome.provenance, SOURCE, outcome.at or now)
        known = outcomes_of(connection, key)
    return TicketOutcome(
        ticket_id=ticket_id,
        outcomes={
            target: OutcomeAnswer(value=found.value, provenance=found.provenance, at=found.at)
            for target, found in sorted(known.items())
        },
    )
