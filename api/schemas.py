"""What goes over the wire: bodies in, answers out, problems; documented where OpenAPI shows it.

A new field is added here with a description and, if it is an answer, filled in where the answer is made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)

from data.database import storable
from triage.prediction import Decision, Reason
from triage.ticket import NewTicket

__all__ = [
    "BatchAnswer",
    "Check",
    "CustomerAnswer",
    "FrequentFlyer",
    "Liveness",
    "ModelAnswer",
    "PredictionAnswer",
    "Problem",
    "ProblemPart",
    "Profile",
    "RankedLabel",
    "Readiness",
    "Refusal",
    "ScoreAnswer",
    "SegmentAnswer",
    "SimilarTicket",
    "Term",
    "Ticket",
    "TicketBatch",
]

MAX_BATCH = 1000
"""Tickets in a batch: a second or two of work, within any client's timeout."""

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_YEARS = range(1970, 2200)


def _storable(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


def _rfc_3339(value: object) -> object:
    if value is None or isinstance(value, datetime):
        return value
    form = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if form is None:
        raise ValueError("A moment is written like 2026-11-21T09:00:00Z or 2026-11-21T10:00:00+01:00 (RFC 3339).")
    if form["offset"] is None:
        raise ValueError(
            "The moment has no offset, so nobody knows when it was: write 2026-11-21T09:00:00Z or "
            "2026-11-21T10:00:00+01:00."
        )
    return value.upper() if isinstance(value, str) else value


def _plausible(value: datetime | None) -> datetime | None:
    if value is not None and value.year not in _YEARS:
        raise ValueError("The moment lies outside the years 1970 to 2199.")
    return value.astimezone(UTC) if value is not None else None


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else _storable(value)


def _no_nulls(value: object) -> object:
    return {name: kept for name, kept in value.items() if kept is not None} if isinstance(value, Mapping) else value


ShortText = Annotated[str, BeforeValidator(_storable), Field(max_length=200)]
Moment = Annotated[
    datetime | None,
    BeforeValidator(_rfc_3339),
    AfterValidator(_plausible),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time", "pattern": "^(19[7-9][0-9]|2[01][0-9][0-9])-"},
                {"type": "null"},
            ]
        }
    ),
]
AttributeValue = Annotated[str, BeforeValidator(_as_text), Field(max_length=10_000)]
Attributes = Annotated[
    dict[ShortText, AttributeValue],
    BeforeValidator(_no_nulls),
    Field(max_length=500),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": 500,
            "propertyNames": {"maxLength": 200},
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "maxLength": 10_000},
                    {"type": "number"},
                    {"type": "boolean"},
                    {"type": "null"},
                ]
            },
        }
    ),
]


