"""The store of reviews: what people made of what a model said, and which values tickets have by that.

A review never changes: a later one of the same target takes its place, and whoever takes one back leaves it on record.
What reviews say of a ticket's values stands among its outcomes, and is told anew whenever one is added or taken back.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, delete, select, update

from data import outcomes as outcomes_store
from data import predictions as predictions_store
from data import review_queue
from data.database import insert, storable
from data.predictions import Scoring
from data.sourced_tickets import is_blind
from data.tables import outcomes, reviews, tickets
from triage.errors import InvalidInput, NotFound, Outdated
from triage.prediction import Prediction

__all__ = [
    "REASONS",
    "SOURCE",
    "VERDICTS",
    "Reason",
    "Review",
    "Said",
    "Verdict",
    "as_review",
    "find",
    "is_same_value",
    "record",
    "reviews_of",
    "undo",
]

Verdict = Literal["accepted", "corrected", "rejected", "skipped"]
"""What a person made of a suggestion: it is right; it is another value; it is wrong, whatever is right; nothing."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

Reason = Literal["wrong_group", "wrong_type", "not_enough_information", "duplicate", "spam"]
"""Why a suggestion was not accepted."""

REASONS: tuple[Reason, ...] = get_args(Reason)

SOURCE = "review"
"""Where an outcome comes from that a review gave; no ticketing system may be called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says of one target of a ticket.

    Attributes:
        target: the question.
        verdict: what they made of the suggestion.
        value: what it is instead; with `accepted` what they saw, where they say so.
        reason: why it was not accepted.
        model_version: whose suggestion they saw, where they say so.
        replaces: the review of another person that they have seen and overrule.
        seconds: how long they looked at it.
    """

    target: str
    verdict: Verdict
    value: str | None = None
    reason: Reason | None = None
    model_version: str | None = None
    replaces: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a person made of a suggestion.

    Attributes:
        id: to ask for it by.
        ticket_id: as the ticket is stored.
        target: the question.
        suggested: what was suggested; None where nothing was shown, as of a blind ticket.
        confidence: how sure the model was of it.
        model_version: which model said so.
        verdict: what the person made of it.
        value: what it is by that; None where they did not say.
        reason: why it was not accepted.
        reviewer: `key:ID` or `user:ID`.
        at: when.
        seconds: how long they looked at it.
        undone_at: when it was taken back; None while it stands.
    """

    id: int
    ticket_id: str
    target: str
    suggested: str | None
    confidence: float | None
    model_version: str | None
    verdict: Verdict
    value: str | None
    reason: Reason | None
    reviewer: str
    at: datetime
    seconds: float | None
    undone_at: datetime | None

    @property
    def is_decision(self) -> bool:
        """Whether it stands and says something: who skips a suggestion leaves it to others."""
        return self.undone_at is None and self.verdict != "skipped"


def record(connection: Connection, ticket_id: str, said: Said, reviewer: str, now: datetime) -> Review:
    """Keeps what a person says, unless something is there that they cannot have seen; the same again changes nothing.

    Args:
        connection: to write to.
        ticket_id: as the ticket is stored.
        said: what they say.
        reviewer: `key:ID` or `user:ID`.
        now: the moment.

    Raises:
        InvalidInput: verdict and value do not go together.
        NotFound: no such ticket, or nothing was answered about the target.
        Outdated: there is a newer answer than they name, another person's review, or a value that somebody has set.
    """
    _lock(connection, ticket_id)
    scoring = predictions_store.newest_of(connection, ticket_id)
    if scoring is None:
        raise NotFound("Nothing was answered about this ticket yet, so there is nothing to review.")
    answer = _answer(scoring, said.target)
    is_hidden = is_blind(connection, ticket_id)
    _check(said, None if is_hidden else answer)
    before = _decision(reviews_of(connection, ticket_id), said.target)
    if before is not None and _says_the_same(before, said, reviewer, scoring):
        return before
    if said.verdict != "skipped":
        _refuse_stale(connection, ticket_id, said, scoring, answer, before, reviewer)
    value = answer.value if said.verdict == "accepted" else said.value
    row = {
        "ticket_id": ticket_id,
        "target": said.target,
        "suggested": None if is_hidden else answer.value,
        "confidence": None if is_hidden else answer.confidence,
        "model_version": scoring.model_version,
        "verdict": said.verdict,
        "value": None if value is None else storable(value),
        "reason": said.reason,
        "reviewer": reviewer,
        "at": now,
        "seconds": said.seconds,
    }
    id_ = connection.scalar(insert(connection, reviews).returning(reviews.c.id), row)
    _tell(connection, ticket_id, said.target)
    return find(connection, int(id_ or 0))


def undo(connection: Connection, id_: int, now: datetime) -> Review:
    """Takes a review back, and with it the value that it gave; one that was taken back already stays as it is.

    Raises:
        NotFound: there is none of this id.
    """
    review = find(connection, id_)
    _lock(connection, review.ticket_id)
    change = update(reviews).where(reviews.c.id == id_, reviews.c.undone_at.is_(None))
    connection.execute(change.values(undone_at=now))
    _tell(connection, review.ticket_id, review.target)
    return find(connection, id_)


def find(connection: Connection, id_: int) -> Review:
    """One review.

    Raises:
        NotFound: there is none of this id.
    """
    row = connection.execute(select(reviews).where(reviews.c.id == id_)).first()
    if row is None:
        raise NotFound("There is no review of this number.")
    return as_review(row)


def reviews_of(connection: Connection, ticket_id: str) -> list[Review]:
    """Every review of a ticket, the oldest first; also those that were taken back."""
    asked = select(reviews).where(reviews.c.ticket_id == ticket_id).order_by(reviews.c.id)
    return [as_review(row) for row in connection.execute(asked)]


def as_review(row: Row[Any]) -> Review:
    """The review that a row of the table is."""
    return Review(**row._mapping)  # noqa: SLF001  (SQLAlchemy's own name for it, and public)


def is_same_value(one: str, other: str) -> bool:
    """Whether two spellings are one value: case, blanks and compatible characters do not count."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _lock(connection: Connection, ticket_id: str) -> None:
    """Lets nobody else review the ticket until this transaction ends; on SQLite nobody writes meanwhile anyway."""
    asked = select(tickets.c.id).where(tickets.c.id == ticket_id).with_for_update(key_share=True)
    if connection.scalar(asked) is None:
        raise NotFound("No ticket with this number was scored or imported.")


