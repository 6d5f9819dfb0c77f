"""What goes over the wire: bodies in, answers out, problems; documented where OpenAPI shows it.

What is said of customers is in `customer_schemas.py`. A new field is added in one of the two with a description and, if
it is an answer, filled in where the answer is made.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError, WithJsonSchema

from api.customer_schemas import EXAMPLE, CustomerAnswer
from api.fields import Attributes, Id, Moment, Name, ShortText, Text, or_null
from triage.identity import person_key, ticket_key
from triage.prediction import Decision, Reason
from triage.ticket import NewTicket

__all__ = [
    "BatchAnswer",
    "ChanceAnswer",
    "Check",
    "Liveness",
    "ModelAnswer",
    "NewerDecision",
    "OutcomeAnswer",
    "OutcomeValues",
    "PredictionAnswer",
    "Problem",
    "ProblemPart",
    "RankedLabel",
    "Readiness",
    "Received",
    "Refusal",
    "RiskAnswer",
    "ScoreAnswer",
    "SessionAnswer",
    "SimilarTicket",
    "SpanAnswer",
    "Term",
    "Ticket",
    "TicketBatch",
    "TicketOutcome",
]

OptionalId = Annotated[Id | None, BeforeValidator(or_null)]

MAX_BATCH = 1000
"""Tickets in a batch: a second or two of work, within any client's timeout."""


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

    id: OptionalId = Field(
        None,
        description="The desk's own number, in whatever spelling (`2 553` is `2553`); without one the ticket gets a "
        "number that the answer names.",
    )
    subject: Text | None = Field(None, max_length=10_000, description="One line; may be missing.")
    body: Text | None = Field(
        None,
        max_length=2_000_000,
        description="Text, also in HTML or as a mail; with neither subject nor body the model abstains.",
    )
    opened_at: Moment = Field(None, description="When it was filed, RFC 3339 with an offset; now, if missing.")
    customer_id: OptionalId = Field(
        None,
        description="Who filed it, by number, name or address in whatever spelling. Without one, or with a word for "
        "nobody such as `Guest`, the answer has no customer.",
    )
    channel: ShortText | None = Field(None, description="How it came in, such as email, phone or portal.")
    language: ShortText | None = Field(None, description="A language tag such as en or pt-BR, if known.")
    attributes: Attributes | None = Field(
        None, description="Further facts known when filed, by the desk's own names; numbers and booleans become text."
    )

    def to_new_ticket(self, id_: str) -> NewTicket:
        """The ticket in the domain's words; `id_` is used where it has none of its own."""
        key = (ticket_key(self.id) if self.id else "") or id_
        person = person_key(self.customer_id) if self.customer_id else None
        return NewTicket(
            id=key,
            id_as_filed=self.id if self.id != key else None,
            subject=self.subject or "",
            body=self.body or "",
            opened_at=self.opened_at,
            customer_id=person,
            customer_as_filed=self.customer_id if self.customer_id != person else None,
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
    confidence: float = Field(description="0 to 1, set on the desk's own history; rounded to four digits.")
    threshold: float = Field(description="From here on the answer may be applied by itself; 1 where it never is.")
    decision: Decision
    reason: Reason
    top: list[RankedLabel] = Field(description="The best answers, the first of them being `value`.")
    explanation: list[Term] = Field(description="Only with `explain=true`, else empty.")


class SimilarTicket(BaseModel):
    """A ticket that was worked before and reads alike, as it is stored now."""

    ticket_id: str = Field(description="As it was filed.")
    similarity: float = Field(
        description="Of words, meaning and the model's answers: 0 to 1, rounded to four digits. No probability."
    )
    assignment_group: str | None = Field(description="Who had it in the end, as far as is known.")
    category: str | None
    resolution: str | None = Field(description="How it was solved: the first 300 characters, in one line.")
    knowledge_article: str | None = Field(description="The article that helped, by its number.")
    resolved_at: datetime | None = Field(description="Or closed, where only that is known.")
    is_same_customer: bool | None = Field(
        description="Whether the same person filed it; null where that is not known or not to be told."
    )


class ChanceAnswer(BaseModel):
    """How likely something is to happen to the ticket: no promise, as it holds on average only."""

    chance: float = Field(description="0 to 1, set on the desk's own later tickets.")
    usual: float = Field(description="How often it happens to a ticket of this desk.")
    reasons: list[str] = Field(description="The facts that raised it most; empty unless it is well above the usual.")


class SpanAnswer(BaseModel):
    """How many hours pass until such tickets are resolved."""

    low: float = Field(description="One in ten such tickets is quicker.")
    middle: float
    high: float = Field(description="One in ten such tickets is slower.")
    coverage: float = Field(description="The share of tickets that was to lie between the ends.")


class RiskAnswer(BaseModel):
    """What may go wrong, from what was known at opening; null of what the desk's history cannot tell."""

    sla_missed: ChanceAnswer | None
    handed_on: ChanceAnswer | None
    reopened: ChanceAnswer | None
    hours_to_resolve: SpanAnswer | None


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
                "risk": {
                    "sla_missed": {"chance": 0.34, "usual": 0.12, "reasons": ["category Printing"]},
                    "handed_on": {"chance": 0.41, "usual": 0.37, "reasons": []},
                    "reopened": None,
                    "hours_to_resolve": {"low": 0.5, "middle": 6.0, "high": 52.0, "coverage": 0.8},
                },
                "customer": EXAMPLE,
                "similar": [
                    {
                        "ticket_id": "INC000417",
                        "similarity": 0.8312,
                        "assignment_group": "Network",
                        "category": "VPN",
                        "resolution": "Renewed the expired client certificate and connected again.",
                        "knowledge_article": "KB0042",
                        "resolved_at": "2026-10-02T14:20:00Z",
                        "is_same_customer": False,
                    }
                ],
                "model": {"version": "7", "trained_at": "2026-11-20T02:00:00Z"},
            }
        }
    )

    ticket_id: str = Field(description="As it was sent.")
    predictions: dict[str, PredictionAnswer] = Field(description="By the name of the question (target).")
    customer: CustomerAnswer | None = Field(description="Null for a ticket without `customer_id`, or of nobody.")
    risk: RiskAnswer | None = Field(
        description="What may go wrong with it; null where the model was not taught, or the history cannot tell. "
        "Nothing of who filed the ticket takes part in it."
    )
    similar: list[SimilarTicket] = Field(
        description="Worked tickets that read alike, the likest first; only with `similar` above 0, else empty."
    )
    model: ModelAnswer


