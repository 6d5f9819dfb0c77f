"""What the queue and a ticket's page do beside showing: forms that decide, claims that are kept or given back.

Decisions of a page with a script go to `/v1/reviews`, as those of programs do; the forms here need no script.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from api.callers import Caller
from api.desk import DeskOfRequest
from api.like_it import like_it
from api.pages.forms import Fields
from api.pages.ticket import ticket_page
from api.peers import Peers
from api.redirects import local_path, see_other
from api.review_schemas import GivenReview
from api.routes.reviews import kept_review, known_labels, taken_back
from api.security import requires
from data.connectors.errors import PeerError
from data.database import reading, storable, writing
from data.review_queue import CLAIMED_FOR, release, renew
from data.reviews import find as find_review
from triage.errors import InvalidInput, Outdated

__all__ = ["router"]

router = APIRouter(prefix="/queue", include_in_schema=False)

Reviewer = Annotated[Caller, Depends(requires("review"))]
_RIGHT_FOR = {"wrong_group": "assignment_group", "wrong_type": "ticket_type"}
"""What a reason is about; whatever else is asked of the ticket then still waits."""

_OTHER = "other."
"""Before a question's name: the field for a value that is not shown. Each question has one."""

_Id = Annotated[str, Field(min_length=1, max_length=1_000)]


class _Tickets(BaseModel):
    """The tickets that a page shows."""

    model_config = ConfigDict(extra="forbid")

    tickets: list[_Id] = Field(max_length=1_000)
    until: datetime | None = None


class _One(BaseModel):
    """A question about a ticket."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: _Id
    target: _Id


@router.post("/decide")
def decide(request: Request, caller: Reviewer, form: Fields, desk: DeskOfRequest) -> Response:
    """Keeps what a form says of the questions of one ticket, all of it or nothing, and goes back to where it was."""
    now = datetime.now(UTC)
    ticket_id = form.get("ticket_id") or ""
    try:
        given = _given(form, ticket_id)
        labels = known_labels(desk)
        with writing(desk.engine) as connection:
            for review in given:
                kept_review(connection, desk, review, caller, labels, now)
            if form.get("act") == "skip":
                release(connection, caller.reference, ticket_ids=[storable(ticket_id)])
    except (InvalidInput, Outdated) as refused:
        status = 409 if isinstance(refused, Outdated) else 422
        return ticket_page(request, desk, caller, ticket_id, refusal=str(refused), status=status)
    return see_other(request.scope, local_path(form.get("next")))


@router.post("/undo")
def undo(request: Request, caller: Reviewer, form: Fields, desk: DeskOfRequest) -> Response:
    """Takes a review back, and shows its ticket."""
    number = form.get("review") or ""
    if not number.isdecimal() or len(number) > 15:
        raise InvalidInput("`review` is the number of a review.")
    with reading(desk.engine) as connection:
        ticket_id = find_review(connection, int(number)).ticket_id
    with writing(desk.engine) as connection:
        answer = taken_back(connection, desk, int(number), caller, datetime.now(UTC))
    return ticket_page(request, desk, caller, ticket_id, note=answer.note or "It was taken back.")


@router.post("/renew")
def renew_claims(looked_at: _Tickets, desk: DeskOfRequest, caller: Reviewer) -> dict[str, Any]:
    """Keeps the tickets of a page that somebody still looks at; says which, and until when."""
    now = datetime.now(UTC)
    with writing(desk.engine) as connection:
        kept = renew(connection, [storable(id_) for id_ in looked_at.tickets], caller.reference, now)
    return {"kept": sorted(kept), "until": now + CLAIMED_FOR}


@router.post("/release", status_code=204)
def release_claims(left: _Tickets, desk: DeskOfRequest, caller: Reviewer) -> None:
    """Gives back the tickets of a page that was left, unless another page of the same person has them since."""
    with writing(desk.engine) as connection:
        release(connection, caller.reference, ticket_ids=[storable(id_) for id_ in left.tickets], until=left.until)


@router.post("/like")
def find_like(asked: _One, desk: DeskOfRequest, caller: Reviewer) -> dict[str, Any]:
    """The tickets like one, with what makes them so; see `api/like_it.py`."""
    found = like_it(desk, storable(asked.ticket_id), asked.target, caller.reference, datetime.now(UTC))
    return {
        "value": found.value,
        "words": found.words,
        "n_shared": found.n_shared,
        "n_looked_at": found.n_looked_at,
        "tickets": [
            {
                "ticket_id": one.ticket_id,
                "subject": one.subject,
                "model_version": one.model_version,
                "is_sure": one.is_sure,
            }
            for one in found.tickets
        ],
    }


@router.get("/labels", dependencies=[Depends(requires("review"))])
def read_labels(request: Request, source: str, target: str) -> dict[str, list[str] | None]:
    """The values that a ticketing system takes today; null where it does not tell, or cannot be asked now."""
    peers: Peers = request.app.state.peers
    try:
        connection = peers.connection(source)
        with peers.asking(source) as client:
            live = connection.connector.labels(client, target)
    except PeerError:
        live = None
    return {"labels": None if live is None else sorted(live)}


def _given(form: Mapping[str, str], ticket_id: str) -> list[GivenReview]:
    """The reviews that a form is; its fields are those of `decide.html`."""
    act, given = form.get("act"), []
    targets = [name.removeprefix(_OTHER) for name in form if name.startswith(_OTHER)]
    chosen = {target: _chosen(form, target) for target in targets}
    if act == "accept" and not any(chosen.values()):
        raise InvalidInput("Choose a value first.")
    meant = _RIGHT_FOR.get(form.get("reason") or "")
    if act == "reject" and meant in chosen:
        chosen = {meant: chosen[meant]}
    for target, value in chosen.items():
        suggested, standing = form.get(f"suggested.{target}"), form.get(f"standing.{target}")
        said: dict[str, object] = {"ticket_id": ticket_id, "target": target}
        said["model_version"] = form.get("model_version") or None
        said["replaces"] = form.get(f"replaces.{target}") or None
        if act in ("reject", "skip"):
            said["verdict"] = "rejected" if act == "reject" else "skipped"
            said["reason"] = (form.get("reason") or None) if act == "reject" else None
        elif not value or value == standing:
            continue  # left as it is
        else:
            said |= {"verdict": "accepted" if value == suggested else "corrected", "value": value}
        try:
            given.append(GivenReview.model_validate(said))
        except ValidationError:
            raise InvalidInput("The form holds what none of our pages sends.") from None
    return given


def _chosen(form: Mapping[str, str], target: str) -> str:
    """The value that is chosen of a question: one of those that are shown, or another that was typed."""
    typed = form.get(f"{_OTHER}{target}", "").strip()
    return typed or form.get(f"choice.{target}") or ""
