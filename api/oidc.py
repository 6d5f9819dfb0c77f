"""Signing in elsewhere: OpenID Connect with the organisation's own provider, by code, PKCE, state and nonce.

Authlib speaks the protocol; here stands what is demanded beyond it, and who that makes of somebody.
"""

import base64
import binascii
import hashlib
import hmac
import importlib.util
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr
from sqlalchemy import Connection, Engine
from starlette.requests import Request
from starlette.responses import Response

from data import audit, users
from data.database import writing
from data.users import ROLES, User
from triage.errors import InvalidInput, NotAllowed
from triage.settings import Settings

__all__ = ["Identity", "Provider", "open_provider", "recognise"]

LASTS_SECONDS = 600
"""How long somebody may take to sign in elsewhere."""

_NAME = "organisation"
_LEEWAY_SECONDS = 60
_TIMEOUT_SECONDS = 10.0
_ALGORITHMS = frozenset(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)) | {"EdDSA"}
"""Signatures by a key that only the provider has: never `none`, never one with a secret that we share."""

_FAILED = "Signing in with your organisation did not work; try again, or ask an administrator to look into the log."
_NOT_VERIFIED = "Your organisation has not verified your e-mail address, so it does not show who you are."
_UNKNOWN = "Your organisation knows you, but nobody has added you here; ask an administrator."
_NO_ROLE = "Your organisation gives you no role here; ask an administrator."


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider says it is.

    Attributes:
        issuer_and_subject: the provider's id of the person, and of itself.
        email: their address; None where the provider has not verified it.
        roles: what the claim that decides the role says, of what we know; None where no claim decides.
    """

    issuer_and_subject: str
    email: str | None
    roles: frozenset[str] | None


class Provider:
    """The organisation's provider, as it describes itself where it is first used.

    Args:
        issuer: its address.
        client_id: what it knows us by.
        client_secret: by which it knows that it is us.
        role_claim: the claim that says who is what here, if one does.
        transport: how it is reached, as Authlib's HTTP client has it; another one for tests.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: SecretStr,
        role_claim: str | None = None,
        transport: object | None = None,
    ) -> None:
        from authlib.integrations.starlette_client import OAuth  # noqa: PLC0415  (an extra, for those who set it)

        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._role_claim = role_claim
        self._seal = hmac.digest(client_secret.get_secret_value().encode(), b"triage: away to sign in", "sha256")
        client_kwargs = {"scope": "openid email profile", "code_challenge_method": "S256", "timeout": _TIMEOUT_SECONDS}
        self._client: Any = OAuth().register(
            _NAME,
            client_id=client_id,
            client_secret=client_secret.get_secret_value(),
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
            client_kwargs=client_kwargs | ({} if transport is None else {"transport": transport}),
        )

    async def send_away(self, request: Request, redirect_uri: str, after: str) -> tuple[Response, str]:
        """Sends the browser to the provider.

        Args:
            request: of the browser.
            redirect_uri: where the provider sends it back to.
            after: a path of ours, for afterwards.

        Returns:
            The answer, and what the browser has to keep meanwhile.

        Raises:
            NotAllowed: the provider cannot be reached, or is another one than it should be.
        """
        request.scope["session"] = {}  # what Authlib keeps of this one sign-in
        try:
            await self._describe()
            response: Response = await self._client.authorize_redirect(request, redirect_uri)
        except Exception as error:
            raise _refused(error) from error
        return response, self._sealed({"session": request.scope["session"], "next": after})

    async def welcome_back(self, request: Request, kept: str | None) -> tuple[Identity, str]:
        """Whom the provider says it is, and the path of ours to go on to.

        Args:
            request: by which the provider sent the browser back.
            kept: what the browser kept meanwhile.

        Raises:
            NotAllowed: the browser was not sent away from here, or what the provider says does not hold.
        """
        memory = self._unsealed(kept)
        if memory is None:
            raise NotAllowed("Signing in took too long, or began in another browser or tab; begin again here.")
        request.scope["session"] = memory["session"]
        try:
            await self._describe()
            token = await self._client.authorize_access_token(
                request,
                claims_options={
                    "iss": {"essential": True, "value": self._client.server_metadata["issuer"]},
                    "aud": {"essential": True, "value": self._client_id},
                },
                leeway=_LEEWAY_SECONDS,
            )
            claims: Mapping[str, Any] = token["userinfo"]
        except Exception as error:
            raise _refused(error) from error
        return self._identity(claims), str(memory["next"])

    async def _describe(self) -> None:
        """Reads what the provider says of itself, once, and holds it to what was set.

        Raises:
            ValueError: it is another one, or signs with nothing that proves anything.
        """
        described = await self._client.load_server_metadata()
        if str(described.get("issuer", "")).rstrip("/") != self._issuer:
            raise ValueError("issuer")
        offered = described.get("id_token_signing_alg_values_supported") or ["RS256"]
        accepted = [name for name in offered if name in _ALGORITHMS]
        if not accepted:
            raise ValueError("algorithms")
        described["id_token_signing_alg_values_supported"] = accepted

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        email = claims.get("email")
        is_verified = claims.get("email_verified") is True and isinstance(email, str)
        roles = None
        if self._role_claim is not None:
            said = claims.get(self._role_claim)
            listed = said if isinstance(said, list) else [said]
            roles = frozenset(role for role in ROLES if role in listed)
        return Identity(f"{self._issuer} {claims['sub']}", email if is_verified else None, roles)

    def _sealed(self, memory: Mapping[str, Any]) -> str:
        content = json.dumps({**memory, "until": time.time() + LASTS_SECONDS}).encode()
        return base64.urlsafe_b64encode(self._mac(content) + content).decode().rstrip("=")

    def _unsealed(self, kept: str | None) -> dict[str, Any] | None:
        """What was sealed; None for anything else, and when it is too old."""
        try:
            sealed = base64.urlsafe_b64decode(f"{kept or ''}===")
        except (binascii.Error, ValueError):
            return None
        mac, content = sealed[:32], sealed[32:]
        if not hmac.compare_digest(mac, self._mac(content)):
            return None
        memory: dict[str, Any] = json.loads(content)
        return memory if time.time() < memory["until"] else None

    def _mac(self, content: bytes) -> bytes:
        return hmac.digest(self._seal, content, hashlib.sha256)


