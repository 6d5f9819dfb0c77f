"""What a person sees of the tickets that wait for them: the text, what the model says, and who wrote it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from api.customers import Answer, customers_answers
from api.desk import Desk, Model
from api.individuals import may_describe, require_individuals
from data import predictions, profile_views, sourced_tickets
from data.database import reading, writing
from data.predictions import Scoring
from data.review_queue import QueueEntry, QueueFilter, claim, entry_of, waiting
from data.tables import tickets
from data.tickets import find
from triage.errors import ModelUnusable, NotFound
from triage.prediction import Prediction
from triage.ticket import NewTicket

__all__ = ["QueuedTicket", "claimed_tickets", "explained", "filed", "queued_ticket", "waiting_tickets"]

_UNKNOWN = "No ticket with this number was scored or imported."


@dataclass(frozen=True, slots=True)
class QueuedTicket:
    """A ticket that waits for a person.

    Attributes:
        entry: its place.
        ticket: as it is stored.
        scoring: what was answered last; None for a blind ticket, of which nothing is shown.
        customer: who wrote it, as `api/customers.py` answers; None where nobody is named.
    """

    entry: QueueEntry
    ticket: NewTicket
    scoring: Scoring | None
    customer: Answer | None

    @property
    def suggestions(self) -> tuple[Prediction, ...]:
        """The answers on which a person has the last word."""
        answers = () if self.scoring is None else self.scoring.answers
        return tuple(answer for answer in answers if answer.target in self.entry.targets)


def waiting_tickets(desk: Desk, wanted: QueueFilter, viewer: str, now: datetime, *, most: int) -> list[QueuedTicket]:
    """The tickets whose turn is next, without those that another person looks at.

    Who looks at a ticket also looks at whom it is from, and that is kept.

    Args:
        desk: whose they are.
        wanted: which.
        viewer: who asks, as `Caller.reference`.
        now: the moment.
        most: tickets.
    """
    _check(desk, wanted)
    with reading(desk.engine) as connection:
        entries = waiting(connection, wanted, viewer, now, most=most)
    return _shown(desk, entries, viewer, now)


def claimed_tickets(
    desk: Desk, wanted: QueueFilter, viewer: str, now: datetime, *, most: int, beside: Collection[str] = ()
) -> list[QueuedTicket]:
    """The same, and for a while nobody else gets them; see `data.review_queue.claim`."""
    _check(desk, wanted)
    with writing(desk.engine) as connection:
        entries = claim(connection, wanted, viewer, now, most=most, beside=beside)
    return _shown(desk, entries, viewer, now)


def queued_ticket(desk: Desk, ticket_id: str, viewer: str, now: datetime) -> QueuedTicket:
    """One ticket, whether it waits or not.

    Args:
        desk: whose it is.
        ticket_id: as it is stored.
        viewer: who looks at it, and thereby at whom it is from.
        now: the moment.

    Raises:
        NotFound: there is no such ticket.
    """
    with reading(desk.engine) as connection:
        entry = entry_of(connection, ticket_id) or _never_queued(connection, ticket_id, now)
    found = _shown(desk, [entry], viewer, now)
    if not found:
        raise NotFound(_UNKNOWN)
    return found[0]


def explained(model: Model, shown: Sequence[QueuedTicket]) -> dict[str, tuple[Prediction, ...]]:
    """For each ticket that this very model has answered about, its answers with the terms that spoke for them."""
    asked = [one for one in shown if one.scoring is not None and one.scoring.model_version == model.version]
    answers = model.score([one.ticket for one in asked], explain=True) if asked else []
    return {one.entry.ticket_id: found for one, found in zip(asked, answers, strict=True)}


def _check(desk: Desk, wanted: QueueFilter) -> None:
    """Refuses to choose tickets by what holds of their customers where no single customer may be described."""
    if wanted.segment is not None:
        require_individuals(desk)


def _never_queued(connection: Connection, ticket_id: str, now: datetime) -> QueueEntry:
    """The place of a ticket that never waited: nowhere."""
    ticket = find(connection, ticket_id)
    if ticket is None:
        raise NotFound(_UNKNOWN)
    source, _ = next(iter(sourced_tickets.references_of(connection, ticket_id)), (None, ""))
    is_blind = sourced_tickets.is_blind(connection, ticket_id)
    return QueueEntry(ticket_id, 0.0, (), ticket.opened_at or now, source, is_blind=is_blind)


def _shown(desk: Desk, entries: Sequence[QueueEntry], viewer: str, now: datetime) -> list[QueuedTicket]:
    with reading(desk.engine) as connection:
        found = filed(connection, [entry.ticket_id for entry in entries])
        scorings = predictions.newest_of_all(connection, [one.ticket_id for one in entries if not one.is_blind])
    named = {ticket.customer_id for ticket in found.values() if ticket.customer_id is not None}
    customers = _customers(desk, named, viewer, now)
    return [
        QueuedTicket(
            entry=entry,
            ticket=found[entry.ticket_id],
            scoring=scorings.get(entry.ticket_id),
            customer=customers.get(found[entry.ticket_id].customer_id or ""),
        )
        for entry in entries
        if entry.ticket_id in found  # else somebody has removed it a moment ago
    ]


def filed(connection: Connection, ids: Collection[str]) -> Mapping[str, NewTicket]:
    """The tickets of these ids, as they are stored."""
    columns = tickets.c
    asked = select(
        columns.id,
        columns.subject,
        columns.body,
        columns.opened_at,
        columns.customer_id,
        columns.channel,
        columns.language,
        columns.attributes,
        columns.id_as_filed,
        columns.customer_as_filed,
    ).where(columns.id.in_(ids))
    return {row["id"]: NewTicket(**row) for row in connection.execute(asked).mappings()}


def _customers(desk: Desk, ids: Collection[str], viewer: str, now: datetime) -> Mapping[str, Answer]:
    if not ids or not may_describe(desk):
        return {}
    try:
        with reading(desk.engine) as connection:
            found = customers_answers(connection, desk, ids, now)
    except ModelUnusable:  # whoever decides on tickets can do so without knowing more of the people
        return {}
    with writing(desk.engine) as connection:
        profile_views.record(connection, viewer, found, now)
    return found
