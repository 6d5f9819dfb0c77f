"""Asking a ticketing system over HTTP: one way to open a client, one to ask, and what each failure means.

A new way to sign in is a class, its name in `Credentials`, and a case in `_auth`.
"""

import json
import random
import re
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import NamedTuple

import httpx

from data.connectors.errors import Gone, NotInTime, Refused, TicketChanged, TryLater
from data.connectors.payload import part, text
from data.connectors.standard_webhooks import signed_headers
from triage.errors import InvalidInput

__all__ = [
    "Answer",
    "Credentials",
    "OAuthPassword",
    "Params",
    "Token",
    "UserPassword",
    "WebhookSecret",
    "ask",
    "open_client",
    "required",
    "retry_after_seconds",
    "segment",
]

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 30.0
"""What a whole answer may take: one that drips would never pass the time for reading."""

READS_AT_ONCE = 3
"""So often something is read before that counts as failed: most systems stumble for a moment now and then."""

FIRST_PAUSE_SECONDS = 0.1
"""The longest pause before something is read again; it doubles, and is any part of that."""

MAX_BYTES = 1_000_000
"""Of an answer's body."""

LONGEST_WAIT_SECONDS = 24 * 3600.0
"""What a system may ask us to wait."""

_LATER = frozenset((408, 425, 429))
_CHANGED = frozenset((409, 412))
_GONE = frozenset((404, 410))
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{1,59}")
"""What may be repeated of an error: a word that programs write, with no blank in it, so never a ticket's text."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token in `Authorization`; `scheme` is `Bearer`, RT's `token`, or Zammad's `Token token=`."""

    token: str = field(repr=False)
    scheme: str = "Bearer"


@dataclass(frozen=True, slots=True)
class UserPassword:
    """Basic auth: Zendesk's and Jira's address with an API token, Freshservice's API key with any password."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthPassword:
    """A service account that gets its tokens by OAuth 2 (grant `password`), as GLPI 11 asks and ServiceNow can.

    `token_url` is a path below the client's address, or an address of its own.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    user: str
    password: str = field(repr=False)
    scope: str = "api"


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """For a system that takes Standard Webhooks: every request is signed as one."""

    secret: str = field(repr=False)


Params = Mapping[str, str | int]
"""What stands behind the question mark."""

Credentials = Token | UserPassword | OAuthPassword | WebhookSecret


class Answer(NamedTuple):
    """What a system answered: JSON, or None for an empty body; headers by names in lower case."""

    data: object
    headers: Mapping[str, str]


