"""What a ticket's page does about links: one click links, dismisses or takes back, without a script."""

from datetime import UTC, datetime
from typing import Annotated, Literal, get_args
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.callers import Caller
from api.desk import DeskOfRequest
from api.pages.forms import Fields
from api.redirects import see_other
from api.routes.links import key_of_other
from api.security import requires
from data import links
from data.database import storable, writing
from triage.errors import InvalidInput
from triage.links import LinkKind

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

Reviewer = Annotated[Caller, Depends(requires("review"))]

_ACTS = ("link", "dismiss", "take_back")
_KINDS: dict[str, LinkKind] = {kind: kind for kind in get_args(LinkKind)}


@router.post("/tickets/links")
def decide_link(request: Request, caller: Reviewer, form: Fields, desk: DeskOfRequest) -> Response:
    """Keeps what a form says of one link, and goes back to the ticket; its fields are those of `beside/links.html`."""
    ticket_id, other, act = (storable(form.get(name) or "") for name in ("ticket_id", "other", "act"))
    kind = _KINDS.get(form.get("kind") or "")
    if kind is None or not ticket_id or not other or act not in _ACTS:
        raise InvalidInput("The form holds what none of our pages sends.")
    with writing(desk.engine) as connection:
        if act == "take_back":
            links.take_back(connection, ticket_id, kind, key_of_other(kind, other))
        else:
            said: Literal["linked", "dismissed"] = "linked" if act == "link" else "dismissed"
            links.decide(
                connection, ticket_id, kind, key_of_other(kind, other), said, caller.reference, datetime.now(UTC)
            )
    return see_other(request.scope, f"/tickets/{quote(ticket_id, safe='/')}")
