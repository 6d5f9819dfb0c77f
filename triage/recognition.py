"""What went notably well in a week, told of teams; of a person only where a desk has switched that on.

It thanks, and counts nothing up: there is no list of who was thanked how often. A new occasion is a function here that
gives `Praise`, and a line in `recognise`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from triage.strain import Measure, TeamDay, signal_of

__all__ = [
    "MOST",
    "STUBBORN_HANDED_ON",
    "STUBBORN_REOPENED",
    "Finished",
    "Praise",
    "comment_of",
    "is_stubborn",
    "recognise",
    "without_names",
]

MOST = 3
"""So many of each occasion are told; more would be read by nobody."""

STUBBORN_HANDED_ON, STUBBORN_REOPENED = 3, 2
_LONGEST_WORDS = 200
_FEWEST_WORDS = 3
_COMMENTS = frozenset(
    {
        "satisfaction_comment",
        "satisfaction_comments",
        "satisfaction_rating_comment",
        "satisfaction_survey_comments",
        "satisfaction_survey_comment",
        "satisfaction_feedback",
        "survey_comment",
        "survey_comments",
        "csat_comment",
        "rating_comment",
        "customer_feedback",
    }
)
"""Columns of exports in which customers say why they were pleased; other columns of comments are the desk's own."""

_NAME_PART = re.compile(r"[^\W\d_][^\W_]{2,}")

Occasion = Literal["words", "stubborn", "at_once"]
"""A pleased customer's own words, a ticket that went back and forth and was solved, more solved at once than usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A ticket that was resolved in the week, as far as it may be told of.

    Attributes:
        id: its key.
        team: that resolved it.
        person: who did; None where nobody says or single persons are not shown.
        ended_at: when.
        satisfaction: what the customer answered, in the desk's own unit.
        words: what they wrote to that, redacted, and without the names of those involved.
        reassignments: how often it was handed on.
        reopens: how often it was closed too early.
        days: from its opening to its end; None where nobody knows.
    """

    id: str
    team: str
    person: str | None = None
    ended_at: datetime
    satisfaction: float | None = None
    words: str | None = None
    reassignments: int = 0
    reopens: int = 0
    days: float | None = None


@dataclass(frozen=True, slots=True)
class Praise:
    """One thing that went well.

    Attributes:
        occasion: which kind of thing.
        team: whose it is.
        person: who it was; None where single persons are not shown.
        sentence: what went well, without any name of a customer.
        words: the customer's own, where there are any.
        ticket_id: the ticket; None where it is about many.
    """

    occasion: Occasion
    team: str
    person: str | None
    sentence: str
    words: str | None = None
    ticket_id: str | None = None


def comment_of(attributes: Mapping[str, str]) -> str | None:
    """What a customer wrote to their answer about satisfaction, by the names that exports have for it."""
    for name, value in attributes.items():
        plain = re.sub(r"[^a-z]+", "_", name.lower()).strip("_")
        if plain in _COMMENTS and len(value.split()) >= _FEWEST_WORDS:
            return " ".join(value.split())
    return None


def without_names(text: str, spellings: Iterable[str]) -> str:
    """The text with a mark in the place of each word that is part of somebody's name or id."""
    parts = {part.casefold() for spelling in spellings for part in _NAME_PART.findall(spelling.partition("@")[0])}
    return _NAME_PART.sub(lambda found: "[name]" if found[0].casefold() in parts else found[0], text)


def is_stubborn(reassignments: int | None, reopens: int | None) -> bool:
    """Whether a ticket went back and forth: handed on three times, or closed twice too early."""
    return (reassignments or 0) >= STUBBORN_HANDED_ON or (reopens or 0) >= STUBBORN_REOPENED


def recognise(
    finished: Sequence[Finished],
    best_satisfaction: float | None,
    teams: Mapping[str, Sequence[TeamDay]],
) -> list[Praise]:
    """What went well, each occasion by at most three, no team twice for the same where others are left.

    Args:
        finished: tickets that were resolved in the week.
        best_satisfaction: the best answer on the desk's scale; None where nobody answers, or all answers are one.
        teams: by team its weeks, the oldest first and the one in question last.
    """
    return [*_pleased(finished, best_satisfaction), *_stubborn(finished), *_better(teams)]


def _pleased(finished: Sequence[Finished], best: float | None) -> list[Praise]:
    told = [each for each in finished if each.words and best is not None and each.satisfaction == best]
    told.sort(key=lambda each: (-min(len(each.words or ""), _LONGEST_WORDS), each.id))
    return [
        Praise(
            "words",
            each.team,
            each.person,
            f"A customer gave {_named(each)} the best answer there is, and wrote why.",
            _cut(each.words or ""),
            each.id,
        )
        for each in _spread(told)
    ]


def _stubborn(finished: Sequence[Finished]) -> list[Praise]:
    found = [each for each in finished if is_stubborn(each.reassignments, each.reopens)]
    found.sort(key=lambda each: (-each.reassignments - each.reopens, -(each.days or 0.0), each.id))
    return [
        Praise("stubborn", each.team, each.person, f"{_named(each)} ended {_history(each)}.", None, each.id)
        for each in _spread(found)
    ]


def _better(teams: Mapping[str, Sequence[TeamDay]]) -> list[Praise]:
    measure = Measure("at_once", "Solved at once", "share", _at_once)
    found = [(team, signal_of(measure, weeks)) for team, weeks in teams.items()]
    above = [(team, signal) for team, signal in found if signal.state == "above"]
    above.sort(key=lambda each: (-((each[1].value or 0.0) - (each[1].usual or 0.0)), each[0]))
    return [
        Praise(
            "at_once",
            team,
            None,
            f"{team} solved {100 * (signal.value or 0.0):.0f} % of its tickets at once, "
            f"more than it usually does ({100 * (signal.usual or 0.0):.0f} %).",
        )
        for team, signal in above[:MOST]
    ]


def _at_once(week: TeamDay) -> tuple[float, int] | None:
    return (week.at_once / week.judged, week.judged) if week.judged >= 20 else None


def _spread(ordered: Sequence[Finished]) -> list[Finished]:
    """The first of each team, then the others."""
    seen: set[str] = set()
    first = []
    for each in ordered:
        if each.team not in seen:
            seen.add(each.team)
            first.append(each)
    return [*first, *(each for each in ordered if each not in first)][:MOST]


def _named(each: Finished) -> str:
    return each.team if each.person is None else f"{each.person} ({each.team})"


def _history(each: Finished) -> str:
    parts = []
    if each.reassignments:
        parts.append(f"had been handed on {_times(each.reassignments)}")
    if each.reopens:
        parts.append(f"had been reopened {_times(each.reopens)}")
    if each.days is not None and each.days >= 2:
        parts.append(f"had been open for {each.days:.0f} days")
    return f"a ticket that {', and '.join(parts)}"


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS].rsplit(' ', 1)[0]} …"
