"""Reads the file of sources, and what it names in the environment: who may send tickets, and where to write to.

A new key is a line in `_KEYS` or `_RULES` and one where it is read.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
from dotenv import dotenv_values

from data.connectors import CONNECTORS
from data.connectors.client import Credentials, Token, open_client
from data.connectors.connector import Connector, Options, Secrets
from data.reviews import SOURCE
from data.sign_in import SIGN_INS, SignIn
from data.source_tables import SourceTable, read_file, require_name, tables_named
from triage.errors import InvalidInput, UnusableSources
from triage.sources import SOURCE_MODES, USUAL_BLIND_SHARE, USUAL_FILE, Rules, Source, SourceMode

__all__ = ["Connection", "connect", "environment", "missing_variables", "parse_sources", "read_sources"]

_KEYS = (
    *("system", "url", "credentials", "webhook_secrets", "account", "mode", "own_fields", "blind_share", "rules"),
    *("window_seconds", "allow_plain_http"),
)
_RULES = (
    *("allow", "block", "bypass_words", "never_auto", "default_group"),
    *("skip_robots", "skip_assigned", "skip_closed", "skip_older_than_days"),
)
_NO_FIELDS = ("tags", "channel")
"""What own fields may also be named for, though no answer is written there."""

_TAKEN = ("api", SOURCE)
"""Where outcomes come from that no ticketing system told."""

_SHORTEST_SECRET = 16
"""Characters of a webhook's secret; whoever knows the address tries short ones first."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A source, with what it takes to hear from it and to write to it."""

    source: Source
    connector: Connector
    secrets: Secrets
    credentials: Credentials = field(repr=False)

    def open(self) -> httpx.Client:
        """A client for its system; close it, or use it in a `with`."""
        return open_client(self.source.url, self.credentials, allow_plain_http=self.source.allows_plain_http)


def read_sources(path: Path = USUAL_FILE) -> tuple[Source, ...]:
    """The sources that a desk has connected, in the order of its file; none where the usual file is not there.

    Raises:
        UnusableSources: the file cannot be read, or does not fit its form.
    """
    return parse_sources(read_file(path), str(path))


def parse_sources(text: str, name: str) -> tuple[Source, ...]:
    """The sources in a TOML text.

    Args:
        text: of the file.
        name: of the file, for what is said of it.

    Raises:
        UnusableSources: no TOML, or a line that does not fit its form.
    """
    return tuple(_source(key, table, name) for key, table in tables_named(text, name, "sources").items())


def environment(env_file: Path = Path(".env")) -> Mapping[str, str]:
    """The environment, and below it what `.env` holds, as settings are read, too."""
    kept = {name: value for name, value in dotenv_values(env_file).items() if value is not None}
    return {**kept, **os.environ}


