"""How a source's service account signs in at its system: which secrets it needs, and what they make together.

Another way to sign in is a line in `SIGN_INS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from data.connectors.client import Credentials, OAuthPassword, Token, UserPassword, WebhookSecret
from data.connectors.standard_webhooks import signed_headers

__all__ = ["SIGN_INS", "SignIn"]

Made = Callable[[Mapping[str, str]], Credentials]


@dataclass(frozen=True, slots=True)
class SignIn:
    """One way to sign in: what the secrets are called in the file of sources, and how credentials are made of them."""

    needs: tuple[str, ...]
    make: Made


def _zendesk(given: Mapping[str, str]) -> Credentials:
    return UserPassword(f"{given['user'].removesuffix('/token')}/token", given["api_token"])


def _oauth(token_url: str, scope: str) -> SignIn:
    """By OAuth 2, grant `password`."""
    return SignIn(
        ("client_id", "client_secret", "user", "password"),
        lambda given: OAuthPassword(
            token_url=token_url,
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            user=given["user"],
            password=given["password"],
            scope=scope,
        ),
    )


def _generic(given: Mapping[str, str]) -> Credentials:
    signed_headers(given["signing_secret"], "form", datetime.now(UTC), b"")  # it refuses a secret of another form
    return WebhookSecret(given["signing_secret"])


SIGN_INS: Mapping[str, tuple[SignIn, ...]] = MappingProxyType(
    {
        "zendesk": (SignIn(("user", "api_token"), _zendesk),),
        "jira": (SignIn(("user", "api_token"), lambda given: UserPassword(given["user"], given["api_token"])),),
        "servicenow": (
            SignIn(("user", "password"), lambda given: UserPassword(given["user"], given["password"])),
            _oauth("/oauth_token.do", "useraccount"),
        ),
        "freshservice": (SignIn(("api_key",), lambda given: UserPassword(given["api_key"], "X")),),
        "zammad": (SignIn(("token",), lambda given: Token(given["token"], "Token token=")),),
        "glpi": (_oauth("/api.php/token", "api user"),),
        "rt": (SignIn(("token",), lambda given: Token(given["token"], "token")),),
        "generic": (SignIn(("signing_secret",), _generic),),
    }
)
"""The ways to sign in, by systems."""