class ProblemPart(BaseModel):
    """One thing that does not fit."""

    pointer: str = Field(
        description="JSON pointer into the body (`#/subject`), or the query parameter (`?top_n`) or header by name."
    )
    detail: str


class NewerDecision(BaseModel):
    """What is there by now that whoever decides has not seen."""

    kind: Literal["prediction", "review", "outcome"] = Field(
        description="A later answer of a model, another person's review, or a value that somebody has set."
    )
    id: int | None = Field(None, description="The review's number.")
    verdict: Literal["accepted", "corrected", "rejected"] | None = None
    value: str | None = None
    model_version: str | None = None
    at: datetime


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
    objections: list[str] | None = Field(
        None, description="What the gate has against a version that is to be promoted, a sentence each."
    )
    newer: NewerDecision | None = Field(None, description="What is there by now, where a review came too late.")


class BatchAnswer(BaseModel):
    """One result a ticket, in the order they were sent: an answer, or the problem that this ticket has."""

    results: list[ScoreAnswer | Problem]


_NAME = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"[^\s\x1c-\x1f\x85]"}
OutcomeLabels = Annotated[
    dict[Name, Name],
    Field(min_length=1, max_length=50),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 50,
            "propertyNames": _NAME,
            "additionalProperties": _NAME,
        }
    ),
]
"""Labels by target; both say something."""


class OutcomeValues(BaseModel):
    """The values that a ticket has in the end, and who gave them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "values": {"assignment_group": "Network", "ticket_type": "incident"},
                "provenance": "human",
                "at": "2026-11-21T15:30:00Z",
            }
        },
    )

    values: OutcomeLabels = Field(description="By the name of the question (target).")
    provenance: Literal["human", "automatic"] = Field(
        "human",
        description="`automatic` for a value that nobody has looked at; it never takes the place of a person's.",
    )
    at: Moment = Field(None, description="When they were given; now, if missing.")


class OutcomeAnswer(BaseModel):
    """A value that a ticket has for one question."""

    value: str
    provenance: Literal["human", "automatic"]
    at: datetime


class TicketOutcome(BaseModel):
    """All that is known of how a ticket ended."""

    ticket_id: str = Field(description="As it was sent.")
    outcomes: dict[str, OutcomeAnswer] = Field(description="By target: the latest that a person gave, else a model's.")


class Received(BaseModel):
    """A delivery is stored; what follows from it is done afterwards."""

    status: Literal["stored", "known"] = Field(description="`known` where the same delivery came before.")


class SessionAnswer(BaseModel):
    """Who asks, and what they may do."""

    kind: Literal["key", "user"] = Field(description="A program with a key, or a person who has signed in.")
    id: str = Field(description="Of the key or the person.")
    name: str = Field(description="Of the key, or the person's e-mail address.")
    role: str | None = Field(description="`agent`, `lead` or `admin`; null for a key.")
    scopes: list[str] = Field(description="As keys have them.")


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["ok"]


class Check(BaseModel):
    """One thing that has to be in order."""

    ok: bool
    detail: str


class Readiness(BaseModel):
    """Whether requests will be answered, and if not, what is missing."""

    status: Literal["ready", "not ready", "stopping"]
    checks: dict[Literal["model", "database"], Check]
    model_version: str | None
