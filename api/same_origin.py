"""Whether a request that changes something comes from one of our own pages, as far as a browser tells.

A session's cookie goes along with requests that other sites cause, so it alone proves nothing. Browsers say with
`Sec-Fetch-Site` who caused a request; those that do not, and all of them on plain http, at least say `Origin`.
"""

from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from triage.errors import NotAllowed

__all__ = ["SAFE", "require_same_origin"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

_OWN = ("same-origin", "none")
"""From our pages, or typed by a person. `same-site` is not ours: it may be any host under the same domain."""

_PORTS = {"http": 80, "https": 443}


def require_same_origin(scope: Scope) -> None:
    """Lets pass what our own pages cause.

    Raises:
        NotAllowed: another site caused it, or nothing says who did.
    """
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        if site not in _OWN:
            raise NotAllowed("Another site sent this in your name, so nothing was done.")
    elif origin is None:
        raise NotAllowed(
            "With a session, this is taken from a browser on our own pages only; a program sends a key instead."
        )
    elif not _is_own(origin, headers.get("host", ""), scope["scheme"]):
        raise NotAllowed(
            "Another site sent this in your name, or a proxy does not pass on the `Host` that the browser asked for."
        )


def _is_own(origin: str, host: str, scheme: str) -> bool:
    """Whether the origin is the host that was asked.

    A proxy may end TLS without telling, so an origin by https is ours on a request by http, never the other way round.
    """
    try:
        page, asked = urlsplit(origin), urlsplit(f"{scheme}://{host}")
        if page.scheme not in _PORTS or (scheme == "https" and page.scheme != "https"):
            return False
        return bool(page.hostname) and page.hostname == asked.hostname and _port(page) == _port(asked, page.scheme)
    except ValueError:
        return False


def _port(address: SplitResult, scheme: str = "") -> int:
    return address.port or _PORTS[scheme or address.scheme]
