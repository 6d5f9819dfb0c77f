"""Asking for predictions: one ticket while it is filed, or up to a thousand at once.

An ordinary request for one ticket does not come as far as this, see `api/fast_path.py`; what is documented here holds
for both.
"""

import uuid
from collections.abc import Sequence
from operator import itemgetter
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.answers import batch_answer
from api.errors import documented, invalid_body
from api.fast_path import remember_options
from api.limits import CountsOfRequest
from api.repeats import Identity
from api.schemas import BatchAnswer, Refusal, ScoreAnswer, Ticket, TicketBatch
from api.scoring import Options, ScoreRequest
from api.scoring_queue import QueueOfRequest
from api.security import requires
from api.similar import MOST_SIMILAR

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/score",
    tags=["Scoring"],
    dependencies=[Depends(requires("score"))],
    responses=documented(400, 401, 403, 413, 422, 503),
)


async def _options(
    request: Request,
    top_n: Annotated[int, Query(ge=1, le=50, description="How many of the best answers to list a question.")] = 3,
    explain: Annotated[bool, Query(description="Whether to list the terms that spoke for or against.")] = False,
    similar: Annotated[
        int,
        Query(ge=0, le=MOST_SIMILAR, description="Worked tickets to find that read alike, so many at most."),
    ] = 0,
) -> Options:
    options = Options(top_n=top_n, explain=explain, similar=similar)
    remember_options(request.scope["query_string"], options)
    return options


OptionsOfRequest = Annotated[Options, Depends(_options)]


@router.post("", response_model=ScoreAnswer, summary="Score one ticket")
async def score_ticket(
    ticket: Ticket, options: OptionsOfRequest, identity: Identity, queue: QueueOfRequest, request: Request
) -> Response:
    """Answers every question of the model about one ticket, and says who wrote it.

    The ticket is stored as it was filed, without what is personal in its texts, and with the answers; sending it
    again adds answers and changes nothing else.
    """
    asked = ScoreRequest([ticket.to_new_ticket(uuid.uuid4().hex)], options, identity, itemgetter(0))
    return await queue.respond(asked, len(await request.body()), request.is_disconnected)


@router.post("/batch", response_model=BatchAnswer, summary="Score up to a thousand tickets")
async def score_batch(
    batch: TicketBatch,
    options: OptionsOfRequest,
    identity: Identity,
    queue: QueueOfRequest,
    counts: CountsOfRequest,
    request: Request,
) -> Response:
    """Answers about each ticket, in the order they were sent.

    A ticket that does not fit gets a problem (an object with `status` and `errors`) in its place, and the others are
    scored all the same.
    """
    counts.add(request.state.caller.reference, len(batch.tickets) - 1)
    tickets = [t.to_new_ticket(uuid.uuid4().hex) for t in batch.tickets if isinstance(t, Ticket)]
    problems = {
        at: invalid_body(request.scope, ticket.errors, within=f"/tickets/{at}").model_dump_json()
        for at, ticket in enumerate(batch.tickets)
        if isinstance(ticket, Refusal)
    }

    def compose(answers: Sequence[str]) -> str:
        waiting = iter(answers)
        return batch_answer([problems[at] if at in problems else next(waiting) for at in range(len(batch.tickets))])

    asked = ScoreRequest(tickets, options, identity, compose)
    return await queue.respond(asked, len(await request.body()), request.is_disconnected)
