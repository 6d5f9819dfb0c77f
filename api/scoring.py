"""What is answered about tickets: the model's predictions and who wrote them, stored as they are given.

All that waits is answered together: one batch of arithmetic, one transaction, few statements. Who wrote a ticket never
changes what is predicted of it: the model is asked before anybody looks up the customer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection, Engine

from api.announcements import tell_of_changes, tell_of_predictions
from api.answers import predictions_answer, risk_answer, score_answer
from api.customers import Answer as CustomerAnswer
from api.customers import customer_answer, unprofiled
from api.desk import Desk, Model
from api.individuals import may_describe
from api.schemas import SimilarTicket
from api.waiting import Origin, queue_entry
from data import idempotency, review_queue
from data import predictions as predictions_store
from data import tickets as tickets_store
from data.database import reading, writing
from data.idempotency import Answer, RequestIdentity
from data.persons import Person, find, join_earlier
from data.plans import open_plan_of, open_plans
from data.pseudonyms import earlier_ids, filed_with_stored_id
from data.tickets import KeptTicket, as_kept
from triage.errors import Conflict
from triage.prediction import Prediction
from triage.risk import TicketRisk, risk_of
from triage.ticket import NewTicket

__all__ = ["Options", "ScoreRequest", "Scored", "answer_all"]


@dataclass(frozen=True, slots=True)
class Options:
    """What else is wanted in an answer."""

    top_n: int = 3
    explain: bool = False
    similar: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ScoreRequest:
    """What one caller asks.

    Attributes:
        tickets: to score and to keep.
        options: of the answers.
        identity: what the request is known by if it comes again; None where the caller does not say.
        compose: makes the body of the response from the answers about the tickets, each as JSON.
        origin: the ticketing system that the tickets came from; None where a program asked.
        also: does in the same transaction whatever follows from the predictions, one tuple a ticket, and the version
            of the model that made them.
    """

    tickets: Sequence[NewTicket]
    options: Options
    identity: RequestIdentity | None
    compose: Callable[[Sequence[str]], str]
    also: Callable[[Connection, Sequence[tuple[Prediction, ...]], str], None] | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """What a request is answered, and whether it was answered the same before."""

    answer: Answer
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """A ticket as its caller knows it, and as it will be stored: without what is personal in its texts."""

    came: NewTicket
    kept: KeptTicket
    similar: Sequence[SimilarTicket] = ()
    risk: TicketRisk | None = None

    @property
    def redacted(self) -> NewTicket:
        """The caller's ticket with the texts that will be stored."""
        came, kept = self.came, self.kept.ticket
        if (came.subject, came.body, came.attributes) == (kept.subject, kept.body, kept.attributes):
            return came
        return replace(came, subject=kept.subject, body=kept.body, attributes=kept.attributes)


class _AnsweredMeanwhile(Exception):
    """Another process answered one of the requests while this one was at work; undoes what was about to be stored."""


def answer_all(desk: Desk, requests: Sequence[ScoreRequest]) -> list[Scored | Exception]:
    """Scores what was asked, keeps it in one transaction, and gives the answers in the order of the requests.

    Of equal requests, the later ones get the answer of the first. Such a one whose key was used for other content
    gets a `Conflict`.

    Raises:
        ModelUnusable: no model may answer.
        StoreUnusable: the database cannot be used; nothing was stored.
    """
    now = datetime.now(UTC)
    first, again = _parted(requests)
    found: dict[ScoreRequest, Scored | Exception] = {}
    while new := [request for request in first if request not in found]:
        found |= _answered_before(desk.engine, new, now)
        new = [request for request in new if request not in found]
        try:
            found |= _answered_now(desk, new, now) if new else {}
        except _AnsweredMeanwhile:
            continue
    if again:
        found |= zip(again, answer_all(desk, again), strict=True)
    return [found[request] for request in requests]


def _parted(requests: Sequence[ScoreRequest]) -> tuple[list[ScoreRequest], list[ScoreRequest]]:
    """The requests that nobody asked before them, and those that are told apart by nothing from one of these."""
    first, again, seen = [], [], set()
    for request in requests:
        name = None if request.identity is None else request.identity.name
        if name is None or name not in seen:
            first.append(request)
            seen.add(name)
        else:
            again.append(request)
    return first, again


