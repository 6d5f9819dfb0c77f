"""Asking for predictions: one ticket while it is filed, or up to a thousand at once."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from api.desk import DeskOfRequest
from api.errors import documented, invalid_body
from api.repeats import Identity, answered_before, answered_once
from api.schemas import BatchAnswer, Problem, Refusal, ScoreAnswer, Ticket, TicketBatch
from api.scoring import score, store
from api.security import requires
from triage.errors import InvalidInput

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/score",
    tags=["Scoring"],
    dependencies=[Depends(requires("score"))],
    responses=documented(400, 401, 403, 413, 422, 503),
)


@dataclass(frozen=True, slots=True)
class Options:
    """What else is wanted in an answer."""

    top_n: int
    explain: bool


async def _options(
    top_n: Annotated[int, Query(ge=1, le=50, description="How many of the best answers to list a question.")] = 3,
    explain: Annotated[bool, Query(description="Whether to list the terms that spoke for or against.")] = False,
    similar: Annotated[
        int,
        Query(
            ge=0, description="Similar tickets to find; this version knows only 0.", json_schema_extra={"maximum": 0}
        ),
    ] = 0,
) -> Options:
    if similar > 0:
        raise InvalidInput("This version does not find similar tickets; leave `similar` out or send 0.")
    return Options(top_n=top_n, explain=explain)


OptionsOfRequest = Annotated[Options, Depends(_options)]


@router.post("", response_model=ScoreAnswer, summary="Score one ticket")
def score_ticket(ticket: Ticket, options: OptionsOfRequest, identity: Identity, desk: DeskOfRequest) -> Response:
    """Answers every question of the model about one ticket, and says who wrote it.

    The ticket is stored as it was filed, with the answers; sending it again adds answers and changes nothing else.
    """
    now = datetime.now(UTC)
    if answer := answered_before(desk.engine, identity, now):
        return answer
    model = desk.models.current()
    new = ticket.to_new_ticket(uuid.uuid4().hex)
    scored = score(model, [new], now, top_n=options.top_n, explain=options.explain)

    def answered(connection: Connection) -> str:
        return store(connection, desk, model, scored, now)[0].model_dump_json()

    return answered_once(desk.engine, identity, now, answered)


@router.post("/batch", response_model=BatchAnswer, summary="Score up to a thousand tickets")
def score_batch(
    batch: TicketBatch, options: OptionsOfRequest, identity: Identity, desk: DeskOfRequest, request: Request
) -> Response:
    """Answers about each ticket, in the order they were sent.

    A ticket that does not fit gets a problem (an object with `status` and `errors`) in its place, and the others are
    scored all the same.
    """
    now = datetime.now(UTC)
    if answer := answered_before(desk.engine, identity, now):
        return answer
    model = desk.models.current()
    new = [t.to_new_ticket(uuid.uuid4().hex) for t in batch.tickets if isinstance(t, Ticket)]
    scored = score(model, new, now, top_n=options.top_n, explain=options.explain)
    problems = {
        at: invalid_body(request.scope, ticket.errors, within=f"/tickets/{at}")
        for at, ticket in enumerate(batch.tickets)
        if isinstance(ticket, Refusal)
    }

    def answered(connection: Connection) -> str:
        answers = iter(store(connection, desk, model, scored, now))
        results: list[ScoreAnswer | Problem] = [
            problems[at] if at in problems else next(answers) for at in range(len(batch.tickets))
        ]
        return BatchAnswer(results=results).model_dump_json()

    return answered_once(desk.engine, identity, now, answered)
