"""The ordinary request for one score, answered without FastAPI's resolving of what a route needs.

That takes longer than scoring does. What is not ordinary, such as a body that does not fit, goes on to the route as it
came: there alone is every refusal worded, and there stands what is documented.
"""

import uuid
from operator import itemgetter

from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import refusal_response
from api.repeats import HEADER, LONGEST, identity_of
from api.schemas import Ticket
from api.scoring import Options, ScoreRequest
from api.scoring_queue import ScoringQueue
from triage.errors import TriageError

__all__ = ["FastPath", "remember_options"]

_PATH, _SCOPE, _JSON = "/v1/score", "score", "application/json"

_MOST_REMEMBERED, _LONGEST_REMEMBERED = 256, 100

_options: dict[bytes, Options] = {b"": Options()}
"""Query strings that the route has read before, and what they ask for."""


def remember_options(query_string: bytes, options: Options) -> None:
    """Lets further requests with this query string be ordinary."""
    if len(_options) < _MOST_REMEMBERED and len(query_string) <= _LONGEST_REMEMBERED:
        _options[query_string] = options


class FastPath:
    """Answers what is ordinary, and hands everything else on; stands behind authentication and the body limit."""

    def __init__(self, app: ASGIApp, queue: ScoringQueue) -> None:
        self._app = app
        self._queue = queue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http" or scope["path"] != _PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        message = await receive()  # the body limit hands on bodies in one piece
        body: bytes = message["body"]
        asked = _ordinary(scope, body)
        if asked is None:
            await self._app(scope, _replaying(message, receive), send)
            return
        scope["state"]["route"] = _PATH
        try:
            response = await self._queue.respond(asked, len(body), Request(scope, receive).is_disconnected)
        except TriageError as error:
            response = refusal_response(scope, error)
        await response(scope, receive, send)


def _replaying(message: Message, receive: Receive) -> Receive:
    """What was received, to be received again; then whatever comes."""
    waiting = [message]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _ordinary(scope: Scope, body: bytes) -> ScoreRequest | None:
    """What is asked, if nothing about the request needs a closer look."""
    options = _options.get(scope["query_string"])
    headers = Headers(scope=scope)
    key = headers.get(HEADER)
    if (
        options is None
        or _SCOPE not in scope["state"]["caller"].scopes
        or headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON
        or not (key is None or 0 < len(key) <= LONGEST)
    ):
        return None
    try:
        ticket = Ticket.model_validate_json(body)
    except ValidationError:
        return None
    identity = None if key is None else identity_of(scope, key, body)
    return ScoreRequest([ticket.to_new_ticket(uuid.uuid4().hex)], options, identity, itemgetter(0))
