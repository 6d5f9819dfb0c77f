"""One ticket: its text with what spoke for and against the answers, what happened to it, and forms to decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse

from api.callers import Caller
from api.context import context_of
from api.desk import Desk, DeskOfRequest
from api.pages.cards import (
    REJECTIONS,
    Card,
    Piece,
    cards_of,
    marked,
    standing_decisions,
    title_of,
)
from api.pages.rendering import page
from api.queued_tickets import QueuedTicket, explained, queued_ticket
from api.redirects import see_other
from api.security import requires
from data import outbox
from data.callers import names_of
from data.database import reading, storable
from data.decisions import decisions_of
from data.outbox import StoredEntry
from data.outcomes import Outcome, history_of
from data.predictions import Scoring, scorings_of
from data.reviews import SOURCE, Review, reviews_of
from triage.errors import ModelUnusable
from triage.identity import ticket_key
from triage.markup import own_words, plain_text
from triage.prediction import Prediction
from triage.reasons import percent, why
from triage.sources import Source
from triage.ticket import NewTicket

__all__ = ["router", "ticket_page"]

router = APIRouter(include_in_schema=False)

LONG, LONGEST = 5_000, 200_000
"""Characters of a text that are shown at once, and that are shown at all."""

_UNCHANGED = {
    "human_set": "somebody had set another value there",
    "same_value": "it had this value already",
    "inactive_label": "the value is no longer used there",
    "not_writable": "the field cannot be written there",
    "undone": "the decision was taken back before",
    "gone": "the ticket is no longer there",
    "closed": "the ticket was closed",
    "assigned": "somebody had taken the ticket",
    "nothing_to_say": "nothing was left to say",
}
"""Why nothing was written to a ticketing system, in words."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a ticket.

    Attributes:
        at: when.
        said: a sentence.
        details: further ones.
        review: the number of a review that can be taken back.
    """

    at: datetime
    said: str
    details: tuple[str, ...] = ()
    review: int | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as it is shown.

    Attributes:
        beginning: shown at once.
        rest: shown when somebody asks for it.
        n_hidden: characters that are not shown at all.
        as_it_came: what it was taken out of; None where that is the text itself.
    """

    beginning: tuple[Piece, ...]
    rest: tuple[Piece, ...]
    n_hidden: int
    as_it_came: str | None


@router.get("/tickets", dependencies=[Depends(requires("read"))])
def find_ticket(request: Request, number: str = "") -> RedirectResponse:
    """Goes on to the ticket of a number that somebody has typed."""
    return see_other(request.scope, f"/tickets/{quote(number.strip()[:1_000], safe='/')}" if number.strip() else "/")


@router.get("/tickets/{id:path}")
def show_ticket(
    request: Request,
    id: str,  # noqa: A002  (the address's own word)
    desk: DeskOfRequest,
    caller: Annotated[Caller, Depends(requires("read"))],
) -> HTMLResponse:
    """The page of one ticket."""
    return ticket_page(request, desk, caller, id)


