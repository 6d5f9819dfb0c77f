"""Reads who is told of events from the file of sources, and their secrets from the environment.

A new key is a word in `_KEYS` and a line where it is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.connectors.connector import Secrets
from data.connectors.standard_webhooks import signing_key
from data.source_tables import SourceTable, read_file, require_name, tables_named
from triage.addresses import AllowedAddresses, parse_destination
from triage.errors import InvalidInput, UnusableSources
from triage.sources import USUAL_FILE
from triage.subscribers import EVENT_TYPES, EventType, Subscriber

__all__ = ["Receiver", "missing_secrets", "parse_subscribers", "read_subscribers", "receiver_of"]

_KEYS = ("url", "secret", "types", "networks", "ports", "allow_plain_http")

_KEY_BYTES = range(24, 65)
"""How long a key may be, by Standard Webhooks."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A subscriber, with what events for it are signed with."""

    subscriber: Subscriber
    secrets: Secrets


def read_subscribers(path: Path = USUAL_FILE) -> tuple[Subscriber, ...]:
    """Whom a desk tells of events, in the order of its file; nobody where the usual file is not there.

    Raises:
        UnusableSources: the file cannot be read, or does not fit its form.
    """
    return parse_subscribers(read_file(path), str(path))


def parse_subscribers(text: str, name: str) -> tuple[Subscriber, ...]:
    """The subscribers in a TOML text.

    Args:
        text: of the file.
        name: of the file, for what is said of it.

    Raises:
        UnusableSources: no TOML, or a line that does not fit its form.
    """
    return tuple(_subscriber(key, table, name) for key, table in tables_named(text, name, "subscribers").items())


def missing_secrets(subscriber: Subscriber, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that a subscriber names and nobody set."""
    return tuple(name for name in subscriber.secrets if not environ.get(name, "").strip())


def receiver_of(subscriber: Subscriber, environ: Mapping[str, str]) -> Receiver:
    """The subscriber with its secrets.

    Raises:
        UnusableSources: a variable is not set, or does not hold what it should; no value is repeated.
    """
    if missing := missing_secrets(subscriber, environ):
        names = ", ".join(missing)
        raise UnusableSources(f"[subscribers.{subscriber.name}] names {names}, not set in the environment.")
    for name in subscriber.secrets:
        if not _is_good_secret(environ[name].strip()):
            raise UnusableSources(
                f"[subscribers.{subscriber.name}]: {name} must hold whsec_ and base64 of "
                f"{_KEY_BYTES[0]} to {_KEY_BYTES[-1]} random bytes."
            )
    return Receiver(subscriber, Secrets(*(environ[name].strip() for name in subscriber.secrets)))


def _subscriber(name: str, given: object, file: str) -> Subscriber:
    require_name(name, "subscriber", file)
    table = SourceTable(file, f"subscribers.{name}", given, _KEYS)
    allowed = _allowed(table)
    return Subscriber(
        name=name,
        url=_url(table, allowed, allows_plain_http=table.flag("allow_plain_http", usual=False)),
        secrets=table.variables("secret", 2),
        types=_types(table),
        allowed=allowed,
    )


def _allowed(table: SourceTable) -> AllowedAddresses:
    try:
        return AllowedAddresses.parse(table.texts("networks"), table.whole_numbers("ports", 1, 65_535))
    except InvalidInput as refused:
        raise table.refusal("networks", f"be others: {str(refused).removesuffix('.')}") from None


def _url(table: SourceTable, allowed: AllowedAddresses, *, allows_plain_http: bool) -> str:
    url = table.text("url", "be where events are sent, written like https://example.org/hooks")
    try:
        destination = parse_destination(url, allowed)
    except InvalidInput as refused:
        raise table.refusal("url", f"be another address: {str(refused).removesuffix('.')}") from None
    if destination.scheme == "http" and not allows_plain_http:
        raise table.refusal("url", "be https, or everybody on the way could read it")
    return url


def _types(table: SourceTable) -> frozenset[EventType]:
    asked = table.texts("types")
    if not asked or any(each not in EVENT_TYPES for each in asked):
        raise table.refusal("types", f"list one or more of {', '.join(EVENT_TYPES)}")
    return frozenset(each for each in EVENT_TYPES if each in asked)


def _is_good_secret(secret: str) -> bool:
    try:
        return len(signing_key(secret)) in _KEY_BYTES
    except InvalidInput:
        return False
