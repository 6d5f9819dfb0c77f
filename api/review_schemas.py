"""What goes over the wire about reviews, and about what became of a ticket; see `api/schemas.py`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PlainValidator, ValidationError

from api.fields import Id, Name
from api.schemas import Problem
from data.decisions import Decision, Origin
from data.outcomes import Outcome, Provenance
from data.reviews import Reason, Review, Said, Verdict
from triage.prediction import Decision as AnswerDecision
from triage.prediction import Reason as AnswerReason

__all__ = [
    "MAX_REVIEWS",
    "DecisionAnswer",
    "GivenReview",
    "NotAReview",
    "OutcomeRecord",
    "ReviewAnswer",
    "ReviewBatch",
    "ReviewBatchAnswer",
    "ReviewList",
    "TicketAnswer",
]

MAX_REVIEWS = 200
"""Reviews at once: more than anybody looks at on one page."""

_LARGEST_ID = 2**53 - 1
_EXAMPLE: dict[str, JsonValue] = {
    "ticket_id": "INC001",
    "target": "assignment_group",
    "verdict": "corrected",
    "value": "Messaging",
    "reason": "wrong_group",
    "model_version": "7",
    "seconds": 4.2,
}


class GivenReview(BaseModel):
    """What a person makes of the answer to one question about a ticket."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    ticket_id: Id = Field(description="The ticket's number, in whatever spelling.")
    target: Name = Field(description="The question that was answered.")
    verdict: Verdict = Field(
        description="`accepted`: it is right. `corrected`: `value` is right. `rejected`: it is wrong, and nobody says "
        "what is right. `skipped`: left to others."
    )
    value: Name | None = Field(
        None, description="With `corrected` what is right; with `accepted` what was seen, so that another is refused."
    )
    reason: Reason | None = Field(None, description="Why it was not accepted.")
    model_version: Name | None = Field(
        None, description="Whose answer was seen; where there is a newer one, the review is refused with 409."
    )
    replaces: int | None = Field(
        None, ge=1, le=_LARGEST_ID, description="Another person's review that was seen and is overruled."
    )
    seconds: float | None = Field(
        None, ge=0, le=86_400, allow_inf_nan=False, description="How long the reviewer looked at it."
    )

    def to_said(self) -> Said:
        """The same in the domain's words."""
        return Said(
            target=self.target,
            verdict=self.verdict,
            value=self.value,
            reason=self.reason,
            model_version=self.model_version,
            replaces=self.replaces,
            seconds=self.seconds,
        )


@dataclass(frozen=True, slots=True)
class NotAReview:
    """Stands in a list for a review that does not fit; `errors` are pydantic's, without the input."""

    errors: list[dict[str, Any]]


def _review_or_not(value: object) -> GivenReview | NotAReview:
    try:
        return GivenReview.model_validate(value)
    except ValidationError as error:
        return NotAReview([dict(part) for part in error.errors(include_input=False, include_url=False)])