def open_client(
    base_url: str,
    credentials: Credentials,
    *,
    allow_plain_http: bool = False,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """A client for one system; close it, or use it in a `with`.

    It follows no redirects and asks no proxy, whatever the environment says.

    Args:
        base_url: where the system stands, without the path of its API.
        credentials: of the service account.
        allow_plain_http: whether `http` will do, as within one's own network.
        transport: what requests go through instead of the network, for tests.

    Raises:
        InvalidInput: the address is none, holds a password, or is not encrypted and that is not allowed.
    """
    try:
        address = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise InvalidInput("The address of the ticketing system cannot be read.") from None
    if address.scheme not in ("https", "http") or not address.host:
        raise InvalidInput("The address of the ticketing system is written like https://desk.example.org.")
    if address.userinfo or address.query or address.fragment:
        raise InvalidInput("The address of the ticketing system holds neither a password nor a query.")
    if address.scheme == "http" and not allow_plain_http:
        raise InvalidInput("The address of the ticketing system must be https, or everybody on the way could read it.")
    return httpx.Client(
        base_url=address,
        auth=_auth(credentials, address, allow_plain_http=allow_plain_http),
        headers={
            "accept": "application/json",
            "accept-encoding": "identity",  # what is compressed may be far larger than it looks
            "user-agent": f"triage/{version('triage')}",
        },
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        transport=transport,
    )


def _auth(credentials: Credentials, base: httpx.URL, *, allow_plain_http: bool) -> httpx.Auth:
    """What signs requests.

    Raises:
        InvalidInput: tokens would be asked for without encryption.
    """
    match credentials:
        case Token(token, scheme):
            return _Header(f"{scheme}{'' if scheme.endswith('=') else ' '}{token}")
        case UserPassword(user, password):
            return httpx.BasicAuth(user, password)
        case WebhookSecret(secret):
            return _Signed(secret)
        case OAuthPassword():
            given = httpx.URL(credentials.token_url)
            address = given if given.host else base.copy_with(path=base.path.rstrip("/") + given.path)
            if address.scheme != "https" and not allow_plain_http:
                raise InvalidInput("The address that gives tokens must be https.")
            return _OAuth(credentials, address)


def segment(reference: str, form: str = r"[A-Za-z0-9_-]{1,100}") -> str:
    """A reference as one step of a path.

    Raises:
        Gone: it is of another form, so no ticket has it, and nobody is led to another path by it.
    """
    if re.fullmatch(form, reference) is None:
        raise Gone("There is no such ticket: the reference is of another form.")
    return reference


def required(value: str | None, client: httpx.Client) -> str:
    """A ticket's id in an answer.

    Raises:
        TryLater: the system answered something else than the ticket.
    """
    if value is None:
        raise TryLater(f"{client.base_url.host} answered without the ticket.")
    return value


def ask(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    params: Params | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """What the system answers. What is only read is asked again at once where that may help.

    Raises:
        NotInTime: it did not answer in time.
        TryLater: it could not be reached, answered by half, or that it is busy.
        TicketChanged: it answered that the ticket has changed meanwhile.
        Gone: it has no such thing.
        Refused: anything else that is no success.
    """
    for n_asked in range(1, READS_AT_ONCE if method == "GET" else 1):
        try:
            return _ask(client, method, path, params=params, body=body, headers=headers)
        except NotInTime:
            raise
        except TryLater as error:
            if error.retry_after_seconds is not None:
                raise
            time.sleep(random.random() * FIRST_PAUSE_SECONDS * 2 ** (n_asked - 1))  # noqa: S311 - no secret
    return _ask(client, method, path, params=params, body=body, headers=headers)


def _ask(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    params: Params | None,
    body: object,
    headers: Mapping[str, str] | None,
) -> Answer:
    host = client.base_url.host
    try:
        with client.stream(method, path, params=params, json=body, headers=headers) as response:
            content = _limited(response, host)
    except httpx.TimeoutException:
        raise NotInTime(f"{host} did not answer in time.") from None
    except httpx.TransportError:
        raise TryLater(f"{host} could not be reached, or broke off its answer.") from None
    except httpx.HTTPError:
        raise TryLater(f"{host} gave an answer that cannot be read.") from None
    _require_success(response, content, host)
    return Answer(_parsed(response, content, host), response.headers)


def _limited(response: httpx.Response, host: str) -> bytes:
    """The body, unless it takes too long; what is beyond the limit of an error's body is left out.

    Raises:
        Refused: an answer that is no error is too large.
        NotInTime: it is too slow.
    """
    started, chunks, size = time.monotonic(), [], 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES and not response.is_success:
            break
        if size > MAX_BYTES:
            raise Refused(f"{host} answered with more than {MAX_BYTES // 1_000_000} MB.", response.status_code)
        if time.monotonic() - started > WHOLE_SECONDS:
            raise NotInTime(f"{host} did not finish its answer in {WHOLE_SECONDS:.0f} seconds.")
    return b"".join(chunks)


def _require_success(response: httpx.Response, content: bytes, host: str) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    if status >= 500 or status in _LATER:
        said = "is asked too often" if status == 429 else "cannot answer at the moment"
        raise TryLater(f"{host} {said} ({status}).", retry_after_seconds(response.headers))
    if status in _CHANGED:
        raise TicketChanged(
            f"{host} says that the ticket has changed meanwhile ({status}).", retry_after_seconds(response.headers)
        )
    if status in _GONE:
        raise Gone(f"{host} has no such ticket or address, or does not show it to this account ({status}).", status)
    raise Refused(_refusal(status, content, host), status)


def _refusal(status: int, content: bytes, host: str) -> str:
    if 300 <= status < 400:
        return f"{host} leads elsewhere ({status}), which is not followed; is its address right?"
    if status == 401:
        return f"{host} does not accept the credentials (401)."
    if status == 403:
        return f"{host} does not allow this to the service account (403){_codes(content)}."
    return f"{host} did not accept what was asked ({status}){_codes(content)}."


def _codes(content: bytes) -> str:
    """Which fields and which errors, as far as they are words of a program's."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    codes: list[str] = []
    for each in said if isinstance(said, list) else [said]:
        if isinstance(each, Mapping):
            codes += [code for name in ("error", "code", "title", "status") if (code := text(each.get(name)))]
            for name in ("details", "errors", "error"):
                codes += list(part(each, name))
                nested = each.get(name)
                for one in nested if isinstance(nested, list) else []:
                    codes += [code for key in ("field", "code") if (code := text(part(one).get(key)))]
    kept = list(dict.fromkeys(code for code in codes if _CODE.fullmatch(code)))[:6]
    return f": {', '.join(kept)}" if kept else ""


def retry_after_seconds(headers: httpx.Headers) -> float | None:
    """Seconds to wait, from a number or a date; None where the system says nothing that can be read."""
    given = headers.get("retry-after", "").strip()
    try:
        seconds = float(given)
    except ValueError:
        try:
            at = parsedate_to_datetime(given)
        except ValueError:
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS) if seconds == seconds else None  # noqa: PLR0124 - NaN


def _parsed(response: httpx.Response, content: bytes, host: str) -> object:
    if not content.strip():
        return None
    if "html" in response.headers.get("content-type", "").lower():
        raise TryLater(f"{host} answered with a page for people; is its address right, or is it being maintained?")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise TryLater(f"{host} answered with JSON that ends too early, or with something else.") from None


class _Header(httpx.Auth):
    def __init__(self, value: str) -> None:
        self._value = value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = self._value
        yield request


class _Signed(httpx.Auth):
    requires_request_body = True

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        now = datetime.now(UTC)
        id_ = request.headers.get("webhook-id") or f"read_{int(now.timestamp() * 1000)}"
        request.headers.update(signed_headers(self._secret, id_, now, request.content))
        yield request


class _OAuth(httpx.Auth):
    requires_response_body = True

    def __init__(self, account: OAuthPassword, address: httpx.URL) -> None:
        self._account = account
        self._address = address
        self._token = ""
        self._until = 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if time.monotonic() >= self._until:
            self._keep((yield self._request()))
        request.headers["authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401:  # taken back before its time
            self._keep((yield self._request()))
            request.headers["authorization"] = f"Bearer {self._token}"
            yield request

    def _request(self) -> httpx.Request:
        account = self._account
        form = {
            "grant_type": "password",
            "client_id": account.client_id,
            "client_secret": account.client_secret,
            "username": account.user,
            "password": account.password,
            "scope": account.scope,
        }
        return httpx.Request("POST", self._address, data=form, headers={"accept": "application/json"})

    def _keep(self, response: httpx.Response) -> None:
        host = response.request.url.host
        if response.status_code in (400, 401):
            raise Refused(f"{host} gives no token for the credentials ({response.status_code}).", response.status_code)
        _require_success(response, response.content, host)
        given = part(_parsed(response, response.content, host))
        token = text(given.get("access_token"))
        if token is None:
            raise TryLater(f"{host} answered without a token.")
        seconds = text(given.get("expires_in")) or ""
        self._token = token
        self._until = time.monotonic() + max((float(seconds) if seconds.isdecimal() else 300.0) - 60.0, 0.0)
