"""What goes over the wire of customers: who they are to the desk, what is agreed for them, what is suggested.

A new measure is a field of `Profile`, and a row in `api/customers.py` that fills it in.
"""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from api.fields import Day, Name, Said, Text, or_null
from triage.customers.plans import Outcome, Terms
from triage.customers.playbook import NAMES

__all__ = [
    "EXAMPLE",
    "CustomerAnswer",
    "CustomerPage",
    "FrequentFlyer",
    "KnownCustomer",
    "PlanAnswer",
    "PlanTerms",
    "Profile",
    "SeenCustomer",
    "SegmentAnswer",
    "SegmentName",
    "SuggestionAnswer",
    "VipAnswer",
]


EXAMPLE: dict[str, Any] = {
    "id": "u42",
    "opted_out": False,
    "segments": [{"name": "frequent_flyer", "reason": "14 contacts in 30 days; a typical customer has 1"}],
    "kind": {"name": "one_unsolved_problem", "reason": "9 of 19 contacts in 90 days are about docking station"},
    "frequent_flyer": {"probability": 0.81, "flag": True},
    "profile": {
        "contacts_30d": 14,
        "contacts_90d": 19,
        "contacts_365d": 31,
        "expected_contacts_30d": 3.2,
        "trend": 2.1,
        "days_since_first": 287.4,
        "days_since_last": 0.0,
        "incident_share": 0.8,
        "services_with_incidents": 3,
        "main_topic": "docking station",
        "main_topic_contacts_90d": 9,
        "reopens": 1,
        "mean_reassignments": 0.4,
        "hours_lost_90d": 11.5,
        "first_contact_share": 0.5,
        "satisfaction": 3.5,
        "self_service_share": 0.2,
        "writing_precision": 0.4,
        "channels": {"phone": 20, "email": 11},
    },
    "plan": {
        "segment": "one_unsolved_problem",
        "owner": "Ines Example",
        "next_step": "Exchange the docking station, then ask again",
        "review_on": "2026-12-05",
        "outcome": "open",
        "note": None,
        "created_at": "2026-11-18T08:30:00Z",
        "updated_at": "2026-11-18T08:30:00Z",
    },
    "suggestion": {
        "segment": "one_unsolved_problem",
        "next_call": "Link the ticket to the earlier ones about the same thing, and say that the cause is looked for.",
        "next_step": "A root-cause review of the tickets about this topic, with somebody who may change things.",
        "review_on": "2026-12-21",
    },
}
"""A customer as answers show them; the names are made up."""


def _known(name: str) -> str:
    if name not in NAMES:
        raise ValueError(f"No segment or kind has this name. Known: {', '.join(NAMES)}.")
    return name


SegmentName = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(NAMES)})]
"""The name of a segment, or of a kind of reason to call often."""


class SegmentAnswer(BaseModel):
    """Something that holds of the customer, and why."""

    name: str
    reason: str


class FrequentFlyer(BaseModel):
    """Whether it is worth acting before the customer calls again."""

    probability: float | None = Field(
        description="Of as many contacts soon as the model was asked about, 0 to 1; null where no model of customers "
        "was learned, and for accounts that many write from."
    )
    flag: bool = Field(description="Whether they are in the segment `frequent_flyer`, or likely enough to be soon.")


class Profile(BaseModel):
    """What the customer's contacts of a year say; a share (0 to 1) or mean is null where nothing is known."""

    contacts_30d: int
    contacts_90d: int
    contacts_365d: int
    expected_contacts_30d: float = Field(description="Their rate, held towards the desk's the less they are known.")
    trend: float = Field(description="The last 30 days against the 60 before, in doublings; 0 is no change.")
    days_since_first: float | None = Field(description="Since the first contact of this year.")
    days_since_last: float | None
    incident_share: float | None = Field(description="Incidents among the contacts whose type is known.")
    services_with_incidents: int
    main_topic: str | None = Field(description="What most contacts of 90 days are about, in the desk's own words.")
    main_topic_contacts_90d: int
    reopens: int = Field(description="How often their tickets were closed too early.")
    mean_reassignments: float | None = Field(description="How often a ticket of theirs is handed on.")
    hours_lost_90d: float = Field(description="To incidents that were resolved, eight hours a day at most.")
    first_contact_share: float | None = Field(description="Tickets that were solved at once.")
    satisfaction: float | None = Field(description="Their mean answer, in the desk's own unit.")
    self_service_share: float | None = Field(description="Contacts through a portal.")
    writing_precision: float | None = Field(description="Of their texts, the share of signs of a precise report.")
    channels: dict[str, int]


