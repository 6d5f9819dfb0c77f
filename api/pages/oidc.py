"""Signing in with the organisation's provider: away and back again."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.oidc import LASTS_SECONDS, Provider, recognise
from api.pages.sign_in import sign_in_page
from api.people import PeopleOfRequest
from api.redirects import local_path, see_other
from api.session_cookie import drop_cookie, read_cookie, set_cookie
from triage.errors import NotAllowed

__all__ = ["router"]

router = APIRouter(prefix="/sign-in/oidc", include_in_schema=False)


@router.get("")
async def go(
    request: Request, people: PeopleOfRequest, asked: Annotated[str | None, Query(alias="next")] = None
) -> Response:
    """Sends the browser away to sign in."""
    after = local_path(asked)
    try:
        response, kept = await _provider(request).send_away(request, _redirect_uri(request), after)
    except NotAllowed as refused:
        return await sign_in_page(request, people, after, str(refused), status=403)
    set_cookie(response, request.scope, "triage-oidc", kept, seconds=LASTS_SECONDS)
    return response


@router.get("/callback")
async def come_back(request: Request, people: PeopleOfRequest) -> Response:
    """Opens a session for whoever the provider says it is."""
    response: Response
    try:
        kept = read_cookie(request.scope, "triage-oidc")
        identity, after = await _provider(request).welcome_back(request, kept)
        user = await run_in_threadpool(recognise, request.app.state.desk.engine, identity)
    except NotAllowed as refused:
        response = await sign_in_page(request, people, "/", str(refused), status=403)
    else:
        former = read_cookie(request.scope, "triage")
        token = await run_in_threadpool(people.open_session, user, former, {"by": "oidc"})
        response = see_other(request.scope, local_path(after))
        set_cookie(response, request.scope, "triage", token)
    drop_cookie(response, request.scope, "triage-oidc")
    return response


def _provider(request: Request) -> Provider:
    provider = request.app.state.oidc
    assert isinstance(provider, Provider)  # noqa: S101  (without one, these routes are not there)
    return provider


def _redirect_uri(request: Request) -> str:
    """As the provider has it registered: by the host that the browser asked for."""
    return str(request.url_for("come_back"))