def _answered_before(
    engine: Engine, requests: Sequence[ScoreRequest], now: datetime
) -> dict[ScoreRequest, Scored | Exception]:
    """The answers that these requests got before, and what is wrong with those whose key was used for others."""
    named = {request.identity: request for request in requests if request.identity is not None}
    if not named:
        return {}
    with reading(engine) as connection:
        kept = idempotency.find_all(connection, list(named), now)
    return {
        named[identity]: answer if isinstance(answer, Conflict) else Scored(answer, is_repeated=True)
        for identity, answer in kept.items()
    }


def _answered_now(desk: Desk, requests: Sequence[ScoreRequest], now: datetime) -> dict[ScoreRequest, Scored]:
    model = desk.models.current()
    scored = _predicted(desk, model, requests, now)
    origins = [request.origin for request in requests for _ in request.tickets]
    try:
        with writing(desk.engine) as connection:
            texts = iter(_store(connection, desk, model, scored, origins, now))
            found = {
                request: Scored(Answer(200, request.compose(list(islice(texts, len(request.tickets))))))
                for request in requests
            }
            _follow_up(connection, requests, scored, model.version)
            _keep(connection, found, now)
    except BaseException:
        desk.recent.clear()  # it may know of contacts that were undone
        raise
    desk.recent.trim()
    desk.metrics.count_batch((predictions for _, predictions in scored), len(scored))
    return found


def _follow_up(
    connection: Connection,
    requests: Sequence[ScoreRequest],
    scored: Sequence[tuple[_Asked, tuple[Prediction, ...]]],
    model_version: str,
) -> None:
    predictions = iter(scored)
    for request in requests:
        own = [found for _, found in islice(predictions, len(request.tickets))]
        if request.also is not None:
            request.also(connection, own, model_version)


def _keep(connection: Connection, found: Mapping[ScoreRequest, Scored], now: datetime) -> None:
    named = [(request.identity, one.answer) for request, one in found.items() if request.identity is not None]
    if named and not idempotency.keep_all(connection, named, now):
        raise _AnsweredMeanwhile


def _predicted(
    desk: Desk, model: Model, requests: Sequence[ScoreRequest], now: datetime
) -> list[tuple[_Asked, tuple[Prediction, ...]]]:
    """The long part, outside any transaction: asks the model, once for all who want the same of the answers.

    It is asked about the texts that are stored, as it has learned from the like.
    """
    asked: dict[ScoreRequest, list[_Asked]] = {}
    alike: dict[Options, list[NewTicket]] = defaultdict(list)
    for request in requests:
        filed = [(ticket, filed_with_stored_id(ticket, desk.customer_key)) for ticket in request.tickets]
        asked[request] = [_Asked(came, as_kept(ticket, now, desk.redaction)) for came, ticket in filed]
        alike[request.options] += [each.redacted for each in asked[request]]
    scored = {
        options: iter(model.score(tickets, top_n=options.top_n, explain=options.explain))
        for options, tickets in alike.items()
    }
    if any(request.options.similar for request in requests):
        asked = _with_similar(desk, model, asked)
    predicted = [(each, next(scored[request.options])) for request in requests for each in asked[request]]
    risks = risk_of(model, (_filed_at(each) for each, _ in predicted))
    if risks is None:
        return predicted
    return [(replace(each, risk=risk), found) for (each, found), risk in zip(predicted, risks, strict=True)]


def _filed_at(asked: _Asked) -> NewTicket:
    """The ticket with the moment that counts as that of its filing: now, where it does not say."""
    ticket = asked.redacted
    return ticket if ticket.opened_at is not None else replace(ticket, opened_at=asked.kept.contact.opened_at)


def _with_similar(
    desk: Desk, model: Model, asked: Mapping[ScoreRequest, list[_Asked]]
) -> dict[ScoreRequest, list[_Asked]]:
    """The same, those who want similar tickets with those."""
    if desk.similar is None:
        return dict(asked)
    found = {}
    with reading(desk.engine) as connection:
        for request, own in asked.items():
            alike: Sequence[Sequence[SimilarTicket]] = [()] * len(own)
            if k := request.options.similar:
                kept = [each.kept.ticket for each in own]
                alike = desk.similar.like(connection, model, kept, k, tells_customers=may_describe(desk))
            found[request] = [replace(each, similar=like_it) for each, like_it in zip(own, alike, strict=True)]
    return found


