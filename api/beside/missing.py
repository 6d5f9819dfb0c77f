"""Beside a ticket, or beside a form before it is filed: the one question that agents would have to ask. Never sent."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.beside.suggestions import suggestions_for
from api.desk import Desk
from triage.errors import ModelUnusable
from triage.missing import CONTEXT_FIELDS, AskedBack, Missing, MissingDetail, find_missing
from triage.model import TriageModel
from triage.prediction import Prediction
from triage.ticket import NewTicket

__all__ = ["MissingAnswer", "MissingPart", "missing_beside"]


class MissingPart(BaseModel):
    """A detail that the ticket does not say."""

    name: str = Field(description="The detail, such as `error_message` or `since_when`.")
    share: float | None = Field(
        ge=0,
        le=1,
        description="How often agents here asked for it where a ticket like this did not say it; null where that was "
        "not learned and the list of usual details counts.",
    )
    desk_share: float | None = Field(ge=0, le=1, description="The same for all tickets of the desk.")
    reason: str = Field(description="Why it is asked for, in one sentence.")


class MissingAnswer(BaseModel):
    """What to ask for."""

    question: str = Field(description="One question, in the ticket's language; shown to people and never sent.")
    language: str = Field(description="`en` or `de`.")
    details: list[MissingPart] = Field(description="What it asks for, the most valuable first; two at most.")


def missing_beside(
    desk: Desk,
    connection: Connection,
    ticket: NewTicket,
    now: datetime,
    predictions: Sequence[Prediction] | None = None,
) -> MissingAnswer | None:
    """What to ask for about a ticket; None where it says all, or nothing is sure.

    Args:
        desk: whose it is.
        connection: to ask.
        ticket: stored or not, with redacted text.
        now: the moment.
        predictions: of the model, where they are known already, and empty where they may not be shown; None asks it.
    """
    suggested = suggestions_for(desk, ticket) if predictions is None else predictions
    values: dict[str, str | None] = {
        one.target: one.value
        for one in suggested
        if one.target in CONTEXT_FIELDS and one.decision in ("auto", "suggest")
    }
    values |= {name: value for name, value in ticket.attributes.items() if name in CONTEXT_FIELDS and value}
    formats = desk.services.lists(connection, now).formats
    found = find_missing(ticket, desk.services.details, values, _learned(desk), formats)
    return None if found is None else _answer(found)


def _learned(desk: Desk) -> AskedBack | None:
    """What was learned with the model that answers now."""
    try:
        model = desk.models.current()
    except ModelUnusable:
        return None
    return model.asked_back if isinstance(model, TriageModel) else None


def _answer(found: Missing) -> MissingAnswer:
    return MissingAnswer(
        question=found.question,
        language=found.language,
        details=[
            MissingPart(name=one.name, share=one.share, desk_share=one.desk_share, reason=_reason(one))
            for one in found.details
        ],
    )


def _reason(one: MissingDetail) -> str:
    if one.share is None or one.desk_share is None:
        return "The text does not say it, and such tickets usually need it."
    return (
        f"Agents asked for it in {one.share:.0%} of such tickets that did not say it; "
        f"in all tickets of the desk it is {one.desk_share:.0%}."
    )
