"""Where tickets come from: a ticketing system that a desk has connected, and what may be written there.

`data/sources.py` reads sources from `triage.toml`. A new rule is a field of `Rules`, a key in `data/sources.py` and a
step of `hindrance` in `triage/write_back.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from triage.identity import person_key

__all__ = ["SOURCE_MODES", "USUAL_BLIND_SHARE", "USUAL_FILE", "Rules", "Source", "SourceMode"]

SourceMode = Literal["watch", "suggest", "auto"]
"""What may be written: nothing; note and tags; or also the fields of answers that are sure enough."""

SOURCE_MODES: tuple[SourceMode, ...] = get_args(SourceMode)

USUAL_FILE = Path("triage.toml")
"""Where sources stand unless a setting says otherwise; a desk without it has none."""

USUAL_BLIND_SHARE = 0.02
"""Of a desk's tickets; in a few thousand a year it leaves enough to measure on, and hardly anybody notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Which tickets are left alone, and what is never written by itself.

    Patterns are those of a shell (`HR*`), and case does not count.

    Attributes:
        allow: by field the patterns of which each field must match one; a ticket without the value matches none.
        block: by field the patterns of which none may match.
        bypass_words: words and phrases; a ticket that holds one is left alone.
        never_auto: by target the labels that are only ever suggested.
        default_group: where a ticket without a group goes if no group is sure enough; None leaves it without.
        skip_robots: whether tickets that a machine wrote are left alone.
        skip_assigned: whether tickets that somebody has taken are.
        skip_closed: whether closed tickets are.
        skip_older_than_days: tickets filed longer ago are; None for none.
    """

    allow: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    block: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    bypass_words: tuple[str, ...] = ()
    never_auto: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    default_group: str | None = None
    skip_robots: bool = False
    skip_assigned: bool = True
    skip_closed: bool = True
    skip_older_than_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One ticketing system of a desk. Secrets are not in it, only the names of the variables that hold them.

    Attributes:
        name: the last step of its webhook's address, `/v1/hooks/NAME`.
        system: the connector that speaks its language.
        url: where it stands, without the path of its API.
        accounts: ids and addresses of the service account, as the system names who changed a ticket.
        credentials: names of environment variables, by what they hold.
        webhook_secrets: names of environment variables: the current secret, and the previous one while both are good.
        mode: what may be written.
        own_fields: the desk's own fields, by canonical names.
        writable: the targets that the system can be given.
        window: how far a webhook's time may lie from now; None for what is usual with the system.
        allows_plain_http: whether the address may be without encryption.
        blind_share: share of the tickets of which nothing is said, 0 to 1, so that people decide them unaided.
        rules: which tickets are left alone.
        blind_secret: what decides, with a ticket's number, whether it is one of the blind sample.
    """

    name: str
    system: str
    url: str
    accounts: tuple[str, ...]
    credentials: Mapping[str, str]
    webhook_secrets: tuple[str, ...]
    mode: SourceMode = "suggest"
    own_fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    writable: frozenset[str] = frozenset()
    window: timedelta | None = None
    allows_plain_http: bool = False
    blind_share: float = USUAL_BLIND_SHARE
    rules: Rules = field(default_factory=Rules)
    blind_secret: str = field(default="", repr=False)

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that it needs, each once."""
        return tuple(dict.fromkeys((*self.credentials.values(), *self.webhook_secrets)))

    def is_own_account(self, actor: str | None) -> bool:
        """Whether an event's actor, or a ticket's assignee, is the service account, in whatever spelling."""
        key = person_key(actor) if actor else None
        return key is not None and key in map(person_key, self.accounts)
