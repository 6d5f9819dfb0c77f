"""What is answered about tickets: the model's predictions and who wrote them, stored as they are given.

All that waits is answered together: one batch of arithmetic, one transaction, few statements. Who wrote a ticket never
changes what is predicted of it: the model is asked before anybody looks up the customer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection, Engine

from api.answers import predictions_answer, score_answer
from api.customers import Answer as CustomerAnswer
from api.customers import customer_answer, unprofiled
from api.desk import Desk, Model
from data import idempotency
from data import predictions as predictions_store
from data import tickets as tickets_store
from data.database import reading, writing
from data.idempotency import Answer, RequestIdentity
from data.persons import Person, find, join_earlier
from data.plans import open_plan_of, open_plans
from data.pseudonyms import earlier_ids, filed_with_stored_id
from triage.errors import Conflict
from triage.prediction import Prediction
from triage.ticket import NewTicket

__all__ = ["Options", "ScoreRequest", "Scored", "answer_all"]


@dataclass(frozen=True, slots=True)
class Options:
    """What else is wanted in an answer."""

    top_n: int = 3
    explain: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ScoreRequest:
    """What one caller asks.

    Attributes:
        tickets: to score and to keep.
        options: of the answers.
        identity: what the request is known by if it comes again; None where the caller does not say.
        compose: makes the body of the response from the answers about the tickets, each as JSON.
        also: does in the same transaction whatever follows from the predictions, one tuple a ticket, and the version
            of the model that made them.
    """

    tickets: Sequence[NewTicket]
    options: Options
    identity: RequestIdentity | None
    compose: Callable[[Sequence[str]], str]
    also: Callable[[Connection, Sequence[tuple[Prediction, ...]], str], None] | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """What a request is answered, and whether it was answered the same before."""

    answer: Answer
    is_repeated: bool = False


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
    scored = _predicted(model, requests)
    try:
        with writing(desk.engine) as connection:
            texts = iter(_store(connection, desk, model, scored, now))
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
    return found


def _follow_up(
    connection: Connection,
    requests: Sequence[ScoreRequest],
    scored: Sequence[tuple[NewTicket, tuple[Prediction, ...]]],
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


def _predicted(model: Model, requests: Sequence[ScoreRequest]) -> list[tuple[NewTicket, tuple[Prediction, ...]]]:
    """The long part, outside any transaction: asks the model, once for all who want the same of the answers."""
    alike: dict[Options, list[NewTicket]] = defaultdict(list)
    for request in requests:
        alike[request.options] += request.tickets
    scored = {
        options: iter(model.score(tickets, top_n=options.top_n, explain=options.explain))
        for options, tickets in alike.items()
    }
    return [(ticket, next(scored[request.options])) for request in requests for ticket in request.tickets]


def _store(
    connection: Connection,
    desk: Desk,
    model: Model,
    scored: Sequence[tuple[NewTicket, tuple[Prediction, ...]]],
    now: datetime,
) -> Iterator[str]:
    """The short part: stores tickets and predictions, and gives the answers, which count these contacts in."""
    tickets = [filed_with_stored_id(ticket, desk.customer_key) for ticket, _ in scored]
    named = [ticket.customer_as_filed or ticket.customer_id for ticket, _ in scored]
    if desk.customer_key is not None:
        join_earlier(connection, earlier_ids(named, desk.customer_key), now)
    persons = find(connection, {ticket.customer_id for ticket in tickets if ticket.customer_id is not None})
    filed_by = [persons.get(ticket.customer_id or "") for ticket in tickets]
    _file(connection, desk, tickets, filed_by, now)
    answers = [predictions_answer(predictions) for _, predictions in scored]
    stored = [(ticket.id, answer) for ticket, answer in zip(tickets, answers, strict=True)]
    predictions_store.record(connection, stored, model.version, now)
    moments = [ticket.opened_at or now for ticket in tickets]
    customers = _customers(connection, desk, model, list(zip(filed_by, named, moments, strict=True)))
    for (ticket, _), answer, customer in zip(scored, answers, customers, strict=True):
        shown = ticket.id_as_filed or ticket.id
        yield score_answer(shown, answer, customer, model.version, model.trained_at)


def _file(
    connection: Connection, desk: Desk, tickets: Sequence[NewTicket], filed_by: Sequence[Person | None], now: datetime
) -> None:
    """Keeps the tickets, and counts them in where contacts are remembered."""
    remembered = [person for person in filed_by if person is not None and not person.is_out]
    desk.recent.bring_up(connection, remembered, now)
    new = tickets_store.file(connection, tickets, now)
    for ticket, person in zip(tickets, filed_by, strict=True):
        contact = new.pop(ticket.id, None)  # of two with one id the first was filed
        if contact is not None and person is not None and not person.is_out:
            desk.recent.add(person, contact, now)


def _customers(
    connection: Connection, desk: Desk, model: Model, asked: Sequence[tuple[Person | None, str | None, datetime]]
) -> list[CustomerAnswer | None]:
    """Who each person is as of a moment, under the name that they were sent with; None where nobody was named.

    Who is asked about twice as of one moment is described once.
    """
    known = {(name, moment): person for person, name, moment in asked if person is not None and name is not None}
    profiled = [(name, person, moment) for (name, moment), person in known.items() if not person.is_out]
    plans = open_plans(connection, {id_ for _, person, _ in profiled for id_ in person.ids})
    contacts = [(name, desk.recent.of(connection, person, moment), moment) for name, person, moment in profiled]
    described = desk.customers(model).describe_all(contacts)
    answers = {(name, moment): unprofiled(name) for (name, moment), person in known.items() if person.is_out}
    for (name, person, moment), found in zip(profiled, described, strict=True):
        answers[name, moment] = customer_answer(name, found, open_plan_of(person, plans), desk.playbook)
    return [None if person is None or name is None else answers[name, moment] for person, name, moment in asked]
