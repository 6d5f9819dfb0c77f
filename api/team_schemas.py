"""What programs are told of teams: who resolves what well, and signs of strain. Never of single persons."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from api.team import ExpertiseReport, StrainReport
from triage.expertise import Cell, Topic
from triage.strain import Signal

__all__ = ["ExpertiseAnswer", "StrainAnswer", "expertise_answer", "strain_answer"]


class ResolverAnswer(BaseModel):
    """What is known of one team in one topic."""

    team: str = Field(description="The group.")
    n: int = Field(description="Tickets that it resolved in half a year.")
    n_judged: int = Field(
        description="Those of which it is known whether they were solved at once, and handed-on ones."
    )
    enough: bool = Field(description="Whether these are enough to say anything; `at_once` is null where not.")
    at_once: float | None = Field(
        description="Share that was neither reopened nor handed on, 0 to 1, drawn to the topic's where tickets are few."
    )
    low: float | None = Field(description="Where its 95 % interval begins.")
    high: float | None = Field(description="Where it ends.")
    time_ratio: float | None = Field(description="Time to resolve over the topic's usual time, drawn to 1.")
    verdict: Literal["unknown", "more", "as_others", "fewer"] = Field(description="Beside the topic's usual share.")


class TopicAnswer(BaseModel):
    """One topic and the teams that resolve it."""

    topic: str = Field(description="The service or category.")
    n: int = Field(description="Tickets resolved in half a year.")
    at_once: float = Field(description="The usual share solved at once, 0 to 1.")
    hours: float | None = Field(description="The usual time to resolve, a geometric mean.")
    teams: list[ResolverAnswer] = Field(description="Those with most tickets first; the order is no rank.")
    n_teams: int = Field(description="How many there are; `teams` has 20 at most.")


class GrowingAnswer(BaseModel):
    """A topic that grows without anybody who is known to solve it well."""

    topic: str = Field(description="The service or category.")
    before: int = Field(description="Tickets in the earlier quarter of a year.")
    since: int = Field(description="Tickets in the later one.")
    best: float | None = Field(description="The highest share at once of a team; null where none has enough tickets.")
    desk: float = Field(description="The desk's share.")


class ExpertiseAnswer(BaseModel):
    """Who resolves what well, by team."""

    last_day: date | None = Field(description="The last day that is counted; null where nothing was.")
    topics: list[TopicAnswer] = Field(description="A page of topics, the one with most tickets first.")
    n_topics: int = Field(description="How many there are.")
    growing: list[GrowingAnswer] = Field(description="Topics that grow without help, at most 20.")
    n_hidden: int = Field(description="Teams of fewer than five people, which are not in it.")


class SignalAnswer(BaseModel):
    """One sign of strain, against the team's own usual."""

    name: str = Field(description="`after_hours`, `reopened`, `difficult`, `load` or `queue_age`.")
    unit: Literal["share", "tickets", "hours"] = Field(description="What values are: 0 to 1, a person and day, hours.")
    value: float | None = Field(description="Of the week; null where it says too little.")
    usual: float | None = Field(description="The median of the twelve weeks before.")
    low: float | None = Field(description="Where the band of the usual begins.")
    high: float | None = Field(description="Where it ends.")
    state: Literal["unknown", "below", "usual", "above"] = Field(description="Where the value lies.")
    weeks: list[float | None] = Field(description="Twelve weeks, oldest first, and the week itself.")
    sentence: str = Field(description="The same in words.")


class TeamStrainAnswer(BaseModel):
    """The signs of one team."""

    team: str = Field(description="The group.")
    n_resolvers: int = Field(description="How many people resolved its tickets in thirteen weeks.")
    signals: list[SignalAnswer] = Field(description="Each of the five.")


class StrainAnswer(BaseModel):
    """Signs of strain in one week, by team."""

    week: date | None = Field(description="Its Monday (UTC); null where nothing was counted.")
    teams: list[TeamStrainAnswer] = Field(description="Those with most signs first, at most 100.")
    n_teams: int = Field(description="How many there are.")
    n_small: int = Field(description="Teams of fewer than five people, which are not shown.")
    n_unknown: int = Field(description="Teams of which it is not known how many people they are, not shown either.")


_MOST_TEAMS, _MOST_GROWING, _MOST_STRAINED = 20, 20, 100


def expertise_answer(report: ExpertiseReport, topic: str | None, start: int, most: int) -> ExpertiseAnswer:
    """The report as it is sent.

    Args:
        report: of the teams.
        topic: the only one that is asked for; all, if missing.
        start: how many topics to leave out.
        most: so many topics at most.
    """
    topics = [each for each in report.topics if topic is None or each.name == topic]
    growing = [
        GrowingAnswer(topic=each.topic, before=each.before, since=each.since, best=each.best, desk=each.desk)
        for each in report.growing[:_MOST_GROWING]
    ]
    return ExpertiseAnswer(
        last_day=report.last_day,
        topics=[_topic(each) for each in topics[start : start + most]],
        n_topics=len(topics),
        growing=growing,
        n_hidden=report.n_hidden,
    )


def strain_answer(report: StrainReport) -> StrainAnswer:
    """The report as it is sent."""
    teams = [
        TeamStrainAnswer(team=each.team, n_resolvers=each.n_resolvers, signals=[_signal(one) for one in each.signals])
        for each in report.teams[:_MOST_STRAINED]
    ]
    return StrainAnswer(
        week=report.week,
        teams=teams,
        n_teams=len(report.teams),
        n_small=report.n_small,
        n_unknown=report.n_unknown,
    )


def _topic(topic: Topic) -> TopicAnswer:
    return TopicAnswer(
        topic=topic.name,
        n=topic.n,
        at_once=topic.at_once,
        hours=topic.hours,
        teams=[_resolver(cell) for cell in topic.cells[:_MOST_TEAMS]],
        n_teams=len(topic.cells),
    )


def _resolver(cell: Cell) -> ResolverAnswer:
    return ResolverAnswer(
        team=cell.resolver,
        n=cell.work.n,
        n_judged=cell.work.judged,
        enough=cell.is_enough,
        at_once=cell.at_once if cell.is_enough else None,
        low=cell.low if cell.is_enough else None,
        high=cell.high if cell.is_enough else None,
        time_ratio=cell.time_ratio if cell.is_enough else None,
        verdict=cell.verdict,
    )


def _signal(signal: Signal) -> SignalAnswer:
    return SignalAnswer(
        name=signal.name,
        unit=signal.unit,
        value=signal.value,
        usual=signal.usual,
        low=signal.low,
        high=signal.high,
        state=signal.state,
        weeks=list(signal.weeks),
        sentence=signal.sentence,
    )
