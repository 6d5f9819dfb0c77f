"""What became of every ticket, target by target: the answer, what people made of it, and the value in the end.

    decisions_of      of one ticket, for whoever looks at it
    decided_tickets   of all tickets or those of a time span, a chunk at a time: for measures, exports and training

A value is evidence only where a person gave it. What a model set and nobody touched is none: to learn from it would be
to learn from oneself.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, Select, exists, func, or_, select

from data import reviews as reviews_store
from data.outcomes import Outcome, Provenance
from data.predictions import answers_in
from data.reviews import Review, is_same_value
from data.tables import outcomes, predictions, reviews, sourced_tickets, tickets
from triage.errors import NotFound
from triage.prediction import Prediction
from triage.targets import USUAL_TARGETS
from triage.ticket import FILED_COLUMNS, SPELLINGS, WORKED_COLUMNS, NewTicket, WorkedTicket

__all__ = [
    "LABELS",
    "ORIGINS",
    "Answered",
    "DecidedTicket",
    "Decision",
    "Origin",
    "decided_tickets",
    "decisions_of",
    "n_tickets",
]

Origin = Literal["imported", "decided", "accepted", "corrected", "automatic"]
"""Where a value comes from: an export; people, as their ticketing system or a program told; a review that accepted or
corrected a suggestion; a model, and nobody has touched it."""

ORIGINS: tuple[Origin, ...] = get_args(Origin)

LABELS = ("ticket_type", "assignment_group", "priority", "impact", "urgency", "category")
"""Canonical columns that hold a desk's words for a ticket, which models learn."""

_CHUNK = 1_000
_FILED = (*FILED_COLUMNS, "attributes", *SPELLINGS)
_TEXTS = (*LABELS, "resolved_by", "knowledge_article")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answered.

    Attributes:
        prediction: the answer.
        model_version: of the model.
        at: when.
    """

    prediction: Prediction
    model_version: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One target of one ticket.

    Attributes:
        ticket_id: as the ticket is stored.
        target: the question.
        answered: what people had before them when they decided, or what was answered last; None where no model was
            asked, or nobody asked for answers here.
        review: the one that counts; None where nobody has reviewed it, or it was taken back.
        value: what it is in the end; None where nobody knows.
        origin: where the value comes from; None without one.
        at: when it was given, as far as is known.
        known_at: when it came to be known here.
        is_blind: whether people decide this ticket without a suggestion.
    """

    ticket_id: str
    target: str
    answered: Answered | None
    review: Review | None
    value: str | None
    origin: Origin | None
    at: datetime | None
    known_at: datetime | None
    is_blind: bool

    @property
    def provenance(self) -> Provenance | None:
        """Who gave the value."""
        return None if self.origin is None else "automatic" if self.origin == "automatic" else "human"

    @property
    def is_evidence(self) -> bool:
        """Whether it may be learned from and measured against: a person gave it."""
        return self.provenance == "human"

    @property
    def is_rejected(self) -> bool:
        """Whether a person has rejected the answer, and nobody has said since what is right."""
        return self.review is not None and self.review.verdict == "rejected" and not self.is_evidence

    @property
    def is_hidden(self) -> bool:
        """Whether the answer must not be shown yet: a blind ticket of which no person has decided this."""
        return self.is_blind and not self.is_evidence


@dataclass(frozen=True, slots=True)
class DecidedTicket:
    """A ticket with what people decided, and nothing else.

    Attributes:
        ticket: its labels are those that are evidence. Where nobody closed it, `closed_at` is when people last decided.
        decisions: by target, those of labels that are known here, evidence or not.
    """

    ticket: WorkedTicket
    decisions: Mapping[str, Decision]


def decisions_of(connection: Connection, ticket_id: str, now: datetime) -> list[Decision]:
    """Every target of a ticket that was answered, reviewed or decided, in the order of their names.

    Raises:
        NotFound: there is no such ticket.
    """
    row = connection.execute(select(tickets).where(tickets.c.id == ticket_id)).first()
    if row is None:
        raise NotFound("No ticket with this number was scored or imported.")
    told = _told_of(connection, [ticket_id], now, has_answers=True)[ticket_id]
    return [_decision(row, target, told, now) for target in sorted(_targets(row, told))]


