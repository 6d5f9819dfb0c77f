"""What goes over the wire about models: which versions there are, what they reached, and who let them serve."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from triage.prediction import Mode

__all__ = ["KnownVersion", "ModelChange", "ModelList", "Refusal", "RefusedRule", "TargetOfVersion", "Terms"]

_OVERRULED: JsonDict = {
    "properties": {"force": {"const": True}, "reason": {"type": "string"}},
    "required": ["force", "reason"],
}
_ORDINARY: JsonDict = {"properties": {"force": {"const": False}, "reason": {"type": "null"}}}


class Terms(BaseModel):
    """Whether the gate is to be overruled, should it object."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "oneOf": [_OVERRULED, _ORDINARY],
            "example": {"force": True, "reason": "labels were renamed on purpose"},
        },
    )

    force: bool = Field(False, description="Promote against the gate's objections; needs a reason.", strict=True)
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1_000, pattern=r"\S")] | None = Field(
        None, description="Why, for the journal; belongs to `force`."
    )

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if self.force != (self.reason is not None):
            raise ValueError("force and reason belong together: the journal says why the gate was overruled.")
        return self


class ModelChange(BaseModel):
    """Which version serves now, and what the gate had to say."""

    champion: str = Field(description="The version that serves; every process takes it up within five seconds.")
    before: str | None = Field(description="The version that served until then.")
    objections: list[str] = Field(description="What the gate had against it; it was overruled where there is any.")
    notes: list[str] = Field(description="What a person should know.")


class TargetOfVersion(BaseModel):
    """How a version answers one question."""

    mode: Mode = Field(description="As the desk has set it: off, monitor, suggest, auto.")
    precision: float | None = Field(description="How often what is applied should be right; null where costs decide.")
    suggest_from: float = Field(description="Below this confidence an answer is withheld.")
    thresholds: dict[str, float] = Field(description="By label, from where on it may be applied; 1 is never.")
    metrics: dict[str, Any] | None = Field(description="On tickets that were held out in training; null if unmeasured.")


class KnownVersion(BaseModel):
    """A version that lies where the service reads it."""

    version: str
    is_champion: bool
    trained_at: datetime | None = Field(description="Null where its bundle cannot be read.")
    promoted_at: datetime | None = Field(description="When it was last let serve; null where the journal has no line.")
    promoted_by: str | None
    fault: str | None = Field(description="Why its bundle cannot be read; null in all other cases.")
    targets: dict[str, TargetOfVersion]


class RefusedRule(BaseModel):
    """A rule of the gate that spoke against a version."""

    rule: str
    detail: str = Field(description="What it says, with numbers.")


class Refusal(BaseModel):
    """A promotion that the gate has refused."""

    at: datetime
    who: str
    version: str
    champion: str | None = Field(description="What served then, and went on to.")
    objections: list[RefusedRule]


class ModelList(BaseModel):
    """The versions that may serve, and those that were kept from it."""

    champion: str | None = Field(description="The version that is to serve.")
    answering: str | None = Field(description="The one that this process answers with; a promotion takes seconds.")
    versions: list[KnownVersion] = Field(description="The newest first.")
    refusals: list[Refusal] = Field(description="The newest first.")