def ticket_page(
    request: Request,
    desk: Desk,
    caller: Caller,
    number: str,
    *,
    refusal: str | None = None,
    note: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The page of one ticket, also where a decision about it was refused.

    Args:
        request: of the browser.
        desk: whose the ticket is.
        caller: who looks.
        number: of the ticket, in whatever spelling.
        refusal: one sentence on what was refused.
        note: one sentence on what was done.
        status: of the answer.

    Raises:
        NotFound: there is no such ticket.
    """
    now = datetime.now(UTC)
    key = storable(ticket_key(number) or number)
    queued = queued_ticket(desk, key, caller.reference, now)
    sources: Mapping[str, Source] = request.app.state.sources
    with reading(desk.engine) as connection:
        decisions = decisions_of(connection, key, now)
        is_hidden = any(one.is_hidden for one in decisions)
        scorings = [] if is_hidden else scorings_of(connection, key)
        reviews, outcomes = reviews_of(connection, key), history_of(connection, key)
        written = outbox.of_ticket(connection, key)
        standing = standing_decisions(connection, key, now)
        names = names_of(connection, [review.reviewer for review in reviews])
        answers = scorings[-1].answers if scorings else None
        beside = context_of(desk, connection, queued.ticket, now, predictions=answers, is_hidden=is_hidden)
    queued = _as_seen(queued, scorings, is_hidden=is_hidden)
    targets = [one.target for one in decisions if one.answered is not None]
    (card,) = cards_of(desk, [queued], sources, now, targets=targets, standing=standing)
    answers = _explained(desk, queued)
    source = None if queued.entry.source is None else sources.get(queued.entry.source)
    happenings = sorted(
        (
            *_filed(queued.ticket),
            *_answered(scorings, source, has_source=queued.entry.source is not None),
            *_reviewed(reviews, names),
            *_written(written),
            *_given(outcomes),
        ),
        key=lambda each: each.at,
    )
    return page(
        request,
        "ticket.html",
        status=status,
        card=card,
        subject=marked(plain_text(queued.ticket.subject)[:LONG], answers),
        text=_text(queued.ticket, answers),
        has_marks=any(each.explanation for each in answers),
        facts=_facts(queued.ticket),
        happenings=happenings,
        values=[(title_of(one.target), standing.get(one.target), one.value) for one in decisions],
        waits=set(queued.entry.targets),
        may_decide="review" in caller.scopes,
        rejections=REJECTIONS,
        labels=_labels(desk, card),
        beside=beside,
        refusal=refusal,
        note=note,
        query="",
    )


def _as_seen(queued: QueuedTicket, scorings: Sequence[Scoring], *, is_hidden: bool) -> QueuedTicket:
    """The ticket with what may be seen of it: a blind one is none any more once people have decided all of it."""
    newest = scorings[-1] if scorings else None
    return replace(queued, entry=replace(queued.entry, is_blind=is_hidden), scoring=None if is_hidden else newest)


def _explained(desk: Desk, queued: QueuedTicket) -> tuple[Prediction, ...]:
    if queued.scoring is None:
        return ()
    try:
        found = explained(desk.models.current(), [queued]).get(queued.entry.ticket_id, ())
    except ModelUnusable:
        return ()
    stored = {answer.target: answer.value for answer in queued.scoring.answers}
    return tuple(answer for answer in found if stored.get(answer.target) == answer.value)


def _text(ticket: NewTicket, answers: Sequence[Prediction]) -> _Text:
    """The ticket's text; marks stand where the model reads, which is in the sender's own words."""
    plain = plain_text(ticket.body)
    own = own_words(plain)
    at = plain.find(own)
    around = (0, len(plain)) if at < 0 else (at, at + len(own))
    pieces = [
        *([Piece(plain[: around[0]])] if around[0] else []),
        *marked(plain[around[0] : around[1]], answers),
        *([Piece(plain[around[1] : LONGEST])] if around[1] < len(plain) else []),
    ]
    beginning, rest = _cut(pieces, LONG)
    rest, hidden = _cut(rest, LONGEST)
    n_hidden = max(sum(len(each.text) for each in hidden), len(plain) - LONGEST, 0)
    return _Text(beginning, rest, n_hidden, None if plain == ticket.body else ticket.body[:LONGEST])


def _cut(pieces: Sequence[Piece], most: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The first so many characters of pieces, and what is left."""
    before: list[Piece] = []
    for i, piece in enumerate(pieces):
        if len(piece.text) > most:
            cut = (replace(piece, text=piece.text[:most]), replace(piece, text=piece.text[most:]))
            return (*before, *((cut[0],) if most else ())), (cut[1], *pieces[i + 1 :])
        before.append(piece)
        most -= len(piece.text)
    return tuple(before), ()


def _facts(ticket: NewTicket) -> dict[str, str]:
    """What is known of a ticket beside its text."""
    known = {"Channel": ticket.channel, "Language": ticket.language, **ticket.attributes}
    return {name.replace("_", " "): value for name, value in known.items() if value}


def _labels(desk: Desk, card: Card) -> dict[str, list[str]]:
    try:
        known = desk.models.current().labels
    except ModelUnusable:
        known = {}
    return {question.target: sorted(known.get(question.target, ())) for question in card.questions}


def _filed(ticket: NewTicket) -> Iterator[Happening]:
    if ticket.opened_at is not None:
        yield Happening(ticket.opened_at, "The ticket was filed.")


def _answered(scorings: Sequence[Scoring], source: Source | None, *, has_source: bool) -> Iterator[Happening]:
    for scoring in scorings:
        said = tuple(
            f"{title_of(answer.target)}: {answer.value} ({percent(answer.confidence)} %). "
            f"{why(answer, source, has_source=has_source)}"
            for answer in scoring.answers
        )
        yield Happening(scoring.at, f"Model {scoring.model_version} answered.", said)


def _reviewed(reviews: Sequence[Review], names: Mapping[str, str]) -> Iterator[Happening]:
    for review in reviews:
        who, title = names[review.reviewer], title_of(review.target)
        said = {
            "accepted": f"{who} accepted {title} {review.value}.",
            "corrected": f"{who} set {title} to {review.value}"
            + (f"; {review.suggested} had been suggested." if review.suggested else ", without a suggestion."),
            "rejected": f"{who} rejected {title} {review.suggested}"
            + (f": {REJECTIONS[review.reason]}." if review.reason else "."),
            "skipped": f"{who} skipped {title}.",
        }[review.verdict]
        details = () if review.seconds is None else (f"Decided in {review.seconds:.0f} seconds.",)
        stands = review.undone_at is None
        yield Happening(review.at, said, details, review.id if stands else None)
        if review.undone_at is not None:
            yield Happening(review.undone_at, f"Taken back: {said}")


def _written(entries: Sequence[StoredEntry]) -> Iterator[Happening]:
    for stored in entries:
        entry = stored.entry
        fields = ", ".join(f"{title_of(name)} {value}" for name, value in entry.change.fields.items())
        what = " and ".join(filter(None, (fields, "a note" if entry.change.note else "")))
        told = f"{what} to {entry.source}"
        reasons = [_UNCHANGED.get(one, one.replace("_", " ")) for one in (stored.reason or "").split(", ") if one]
        said = {
            "waiting": f"Still to be written: {told}.",
            "written": f"Written: {told}.",
            "unchanged": f"Not written: {told}, as {', '.join(reasons) or 'nothing was to be done'}.",
            "dead": f"Could not be written: {told}. {stored.last_error or ''}".strip(),
            "dropped": f"Taken out by hand: {told}.",
        }[stored.state]
        by = () if entry.reviews or entry.link else (f"From what model {entry.model_version} answered.",)
        yield Happening(stored.settled_at or stored.created_at, said, by)


def _given(outcomes: Sequence[tuple[str, Outcome]]) -> Iterator[Happening]:
    for target, outcome in outcomes:
        if outcome.source == SOURCE:
            continue  # told by its review
        who = "a person" if outcome.provenance == "human" else f"model {outcome.model_version}"
        yield Happening(
            outcome.at, f"{title_of(target)} was set to {outcome.value} by {who} (source {outcome.source})."
        )