def decided_tickets(
    connection: Connection,
    until: datetime,
    *,
    since: datetime | None = None,
    known_after: datetime | None = None,
    has_answers: bool = False,
) -> Iterator[list[DecidedTicket]]:
    """The stored tickets as they were known at a moment, a thousand at a time, in the order of their ids.

    Args:
        connection: to ask; no more than a chunk is held.
        until: what was stored or said later does not count.
        since: only tickets that were opened then or later; None for all.
        known_after: only tickets of which something came to be known after that; None for all.
        has_answers: whether decisions are to have what models answered.
    """
    last = ""
    while rows := connection.execute(_chunk(last, since, known_after, until)).all():
        told = _told_of(connection, [row.id for row in rows], until, has_answers=has_answers)
        yield [_decided(row, told[row.id], until) for row in rows]
        last = rows[-1].id


def n_tickets(connection: Connection, until: datetime, *, since: datetime | None = None) -> int:
    """How many tickets `decided_tickets` gives."""
    return connection.scalar(select(func.count()).select_from(tickets).where(*_of_span(since, until))) or 0


@dataclass(frozen=True, slots=True)
class _Told:
    """What is stored of a ticket beside itself, each list the oldest first."""

    outcomes: Mapping[str, Sequence[Outcome]]
    reviews: Sequence[Review]
    answers: Sequence[tuple[datetime, str, Sequence[Prediction]]]
    is_blind: bool


def _of_span(since: datetime | None, until: datetime) -> list[Any]:
    opened = func.coalesce(tickets.c.opened_at, tickets.c.first_seen_at)
    return [tickets.c.first_seen_at <= until, *([] if since is None else [opened >= since])]


def _chunk(after: str, since: datetime | None, known_after: datetime | None, until: datetime) -> Select[Any]:
    wanted = select(tickets).where(tickets.c.id > after, *_of_span(since, until))
    if known_after is not None:
        told = exists().where(outcomes.c.ticket_id == tickets.c.id, outcomes.c.at > known_after)
        wanted = wanted.where(or_(tickets.c.updated_at > known_after, told))
    return wanted.order_by(tickets.c.id).limit(_CHUNK)


def _told_of(connection: Connection, ids: Sequence[str], until: datetime, *, has_answers: bool) -> dict[str, _Told]:
    """What was said of some tickets up to a moment."""
    given: dict[str, dict[str, list[Outcome]]] = {id_: defaultdict(list) for id_ in ids}
    asked = select(outcomes).where(outcomes.c.ticket_id.in_(ids), outcomes.c.at <= until)
    for row in connection.execute(asked.order_by(outcomes.c.at, outcomes.c.id)):
        outcome = Outcome(row.value, row.provenance, row.source, row.at, row.model_version)
        given[row.ticket_id][row.target].append(outcome)
    reviewed: dict[str, list[Review]] = defaultdict(list)
    counts = or_(reviews.c.undone_at.is_(None), reviews.c.undone_at > until)
    of_these = select(reviews).where(reviews.c.ticket_id.in_(ids), reviews.c.at <= until, counts)
    for row in connection.execute(of_these.order_by(reviews.c.id)):
        reviewed[row.ticket_id].append(replace(reviews_store.as_review(row), undone_at=None))
    answers: dict[str, list[tuple[datetime, str, Sequence[Prediction]]]] = defaultdict(list)
    if has_answers:
        scored = select(predictions).where(predictions.c.ticket_id.in_(ids), predictions.c.created_at <= until)
        for row in connection.execute(scored.order_by(predictions.c.id)):
            answers[row.ticket_id].append((row.created_at, row.model_version, answers_in(row.answers)))
    is_one = (sourced_tickets.c.ticket_id.in_(ids), sourced_tickets.c.is_blind.is_(True))
    blind = set(connection.scalars(select(sourced_tickets.c.ticket_id).where(*is_one)))
    return {id_: _Told(given[id_], reviewed[id_], answers[id_], id_ in blind) for id_ in ids}


