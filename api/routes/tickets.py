"""What became of tickets: the values that they have in the end, and who gave them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.desk import DeskOfRequest
from api.errors import documented
from api.fields import IN_A_PATH, Name
from api.review_schemas import DecisionAnswer, OutcomeRecord, ReviewAnswer, TicketAnswer
from api.schemas import OutcomeAnswer, OutcomeValues, TicketOutcome
from api.security import requires
from data.database import reading, writing
from data.decisions import decisions_of
from data.outcomes import history_of, outcomes_of, record
from data.pseudonyms import shown_id
from data.reviews import reviews_of
from data.tickets import find, is_stored
from triage.errors import NotFound
from triage.identity import ticket_key

__all__ = ["router"]

router = APIRouter(prefix="/v1/tickets", tags=["Tickets"])

TicketId = Annotated[
    Name,
    Path(
        alias="id",
        description="The ticket's number, in whatever spelling.",
        json_schema_extra=IN_A_PATH,
    ),
]

SOURCE = "api"
"""Where an outcome comes from that was sent here."""


@router.put(
    "/{id:path}/outcome",
    summary="Tell what a ticket's values are in the end",
    dependencies=[Depends(requires("score", "review"))],
    responses=documented(400, 401, 403, 404, 413, 422, 503),
)
def put_outcome(ticket_id: TicketId, outcome: OutcomeValues, desk: DeskOfRequest) -> TicketOutcome:
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


@router.get(
    "/{id:path}",
    summary="Know one ticket and what became of it",
    dependencies=[Depends(requires("read"))],
    responses=documented(401, 403, 404, 422, 503),
)
def read_ticket(ticket_id: TicketId, desk: DeskOfRequest) -> TicketAnswer:
    """The ticket as it was filed, and for each question one row: the answer, what people made of it, the value.

    Of a ticket of the blind sample no answer is shown before people have decided.
    """
    now = datetime.now(UTC)
    key = ticket_key(ticket_id) or ticket_id
    with reading(desk.engine) as connection:
        ticket = find(connection, key)
        if ticket is None:
            raise NotFound("No ticket with this number was scored or imported.")
        decisions = decisions_of(connection, key, now)
        reviews = reviews_of(connection, key)
        outcomes = history_of(connection, key)
    customer = None if ticket.customer_id is None else shown_id(ticket.customer_id, desk.customer_key)
    return TicketAnswer(
        ticket_id=ticket_id,
        subject=ticket.subject,
        body=ticket.body,
        opened_at=ticket.opened_at,
        customer_id=ticket.customer_as_filed or customer,
        channel=ticket.channel,
        language=ticket.language,
        attributes=dict(ticket.attributes),
        decisions=[DecisionAnswer.of(decision) for decision in decisions],
        reviews=[ReviewAnswer.of(review) for review in reviews],
        outcomes=[OutcomeRecord.of(target, outcome) for target, outcome in outcomes],
    )
