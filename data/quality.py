"""What the quality of answers is counted from: what people decided in a time, and the answers that were there then.

Reviews and outcomes are found by when they were given, and predictions by their numbers, which follow time. So nothing
here reads more than a bounded part of a table, however many predictions are stored.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    cast,
    exists,
    func,
    literal,
    null,
    select,
)

from data.reviews import SOURCE, is_same_value
from data.tables import outcomes, predictions, reviews, sourced_tickets, tickets
from triage.quality import Answered, Judged, Reviewed
from triage.ticket import NewTicket

__all__ = [
    "GROUP",
    "MOST_DECIDED",
    "AnsweredTicket",
    "Decided",
    "Sampled",
    "answered_in",
    "answered_tickets_in",
    "judged_in",
    "questions",
    "reviewed_in",
    "texts_of",
]

GROUP = "assignment_group"

MOST_DECIDED = 10_000
"""Decisions that are drawn from: of more, the latest."""

_DRAWN = 2_000
"""Decisions, and answers, that are read of a time: they tell a share to two in a hundred."""

_MOST_REVIEWED = 5_000
"""The latest reviews, which tell how people work."""

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions of a time, drawn evenly where there are many.

    Attributes:
        judged: those that were drawn.
        n: how many they stand for.
    """

    judged: tuple[Judged, ...]
    n: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """Answers of a time, drawn evenly.

    Attributes:
        answers: those that were drawn, the last one of each ticket.
        n: how many tickets they stand for.
    """

    answers: tuple[Answered, ...]
    n: int


@dataclass(frozen=True, slots=True)
class AnsweredTicket:
    """The last answers about a ticket.

    Attributes:
        ticket_id: as it is stored.
        model_version: who answered.
        answers: by target, as they are stored.
    """

    ticket_id: str
    model_version: str
    answers: Mapping[str, Mapping[str, Any]]


class _Said(NamedTuple):
    """What a person said of a target of a ticket; without a value where they only rejected the suggestion."""

    ticket_id: str
    at: datetime
    value: str | None
    suggested: str | None
    is_review: bool


def questions(connection: Connection) -> tuple[str, ...]:
    """What was asked about the ticket that was answered last; nothing where none was."""
    found = connection.scalar(select(predictions.c.answers).order_by(predictions.c.id.desc()).limit(1))
    return tuple(found or ())


