"""A ticket as people look at it to decide: its text with what spoke for the answers, who wrote it, and each question.

Of a blind ticket there is no scoring, so nothing that a model said can be on its card.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from api.desk import Desk
from api.queued_tickets import QueuedTicket, explained
from data.callers import names_of
from data.decisions import Decision, decisions_of
from triage.customers.words import WORDS
from triage.errors import ModelUnusable
from triage.markup import own_subject, own_words, plain_text
from triage.places import places
from triage.prediction import Prediction
from triage.reasons import percent, speaking_terms, why
from triage.risk import sentences
from triage.sources import Source

__all__ = [
    "REJECTIONS",
    "Card",
    "Choice",
    "Piece",
    "Question",
    "Standing",
    "age",
    "cards_of",
    "marked",
    "standing_decisions",
    "title_of",
]

REJECTIONS: Mapping[str, str] = {
    "wrong_group": "wrong group",
    "wrong_type": "wrong type",
    "not_enough_information": "not enough information",
    "duplicate": "duplicate",
    "spam": "spam",
}
"""Why a suggestion is rejected, in words; the keys 1 to 5 choose one."""

_TITLES = {"assignment_group": "Group", "ticket_type": "Type"}
_EXCERPT = 1_500
"""Characters of a text in the queue; the page of the ticket has all of it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `speaks` is `for` or `against` where it is a term of an explanation, else empty."""

    text: str
    speaks: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a question may have, and how sure the model is of it, in percent."""

    value: str
    percent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was decided of a question already.

    Attributes:
        said: a sentence: what and by whom.
        value: that it has; None where it was rejected and nobody said what is right.
        at: when; None where nobody knows.
        review: its number, for whoever overrules it; None where no review said so.
    """

    said: str
    value: str | None
    at: datetime | None
    review: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about a ticket.

    Attributes:
        target: its name.
        title: what people call it.
        choices: the likeliest values, the suggestion first; none where nothing may be shown.
        words: the terms that spoke most for the suggestion.
        is_sure: whether the suggestion reached its threshold, so that it may be accepted with others at once.
        why: why it was not applied by itself.
        standing: what was decided already.
    """

    target: str
    title: str
    choices: tuple[Choice, ...]
    words: tuple[str, ...] = ()
    is_sure: bool = False
    why: str = ""
    standing: Standing | None = None

    @property
    def suggested(self) -> Choice | None:
        """What the model answered; None where nothing may be shown."""
        return next(iter(self.choices), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Something that holds of a customer, in neutral words, with its reason."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who wrote a ticket.

    Attributes:
        id: as people know it.
        holds: what holds of them.
        next_step: that was agreed for them, or is suggested where nothing was; None without either.
        is_agreed: whether it was agreed.
        next_call: what whoever answers next should do; None where there is nothing to say.
        vip: why they are marked as a VIP, for people to see; None where they are not.
    """

    id: str
    holds: tuple[Holding, ...]
    next_step: str | None
    is_agreed: bool
    next_call: str | None
    vip: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A ticket that people decide on.

    Attributes:
        id: as it is stored.
        number: as its ticketing system writes it.
        subject: its words.
        text: the beginning of the sender's own words.
        is_cut: whether there is more.
        opened_at: when it was filed.
        age: how long ago, in words.
        origin: where it came from and how, such as `desk, email`.
        source: the ticketing system that it came from; None where a program asked.
        customer: who wrote it; None where nobody is named.
        questions: those that are asked.
        is_blind: whether nothing that a model said is shown.
        model_version: which model answered.
        risks: what may go wrong with it more likely than usual, a sentence each.
    """

    id: str
    number: str
    subject: tuple[Piece, ...]
    text: tuple[Piece, ...]
    is_cut: bool
    opened_at: datetime
    age: str
    origin: str
    source: str | None
    customer: Customer | None
    questions: tuple[Question, ...]
    is_blind: bool
    model_version: str | None
    risks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What its parts are called on a page: an id may hold anything."""
        return sha256(self.id.encode("utf-8", "replace")).hexdigest()[:12]


def cards_of(
    desk: Desk,
    shown: Sequence[QueuedTicket],
    sources: Mapping[str, Source],
    now: datetime,
    *,
    targets: Iterable[str] = (),
    standing: Mapping[str, Standing] | None = None,
) -> list[Card]:
    """The cards of tickets.

    Args:
        desk: whose they are.
        shown: the tickets.
        sources: the ticketing systems, by the desk's names.
        now: the moment.
        targets: questions to show also where they do not wait.
        standing: what was decided of the questions already, where that is to be shown.
    """
    try:
        reasons = explained(desk.models.current(), shown)
    except ModelUnusable:
        reasons = {}
    asked = tuple(targets)
    return [_card(one, reasons.get(one.entry.ticket_id, ()), sources, now, asked, standing or {}) for one in shown]


def standing_decisions(connection: Connection, ticket_id: str, now: datetime) -> dict[str, Standing]:
    """By target what was decided of a ticket already, by people or by a model, and who did."""
    decided = [one for one in decisions_of(connection, ticket_id, now) if one.review is not None or one.value]
    names = names_of(connection, [one.review.reviewer for one in decided if one.review is not None])
    return {one.target: _standing(one, names) for one in decided}


def marked(text: str, answers: Iterable[Prediction]) -> tuple[Piece, ...]:
    """A text in pieces, with the terms that spoke for the answers and those that spoke against them.

    A term that speaks for one answer and against another speaks for one.
    """
    terms = [each for answer in answers for each in answer.explanation]
    speaks = {each.term: "against" for each in terms if each.weight < 0}
    speaks |= {each.term: "for" for each in terms if each.weight > 0}
    pieces, at = [], 0
    for place in places(text, speaks):
        if place.start > at:
            pieces.append(Piece(text[at : place.start]))
        pieces.append(Piece(text[place.start : place.end], speaks[place.term]))
        at = place.end
    return (*pieces, Piece(text[at:])) if at < len(text) else tuple(pieces)


def title_of(target: str) -> str:
    """What people call a question."""
    return _TITLES.get(target, target.replace("_", " ").capitalize())


def age(since: datetime, now: datetime) -> str:
    """How long ago something was, in one whole number."""
    passed = max(now - since, timedelta(0))
    for length, word in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        n = passed // length
        if n:
            return f"{n} {word}{'' if n == 1 else 's'}"
    return "a moment"


def _card(
    one: QueuedTicket,
    reasons: Sequence[Prediction],
    sources: Mapping[str, Source],
    now: datetime,
    targets: Sequence[str],
    standing: Mapping[str, Standing],
) -> Card:
    ticket, entry = one.ticket, one.entry
    answers = () if one.scoring is None else one.scoring.answers
    by_target = {answer.target: answer for answer in answers}
    why_so = {answer.target: answer for answer in reasons if _is_same(answer, by_target.get(answer.target))}
    asked = tuple(dict.fromkeys((*entry.targets, *targets)))
    own = own_words(plain_text(ticket.body))
    explained_answers = [why_so[target] for target in asked if target in why_so]
    return Card(
        id=entry.ticket_id,
        number=ticket.id_as_filed or ticket.id,
        subject=marked(own_subject(plain_text(ticket.subject))[:_EXCERPT], explained_answers),
        text=marked(own[:_EXCERPT].strip(), explained_answers),
        is_cut=len(own) > _EXCERPT,
        opened_at=entry.opened_at,
        age=age(entry.opened_at, now),
        origin=", ".join(filter(None, (entry.source, ticket.channel))),
        source=entry.source,
        customer=None if one.customer is None else _customer(one.customer, ticket.customer_as_filed),
        questions=tuple(
            _question(target, by_target.get(target), why_so.get(target), entry.source, sources, standing.get(target))
            for target in asked
        ),
        is_blind=entry.is_blind,
        model_version=None if one.scoring is None else one.scoring.model_version,
        risks=() if one.scoring is None or entry.is_blind else sentences(one.scoring.risk),
    )


def _is_same(answer: Prediction, stored: Prediction | None) -> bool:
    """Whether an explanation is that of what was answered; thresholds and modes may be others by now."""
    return stored is not None and stored.value == answer.value


def _question(
    target: str,
    answer: Prediction | None,
    reason: Prediction | None,
    source: str | None,
    sources: Mapping[str, Source],
    standing: Standing | None,
) -> Question:
    if answer is None:
        return Question(target=target, title=title_of(target), choices=(), standing=standing)
    return Question(
        target=target,
        title=title_of(target),
        choices=tuple(Choice(each.value, percent(each.confidence)) for each in answer.top[:3]),
        words=() if reason is None else tuple(each.term for each in speaking_terms(reason)),
        is_sure=answer.reason == "above_threshold",
        why=why(answer, sources.get(source or ""), has_source=source is not None),
        standing=standing,
    )


def _customer(answer: Mapping[str, object], as_filed: str | None) -> Customer:
    segments = [*_parts(answer["segments"]), *_parts([answer["kind"]] if answer["kind"] else [])]
    plan, suggestion = _part(answer["plan"]), _part(answer["suggestion"])
    agreed = plan.get("next_step")
    return Customer(
        id=as_filed or str(answer["id"]),
        holds=tuple(
            Holding(title=WORDS[each["name"]].title if each["name"] in WORDS else each["name"], reason=each["reason"])
            for each in segments
        ),
        next_step=agreed or suggestion.get("next_step"),
        is_agreed=bool(agreed),
        next_call=suggestion.get("next_call"),
        vip=_part(answer["vip"]).get("reason"),
    )


def _parts(found: object) -> list[dict[str, str]]:
    return found if isinstance(found, list) else []


def _part(found: object) -> dict[str, str]:
    return found if isinstance(found, dict) else {}


def _standing(decision: Decision, names: Mapping[str, str]) -> Standing:
    review = decision.review
    if review is not None:
        who = names[review.reviewer]
        if review.verdict == "rejected":
            said = f"Rejected by {who}" + (f": {REJECTIONS[review.reason]}" if review.reason else "")
        elif review.verdict == "accepted":
            said = f"{review.value}, accepted by {who}"
        else:
            said = f"Corrected to {review.value} by {who}"
        return Standing(said=said, value=review.value, at=review.at, review=review.id)
    words = {"automatic": "applied by itself", "imported": "as an export says"}
    said = f"{decision.value}, {words.get(decision.origin or '', 'set by a person elsewhere')}"
    return Standing(said=said, value=decision.value, at=decision.at, review=None)
