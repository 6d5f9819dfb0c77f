"""Who may call: every path denies without a key or a session unless it stands here, and every route names its scopes.

Whoever adds a route writes `requires("…")` into its dependencies; a test walks all routes for those that did not.
"""

from dataclasses import dataclass

from fastapi import Request

from api.callers import Caller
from data.keys import SCOPES
from triage.errors import NotAllowed

__all__ = ["PUBLIC", "SIGNED", "STATIC", "Requires", "is_public", "requires"]

PUBLIC = frozenset({"/healthz", "/readyz", "/sign-in", "/sign-in/oidc", "/sign-in/oidc/callback"})
"""Paths that answer everybody: load balancers have no key, and who signs in has no session yet."""

STATIC = "/static/"
"""Paths below this one answer everybody, too: the sign-in page needs its stylesheet."""

SIGNED = "/v1/hooks/"
"""Paths below this one answer without a key, too: whoever sends a webhook proves itself by a signature or a secret."""


@dataclass(frozen=True, slots=True)
class Requires:
    """A dependency: who asks, if they have one of the scopes."""

    scopes: tuple[str, ...]

    async def __call__(self, request: Request) -> Caller:
        """Whoever the request comes from.

        Raises:
            NotAllowed: when they have none of the scopes.
        """
        caller = request.state.caller
        assert isinstance(caller, Caller)  # noqa: S101  (nothing passes `Authentication` without one)
        if not set(self.scopes).intersection(caller.scopes):
            raise NotAllowed(
                f"'{caller.name}' has the scopes {', '.join(caller.scopes)}; this needs {' or '.join(self.scopes)}."
            )
        return caller


def requires(*scopes: str) -> Requires:
    """A dependency that lets callers pass who have one of these scopes; with none named, everybody who is known."""
    return Requires(scopes or SCOPES)


def is_public(path: str) -> bool:
    """Whether a path answers callers whom nobody knows."""
    return path in PUBLIC or path.startswith((STATIC, SIGNED))