def judged_in(connection: Connection, target: str, since: datetime, until: datetime) -> Decided:
    """What people decided of a target, each ticket once, by its last decision.

    What was decided before anything was answered, or without anybody having been shown an answer, says nothing.

    Args:
        connection: to ask.
        target: the question.
        since: from then on.
        until: up to then.
    """
    last: dict[str, _Said] = {}
    for said in _decisions(connection, target, since, until):
        last.setdefault(said.ticket_id, said)  # the latest comes first
    every = list(last.values())
    drawn = [every[place * len(every) // min(len(every), _DRAWN)] for place in range(min(len(every), _DRAWN))]
    ids = [said.ticket_id for said in drawn]
    answers, blind = _answers(connection, target, ids), _blind(connection, ids)
    found = []
    for said in drawn:
        there = [answer for answer in answers.get(said.ticket_id, ()) if answer.created_at <= said.at]
        judged = _judged(said, there[-1], is_blind=said.ticket_id in blind) if there else None
        found += [] if judged is None else [judged]
    return Decided(tuple(found), round(len(found) / len(drawn) * len(every)) if drawn else 0)


def reviewed_in(connection: Connection, since: datetime, until: datetime) -> list[Reviewed]:
    """The reviews of a time that stand, of every target; at most five thousand, the latest."""
    columns = reviews.c
    asked = select(columns.reviewer, columns.verdict, columns.suggested, columns.seconds)
    asked = asked.where(columns.at >= since, columns.at <= until, *_stand()).order_by(columns.at.desc())
    return [
        Reviewed(row.reviewer, None if row.suggested is None else row.verdict == "accepted", row.seconds)
        for row in connection.execute(asked.limit(_MOST_REVIEWED))
    ]


def answered_in(connection: Connection, target: str, since: datetime, until: datetime) -> Sampled:
    """Answers to a question in a time, drawn evenly by their numbers."""
    drawn, span = _drawn(connection, since, until, _DRAWN)
    columns = predictions.c
    found: list[Answered] = []
    for ids in _parts(drawn):
        asked = select(
            columns.created_at,
            columns.answers[(target, "decision")].as_string().label("decision"),
            columns.answers[(GROUP, "value")].as_string().label("group"),
        ).where(columns.id.in_(ids), ~_is_overtaken())
        found += (
            Answered(row.created_at, row.decision, row.group)
            for row in connection.execute(asked)
            if row.decision is not None
        )
    return Sampled(tuple(found), round(len(found) / len(drawn) * span) if drawn else 0)


def answered_tickets_in(
    connection: Connection, version: str, since: datetime, until: datetime, *, most: int
) -> list[AnsweredTicket]:
    """Tickets that a version answered last in a time, drawn evenly by the numbers of the answers."""
    drawn, _ = _drawn(connection, since, until, most)
    columns = predictions.c
    found: list[AnsweredTicket] = []
    for ids in _parts(drawn):
        asked = select(columns.ticket_id, columns.model_version, columns.answers)
        asked = asked.where(columns.id.in_(ids), columns.model_version == version, ~_is_overtaken())
        found += (AnsweredTicket(row.ticket_id, row.model_version, row.answers) for row in connection.execute(asked))
    return found


def texts_of(connection: Connection, ids: Sequence[str]) -> list[NewTicket]:
    """What a model reads of some tickets, in any order."""
    columns = tickets.c
    asked = select(columns.id, columns.subject, columns.body, columns.channel, columns.attributes)
    return [
        NewTicket(**row)
        for part in _parts(ids)
        for row in connection.execute(asked.where(columns.id.in_(part))).mappings()
    ]


def _decisions(connection: Connection, target: str, since: datetime, until: datetime) -> list[_Said]:
    """What people said of a target in a time, the latest first."""
    own, theirs = reviews.c, outcomes.c
    by_review = select(own.ticket_id, own.at, own.value, own.suggested, literal(value=True)).where(
        own.target == target, own.at >= since, own.at <= until, *_stand()
    )
    elsewhere = select(theirs.ticket_id, theirs.at, theirs.value, cast(null(), Text), literal(value=False)).where(
        theirs.target == target,
        theirs.at >= since,
        theirs.at <= until,
        theirs.provenance == "human",
        theirs.source != SOURCE,
    )
    # each by its own index, from the end
    found = [
        _Said(*row)
        for asked, at in ((by_review, own.at), (elsewhere, theirs.at))
        for row in connection.execute(asked.order_by(at.desc()).limit(MOST_DECIDED))
    ]
    found.sort(key=lambda said: said.at, reverse=True)
    return found[:MOST_DECIDED]


def _answers(connection: Connection, target: str, ids: Sequence[str]) -> dict[str, list[Any]]:
    """By ticket what was answered about it, the oldest first."""
    columns = predictions.c
    asked = select(
        columns.ticket_id,
        columns.created_at,
        columns.answers[(target, "value")].as_string().label("value"),
        columns.answers[(target, "decision")].as_string().label("decision"),
        columns.answers[(GROUP, "value")].as_string().label("group"),
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for part in _parts(ids):
        for row in connection.execute(asked.where(columns.ticket_id.in_(part)).order_by(columns.id)):
            if row.value is not None:
                found[row.ticket_id].append(row)
    return found


def _blind(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of some tickets that people decide without a suggestion."""
    columns = sourced_tickets.c
    return {
        id_
        for part in _parts(ids)
        for id_ in connection.scalars(
            select(columns.ticket_id).where(columns.ticket_id.in_(part), columns.is_blind.is_(True))
        )
    }


def _judged(said: _Said, answer: Any, *, is_blind: bool) -> Judged | None:  # noqa: ANN401  (a row)
    """The decision beside the answer; None where nobody was shown one, and the ticket is none of the blind sample.

    A page shows what it is unsure of, too; a ticketing system is sent no more than suggestions.
    """
    was_shown = said.suggested is not None if said.is_review else answer.decision in ("auto", "suggest")
    if not (was_shown or is_blind):
        return None
    seen = answer.value if said.suggested is None else said.suggested
    return Judged(
        at=said.at,
        answered_at=answer.created_at,
        decision=answer.decision,
        group=answer.group,
        is_right=said.value is not None and is_same_value(said.value, seen),
        is_blind=is_blind,
    )


def _stand() -> tuple[ColumnElement[bool], ...]:
    return reviews.c.undone_at.is_(None), reviews.c.verdict != "skipped"


def _is_overtaken() -> ColumnElement[bool]:
    """Whether the ticket was answered again since."""
    later = predictions.alias("later")
    return exists().where(later.c.ticket_id == predictions.c.ticket_id, later.c.id > predictions.c.id)


def _drawn(connection: Connection, since: datetime, until: datetime, most: int) -> tuple[list[int], int]:
    """Numbers of predictions of a time, spread evenly, and how many numbers there are."""
    first, end = _first_since(connection, since), _first_since(connection, until)
    span = end - first
    return [first + place * span // min(span, most) for place in range(min(span, most))], span


def _first_since(connection: Connection, moment: datetime) -> int:
    """The number from which on predictions are later than a moment; searched by halves, as numbers follow time."""
    ids = predictions.c.id
    low = connection.scalar(select(func.min(ids))) or 0
    high = (connection.scalar(select(func.max(ids))) or -1) + 1
    while low < high:
        middle = (low + high) // 2
        asked = select(ids, predictions.c.created_at).where(ids >= middle).order_by(ids).limit(1)
        row = connection.execute(asked).one()
        if row.created_at > moment:
            high = middle
        else:
            low = row.id + 1
    return low


def _parts(found: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE))
