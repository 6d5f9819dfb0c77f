"""What is answered about tickets: the model's predictions and who wrote them, stored as they are given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from api.desk import Desk, Model
from api.schemas import (
    CustomerAnswer,
    FrequentFlyer,
    ModelAnswer,
    PredictionAnswer,
    Profile,
    RankedLabel,
    ScoreAnswer,
    SegmentAnswer,
    Term,
)
from data import predictions as predictions_store
from data import tickets as tickets_store
from data.customers import contacts_of
from triage.customers.contact import Contact
from triage.customers.profile import SEASON, DeskNorms, profile_customer
from triage.customers.segments import frequent_flyer, segments_of
from triage.prediction import Prediction
from triage.ticket import NewTicket

__all__ = ["Scored", "score", "store"]


@dataclass(frozen=True, slots=True)
class Scored:
    """A ticket with its moment, what the model says about it, and what was ordinary at the desk then."""

    ticket: NewTicket
    moment: datetime
    predictions: tuple[Prediction, ...]
    norms: DeskNorms


def score(
    desk: Desk, model: Model, tickets: Sequence[NewTicket], now: datetime, *, top_n: int, explain: bool
) -> list[Scored]:
    """The long part, outside any transaction: asks the model, and what is ordinary at the desk."""
    answers = model.score(tickets, top_n=top_n, explain=explain)
    return [
        Scored(ticket, moment := ticket.opened_at or now, predictions, desk.norms.on(moment))
        for ticket, predictions in zip(tickets, answers, strict=True)
    ]


def store(connection: Connection, model: Model, scored: Sequence[Scored], now: datetime) -> list[ScoreAnswer]:
    """The short part: stores tickets and predictions, and gives the answers, which count this contact in."""
    tickets_store.file(connection, [one.ticket for one in scored], now)
    predictions_store.record(connection, ((one.ticket.id, one.predictions) for one in scored), model.version, now)
    contacts = _contacts(connection, scored)
    answered_by = ModelAnswer(version=model.version, trained_at=model.trained_at)
    return [
        ScoreAnswer(
            ticket_id=one.ticket.id,
            predictions={prediction.target: _prediction_answer(prediction) for prediction in one.predictions},
            customer=_customer_answer(one, contacts),
            similar=[],
            model=answered_by,
        )
        for one in scored
    ]


def _contacts(connection: Connection, scored: Iterable[Scored]) -> dict[str, list[Contact]]:
    """The contacts that the profiles need, asked for once a customer."""
    moments: dict[str, list[datetime]] = {}
    for one in scored:
        if one.ticket.customer_id is not None:
            moments.setdefault(one.ticket.customer_id, []).append(one.moment)
    return {
        customer_id: contacts_of(connection, customer_id, since=min(wanted) - SEASON, until=max(wanted))
        for customer_id, wanted in moments.items()
    }


def _customer_answer(one: Scored, contacts: dict[str, list[Contact]]) -> CustomerAnswer | None:
    customer_id = one.ticket.customer_id
    if customer_id is None:
        return None
    profile = profile_customer(customer_id, contacts[customer_id], as_of=one.moment)
    segments = segments_of(profile, one.norms)
    return CustomerAnswer(
        id=customer_id,
        segments=[SegmentAnswer(name=segment.name, reason=segment.reason) for segment in segments],
        frequent_flyer=FrequentFlyer(
            probability=None, flag=any(segment.name == frequent_flyer.__name__ for segment in segments)
        ),
        profile=Profile(
            contacts_30d=profile.n_contacts_30d,
            contacts_90d=profile.n_contacts_90d,
            incident_share=profile.incident_ratio,
        ),
        plan=None,
    )


def _prediction_answer(prediction: Prediction) -> PredictionAnswer:
    return PredictionAnswer(
        value=prediction.value,
        confidence=prediction.confidence,
        threshold=prediction.threshold,
        decision=prediction.decision,
        reason=prediction.reason,
        top=[RankedLabel(value=label.value, confidence=label.confidence) for label in prediction.top],
        explanation=[Term(term=term.term, weight=term.weight) for term in prediction.explanation],
    )