def open_provider(settings: Settings) -> Provider | None:
    """The provider of an installation; None where none is set, or Authlib is missing, which the log tells.

    Raises:
        InvalidInput: only a part of it is set, or it is reached without TLS.
    """
    needed = {
        "TRIAGE_OIDC_ISSUER": settings.oidc_issuer,
        "TRIAGE_OIDC_CLIENT_ID": settings.oidc_client_id,
        "TRIAGE_OIDC_CLIENT_SECRET": settings.oidc_client_secret,
    }
    missing = [name for name, value in needed.items() if value is None]
    if len(missing) == len(needed):
        return None
    if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.oidc_client_secret is None:
        raise InvalidInput(f"To sign in elsewhere, {' and '.join(missing)} must be set as well.")
    issuer = urlsplit(settings.oidc_issuer)
    if issuer.scheme != "https" and (issuer.scheme != "http" or issuer.hostname not in ("127.0.0.1", "localhost")):
        raise InvalidInput("TRIAGE_OIDC_ISSUER does not fit: it begins with https://.")
    if importlib.util.find_spec("authlib") is None:
        structlog.get_logger(__name__).warning("oidc_unavailable", detail="pip install 'triage[oidc]'")
        return None
    return Provider(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_role_claim
    )


def recognise(engine: Engine, identity: Identity, now: datetime | None = None) -> User:
    """The person of ours whom a provider means.

    Somebody who is unknown is added only where a claim decides the role; that claim then decides it every time.

    Args:
        engine: of the database.
        identity: as the provider has it.
        now: the moment; this one if None.

    Raises:
        NotAllowed: nobody added them, or their address is not verified, or the provider gives them no role.
        StoreUnusable: when the database cannot be used.
    """
    moment = now or datetime.now(UTC)
    if identity.roles is not None and not identity.roles:
        raise NotAllowed(_NO_ROLE)
    with writing(engine) as connection:
        user = users.find_by_oidc(connection, identity.issuer_and_subject, identity.email, moment)
        if user is None and identity.email is None:
            raise NotAllowed(_NOT_VERIFIED)
        if identity.roles is None:
            if user is None:
                raise NotAllowed(_UNKNOWN)
            return user
        role = max(identity.roles, key=ROLES.index)
        return _with_role(connection, user, identity, role, moment)


def _with_role(connection: Connection, user: User | None, identity: Identity, role: str, now: datetime) -> User:
    """The person in the role that the provider gives them, added if they are new."""
    if user is None:
        known = users.find_by_email(connection, identity.email or "")
        if known is not None:  # another identity of the provider has this address already
            raise NotAllowed(_UNKNOWN)
        added = users.add(connection, identity.email or "", role, None, now)
        audit.append(
            connection, f"user:{added.id}", "user.added", f"user:{added.id}", {"role": role, "by": "oidc"}, now
        )
        found = users.find_by_oidc(connection, identity.issuer_and_subject, identity.email, now)
        return found or added
    if user.role == role:
        return user
    changed = users.set_role(connection, user.email, role, may_be_last=True)
    details = {"role": role, "before": user.role, "by": "oidc"}
    audit.append(connection, f"user:{user.id}", "user.role_changed", f"user:{user.id}", details, now)
    return changed


def _refused(error: Exception) -> NotAllowed:
    """One sentence for the person, and what it was for the log: its kind, as texts may quote tokens."""
    claim = getattr(error, "claim", None)
    structlog.get_logger(__name__).warning("oidc_refused", kind=type(error).__name__, claim=claim)
    return NotAllowed(_FAILED)