class PlanTerms(BaseModel):
    """What was agreed to do for a customer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "owner": "Ines Example",
                "next_step": "Exchange the docking station, then ask again",
                "review_on": "2026-12-05",
                "segment": "one_unsolved_problem",
            }
        },
    )

    owner: Name = Field(description="Who sees to it: a person, by name.")
    next_step: Annotated[Text, Said] = Field(min_length=1, max_length=2_000, description="What they do next.")
    review_on: Day = Field(description="The day on which it is looked at again.")
    segment: Annotated[SegmentName | None, BeforeValidator(or_null)] = Field(
        None, description="The segment or kind that it is for."
    )
    outcome: Outcome = Field("open", description="`done` or `dropped` ends the plan; `open` afterwards begins another.")
    note: Annotated[Text | None, BeforeValidator(or_null)] = Field(None, max_length=2_000, description="How it went.")

    def to_terms(self) -> Terms:
        """The same in the domain's words."""
        return Terms(self.owner, self.next_step, self.review_on, self.segment, self.outcome, self.note)


class PlanAnswer(BaseModel):
    """A plan that was agreed for the customer."""

    segment: str | None
    owner: str
    next_step: str
    review_on: date
    outcome: Outcome
    note: str | None
    created_at: datetime
    updated_at: datetime


class SuggestionAnswer(BaseModel):
    """What the desk's playbook says, for people to agree on or not."""

    segment: str = Field(description="The segment or kind that it is for.")
    next_call: str = Field(description="What to do at the next call.")
    next_step: str | None = Field(description="Of a plan; null where none is worth agreeing on.")
    review_on: date | None


class CustomerAnswer(BaseModel):
    """A customer as the people who help should know them; nothing of it changes what is predicted of a ticket."""

    id: str = Field(description="As it was sent; in a list as their newest ticket spells it, or a pseudonym.")
    opted_out: bool = Field(description="Whether they want no profile; then there is none.")
    segments: list[SegmentAnswer]
    kind: SegmentAnswer | None = Field(description="Why they call as often as they do; null where nothing stands out.")
    frequent_flyer: FrequentFlyer
    profile: Profile | None = Field(description="Null for customers who opted out.")
    plan: PlanAnswer | None = Field(description="The plan that is open now.")
    suggestion: SuggestionAnswer | None = Field(description="Null where nothing holds of them.")


class VipAnswer(BaseModel):
    """That somebody is marked as a VIP; no prediction, priority, threshold or place in a queue depends on it."""

    reason: str
    since: datetime


class SeenCustomer(CustomerAnswer):
    """A customer as they are shown to people; answers about tickets do not have the mark."""

    vip: VipAnswer | None = Field(description="Null for who is not marked, and for customers who opted out.")


class KnownCustomer(SeenCustomer):
    """A customer, with all that was ever agreed."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {**EXAMPLE, "vip": None, "as_of": "2026-11-21T09:00:00Z", "plans": [EXAMPLE["plan"]]}
        }
    )

    as_of: datetime
    plans: list[PlanAnswer] = Field(description="Every plan, the newest first; the open one among them.")


class CustomerPage(BaseModel):
    """Customers of whom something holds, most contacts of the last year first."""

    as_of: datetime
    customers: list[SeenCustomer]
    next: str | None = Field(
        description="Send it as `after` for the next page; null at the end. A page may hold fewer customers than "
        "`limit`, or none, and still have a next one: only so many are looked at for each."
    )
