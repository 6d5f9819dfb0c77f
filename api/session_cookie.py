"""The cookie that a browser shows instead of a key, and how it is called where.

`__Host-` and `Secure` make browsers keep it for https and for this host alone. Chromium and Firefox also keep such a
cookie on `http://localhost`; Safari does not. On this machine itself, where nothing leaves it, the cookie therefore
goes without both.
"""

from typing import Literal
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

__all__ = ["CookieName", "drop_cookie", "is_kept", "read_cookie", "set_cookie"]

CookieName = Literal["triage", "triage-oidc"]
"""The session, and what is remembered of somebody who is away to sign in elsewhere."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def read_cookie(scope: Scope, name: CookieName) -> str | None:
    """What the browser shows, if it shows anything.

    The plain name counts on this machine only: elsewhere a neighbouring host name could plant it.
    """
    header = Headers(scope=scope).get("cookie")
    if header is None:
        return None
    cookies = _parsed(header)
    shown = cookies.get(f"__Host-{name}")
    return cookies.get(name) if shown is None and _is_on_this_machine(scope) else shown


def set_cookie(response: Response, scope: Scope, name: CookieName, value: str, *, seconds: int | None = None) -> None:
    """Gives the browser a cookie.

    Args:
        response: that takes it there.
        scope: of the request.
        name: of the cookie, without a prefix.
        value: of it.
        seconds: how long it is kept; until the browser is closed if None.
    """
    is_plain = _is_on_this_machine(scope)
    response.set_cookie(
        name if is_plain else f"__Host-{name}",
        value,
        max_age=seconds,
        path="/",
        secure=not is_plain,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, scope: Scope, name: CookieName) -> None:
    """Takes it away, under either name."""
    names = (f"__Host-{name}", name) if _is_on_this_machine(scope) else (f"__Host-{name}",)
    for full_name in names:
        response.delete_cookie(full_name, path="/", secure=full_name != name, httponly=True, samesite="lax")


def is_kept(scope: Scope) -> bool:
    """Whether the browser will keep the session: it drops it where it came by plain http from another machine."""
    headers = Headers(scope=scope)
    if scope["scheme"] == "https" or _is_on_this_machine(scope) or "sec-fetch-site" in headers:
        return True  # browsers say where a request comes from only where they trust the way to the server
    return not headers.get("origin", "").startswith("http:")


def _is_on_this_machine(scope: Scope) -> bool:
    """Whether a browser on this machine asks, by plain http; a proxy that hides the host is told by `Origin`."""
    if scope["scheme"] != "http":
        return False
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    seen = [f"http://{headers.get('host', '')}", *([] if origin is None else [origin])]
    return all(_is_plain_loopback(address) for address in seen)


def _is_plain_loopback(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _parsed(header: str) -> dict[str, str]:
    """Each cookie's value; of two by one name the first counts, as browsers send the most specific one first."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in reversed(list(pairs))}
