"""Signing in and out in a browser: a form that needs no script."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from api.pages.forms import form_fields
from api.pages.rendering import page
from api.people import PeopleOfRequest
from api.redirects import local_path, see_other
from api.same_origin import require_same_origin
from api.security import requires
from api.session_cookie import drop_cookie, is_kept, read_cookie, set_cookie
from triage.errors import NotAllowed, Overloaded

__all__ = ["router", "sign_in_page"]

router = APIRouter(include_in_schema=False)

_MOST_FIELDS = 10

_NOT_KEPT = "Your browser keeps no session here, because the connection is not encrypted; open this page by https."


@router.get("/sign-in")
async def show(
    request: Request, people: PeopleOfRequest, asked: Annotated[str | None, Query(alias="next")] = None
) -> HTMLResponse:
    """The form."""
    return await sign_in_page(request, people, local_path(asked))


@router.post("/sign-in")
async def sign_in(request: Request, people: PeopleOfRequest) -> Response:
    """Opens a session and goes on, or shows the form again with one sentence."""
    require_same_origin(request.scope)  # else another site could sign somebody in as somebody else
    form = await form_fields(request, most=_MOST_FIELDS)
    after, email = local_path(form.get("next")), form.get("email", "")
    if not is_kept(request.scope):
        return await sign_in_page(request, people, after, _NOT_KEPT, status=403, email=email)
    try:
        token = await people.sign_in(email, form.get("password", ""), read_cookie(request.scope, "triage"))
    except NotAllowed as refused:
        return await sign_in_page(request, people, after, str(refused), status=403, email=email)
    except Overloaded as refused:
        return await sign_in_page(request, people, after, str(refused), status=503, email=email)
    response = see_other(request.scope, after)
    set_cookie(response, request.scope, "triage", token)
    return response


@router.post("/sign-out", dependencies=[Depends(requires())])
async def sign_out(request: Request, people: PeopleOfRequest) -> Response:
    """Ends the session; for a key, which has none, it does nothing."""
    token = read_cookie(request.scope, "triage")
    if token is not None:
        await run_in_threadpool(people.sign_out, token)
    response = see_other(request.scope, "/sign-in")
    drop_cookie(response, request.scope, "triage")
    return response


async def sign_in_page(
    request: Request,
    people: PeopleOfRequest,
    after: str,
    refusal: str | None = None,
    *,
    status: int = 200,
    email: str = "",
) -> HTMLResponse:
    """The form, again where something was refused.

    Args:
        request: of the browser.
        people: who may sign in.
        after: where to go on to.
        refusal: one sentence on what went wrong.
        status: of the answer.
        email: as it was typed.
    """
    elsewhere = f"/sign-in/oidc?next={quote(after, safe='/')}" if request.app.state.oidc is not None else None
    return page(
        request,
        "sign_in.html",
        status=status,
        after=after,
        refusal=refusal,
        email=email,
        elsewhere=elsewhere,
        is_first_run=not await people.exist(),
    )
