"""What is answered about tickets: the model's predictions and who wrote them, stored as they are given.

Who wrote a ticket never changes what is predicted of it: the model is asked before anybody looks up the customer.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from sqlalchemy import Connection

from api.customer_schemas import CustomerAnswer
from api.customers import customer_answer, unprofiled
from api.desk import Desk, Model
from api.schemas import ModelAnswer, PredictionAnswer, RankedLabel, ScoreAnswer, Term
from data import predictions as predictions_store
from data import tickets as tickets_store
from data.customers import MOST_CONTACTS, contacts_of
from data.persons import Ids, find, join_earlier
from data.plans import open_plan_of, open_plans
from data.pseudonyms import earlier_ids, filed_with_stored_id
from triage.customers.contact import Contact
from triage.customers.profile import YEAR
from triage.prediction import Prediction
from triage.ticket import NewTicket

__all__ = ["Scored", "score", "store"]


N_DIGITS = 4
"""Of a confidence in an answer: calibration can tell no more apart. Decisions are made before anything is rounded."""

NEAR = timedelta(days=1)
"""Moments of a batch this near to one another are asked about at once."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A ticket with its moment and what the model says about it."""

    ticket: NewTicket
    moment: datetime
    predictions: tuple[Prediction, ...]


def score(model: Model, tickets: Sequence[NewTicket], now: datetime, *, top_n: int, explain: bool) -> list[Scored]:
    """The long part, outside any transaction: asks the model."""
    answers = model.score(tickets, top_n=top_n, explain=explain)
    return [
        Scored(ticket, ticket.opened_at or now, predictions)
        for ticket, predictions in zip(tickets, answers, strict=True)
    ]


def store(
    connection: Connection, desk: Desk, model: Model, scored: Sequence[Scored], now: datetime
) -> list[ScoreAnswer]:
    """The short part: stores tickets and predictions, and gives the answers, which count this contact in."""
    tickets = [filed_with_stored_id(one.ticket, desk.customer_key) for one in scored]
    if desk.customer_key is not None:
        earlier = earlier_ids((_customer_as_filed(one.ticket) for one in scored), desk.customer_key)
        join_earlier(connection, earlier, now)
    tickets_store.file(connection, tickets, now)
    predictions_store.record(connection, ((one.ticket.id, one.predictions) for one in scored), model.version, now)
    customers = _Customers(connection, zip(tickets, (one.moment for one in scored), strict=True))
    answered_by = ModelAnswer(version=model.version, trained_at=model.trained_at)
    return [
        ScoreAnswer(
            ticket_id=one.ticket.id_as_filed or one.ticket.id,
            predictions={prediction.target: _prediction_answer(prediction) for prediction in one.predictions},
            customer=customers.answer(one, ticket.customer_id, desk, model),
            similar=[],
            model=answered_by,
        )
        for one, ticket in zip(scored, tickets, strict=True)
    ]


class _Customers:
    """What the answers need of the customers of a batch, asked for once a customer."""

    def __init__(self, connection: Connection, tickets: Iterable[tuple[NewTicket, datetime]]) -> None:
        moments: dict[str, list[datetime]] = {}
        for ticket, moment in tickets:
            if ticket.customer_id is not None:
                moments.setdefault(ticket.customer_id, []).append(moment)
        self._persons = find(connection, moments)
        profiled = {id_: wanted for id_, wanted in moments.items() if not self._persons[id_].is_out}
        self._plans = open_plans(connection, (one for id_ in profiled for one in self._persons[id_].ids))
        self._contacts = {
            (id_, moment): contacts
            for id_, wanted in profiled.items()
            for moment, contacts in _contacts_at(connection, self._persons[id_].ids, sorted(set(wanted)))
        }

    def answer(self, one: Scored, stored_id: str | None, desk: Desk, model: Model) -> CustomerAnswer | None:
        """Who filed a ticket, as of its moment and under the id that it came with; None where it does not say."""
        shown = _customer_as_filed(one.ticket)
        if stored_id is None or shown is None:
            return None
        person = self._persons[stored_id]
        if person.is_out:
            return unprofiled(shown)
        found = desk.customers(model).describe(shown, self._contacts[stored_id, one.moment], one.moment)
        return customer_answer(shown, found, open_plan_of(person, self._plans), desk.playbook)


def _customer_as_filed(ticket: NewTicket) -> str | None:
    return ticket.customer_as_filed or ticket.customer_id


def _contacts_at(
    connection: Connection, person: Ids, moments: Sequence[datetime]
) -> Iterator[tuple[datetime, Sequence[Contact]]]:
    """The contacts that make a customer's profile as of each moment, in order; asked for once where moments are near.

    Of moments far apart the latest contacts before the last one would leave none for the first.
    """
    while moments:
        near = moments[: bisect_right(moments, moments[0] + NEAR)]
        moments = moments[len(near) :]
        known = contacts_of(connection, person, near[0] - YEAR, near[-1], MOST_CONTACTS + len(near))
        for moment in near:
            at = bisect_right(known, moment, key=attrgetter("opened_at"))
            yield moment, known[max(0, at - MOST_CONTACTS) : at]


def _prediction_answer(prediction: Prediction) -> PredictionAnswer:
    return PredictionAnswer(
        value=prediction.value,
        confidence=round(prediction.confidence, N_DIGITS),
        threshold=round(prediction.threshold, N_DIGITS),
        decision=prediction.decision,
        reason=prediction.reason,
        top=[RankedLabel(value=label.value, confidence=round(label.confidence, N_DIGITS)) for label in prediction.top],
        explanation=[Term(term=term.term, weight=round(term.weight, N_DIGITS)) for term in prediction.explanation],
    )
