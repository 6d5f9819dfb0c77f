"""How errors look on the wire: `application/problem+json`, by branch of `triage.errors`, never with a ticket's text.

A new leaf there needs no line here; a new branch is a row in `_BRANCHES`.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import isfinite
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.malformed import no_json, not_read
from api.schemas import NewerDecision, Problem, ProblemPart
from triage.errors import (
    Conflict,
    GateUnavailable,
    InvalidInput,
    ModelUnusable,
    NotAllowed,
    NotFound,
    Outdated,
    Overloaded,
    PromotionRefused,
    StoreUnusable,
    TriageError,
)

__all__ = [
    "add_error_handlers",
    "documented",
    "invalid_body",
    "problem_response",
    "refusal",
    "refusal_response",
]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,39}")
"""What a field or an attribute may be called to be named in an error; anything else may quote a ticket."""

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,40}/[A-Za-z0-9.+-]{1,60}")
"""What may be repeated of a header."""

MOST_LISTED = 100
"""Fields that do not fit, of which a problem tells each; a document of another kind may have any number of them."""

_NO_OBJECT = ("model_attributes_type", "model_type", "dict_type")

_BRANCHES: tuple[tuple[type[TriageError], int, str, str], ...] = (
    (InvalidInput, 422, "invalid-input", "The request does not fit"),
    (NotFound, 404, "not-found", "There is no such thing"),
    (NotAllowed, 403, "not-allowed", "This may not be done"),
    (Conflict, 422, "conflict", "It was asked before, otherwise"),
    (Outdated, 409, "outdated", "Something newer is there"),
    (PromotionRefused, 409, "promotion-refused", "The model is worse than the champion"),
    (GateUnavailable, 409, "gate-unavailable", "No gate can be asked here"),
    (Overloaded, 503, "overloaded", "Too much is asked at once"),
    (ModelUnusable, 503, "model-unusable", "No model may answer"),
    (StoreUnusable, 503, "store-unusable", "The database cannot be used"),
)
_BY_STATUS = {
    400: ("malformed", "The body is no JSON"),
    401: ("no-key", "A key or a session is needed"),
    404: ("not-found", "There is no such path"),
    405: ("wrong-method", "The path is asked in another way"),
    408: ("too-slow", "The body took too long"),
    413: ("too-large", "The body is too large"),
    414: ("too-large", "The address is too long"),
    415: ("compressed", "The body is compressed"),
    429: ("too-many", "Too many requests"),
    431: ("too-large", "The headers are too large"),
    500: ("unexpected", "Something went wrong here"),
}
_LIMITS, _LIMITS_WITHOUT_BODY = (400, 408, 413, 414, 415, 429, 431), (400, 414, 429, 431)
"""What any route answers to whoever sends too much."""

_IN_THE_LOG = "The database cannot be used at the moment; the log says why."


def problem_response(scope: Scope, status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that failed with an HTTP status of its own."""
    kind, title = _BY_STATUS.get(status, ("http", HTTPStatus(status).phrase))
    return _response(_problem(scope, status, kind, title, detail), headers)


def refusal(scope: Scope, error: TriageError, *, within: str = "") -> Problem:
    """The problem that the domain has with a request, or with the part of its body at a JSON pointer."""
    branch = next((row for row in _BRANCHES if isinstance(error, row[0])), None)
    if branch is None:
        raise error
    _, status, kind, title = branch
    detail = str(error)
    if isinstance(error, StoreUnusable):
        # names hosts and files, and a caller without a valid key may get here
        structlog.get_logger(__name__).error("store_unusable", detail=detail)
        detail = _IN_THE_LOG
    found = _problem(scope, status, kind, title, detail)
    if isinstance(error, PromotionRefused):
        found = found.model_copy(update={"objections": list(error.objections)})
    if isinstance(error, Outdated):
        found = found.model_copy(update={"newer": NewerDecision.model_validate(error.newer)})
    return found.model_copy(update={"instance": f"{found.instance}#{within}"}) if within else found


def refusal_response(scope: Scope, error: TriageError) -> Response:
    """The answer to a request that the domain refused."""
    found = refusal(scope, error)
    retry_after = "1" if isinstance(error, Overloaded) else "5"
    headers = {"Retry-After": retry_after} if found.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return _response(found, headers)


def invalid_body(scope: Scope, errors: Sequence[Mapping[str, Any]], *, within: str = "") -> Problem:
    """The problem of a body, or a part of one, that does not fit; `errors` are pydantic's.

    Args:
        scope: the request's.
        errors: what does not fit; their `loc` starts with body, query or header unless `within` says where they are.
        within: JSON pointer of the part.
    """
    parts = [_part(error, within) for error in errors[:MOST_LISTED]]
    some = "One field does" if len(errors) == 1 else f"{len(errors)} fields do"
    which = f"; the first {MOST_LISTED} are listed" if len(errors) > MOST_LISTED else ""
    found = _problem(scope, 422, "invalid-input", "The request does not fit", f"{some} not fit{which}.")
    instance = f"{found.instance}#{within}" if within else found.instance
    return found.model_copy(update={"errors": parts, "instance": instance})