def missing_variables(source: Source, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that a source names and nobody set."""
    return tuple(name for name in source.variables if not environ.get(name, "").strip())


def connect(source: Source, environ: Mapping[str, str]) -> Connection:
    """The source with its secrets.

    Raises:
        UnusableSources: a variable is not set, or does not hold what it should; no value is repeated.
    """
    if missing := missing_variables(source, environ):
        raise UnusableSources(f"[sources.{source.name}] names {', '.join(missing)}, not set in the environment.")
    for name in source.webhook_secrets:
        if len(environ[name].strip()) < _SHORTEST_SECRET:
            raise UnusableSources(
                f"[sources.{source.name}]: {name} must hold a webhook secret of {_SHORTEST_SECRET} characters or more."
            )
    values = {part: environ[name].strip() for part, name in source.credentials.items()}
    try:
        return Connection(
            # a secret that the desk has anyway, and nobody who files or works tickets knows
            replace(source, blind_secret=environ[source.webhook_secrets[0]].strip()),
            CONNECTORS[source.system](Options(own_fields=source.own_fields, window=source.window)),
            Secrets(*(environ[name].strip() for name in source.webhook_secrets)),
            _sign_in(source.system, source.credentials).make(values),
        )
    except InvalidInput as refused:
        raise UnusableSources(f"[sources.{source.name}] does not fit: {refused}") from None


def _source(name: str, given: object, file: str) -> Source:
    require_name(name, "source", file)
    if name in _TAKEN:
        raise UnusableSources(f"{file}: a source cannot be called {name!r}: outcomes that come from elsewhere are.")
    table = SourceTable(file, f"sources.{name}", given, _KEYS)
    system = table.choice("system", tuple(CONNECTORS))
    seconds = table.whole_number("window_seconds", 1, 30 * 86_400)
    window = None if seconds is None else timedelta(seconds=seconds)
    own_fields = table.text_by_name("own_fields")
    accounts = table.texts("account")
    if not accounts:
        raise table.refusal("account", "name the service account, so that its own changes are known again")
    allows_plain_http = table.flag("allow_plain_http", usual=False)
    return Source(
        name=name,
        system=system,
        url=_url(table, allows_plain_http=allows_plain_http),
        accounts=accounts,
        credentials=_credentials(system, table),
        webhook_secrets=table.variables("webhook_secrets", 2),
        mode=_mode(table),
        own_fields=own_fields,
        writable=_writable(system, Options(own_fields=own_fields, window=window), table),
        window=window,
        allows_plain_http=allows_plain_http,
        blind_share=table.share("blind_share", USUAL_BLIND_SHARE),
        rules=_rules(table.below("rules", _RULES)),
    )


def _rules(table: SourceTable) -> Rules:
    usual = Rules()
    return Rules(
        allow=table.texts_by_name("allow"),
        block=table.texts_by_name("block"),
        bypass_words=table.texts("bypass_words"),
        never_auto=table.texts_by_name("never_auto"),
        default_group=table.optional_text("default_group"),
        skip_robots=table.flag("skip_robots", usual=usual.skip_robots),
        skip_assigned=table.flag("skip_assigned", usual=usual.skip_assigned),
        skip_closed=table.flag("skip_closed", usual=usual.skip_closed),
        skip_older_than_days=table.whole_number("skip_older_than_days", 1, 36_500),
    )


def _credentials(system: str, table: SourceTable) -> dict[str, str]:
    """Names of variables, for one of the ways to sign in that the system has."""
    ways = [", ".join(way.needs) for way in SIGN_INS[system]]
    needed = dict.fromkeys(key for way in SIGN_INS[system] for key in way.needs)
    names = table.below("credentials", tuple(needed))
    there = {key: names.variable(key) for key in needed if names.has(key)}
    if not any(set(way.needs) == set(there) for way in SIGN_INS[system]):
        raise table.refusal("credentials", f"name the variables of {' or of '.join(ways)}")
    return there


def _sign_in(system: str, credentials: Mapping[str, str]) -> SignIn:
    return next(way for way in SIGN_INS[system] if set(way.needs) == set(credentials))


def _url(table: SourceTable, *, allows_plain_http: bool) -> str:
    """The address, as the client takes it."""
    url = table.text("url", "be the address of the system, written like https://desk.example.org")
    try:
        open_client(url, Token(""), allow_plain_http=allows_plain_http).close()
    except InvalidInput as refused:
        raise table.refusal("url", f"be another address: {str(refused).removesuffix('.')}") from None
    return url


def _mode(table: SourceTable) -> SourceMode:
    asked = table.choice("mode", SOURCE_MODES, usual="suggest")
    return next(mode for mode in SOURCE_MODES if mode == asked)


def _writable(system: str, options: Options, table: SourceTable) -> frozenset[str]:
    """The targets that the system can be given; every own field must be one of them."""
    try:
        fields = CONNECTORS[system](options).fields
    except InvalidInput as refused:
        raise table.refusal("own_fields", f"be others: {str(refused).removesuffix('.')}") from None
    if lost := [name for name in options.own_fields if name not in (*fields, *_NO_FIELDS)]:
        raise table.refusal("own_fields", f"not name {lost[0]!r}: {system} cannot be given it")
    return frozenset(fields)
