"""Tickets like one that a person has just decided, so that the same can be said of all of them at once.

Like it are those that wait for the same question, were given the same suggestion, and hold two of the few words that
spoke most for it (or the one, where only one did). Nothing else counts, so whoever is asked can see what they say yes
to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.desk import Desk
from api.queued_tickets import filed
from api.waiting import GROUP
from data.database import reading, writing
from data.predictions import Scoring, newest_of, newest_of_all
from data.review_queue import QueueEntry, QueueFilter, renew, waiting
from data.sourced_tickets import is_blind
from data.tickets import find
from triage.errors import InvalidInput, NotFound
from triage.features import terms
from triage.prediction import Prediction
from triage.reasons import speaking_terms
from triage.ticket import NewTicket

__all__ = ["MOST_LIKE_IT", "LikeIt", "LikeTicket", "like_it"]

LOOKED_AT = 500
"""So many tickets are looked at, those whose turn is next: a fraction of a second at most."""

SHARED = 2
"""Of the words that spoke most for a suggestion: one alone may be there by chance, and hardly any share all."""

MOST_LIKE_IT = 100
"""So many are decided at once: more than that nobody has looked at, even by their subjects."""


@dataclass(frozen=True, slots=True)
class LikeTicket:
    """A ticket like another one.

    Attributes:
        ticket_id: as it is stored.
        subject: of it.
        model_version: which model suggested the value.
        is_sure: whether the suggestion reached its threshold.
    """

    ticket_id: str
    subject: str
    model_version: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class LikeIt:
    """Tickets like one, and what makes them so.

    Attributes:
        value: that was suggested of all of them.
        words: those that spoke most for the suggestion, the strongest first.
        n_shared: how many of the words each of them holds at least.
        tickets: those, the next first; from now on they are claimed.
        n_looked_at: how many waiting tickets were looked at.
    """

    value: str
    words: tuple[str, ...]
    n_shared: int
    tickets: tuple[LikeTicket, ...]
    n_looked_at: int


def like_it(desk: Desk, ticket_id: str, target: str, viewer: str, now: datetime) -> LikeIt:
    """The tickets like one of which a question was just decided; the viewer gets them for a while.

    Args:
        desk: whose they are.
        ticket_id: as it is stored.
        target: the question.
        viewer: who asks, as `Caller.reference`.
        now: the moment.

    Raises:
        InvalidInput: nothing was suggested, or nobody can say which words spoke for it.
        NotFound: there is no such ticket.
    """
    with reading(desk.engine) as connection:
        ticket, scoring = find(connection, ticket_id), newest_of(connection, ticket_id)
        if ticket is None or scoring is None:
            raise NotFound("No ticket with this number was scored.")
        if is_blind(connection, ticket_id):
            raise InvalidInput("Nothing was suggested for this ticket, so no other one is like it.")
    answer = _of_target(scoring, target)
    if answer is None:
        raise InvalidInput("Nothing was suggested for this question of the ticket, so no other one is like it.")
    words = _words(desk, ticket, scoring, answer)
    wanted = QueueFilter(target=target, assignment_group=answer.value if target == GROUP else None)
    with reading(desk.engine) as connection:
        entries = waiting(connection, wanted, viewer, now, most=LOOKED_AT)
        entries = [one for one in entries if not one.is_blind and one.ticket_id != ticket_id]
        scorings = newest_of_all(connection, [one.ticket_id for one in entries])
        alike = {
            one.ticket_id: found for one in entries if (found := _same(scorings, one, target, answer.value)) is not None
        }
        texts = filed(connection, list(alike))
    n_shared = min(SHARED, len(words))
    shares = {id_: len(set(words).intersection(terms(text))) >= n_shared for id_, text in texts.items()}
    chosen = [id_ for id_ in alike if shares.get(id_)][:MOST_LIKE_IT]
    with writing(desk.engine) as connection:
        kept = renew(connection, chosen, viewer, now)
    return LikeIt(
        value=answer.value,
        words=words,
        n_shared=n_shared,
        tickets=tuple(
            LikeTicket(id_, texts[id_].subject, scorings[id_].model_version, alike[id_].reason == "above_threshold")
            for id_ in chosen
            if id_ in kept
        ),
        n_looked_at=len(entries),
    )


def _of_target(scoring: Scoring, target: str) -> Prediction | None:
    return next((answer for answer in scoring.answers if answer.target == target), None)


def _same(scorings: Mapping[str, Scoring], entry: QueueEntry, target: str, value: str) -> Prediction | None:
    """The answer about a ticket, where the same was suggested."""
    scoring = scorings.get(entry.ticket_id)
    answer = None if scoring is None else _of_target(scoring, target)
    return answer if answer is not None and answer.value == value else None


def _words(desk: Desk, ticket: NewTicket, scoring: Scoring, answer: Prediction) -> tuple[str, ...]:
    """The terms that spoke most for an answer."""
    model = desk.models.current()
    if model.version != scoring.model_version:
        raise InvalidInput("Another model answers by now, so nobody can say which words spoke for this suggestion.")
    (answers,) = model.score([ticket], explain=True)
    found = next((each for each in answers if each.target == answer.target and each.value == answer.value), None)
    words = () if found is None else tuple(each.term for each in speaking_terms(found))
    if not words:
        raise InvalidInput("No word of the text spoke for this suggestion, so no other ticket is like it.")
    return words
