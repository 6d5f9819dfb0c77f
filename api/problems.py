"""What is told of problems and changes, to programs and on pages, and what people make of them, on record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.callers import Caller
from api.fields import Id, Moment, Name, Text
from data import audit
from data.problems import (
    LONGEST_NAME,
    LONGEST_OWNER,
    LONGEST_WORKAROUND,
    MOST_AT_ONCE,
    ProblemTicket,
    Said,
    StoredProblem,
    change,
    merge,
    split,
)
from triage.identity import ticket_key
from triage.problems.causes import Change
from triage.problems.state import State

__all__ = [
    "LARGEST_ID",
    "ChangeAnswer",
    "ChangeTerms",
    "ChangesAnswer",
    "GrowthAnswer",
    "MergeTerms",
    "ProblemAnswer",
    "ProblemTerms",
    "ProblemsAnswer",
    "ShownProblem",
    "SplitTerms",
    "chance_in_words",
    "change_problem",
    "merge_problems",
    "split_problem",
]

LARGEST_ID = 10**15
"""Nobody has as many problems, and every database counts further."""


class GrowthAnswer(BaseModel):
    """The last thirty days against the thirty before."""

    last_30_days: int
    before: int
    ratio: float | None = Field(description="Of the two; null where there was nothing before.")
    low: float | None = Field(description="The lower end of its 95 % interval; null where nothing tells it.")
    high: float | None = Field(description="The upper end; null where it has none.")


class RecurrenceAnswer(BaseModel):
    """A problem that was resolved and came back."""

    resolved_at: datetime
    tickets_since: int


class ProblemAnswer(BaseModel):
    """Incidents that recur, measured when they were last looked for."""

    id: int
    name: str = Field(description="Of its own words, unless somebody has named it.")
    state: State
    owner: str | None
    workaround: str | None
    service: str | None
    tickets: int = Field(description="Incidents that people reported.")
    alerts: int = Field(description="Incidents that machines reported, counted apart.")
    growth: GrowthAnswer
    customers: int = Field(description="How many different people it hit; never who.")
    groups: dict[str, int] = Field(description="The groups that had most of its incidents.")
    hours_lost: float = Field(description="Of workday, over resolved incidents, eight hours a day at most for each.")
    workdays_lost: float = Field(description="The same in days of eight hours.")
    reopen_ratio: float | None = Field(description="Incidents that were closed too early, 0 to 1; null if unknown.")
    first_seen_at: datetime
    last_seen_at: datetime
    recurrence: RecurrenceAnswer | None = Field(description="Set where it was resolved and came back.")
    as_of: datetime = Field(description="When this was measured.")

    @classmethod
    def of(cls, problem: StoredProblem) -> Self:
        """A stored problem as it is told."""
        return cls(**_told(problem))


class CauseAnswer(BaseModel):
    """A change behind which the problem began, or came more often."""

    change_id: str
    kind: str
    title: str
    at: datetime
    followed_at: datetime = Field(description="When the next incident came.")
    chance: float = Field(
        description="How likely one of as many changes of the service has as steep a step behind it by chance, 0 to 1."
    )
    changes: int = Field(description="Changes of that service that were looked at.")
    tickets_before: int = Field(description="Incidents in fourteen days before; 0 where it began behind the change.")
    tickets_after: int = Field(description="Incidents in fourteen days after it.")


class TicketOfProblem(BaseModel):
    """One of its incidents."""

    id: str
    opened_at: datetime | None
    assignment_group: str | None
    open: bool
    by_hand: bool = Field(description="Whether a person has put it there.")


class ShownProblem(ProblemAnswer):
    """The same with what else there is to know."""

    weeks: list[int] = Field(description="Incidents of the last 52 weeks, the last one ends at `as_of`.")
    causes: list[CauseAnswer] = Field(description="Only those that are no coincidence to be expected.")
    examples: list[str] = Field(description="Tickets that say it most clearly.")
    latest: list[TicketOfProblem] = Field(description="The latest 100 of its incidents.")

    @classmethod
    def shown(cls, problem: StoredProblem, latest: Sequence[ProblemTicket]) -> Self:
        """A stored problem with its latest tickets."""
        measures = problem.measures
        return cls(
            **_told(problem),
            weeks=list(measures.weeks),
            causes=[cause_answer(told) for told in problem.content.get("causes", ())],
            examples=list(measures.examples),
            latest=[
                TicketOfProblem(
                    id=one.shown_id,
                    opened_at=one.opened_at,
                    assignment_group=one.assignment_group,
                    open=one.is_open,
                    by_hand=one.is_by_hand,
                )
                for one in latest
            ],
        )


class ProblemsAnswer(BaseModel):
    """Problems, those that cost most first."""

    problems: list[ProblemAnswer]
    states: dict[State, int] = Field(description="How many problems there are in each state.")


class ProblemTerms(BaseModel):
    """What is said of a problem; what is missing or null stays as it is, an empty owner or workaround goes."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    owner: Text | None = Field(None, max_length=LONGEST_OWNER)
    name: Text | None = Field(None, max_length=LONGEST_NAME)
    workaround: Text | None = Field(None, max_length=LONGEST_WORKAROUND)

    def to_said(self) -> Said:
        """The same for the store."""
        return Said(self.state, self.owner, self.name, self.workaround)


