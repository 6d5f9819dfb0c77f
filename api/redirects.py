"""Where a browser is sent next; never to another site, whatever an address asks for."""

import re
from urllib.parse import quote, urlsplit

from starlette.responses import RedirectResponse
from starlette.types import Scope

__all__ = ["local_path", "see_other", "to_sign_in"]

_LONGEST = 2_000

_NOT_PLAIN = re.compile(r"[\x00-\x20\x7f\\]")
"""Browsers drop tabs and line ends from an address and take `\\` for `/`, so `/\\evil.example` is another site."""


def local_path(asked: str | None, otherwise: str = "/") -> str:
    """A path of ours to go on to, as asked for; another one where that leads elsewhere.

    Args:
        asked: as an address or a form had it.
        otherwise: a path of ours.
    """
    if not asked or len(asked) > _LONGEST or not asked.startswith("/") or _NOT_PLAIN.search(asked):
        return otherwise
    try:
        parts = urlsplit(asked)
    except ValueError:
        return otherwise
    return otherwise if asked.startswith("//") or parts.scheme or parts.netloc else asked


def see_other(scope: Scope, path: str) -> RedirectResponse:
    """Sends the browser to a path of ours, to get it."""
    return RedirectResponse(f"{scope.get('root_path', '')}{path}", status_code=303)


def to_sign_in(scope: Scope) -> RedirectResponse:
    """Sends the browser to sign in, and afterwards back to the page that it asked for."""
    if scope["method"] not in ("GET", "HEAD"):
        return see_other(scope, "/sign-in")  # what a form sent cannot be sent again
    query = scope["query_string"].decode("latin-1")
    asked = quote(scope["path"]) + (f"?{query}" if query else "")
    return see_other(scope, "/sign-in" if asked == "/" else f"/sign-in?next={quote(asked, safe='/')}")
