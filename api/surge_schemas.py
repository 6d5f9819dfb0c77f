"""What goes over the wire about surges; see `api/schemas.py`."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.fields import Name
from data.surges import StoredSurge, SurgeState, SurgeTicket

__all__ = ["GivenSurge", "SurgeAnswer", "SurgeHour", "SurgeList", "surge_answer"]

N_EXAMPLES = 10


class SurgeHour(BaseModel):
    """One hour of a surge's kind."""

    hour: datetime = Field(description="Its start, in UTC.")
    observed: int = Field(description="Incidents that came in.")
    expected: float = Field(description="How many were to be expected.")


class SurgeAnswer(BaseModel):
    """More incidents of one kind than were to be expected."""

    id: int
    name: str = Field(description="In its own words, or what a person has called it.")
    state: SurgeState = Field(
        description="`open`: it is on. `major`: it is on, and a person has said that it is a major incident. "
        "`dismissed`: a person has said that it is nothing. `over`: the rate is usual again."
    )
    dimension: str = Field(
        description="What its incidents have in common: a `service`, a `group`, a `topic` (a word), `machine` (they "
        "are of machines) or `all`."
    )
    value: str = Field(description="The service, group or word; empty where there is only one of the dimension.")
    started_at: datetime = Field(description="When its first incident was opened.")
    raised_at: datetime = Field(description="When it was seen.")
    last_at: datetime = Field(description="When its latest incident was opened.")
    ended_at: datetime | None = Field(description="When the rate was usual again; null while it is not.")
    n_observed: int = Field(description="Its incidents.")
    n_expected: float = Field(description="How many of its kind were to be expected in the same time.")
    words: list[str] = Field(description="That its incidents have in common, the most telling first.")
    tickets: list[str] = Field(description="Its first tickets, at most ten, by their ids.")
    hours: list[SurgeHour] = Field(description="Hour by hour, from three hours before it began, at most 72.")
    decided_by: str | None = Field(description="`key:ID` or `user:ID` of who said what it is, or named it.")
    decided_at: datetime | None


class SurgeList(BaseModel):
    """Surges, the latest first."""

    n: int = Field(description="How many there are in these states.")
    surges: list[SurgeAnswer]


class GivenSurge(BaseModel):
    """What a person says of a surge: what it is, what it is called, or both; what is missing or null stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"state": "major", "name": "VPN gateway Lyon"}},
    )

    state: Literal["major", "dismissed"] | None = Field(None, description="A major incident, or nothing.")
    name: Name | None = Field(None, description="What it is called from now on.")


def surge_answer(surge: StoredSurge, examples: list[SurgeTicket]) -> SurgeAnswer:
    """A stored surge as it is told, with some of its tickets."""
    return SurgeAnswer(
        id=surge.id,
        name=surge.name,
        state=surge.state,
        dimension=surge.dimension,
        value=surge.value,
        started_at=surge.started_at,
        raised_at=surge.raised_at,
        last_at=surge.last_at,
        ended_at=surge.ended_at,
        n_observed=surge.n_observed,
        n_expected=round(surge.n_expected, 3),
        words=surge.words,
        tickets=[each.name for each in examples[:N_EXAMPLES]],
        hours=[SurgeHour(hour=hour, observed=n, expected=expected) for hour, n, expected in surge.hours],
        decided_by=surge.decided_by,
        decided_at=surge.decided_at,
    )
