"""What every answer tells a browser: load nothing from elsewhere, guess no types, keep nothing, show us in no frame."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["POLICY", "ResponseHeaders"]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""What a page may do, unless it brings a policy of its own."""

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_POLICY = (b"content-security-policy", POLICY.encode())
_NOT_STORED = (b"cache-control", b"no-store")
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


def _added(*, is_https: bool) -> tuple[list[tuple[bytes, bytes]], ...]:
    """What is added where an answer brings neither of two, a policy, a word on caching, or both."""
    always = [*_ALWAYS, _HTTPS_ONLY] if is_https else _ALWAYS
    return ([*always, _POLICY, _NOT_STORED], [*always, _NOT_STORED], [*always, _POLICY], always)


_ADDED = (_added(is_https=False), _added(is_https=True))
"""Made before anybody asks: a score is answered in less time than headers are put together."""


class ResponseHeaders:
    """Adds them to whatever is answered, errors too; an answer's own policy and its own word on caching stay."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = _ADDED[scope["scheme"] == "https"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                brings = 0
                for name, _ in own:
                    if name == b"content-security-policy":
                        brings |= 1
                    elif name == b"cache-control":
                        brings |= 2
                message["headers"] = [*own, *added[brings]]
            await send(message)

        await self._app(scope, receive, send_with_headers)