class MergeTerms(BaseModel):
    """Which problems are to be part of one."""

    model_config = ConfigDict(extra="forbid")

    problems: list[Annotated[int, Field(ge=1, le=LARGEST_ID)]] = Field(
        min_length=1, max_length=MOST_AT_ONCE, description="Their numbers."
    )


class SplitTerms(BaseModel):
    """Which tickets are to be a problem of their own."""

    model_config = ConfigDict(extra="forbid")

    tickets: list[Id] = Field(min_length=1, max_length=MOST_AT_ONCE)


class ChangeTerms(BaseModel):
    """Something that was changed."""

    model_config = ConfigDict(extra="forbid")

    title: Name
    at: Moment = Field(None, description="When it was in effect; now, if missing.")
    kind: Literal["change", "release"] = "change"
    service: Name | None = Field(None, description="What was changed, in the words that tickets have for it.")


class ChangeAnswer(BaseModel):
    """A change that is known."""

    id: str
    kind: str
    title: str
    service: str | None
    at: datetime

    @classmethod
    def of(cls, known: Change) -> Self:
        """A change as it is told."""
        return cls(id=known.id, kind=known.kind, title=known.title, service=known.service, at=known.at)


class ChangesAnswer(BaseModel):
    """Changes, newest first."""

    changes: list[ChangeAnswer]


def change_problem(connection: Connection, caller: Caller, id_: int, said: Said, now: datetime) -> StoredProblem:
    """Keeps what a person says of a problem, and puts on record that they did."""
    problem, told = change(connection, id_, said, now)
    if told:
        audit.append(connection, caller.reference, "problem.changed", f"problem:{problem.id}", told, now)
    return problem


def merge_problems(
    connection: Connection, caller: Caller, id_: int, others: Sequence[int], now: datetime
) -> StoredProblem:
    """Makes problems one, and puts on record who did."""
    problem, merged = merge(connection, id_, others, now)
    audit.append(connection, caller.reference, "problem.merged", f"problem:{problem.id}", {"merged": merged}, now)
    return problem


def split_problem(
    connection: Connection, caller: Caller, id_: int, ticket_ids: Sequence[str], now: datetime
) -> StoredProblem:
    """Splits tickets off, and puts on record who did and how many they were."""
    ids = [ticket_key(ticket_id) or ticket_id for ticket_id in ticket_ids]
    new = split(connection, id_, ids, now)
    details = {"new": new.id, "n_tickets": len(set(ids))}
    audit.append(connection, caller.reference, "problem.split", f"problem:{new.content['split_from']}", details, now)
    return new


def chance_in_words(chance: float) -> str:
    """How surprising a coincidence is, for people."""
    if chance < 0.001:
        return "hardly ever by chance: less than once in a thousand such cases"
    return f"seldom by chance: about once in {round(1 / chance):,} such cases"


def cause_answer(told: dict[str, Any]) -> CauseAnswer:
    """A stored cause as it is told."""
    return CauseAnswer(
        change_id=told["change_id"],
        kind=told["kind"],
        title=told["title"],
        at=datetime.fromisoformat(told["at"]),
        followed_at=datetime.fromisoformat(told["followed_at"]),
        chance=told["chance"],
        changes=told["n_changes"],
        tickets_before=told["n_before"],
        tickets_after=told["n_after"],
    )


def _told(problem: StoredProblem) -> dict[str, Any]:
    measures, back = problem.measures, problem.recurrence
    growth = measures.growth
    return {
        "id": problem.id,
        "name": problem.name,
        "state": problem.state,
        "owner": problem.owner,
        "workaround": problem.workaround,
        "service": problem.service,
        "tickets": problem.n_tickets,
        "alerts": measures.n_alerts,
        "growth": GrowthAnswer(
            last_30_days=growth.n_last, before=growth.n_before, ratio=growth.ratio, low=growth.low, high=growth.high
        ),
        "customers": measures.n_customers,
        "groups": dict(measures.groups),
        "hours_lost": problem.hours_lost,
        "workdays_lost": round(problem.workdays_lost, 2),
        "reopen_ratio": measures.reopen_ratio,
        "first_seen_at": problem.first_seen_at,
        "last_seen_at": problem.last_seen_at,
        "recurrence": None if back is None else RecurrenceAnswer(resolved_at=back[0], tickets_since=back[1]),
        "as_of": measures.as_of,
    }