def _targets(row: Row[Any], told: _Told) -> set[str]:
    """What is known of a ticket, or was asked about it."""
    answered = {answer.target for _, _, answers in told.answers for answer in answers}
    imported = {name for name in (*USUAL_TARGETS, *LABELS) if getattr(row, name) is not None}
    return answered | imported | {review.target for review in told.reviews} | told.outcomes.keys()


def _decision(row: Row[Any], target: str, told: _Told, until: datetime) -> Decision:
    review = next((each for each in reversed(told.reviews) if each.target == target and each.is_decision), None)
    value, origin, at, known_at = _final(row, target, told, review, until)
    return Decision(
        ticket_id=row.id,
        target=target,
        answered=_answered(target, told, at if origin not in ("automatic", "imported") else None),
        review=review,
        value=value,
        origin=origin,
        at=at,
        known_at=known_at,
        is_blind=told.is_blind,
    )


def _final(
    row: Row[Any], target: str, told: _Told, review: Review | None, until: datetime
) -> tuple[str | None, Origin | None, datetime | None, datetime | None]:
    """The value in the end, where it comes from, when it was given, and when it came to be known here.

    Of a person's value and what a later export says of a closed ticket the later one counts. An export that only
    repeats what a model set is no person's word.
    """
    given = told.outcomes.get(target, ())
    by_person = next((each for each in reversed(given) if each.provenance == "human"), None)
    by_model = next((each for each in reversed(given) if each.provenance == "automatic"), None)
    imported = _imported(row, target) if row.updated_at <= until else None
    settled_at = row.closed_at or row.resolved_at
    if by_person is not None:
        is_overtaken = (
            imported is not None
            and settled_at is not None
            and settled_at > by_person.at
            and not is_same_value(imported, by_person.value)
        )
        if not is_overtaken:
            return by_person.value, _origin(by_person, review), by_person.at, by_person.at
    elif by_model is not None and (imported is None or is_same_value(imported, by_model.value)):
        return by_model.value, "automatic", by_model.at, by_model.at
    return (None, None, None, None) if imported is None else (imported, "imported", settled_at, row.updated_at)


def _origin(outcome: Outcome, review: Review | None) -> Origin:
    if outcome.source != reviews_store.SOURCE or review is None or review.suggested is None:
        return "decided"
    return "accepted" if review.verdict == "accepted" else "corrected"


def _imported(row: Row[Any], target: str) -> str | None:
    value = getattr(row, target) if target in WORKED_COLUMNS else row.outcome_attributes.get(target)
    return None if value is None else str(value)


def _answered(target: str, told: _Told, decided_at: datetime | None) -> Answered | None:
    """The answer that people had before them, or else the last one."""
    every = [
        Answered(answer, version, at)
        for at, version, answers in told.answers
        for answer in answers
        if answer.target == target
    ]
    before = [each for each in every if decided_at is not None and each.at <= decided_at]
    found = before or every
    return found[-1] if found else None


def _decided(row: Row[Any], told: _Told, until: datetime) -> DecidedTicket:
    decisions = {target: _decision(row, target, told, until) for target in sorted(_targets(row, told))}
    values: dict[str, Any] = {name: getattr(row, name) for name in WORKED_COLUMNS}
    attributes: dict[str, str] = dict(row.outcome_attributes)
    for target, decision in decisions.items():
        value = decision.value if decision.is_evidence else None
        if target in _TEXTS:
            values[target] = value
        elif target not in WORKED_COLUMNS:
            attributes |= {target: value or ""}
    people_decided_at = [
        each.at for each in decisions.values() if each.at is not None and each.origin not in ("automatic", "imported")
    ]
    if values["closed_at"] is None and values["resolved_at"] is None and people_decided_at:
        values["closed_at"] = max(people_decided_at)
    filed = NewTicket(**{name: getattr(row, name) for name in _FILED})
    known = {name: value for name, value in attributes.items() if value}
    return DecidedTicket(WorkedTicket(filed=filed, attributes=known, **values), decisions)
