"""Tickets that wait for a person: looked at, claimed so that nobody else gets them, given back."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.callers import Caller
from api.desk import DeskOfRequest
from api.errors import documented
from api.fields import Name
from api.queue_schemas import TicketQueue, queued_ticket_answer
from api.queued_tickets import QueuedTicket, claimed_tickets, waiting_tickets
from api.security import requires
from data.database import reading, writing
from data.review_queue import QueueFilter, count, release

__all__ = ["MOST_COUNTED", "router"]

router = APIRouter(prefix="/v1/queue", tags=["Queue"], responses=documented(400, 401, 403, 422, 429, 503))

MOST_COUNTED = 1_000
"""Nobody reads on beyond that, and a database need not count on."""

Reviewer = Annotated[Caller, Depends(requires("review"))]
Limit = Annotated[int, Query(ge=1, le=100, description="How many tickets at most.")]


def wanted_of(
    target: Annotated[Name | None, Query(description="Only where this question waits.")] = None,
    group: Annotated[Name | None, Query(description="Only where this group is suggested.")] = None,
    segment: Annotated[Name | None, Query(description="Only from customers of whom this holds.")] = None,
    source: Annotated[Name | None, Query(description="Only from this ticketing system.")] = None,
    older_than_hours: Annotated[float | None, Query(ge=0, le=100_000, description="Only filed longer ago.")] = None,
) -> QueueFilter:
    """Which tickets are asked for."""
    before = None if older_than_hours is None else datetime.now(UTC) - timedelta(hours=older_than_hours)
    return QueueFilter(target, group, segment, source, before)


Wanted = Annotated[QueueFilter, Depends(wanted_of)]


@router.get("", summary="See which tickets wait for a person")
def read_queue(desk: DeskOfRequest, wanted: Wanted, caller: Reviewer, limit: Limit = 25) -> TicketQueue:
    """The tickets whose turn is next; nothing is claimed by looking."""
    return _answer(desk, wanted, waiting_tickets(desk, wanted, caller.reference, datetime.now(UTC), most=limit))


@router.post("/claim", summary="Take tickets to decide on them")
def claim_tickets(desk: DeskOfRequest, wanted: Wanted, caller: Reviewer, limit: Limit = 25) -> TicketQueue:
    """The same, and for ten minutes nobody else gets them. What the caller had claimed before is free again."""
    return _answer(desk, wanted, claimed_tickets(desk, wanted, caller.reference, datetime.now(UTC), most=limit))


@router.post("/release", status_code=204, summary="Give tickets back")
def release_tickets(desk: DeskOfRequest, caller: Reviewer) -> None:
    """Gives back whatever the caller has claimed."""
    with writing(desk.engine) as connection:
        release(connection, caller.reference)


def _answer(desk: DeskOfRequest, wanted: QueueFilter, found: list[QueuedTicket]) -> TicketQueue:
    with reading(desk.engine) as connection:
        n = count(connection, wanted, MOST_COUNTED)
    return TicketQueue(waiting=n, tickets=[queued_ticket_answer(one) for one in found])