class Ticket(BaseModel):
    """A ticket as it was filed. A field that is not listed is refused, so that none is lost in silence."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "id": "INC001",
                "subject": "VPN down",
                "body": "error 809 since this morning",
                "opened_at": "2026-11-21T09:00:00Z",
                "customer_id": "u42",
                "channel": "email",
                "attributes": {"location": "Lyon"},
            }
        },
    )

    id: ShortText | None = Field(
        None,
        description="The desk's own number; without one the ticket gets a number that the answer names.",
        min_length=1,
    )
    subject: Annotated[str, BeforeValidator(_storable)] | None = Field(
        None, max_length=10_000, description="One line; may be missing."
    )
    body: Annotated[str, BeforeValidator(_storable)] | None = Field(
        None, max_length=2_000_000, description="Plain text; with neither subject nor body the model abstains."
    )
    opened_at: Moment = Field(None, description="When it was filed, RFC 3339 with an offset; now, if missing.")
    customer_id: ShortText | None = Field(
        None, min_length=1, description="Who filed it; without one the answer has no customer."
    )
    channel: ShortText | None = Field(None, description="How it came in, such as email, phone or portal.")
    language: ShortText | None = Field(None, description="A language tag such as en or pt-BR, if known.")
    attributes: Attributes | None = Field(
        None, description="Further facts known when filed, by the desk's own names; numbers and booleans become text."
    )

    def to_new_ticket(self, id_: str) -> NewTicket:
        """The ticket in the domain's words; `id_` is used where it has none of its own."""
        return NewTicket(
            id=self.id or id_,
            subject=self.subject or "",
            body=self.body or "",
            opened_at=self.opened_at,
            customer_id=self.customer_id or None,
            channel=self.channel or None,
            language=self.language or None,
            attributes=self.attributes or {},
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Stands in a batch for a ticket that does not fit; `errors` are pydantic's, without the input."""

    errors: list[dict[str, Any]]


def _ticket_or_refusal(value: object) -> Ticket | Refusal:
    try:
        return Ticket.model_validate(value)
    except ValidationError as error:
        return Refusal([dict(part) for part in error.errors(include_input=False, include_url=False)])


TicketOrRefusal = Annotated[Ticket | Refusal, PlainValidator(_ticket_or_refusal, json_schema_input_type=Ticket)]
"""A ticket, or what was wrong with it."""


class TicketBatch(BaseModel):
    """Up to a thousand tickets; each stands for itself, so one that does not fit keeps no other from being scored."""

    model_config = ConfigDict(extra="forbid")

    tickets: list[TicketOrRefusal] = Field(
        min_length=1, max_length=MAX_BATCH, description="In the order in which the answers come back."
    )


class RankedLabel(BaseModel):
    """A possible answer and how sure the model is of it."""

    value: str
    confidence: float = Field(description="0 to 1, set on the desk's own history.")


class Term(BaseModel):
    """A term of the ticket and what it added to the answer's score; negative where it spoke against it."""

    term: str
    weight: float


class PredictionAnswer(BaseModel):
    """The answer to one question about the ticket."""

    value: str
    confidence: float = Field(description="0 to 1, set on the desk's own history.")
    threshold: float = Field(description="From here on the precision asked for was proved; 1 where it was not.")
    decision: Decision
    reason: Reason
    top: list[RankedLabel] = Field(description="The best answers, the first of them being `value`.")
    explanation: list[Term] = Field(description="Only with `explain=true`, else empty.")


class SegmentAnswer(BaseModel):
    """A segment that the customer is in, and why."""

    name: str
    reason: str


class FrequentFlyer(BaseModel):
    """Whether the customer calls far more often than others."""

    probability: float | None = Field(
        description="That they go on calling, 0 to 1; null as long as no model of customers was learned."
    )
    flag: bool = Field(description="Whether they are in the segment `frequent_flyer` now.")


class Profile(BaseModel):
    """What the customer's contacts say, this one included."""

    contacts_30d: int
    contacts_90d: int
    incident_share: float | None = Field(
        description="Incidents among the contacts of ninety days whose type is known, 0 to 1; null where none is."
    )


class CustomerAnswer(BaseModel):
    """Who filed the ticket, as of the moment it was filed."""

    id: str
    segments: list[SegmentAnswer]
    frequent_flyer: FrequentFlyer
    profile: Profile
    plan: None = Field(description="What was agreed to do for this customer; null in this version.")


class SimilarTicket(BaseModel):
    """A ticket that was worked before and reads alike."""

    ticket_id: str
    similarity: float
    assignment_group: str | None
    resolution: str | None


class ModelAnswer(BaseModel):
    """Which model answered."""

    version: str
    trained_at: datetime


class ScoreAnswer(BaseModel):
    """Everything that is answered about one ticket."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "ticket_id": "INC001",
                "predictions": {
                    "assignment_group": {
                        "value": "Network",
                        "confidence": 0.71,
                        "threshold": 0.8,
                        "decision": "suggest",
                        "reason": "below_threshold",
                        "top": [{"value": "Network", "confidence": 0.71}, {"value": "Service Desk", "confidence": 0.2}],
                        "explanation": [{"term": "error 809", "weight": 1.31}],
                    }
                },
                "customer": {
                    "id": "u42",
                    "segments": [
                        {"name": "frequent_flyer", "reason": "14 contacts in 30 days; a typical customer has 1"}
                    ],
                    "frequent_flyer": {"probability": None, "flag": True},
                    "profile": {"contacts_30d": 14, "contacts_90d": 19, "incident_share": 0.8},
                    "plan": None,
                },
                "similar": [],
                "model": {"version": "7", "trained_at": "2026-11-20T02:00:00Z"},
            }
        }
    )

    ticket_id: str
    predictions: dict[str, PredictionAnswer] = Field(description="By the name of the question (target).")
    customer: CustomerAnswer | None = Field(description="Null for a ticket without `customer_id`.")
    similar: list[SimilarTicket] = Field(description="Empty in this version.")
    model: ModelAnswer


class ProblemPart(BaseModel):
    """One thing that does not fit."""

    pointer: str = Field(
        description="JSON pointer into the body (`#/subject`), or the query parameter (`?top_n`) or header by name."
    )
    detail: str


class Problem(BaseModel):
    """Why there is no answer (RFC 9457); never holds the text of a ticket."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:triage:problem:invalid-input",
                "title": "The request does not fit",
                "status": 422,
                "detail": "One field does not fit.",
                "instance": "/v1/score",
                "request_id": "5f0c3a…",
                "errors": [{"pointer": "#/opened_at", "detail": "The moment has no offset, …"}],
            }
        }
    )

    type: str = Field(description="Which kind, as a URN; stable, for programs.")
    title: str = Field(description="The kind in words.")
    status: int
    detail: str = Field(description="A sentence about this very case.")
    instance: str = Field(description="The path that was asked; in a batch with the pointer of the ticket.")
    request_id: str | None = Field(None, description="As in the header `X-Request-ID`, to be found in the log.")
    errors: list[ProblemPart] | None = None


class BatchAnswer(BaseModel):
    """One result a ticket, in the order they were sent: an answer, or the problem that this ticket has."""

    results: list[ScoreAnswer | Problem]


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["ok"]


class Check(BaseModel):
    """One thing that has to be in order."""

    ok: bool
    detail: str


class Readiness(BaseModel):
    """Whether requests will be answered, and if not, what is missing."""

    status: Literal["ready", "not ready"]
    checks: dict[Literal["model", "database"], Check]
