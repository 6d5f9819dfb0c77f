"""Beside a ticket: the service or device that it is about, with the words that say so, and its identifiers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.beside.suggestions import suggestions_for
from api.desk import Desk
from api.individuals import may_describe
from data.persons import find
from data.services import last_reported
from triage.affected import Affected, Finding, How, find_affected
from triage.errors import ModelUnusable
from triage.prediction import Prediction
from triage.ticket import NewTicket

__all__ = ["AffectedAnswer", "AffectedThing", "IdentifierAnswer", "affected_beside"]


class AffectedThing(BaseModel):
    """Something that a ticket may be about."""

    name: str = Field(description="As the desk lists it, or as the model or the customer's last ticket has it.")
    kind: str = Field(description="`service`, `configuration_item`, or what the desk's list calls it.")
    how: How = Field(
        description="`exact` or `typo`: the text names it. `predicted`: the model suggests it. `own_past`: the same "
        "customer's last ticket was about it, which is shown as evidence and used for nothing."
    )
    confidence: float | None = Field(ge=0, le=1, description="That the ticket is about it; null for `own_past`.")
    words: str = Field(description="The words of the text that name it, as written; empty where none does.")
    field: str | None = Field(description="`subject` or `body`, where those words stand.")
    start: int = Field(ge=0, description="Where they begin in that field, in characters.")
    end: int = Field(ge=0, description="Where they end.")
    owner: str | None = Field(description="The group that looks after it, where the desk's list says so.")


class IdentifierAnswer(BaseModel):
    """An error code, a device's number, the number of another ticket or of an order."""

    kind: str = Field(
        description="`error_code`, `ticket_number`, `order_number`, what the desk calls its own format, or `code`."
    )
    text: str = Field(description="As it was written.")


class AffectedAnswer(BaseModel):
    """What a ticket is about."""

    things: list[AffectedThing] = Field(description="Services, devices and the like; the surest first.")
    identifiers: list[IdentifierAnswer] = Field(description="In the order of the text.")
    evidence: list[AffectedThing] = Field(description="What the same customer reported last; for people to see.")


def affected_beside(
    desk: Desk,
    connection: Connection,
    ticket: NewTicket,
    now: datetime,
    predictions: Sequence[Prediction] | None = None,
) -> AffectedAnswer | None:
    """What a ticket is about; None where nothing is sure.

    Args:
        desk: whose it is.
        connection: to ask.
        ticket: stored or not, with redacted text and its customer's id as it is stored.
        now: the moment.
        predictions: of the model, where they are known already, and empty where they may not be shown; None asks it.
    """
    known = desk.services
    found = find_affected(
        ticket,
        known.lists(connection, now),
        predictions=suggestions_for(desk, ticket) if predictions is None else predictions,
        past=_past(desk, connection, ticket, now),
        real_words=known.real_words(_model(desk)),
    )
    return _answer(found) if found else None


def _model(desk: Desk) -> object:
    try:
        return desk.models.current()
    except ModelUnusable:
        return None


def _past(desk: Desk, connection: Connection, ticket: NewTicket, now: datetime) -> Mapping[str, str]:
    """What the customer reported last; nothing where nobody may be described, or this customer wants no profile."""
    if ticket.customer_id is None or not may_describe(desk):
        return {}
    person = find(connection, [ticket.customer_id])[ticket.customer_id]
    return {} if person.is_out else last_reported(connection, person.ids, ticket.opened_at or now)


def _answer(found: Affected) -> AffectedAnswer:
    return AffectedAnswer(
        things=[_thing(one) for one in found.findings],
        identifiers=[IdentifierAnswer(kind=one.kind, text=one.text) for one in found.identifiers],
        evidence=[_thing(one) for one in found.evidence],
    )


def _thing(one: Finding) -> AffectedThing:
    return AffectedThing(
        name=one.name,
        kind=one.kind,
        how=one.how,
        confidence=one.confidence,
        words=one.words,
        field=one.field,
        start=one.start,
        end=one.end,
        owner=one.owner,
    )
