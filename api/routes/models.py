"""Which versions there are, which one answers, and letting another one serve."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Request, Response

from api.callers import Caller
from api.desk import DeskOfRequest
from api.errors import documented, refusal_response
from api.known_models import model_list
from api.model_changes import Asked, Change, ChangesOfRequest, named
from api.model_schemas import ModelChange, ModelList, Terms
from api.repeats import Identity
from api.security import requires
from data.idempotency import Answer
from triage.errors import PromotionRefused

__all__ = ["router"]

router = APIRouter(prefix="/v1/models", tags=["Models"])

_JSON, _PROBLEM = "application/json", "application/problem+json"

Ref = Annotated[
    str,
    Path(
        alias="ref",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}$",
        description="A version's number, or an alias such as challenger.",
    ),
]
Admin = Annotated[Caller, Depends(requires("admin"))]


@router.get(
    "",
    summary="Know the versions",
    dependencies=[Depends(requires("read", "admin"))],
    responses=documented(401, 403, 422, 503),
)
def list_models(desk: DeskOfRequest, changes: ChangesOfRequest) -> ModelList:
    """The versions that lie where the service reads them: what they reached, who let them serve, what was refused."""
    return model_list(desk, changes.bundles)


@router.post(
    "/rollback",
    response_model=ModelChange,
    summary="Let the former champion serve again",
    responses=documented(401, 403, 404, 422, 503),
)
def roll_back(admin: Admin, changes: ChangesOfRequest, identity: Identity, request: Request) -> Response:
    """Verifies the copy that was kept, and points the service to it; every process takes it up within five seconds."""
    with changes.one_at_a_time():
        if (kept := changes.answered_before(identity)) is not None:
            return _response(kept, is_repeated=True)
        answer = _answer(request, lambda: changes.roll_back(named(admin), admin.reference))
        changes.keep(identity, answer)
    return _response(answer)


@router.post(
    "/{ref}/promote",
    response_model=ModelChange,
    summary="Let a version serve",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
)
def promote(
    ref: Ref,
    admin: Admin,
    changes: ChangesOfRequest,
    identity: Identity,
    request: Request,
    terms: Annotated[Terms | None, Body()] = None,
) -> Response:
    """Compares it with the champion, as `triage models promote` does, and lets it serve unless it is worse.

    A version that has served before is switched to at once. The gate may take a minute; one promotion is under way at
    a time.
    """
    asked = Asked(ref, named(admin), None if terms is None else terms.reason, admin.reference)
    with changes.one_at_a_time():
        if (kept := changes.answered_before(identity)) is not None:
            return _response(kept, is_repeated=True)
        answer = _answer(request, lambda: changes.promote(asked))
        changes.keep(identity, answer)
    return _response(answer)


def _answer(request: Request, change: Callable[[], Change]) -> Answer:
    """What is answered to a change; a refusal is on record as well, so it is kept like one."""
    try:
        done = change()
    except PromotionRefused as refused:
        return Answer(409, bytes(refusal_response(request.scope, refused).body).decode())
    told = ModelChange(
        champion=done.champion, before=done.before, objections=list(done.objections), notes=list(done.notes)
    )
    return Answer(200, told.model_dump_json())


def _response(answer: Answer, *, is_repeated: bool = False) -> Response:
    headers = {"Idempotency-Replayed": "true"} if is_repeated else None
    media_type = _JSON if answer.status == 200 else _PROBLEM
    return Response(answer.response, answer.status, headers=headers, media_type=media_type)
