"""What other programs are told of answers, reviews and customers: never a ticket's text, nor what was read off it.

Each is told within the transaction that makes it true, and costs nothing where nobody wants to know.
`docs/connect/events.md` shows what they look like.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from api.answers import N_DIGITS
from api.desk import Desk
from data import known_segments
from data.events import Occurrence, publish, publish_all
from data.persons import Person
from data.pseudonyms import shown_id
from data.reviews import Review
from data.tickets import find as find_ticket
from triage.customers.model import DescribedCustomer
from triage.prediction import Prediction
from triage.subscribers import is_wanted
from triage.ticket import NewTicket

__all__ = ["customer_subject", "tell_of_changes", "tell_of_predictions", "tell_of_review", "ticket_subject"]

RECENT = timedelta(days=1)
"""A profile as of an earlier moment says nothing of how a customer has changed: the ticket was filed long ago."""


def ticket_subject(ticket_id: str) -> str:
    """What events about a ticket come in order by."""
    return f"ticket:{ticket_id}"


def customer_subject(customer_id: str) -> str:
    """What events about a customer come in order by; the id is the one that they go by."""
    return f"customer:{customer_id}"


def tell_of_predictions(
    connection: Connection,
    desk: Desk,
    answered: Iterable[tuple[NewTicket, str | None, Sequence[Prediction]]],
    model_version: str,
    now: datetime,
) -> None:
    """Tells that tickets were answered.

    Args:
        connection: that the answers are stored with.
        desk: whose subscribers are told.
        answered: each ticket as it is stored, its customer's id as it came, and what the model said.
        model_version: of the model that answered.
        now: the moment.
    """
    if not is_wanted(desk.subscribers, "prediction.completed"):
        return
    happened = [
        Occurrence(
            subject=ticket_subject(ticket.id),
            payload={
                "ticket_id": ticket.id_as_filed or ticket.id,
                "customer_id": _shown(desk, ticket.customer_id, named),
                "model": {"version": model_version},
                "predictions": {prediction.target: _told(prediction) for prediction in predictions},
            },
            ticket_id=ticket.id,
            customer_id=ticket.customer_id,
        )
        for ticket, named, predictions in answered
    ]
    publish_all(connection, desk.subscribers, "prediction.completed", happened, now)


def tell_of_changes(
    connection: Connection,
    desk: Desk,
    described: Iterable[tuple[Person, str, datetime, DescribedCustomer]],
    now: datetime,
) -> None:
    """Tells of customers of whom something else holds than when they were last looked at.

    Args:
        connection: that the answers are stored with.
        desk: whose subscribers are told.
        described: each person, their id as it came, the moment that they are described as of, and what holds then.
        now: the moment.
    """
    if not is_wanted(desk.subscribers, "profile.changed"):
        return
    latest: dict[str, tuple[datetime, str, frozenset[str]]] = {}
    for person, named, moment, found in described:
        if moment > now - RECENT and (person.id not in latest or moment >= latest[person.id][0]):
            latest[person.id] = (moment, named, _holding(found))
    changes = known_segments.notice(connection, {id_: holding for id_, (_, _, holding) in latest.items()}, now)
    happened = [
        Occurrence(
            subject=customer_subject(id_),
            payload={
                "customer_id": _shown(desk, id_, latest[id_][1]),
                "segments": change.now,
                "gained": [name for name in change.now if name not in change.before],
                "lost": [name for name in change.before if name not in change.now],
            },
            customer_id=id_,
        )
        for id_, change in changes.items()
    ]
    publish_all(connection, desk.subscribers, "profile.changed", happened, now)


def tell_of_review(connection: Connection, desk: Desk, review: Review, now: datetime) -> None:
    """Tells what a person made of an answer, or that they took it back; not who it was.

    Args:
        connection: that the review is stored with.
        desk: whose subscribers are told.
        review: as it is now.
        now: the moment.
    """
    if not is_wanted(desk.subscribers, "review.recorded"):
        return
    ticket = find_ticket(connection, review.ticket_id)
    payload = {
        "review_id": review.id,
        "ticket_id": review.ticket_id if ticket is None else ticket.id_as_filed or ticket.id,
        "target": review.target,
        "suggested": review.suggested,
        "confidence": None if review.confidence is None else round(review.confidence, N_DIGITS),
        "verdict": review.verdict,
        "value": review.value,
        "reason": review.reason,
        "model": {"version": review.model_version},
        "undone_at": None if review.undone_at is None else review.undone_at.isoformat(),
    }
    subject, customer = ticket_subject(review.ticket_id), None if ticket is None else ticket.customer_id
    publish(
        connection,
        desk.subscribers,
        "review.recorded",
        subject,
        payload,
        now,
        ticket_id=review.ticket_id,
        customer_id=customer,
    )


def _told(prediction: Prediction) -> dict[str, object]:
    return {
        "value": prediction.value,
        "confidence": round(prediction.confidence, N_DIGITS),
        "threshold": round(prediction.threshold, N_DIGITS),
        "decision": prediction.decision,
        "reason": prediction.reason,
    }


def _holding(found: DescribedCustomer) -> frozenset[str]:
    kinds = () if found.kind is None else (found.kind,)
    return frozenset(segment.name for segment in (*found.segments, *kinds))


def _shown(desk: Desk, stored: str | None, named: str | None) -> str | None:
    """A customer's id as a list shows it: the hash where there is a key, so that nothing else is kept here either."""
    return named if desk.customer_key is None or stored is None else shown_id(stored, desk.customer_key)