class ReviewBatch(BaseModel):
    """Several reviews, of one ticket or many; each stands for itself, so one that is refused keeps no other."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reviews": [_EXAMPLE]}})

    reviews: list[
        Annotated[GivenReview | NotAReview, PlainValidator(_review_or_not, json_schema_input_type=GivenReview)]
    ] = Field(min_length=1, max_length=MAX_REVIEWS, description="In the order in which the answers come back.")


class ReviewAnswer(BaseModel):
    """A review as it is stored."""

    id: int
    ticket_id: str
    target: str
    verdict: Verdict
    value: str | None = Field(description="What it is by this review; null where it does not say.")
    suggested: str | None = Field(description="What the model had answered; null for a ticket of the blind sample.")
    confidence: float | None
    model_version: str | None
    reason: Reason | None
    reviewer: str = Field(description="`key:ID` or `user:ID`.")
    at: datetime
    seconds: float | None
    undone_at: datetime | None = Field(description="When it was taken back; null while it stands.")
    note: str | None = Field(None, description="What the reviewer should know, a sentence.")
    queued_for: list[str] = Field(
        default_factory=list, description="The ticketing systems that the value will be written to."
    )

    @classmethod
    def of(cls, review: Review, *, note: str | None = None, queued_for: tuple[str, ...] = ()) -> "ReviewAnswer":
        """The answer that tells of a review."""
        stored = {name: getattr(review, name) for name in cls.model_fields if name not in ("note", "queued_for")}
        return cls(**stored, note=note, queued_for=list(queued_for))


class ReviewBatchAnswer(BaseModel):
    """One result a review, in the order they were sent: the review, or the problem that it has."""

    results: list[ReviewAnswer | Problem]


class ReviewList(BaseModel):
    """Every review of a ticket, the oldest first; also those that were taken back."""

    ticket_id: str = Field(description="As it was sent.")
    reviews: list[ReviewAnswer]


class DecisionAnswer(BaseModel):
    """One question about a ticket: what a model answered, what people made of it, and what it is in the end."""

    target: str
    suggested: str | None = Field(description="The answer that people had before them; null where there was none.")
    confidence: float | None
    threshold: float | None
    decision: AnswerDecision | None
    reason: AnswerReason | None
    model_version: str | None
    answered_at: datetime | None
    review: ReviewAnswer | None = Field(description="The one that counts.")
    value: str | None = Field(description="What it is in the end; null where nobody knows.")
    provenance: Provenance | None = Field(description="Who gave the value.")
    origin: Origin | None = Field(description="Where it comes from.")
    decided_at: datetime | None
    is_evidence: bool = Field(description="Whether it may be learned from: a person gave it.")
    is_blind: bool = Field(description="Whether people decide it without a suggestion; then none is shown before that.")

    @classmethod
    def of(cls, decision: Decision) -> "DecisionAnswer":
        """The answer that tells of a decision; of a blind ticket nothing is shown that people have still to decide."""
        answered = None if decision.is_hidden else decision.answered
        prediction = None if answered is None else answered.prediction
        return cls(
            target=decision.target,
            suggested=None if prediction is None else prediction.value,
            confidence=None if prediction is None else prediction.confidence,
            threshold=None if prediction is None else prediction.threshold,
            decision=None if prediction is None else prediction.decision,
            reason=None if prediction is None else prediction.reason,
            model_version=None if answered is None else answered.model_version,
            answered_at=None if answered is None else answered.at,
            review=None if decision.review is None else ReviewAnswer.of(decision.review),
            value=decision.value,
            provenance=decision.provenance,
            origin=decision.origin,
            decided_at=decision.at,
            is_evidence=decision.is_evidence,
            is_blind=decision.is_blind,
        )


class OutcomeRecord(BaseModel):
    """A value that a ticket was given."""

    target: str
    value: str
    provenance: Literal["human", "automatic"]
    source: str = Field(description="Where: a ticketing system by its name, `api` or `review`.")
    at: datetime
    model_version: str | None

    @classmethod
    def of(cls, target: str, outcome: Outcome) -> "OutcomeRecord":
        """The record that tells of an outcome."""
        return cls(
            target=target,
            value=outcome.value,
            provenance=outcome.provenance,
            source=outcome.source,
            at=outcome.at,
            model_version=outcome.model_version,
        )


class TicketAnswer(BaseModel):
    """A stored ticket, and what became of it."""

    ticket_id: str = Field(description="As it was sent.")
    subject: str
    body: str
    opened_at: datetime | None
    customer_id: str | None
    channel: str | None
    language: str | None
    attributes: dict[str, str]
    decisions: list[DecisionAnswer] = Field(description="One row a question.")
    reviews: list[ReviewAnswer] = Field(description="All of them, the oldest first; also those that were taken back.")
    outcomes: list[OutcomeRecord] = Field(description="Every value that the ticket was given, the oldest first.")
