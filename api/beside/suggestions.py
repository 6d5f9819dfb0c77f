"""What the model suggests for a ticket that is looked at; nothing where none may answer."""

from collections.abc import Sequence

from api.desk import Desk
from triage.errors import ModelUnusable
from triage.prediction import Prediction
from triage.ticket import NewTicket

__all__ = ["suggestions_for"]


def suggestions_for(desk: Desk, ticket: NewTicket) -> Sequence[Prediction]:
    """The model's answers about a ticket, those that it withholds among them."""
    try:
        return desk.models.current().score([ticket])[0]
    except ModelUnusable:
        return ()