def add_error_handlers(app: FastAPI) -> None:
    """Makes every refusal of the application a problem."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, TriageError)  # noqa: S101  (registered for nothing else)
        return refusal_response(request.scope, error)

    async def invalid_request(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for nothing else)
        errors = error.errors()
        if errors and errors[0]["type"] == "json_invalid":
            detail = no_json(str(error.body), errors[0]["loc"][-1], errors[0]["ctx"]["error"])
            return problem_response(request.scope, 400, detail)
        if isinstance(error.body, bytes):
            errors = [{**errors[0], "type": "value_error", "ctx": {"error": _not_declared(request)}}]
        return _response(invalid_body(request.scope, errors))

    async def failed(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  (registered for nothing else)
        return problem_response(request.scope, error.status_code, _sentence(error, request), headers=error.headers)

    app.add_exception_handler(TriageError, refused)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(HTTPException, failed)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says about the problems of a route."""
    described = {
        400: "The body is no JSON.",
        401: "Neither key nor session, or one that is unknown or has ended.",
        403: "The caller has not the scope that this needs, or another site sent this in their name.",
        404: "There is nothing by that name.",
        409: "The gate objects to a version (`objections`) or cannot be asked here, or there is something newer than "
        "what was seen (`newer`).",
        408: "The body was not here in time.",
        413: "The body is larger than this installation reads.",
        414: "Path or query string are longer than this installation reads.",
        415: "The body is compressed.",
        422: "The request does not fit; `errors` says where. Also an `Idempotency-Key` that was used for another one.",
        429: "The caller asks more than the limits of this installation; worth trying again after the seconds that "
        "`Retry-After` names.",
        431: "The headers are more or longer than this installation reads.",
        503: "No model was promoted yet, the database cannot be used, or too much is asked at once; worth trying again "
        "after the seconds that `Retry-After` names.",
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    limits = _LIMITS if HTTPStatus.REQUEST_ENTITY_TOO_LARGE in statuses else _LIMITS_WITHOUT_BODY
    return {
        status: {"description": described[status], "content": {"application/problem+json": {"schema": schema}}}
        for status in sorted({*statuses, *limits})
    }


def _problem(scope: Scope, status: int, kind: str, title: str, detail: str) -> Problem:
    return Problem(
        type=f"urn:triage:problem:{kind}",
        title=title,
        status=status,
        detail=detail,
        instance=scope["path"],
        request_id=scope.get("state", {}).get("request_id"),
    )


def _response(found: Problem, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        found.model_dump_json(exclude_none=True),
        status_code=found.status,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )


def _part(error: Mapping[str, Any], within: str) -> ProblemPart:
    where, *rest = ("body", *error["loc"]) if within else error["loc"]
    if where == "body":
        pointer = f"#{within}" + "".join(f"/{_escaped(step)}" for step in rest)
    else:
        pointer = ("?" if where == "query" else "") + ".".join(map(str, rest))
    return ProblemPart(pointer=pointer, detail=_detail(error))


def _escaped(step: object) -> str:
    """A step of a JSON pointer (RFC 6901)."""
    return _named(step).replace("~", "~0").replace("/", "~1")


def _named(name: object) -> str:
    """A name as somebody sent it, or a mark where it may be a text in the place of one."""
    return str(name) if _NAME.fullmatch(str(name)) else "…"


def _not_declared(request: Request) -> str:
    """What a body that was not sent as JSON should have been sent as."""
    sent = request.headers.get("content-type", "").split(";")[0].strip()
    declared = f"as {sent}" if _MEDIA_TYPE.fullmatch(sent) else "with another Content-Type" if sent else "without one"
    return f"A JSON object is expected here, with Content-Type: application/json; the body was sent {declared}."


def _detail(error: Mapping[str, Any]) -> str:
    given = error.get("input")
    if isinstance(given, float) and not isfinite(given):
        return "JSON knows neither NaN nor Infinity; leave the field out, or write null."
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "extra_forbidden":
        return f"There is no field '{_named(error['loc'][-1])}'; further facts about a ticket go into its `attributes`."
    if error["type"] in _NO_OBJECT or tuple(error["loc"]) == ("body",):
        return _no_object(error["type"], given)
    return f"{error['msg']}."


def _no_object(kind: str, given: object) -> str:
    """What to send in the place of what is no object."""
    if kind == "missing":
        return "The body is empty; a JSON object is expected here, sent as application/json."
    if isinstance(given, str) and given.lstrip()[:1] in ("{", "["):
        return "A JSON object is expected here, and a text that holds one was sent: it was encoded twice."
    return "A JSON object is expected here, sent as application/json."


def _sentence(error: HTTPException, request: Request) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "There is no such path; /docs lists those there are."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.method} is not what this path answers to; the header Allow lists what is."
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return not_read(error.__cause__)
    return str(error.detail)
