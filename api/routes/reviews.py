"""What people make of answers: accepted, corrected, rejected or skipped; and taking that back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic_core import to_json
from sqlalchemy import Connection

from api.announcements import tell_of_review
from api.answered_once import answer_once
from api.callers import Caller
from api.desk import Desk, DeskOfRequest
from api.errors import documented, invalid_body, refusal
from api.fields import Name
from api.repeats import Identity
from api.review_schemas import (
    GivenReview,
    ReviewAnswer,
    ReviewBatch,
    ReviewBatchAnswer,
    ReviewList,
)
from api.security import requires
from data import audit, review_entries, reviews
from data.database import reading
from data.tickets import is_stored
from triage.errors import ModelUnusable, NotFound, StoreUnusable, TriageError
from triage.identity import ticket_key

__all__ = ["kept_review", "known_labels", "router", "taken_back"]

router = APIRouter(prefix="/v1/reviews", tags=["Reviews"])

Reviewer = Annotated[Caller, Depends(requires("review"))]
ReviewId = Annotated[int, Path(alias="id", ge=1, le=2**53 - 1, description="The review's number.")]

_NEW_LABEL = (
    "The model does not know this value yet: it answers it only when enough tickets have it and it is trained again."
)


@router.post(
    "",
    response_model=ReviewAnswer,
    summary="Say what to make of an answer",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
def review_answer(given: GivenReview, desk: DeskOfRequest, caller: Reviewer, identity: Identity) -> Response:
    """Keeps what a person says of the answer to one question about a ticket.

    Accepted and corrected values are the ticket's outcome, given by a person, and are written to the ticketing system
    that the ticket came from. The same again changes nothing. Refused with 409 is whoever decides on what is no longer
    so; `newer` says what is.
    """
    now = datetime.now(UTC)
    labels = known_labels(desk)
    return answer_once(
        desk.engine,
        identity,
        now,
        lambda connection: kept_review(connection, desk, given, caller, labels, now).model_dump_json(),
    )


@router.post(
    "/batch",
    response_model=ReviewBatchAnswer,
    summary="Say what to make of several answers",
    responses=documented(400, 401, 403, 413, 422, 503),
)
def review_answers(
    batch: ReviewBatch, desk: DeskOfRequest, caller: Reviewer, identity: Identity, request: Request
) -> Response:
    """Keeps several reviews, of one ticket or of many, in the order they were sent.

    A review that is refused gets a problem (an object with `status`) in its place, and the others are kept all the
    same.
    """
    now = datetime.now(UTC)
    labels = known_labels(desk)

    def act(connection: Connection) -> str:
        # in one order, so that two who review the same tickets never wait for each other crosswise
        order = sorted(range(len(batch.reviews)), key=lambda at: _sort_key(batch.reviews[at], at))
        results = {at: _result(connection, batch.reviews[at], at) for at in order}
        return to_json({"results": [results[at] for at in range(len(results))]}).decode()

    def _result(connection: Connection, given: object, at: int) -> object:
        within = f"/reviews/{at}"
        if not isinstance(given, GivenReview):
            return invalid_body(request.scope, given.errors, within=within).model_dump(mode="json", exclude_none=True)  # type: ignore[attr-defined]
        try:
            return kept_review(connection, desk, given, caller, labels, now).model_dump(mode="json")
        except StoreUnusable:
            raise
        except TriageError as error:
            return refusal(request.scope, error, within=within).model_dump(mode="json", exclude_none=True)

    return answer_once(desk.engine, identity, now, act)


@router.get(
    "",
    summary="Know the reviews of a ticket",
    dependencies=[Depends(requires("read", "review"))],
    responses=documented(401, 403, 404, 422, 503),
)
def list_reviews(
    desk: DeskOfRequest, ticket_id: Annotated[Name, Query(description="The ticket's number, in whatever spelling.")]
) -> ReviewList:
    """Every review of a ticket, the oldest first; also those that were taken back."""
    key = ticket_key(ticket_id) or ticket_id
    with reading(desk.engine) as connection:
        if not is_stored(connection, key):
            raise NotFound("No ticket with this number was scored or imported.")
        found = reviews.reviews_of(connection, key)
    return ReviewList(ticket_id=ticket_id, reviews=[ReviewAnswer.of(review) for review in found])


@router.post(
    "/{id}/undo",
    response_model=ReviewAnswer,
    summary="Take a review back",
    responses=documented(401, 403, 404, 413, 422, 503),
)
def undo_review(review_id: ReviewId, desk: DeskOfRequest, caller: Reviewer, identity: Identity) -> Response:
    """Takes a review back, and with it the value that it gave; the one before it counts again.

    What was written to a ticketing system stays there, and `note` says so. What still waits is not written.
    """
    now = datetime.now(UTC)
    return answer_once(
        desk.engine,
        identity,
        now,
        lambda connection: taken_back(connection, desk, review_id, caller, now).model_dump_json(),
    )


def taken_back(connection: Connection, desk: Desk, review_id: int, caller: Caller, now: datetime) -> ReviewAnswer:
    """Takes a review back, tells of it, and puts on record who did."""
    was_standing = reviews.find(connection, review_id).undone_at is None
    review = reviews.undo(connection, review_id, now)
    written = review_entries.written_to(connection, review)
    note = f"It was written to {', '.join(written)} already: change it there." if written else None
    if was_standing:
        tell_of_review(connection, desk, review, now)
        audit.append(
            connection,
            caller.reference,
            "review.undone",
            f"review:{review.id}",
            {"target": review.target, "verdict": review.verdict, "reviewer": review.reviewer},
            now,
        )
    return ReviewAnswer.of(review, note=note)


def kept_review(
    connection: Connection,
    desk: Desk,
    given: GivenReview,
    caller: Caller,
    labels: Mapping[str, tuple[str, ...]],
    now: datetime,
) -> ReviewAnswer:
    """Keeps a review, and puts its value into the outbox where the ticket came from a ticketing system."""
    said = given.to_said()
    known = labels.get(said.target)
    if said.verdict == "corrected" and said.value is not None and known is not None:
        said = _in_spelling_of(known, said)
    review = reviews.record(connection, ticket_key(given.ticket_id) or given.ticket_id, said, caller.reference, now)
    is_new = review.verdict == "corrected" and known is not None and review.value not in known
    queued = review_entries.put(connection, review, caller.name, now) if review.at == now else ()
    if review.at == now:
        tell_of_review(connection, desk, review, now)
    return ReviewAnswer.of(review, note=_NEW_LABEL if is_new else None, queued_for=queued)


def _in_spelling_of(known: tuple[str, ...], said: reviews.Said) -> reviews.Said:
    """What is said, in the model's spelling where that differs in case or blanks alone: it is one label, not two."""
    spelled = next((label for label in known if reviews.is_same_value(label, said.value or "")), said.value)
    return reviews.Said(
        target=said.target,
        verdict=said.verdict,
        value=spelled,
        reason=said.reason,
        model_version=said.model_version,
        replaces=said.replaces,
        seconds=said.seconds,
    )


def known_labels(desk: Desk) -> Mapping[str, tuple[str, ...]]:
    """By target what the model can answer; nothing where none may answer, which keeps nobody from reviewing."""
    try:
        return desk.models.current().labels
    except ModelUnusable:
        return {}


def _sort_key(given: object, at: int) -> tuple[str, int]:
    return (ticket_key(given.ticket_id) or given.ticket_id if isinstance(given, GivenReview) else "", at)