def _store(
    connection: Connection,
    desk: Desk,
    model: Model,
    scored: Sequence[tuple[_Asked, tuple[Prediction, ...]]],
    origins: Sequence[Origin | None],
    now: datetime,
) -> Iterator[str]:
    """The short part: stores tickets and predictions, and gives the answers, which count these contacts in."""
    kept = [asked.kept for asked, _ in scored]
    tickets = [ticket for ticket, _ in kept]
    named = [asked.came.customer_as_filed or asked.came.customer_id for asked, _ in scored]
    if desk.customer_key is not None:
        join_earlier(connection, earlier_ids(named, desk.customer_key), now)
    persons = find(connection, {ticket.customer_id for ticket in tickets if ticket.customer_id is not None})
    filed_by = [persons.get(ticket.customer_id or "") for ticket in tickets]
    new = _file(connection, desk, kept, filed_by, now)
    answers = [predictions_answer(predictions) for _, predictions in scored]
    stored = [(ticket.id, answer) for ticket, answer in zip(tickets, answers, strict=True)]
    risks = [risk_answer(asked.risk) for asked, _ in scored]
    predictions_store.record(connection, stored, model.version, now, risks)
    moments = [contact.opened_at for _, contact in kept]
    customers = _customers(connection, desk, model, list(zip(filed_by, named, moments, strict=True)), now)
    told = (
        (ticket, name, predictions)
        for ticket, name, (_, predictions), origin in zip(tickets, named, scored, origins, strict=True)
        if origin is None or not origin.is_blind
    )
    tell_of_predictions(connection, desk, told, model.version, now)
    entries = [
        queue_entry(ticket.id, moment, predictions, customer, origin, asked.risk)
        for ticket, moment, (asked, predictions), customer, origin in zip(
            tickets, moments, scored, customers, origins, strict=True
        )
    ]
    review_queue.put(connection, entries, new, model.version)
    for (asked, _), answer, customer, risk in zip(scored, answers, customers, risks, strict=True):
        shown = asked.came.id_as_filed or asked.came.id
        yield score_answer(shown, answer, customer, model.version, model.trained_at, asked.similar, risk)


def _file(
    connection: Connection, desk: Desk, tickets: Sequence[KeptTicket], filed_by: Sequence[Person | None], now: datetime
) -> set[str]:
    """Keeps the tickets, counts them in where contacts are remembered, and says which are new."""
    remembered = [person for person in filed_by if person is not None and not person.is_out]
    desk.recent.bring_up(connection, remembered, now)
    new = tickets_store.file_kept(connection, tickets, now)
    ids = set(new)
    for (ticket, _), person in zip(tickets, filed_by, strict=True):
        contact = new.pop(ticket.id, None)  # of two with one id the first was filed
        if contact is not None and person is not None and not person.is_out:
            desk.recent.add(person, contact, now)
    return ids


def _customers(
    connection: Connection,
    desk: Desk,
    model: Model,
    asked: Sequence[tuple[Person | None, str | None, datetime]],
    now: datetime,
) -> list[CustomerAnswer | None]:
    """Who each person is as of a moment, under the name that they were sent with; None where nobody was named.

    Who is asked about twice as of one moment is described once. Where no single customer may be described, none is.
    """
    if not may_describe(desk):
        return [None] * len(asked)
    known = {(name, moment): person for person, name, moment in asked if person is not None and name is not None}
    profiled = [(name, person, moment) for (name, moment), person in known.items() if not person.is_out]
    plans = open_plans(connection, {id_ for _, person, _ in profiled for id_ in person.ids})
    contacts = [(name, desk.recent.of(connection, person, moment), moment) for name, person, moment in profiled]
    described = desk.customers(model).describe_all(contacts)
    both = zip(profiled, described, strict=True)
    tell_of_changes(connection, desk, ((person, name, moment, found) for (name, person, moment), found in both), now)
    answers = {(name, moment): unprofiled(name) for (name, moment), person in known.items() if person.is_out}
    for (name, person, moment), found in zip(profiled, described, strict=True):
        answers[name, moment] = customer_answer(name, found, open_plan_of(person, plans), desk.playbook)
    return [None if person is None or name is None else answers[name, moment] for person, name, moment in asked]