def _answer(scoring: Scoring, target: str) -> Prediction:
    """What was answered about a target."""
    answers = {answer.target: answer for answer in scoring.answers}
    if target not in answers:
        raise NotFound(
            f"Nothing was answered about this target of the ticket. Answered: {', '.join(sorted(answers)) or 'none'}."
        )
    return answers[target]


def _check(said: Said, answer: Prediction | None) -> None:
    """Refuses what does not go together; the answer is None where the reviewer was shown none."""
    if said.verdict in ("accepted", "rejected") and answer is None:
        raise InvalidInput(
            "The ticket is one of the blind sample, so nothing was suggested: send `corrected` with the right value."
        )
    if said.verdict == "corrected" and said.value is None:
        raise InvalidInput("`corrected` needs a `value`: what it is instead.")
    if said.verdict == "corrected" and answer is not None and is_same_value(answer.value, said.value or ""):
        raise InvalidInput("This is what was suggested: send `accepted`.")
    if said.verdict in ("rejected", "skipped") and said.value is not None:
        raise InvalidInput("`rejected` and `skipped` have no `value`; who knows what is right sends `corrected`.")
    if said.verdict == "accepted" and said.reason is not None:
        raise InvalidInput("A `reason` says why something was not accepted; it does not go with `accepted`.")


def _decision(found: Sequence[Review], target: str) -> Review | None:
    """The review of a target that counts; None where nobody has decided."""
    return next((each for each in reversed(found) if each.target == target and each.is_decision), None)


def _says_the_same(before: Review, said: Said, reviewer: str, scoring: Scoring) -> bool:
    """Whether somebody has said just this of just this answer; who clicks twice means it once."""
    seen = said.value if said.verdict == "corrected" else before.value
    return (
        before.reviewer == reviewer
        and before.verdict == said.verdict
        and before.reason == said.reason
        and before.value == seen
        and before.model_version == scoring.model_version
        and (before.suggested is None or _answer(scoring, said.target).value == before.suggested)
        and said.model_version in (None, scoring.model_version)
    )


def _refuse_stale(
    connection: Connection,
    ticket_id: str,
    said: Said,
    scoring: Scoring,
    answer: Prediction,
    before: Review | None,
    reviewer: str,
) -> None:
    """Raises `Outdated` where a person would decide on what they have not seen."""
    if before is not None and before.reviewer != reviewer and said.replaces != before.id:
        raise Outdated(
            "Another person has reviewed this already; `newer` says how. Name their review in `replaces` to overrule.",
            newer={
                "kind": "review",
                "id": before.id,
                "verdict": before.verdict,
                "value": before.value,
                "model_version": before.model_version,
                "at": before.at,
            },
        )
    saw_other_value = said.verdict == "accepted" and said.value is not None and said.value != answer.value
    if saw_other_value or said.model_version not in (None, scoring.model_version):
        raise Outdated(
            "There is a newer answer than the one that was reviewed; `newer` says which.",
            newer={
                "kind": "prediction",
                "value": answer.value,
                "model_version": scoring.model_version,
                "at": scoring.at,
            },
        )
    known = outcomes_store.outcomes_of(connection, ticket_id).get(said.target)
    if (
        said.verdict == "accepted"
        and known is not None
        and known.provenance == "human"
        and known.source != SOURCE
        and not is_same_value(known.value, answer.value)
    ):
        raise Outdated(
            "Somebody has set another value meanwhile; `newer` says which. Send `corrected` to overrule it.",
            newer={"kind": "outcome", "value": known.value, "at": known.at},
        )


def _tell(connection: Connection, ticket_id: str, target: str) -> None:
    """Puts what the standing reviews of a target say among the outcomes, in the place of what they said before.

    The target leaves the queue by that, or waits again. Whoever rejects a value without another one says that nobody
    knows, whatever was accepted before.
    """
    columns = outcomes.c
    connection.execute(
        delete(outcomes).where(columns.ticket_id == ticket_id, columns.target == target, columns.source == SOURCE)
    )
    found = reviews_of(connection, ticket_id)
    told: list[Review] = []
    for review in found:
        if review.target != target or not review.is_decision:
            continue
        if review.verdict == "rejected":
            told = []
        elif not told or told[-1].value != review.value:
            told.append(review)
    rows = [
        {
            "ticket_id": ticket_id,
            "target": target,
            "value": review.value,
            "provenance": "human",
            "source": SOURCE,
            "at": review.at,
        }
        for review in told
    ]
    if rows:
        connection.execute(insert(connection, outcomes), rows)
    known = outcomes_store.outcomes_of(connection, ticket_id).get(target)
    if _decision(found, target) is not None or (known is not None and known.provenance == "human"):
        review_queue.settle(connection, ticket_id, [target])
    else:
        review_queue.reopen(connection, ticket_id, [target])
