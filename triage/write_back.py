"""What is written to a ticket at its ticketing system, or why nothing is.

Everything here is computed from what it is given and nothing else, so it may be computed again just before writing. A
new reason to leave a ticket alone is a name in `SkipReason` and a step of `hindrance`.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal

from triage.customers.contact import is_automatic
from triage.events import TicketState
from triage.notes import Statement, note_of, tags_of
from triage.prediction import Prediction
from triage.sources import Rules, Source
from triage.ticket import NewTicket

__all__ = [
    "CurrentTicket",
    "DropReason",
    "Proposal",
    "SkipReason",
    "Skipped",
    "before_write",
    "fields_for_people",
    "held_back",
    "hindrance",
    "hindrance_for_people",
    "is_in_blind_sample",
    "mark_of",
    "propose",
]

SkipReason = Literal[
    "own_change",
    "closed",
    "assigned",
    "too_old",
    "robot",
    "not_allowed",
    "blocked",
    "bypassed",
    "watched",
    "blind_sample",
    "nothing_to_say",
]
"""Why nothing is written to a ticket: our own account caused the event; the ticket is closed, taken, too old or a
machine's; the desk's lists leave it out; it holds a bypass word; its system is only watched; it is one of the blind
sample; no answer is left."""

DropReason = Literal["human_set", "same_value", "inactive_label", "never_auto", "not_writable"]
"""Why a field is not written: a person has set it; it has the value already; the label is closed today; the desk never
lets the label be applied; the system cannot be given the field. Of the first three nothing is said either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTicket:
    """A ticket at the moment at which something is to be said of it.

    Attributes:
        ticket: as it was filed.
        state: as it is now, read back: a webhook may tell less, and what is not told matches no rule.
        baseline: as no person has changed it: as it was filed, with what we wrote since. A field that differs from it
            was set by a person.
        actor: who caused the event; None where the system does not say.
    """

    ticket: NewTicket
    state: TicketState
    baseline: TicketState
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing is written, and why; `dropped` are the targets of which nothing is left to say."""

    reason: SkipReason
    dropped: Mapping[str, DropReason] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is to be written.

    Attributes:
        statements: what is said, one after the other.
        mark: by which the note is known again; the same for the same answers about the same ticket.
        dropped: why a target's field is not written, where it might have been.
    """

    statements: tuple[Statement, ...]
    mark: str
    dropped: Mapping[str, DropReason] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def fields(self) -> dict[str, str]:
        """The labels to set, by targets."""
        return {each.target: each.label for each in self.statements if each.is_applied}

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags to add."""
        return tags_of(self.statements)

    @property
    def note(self) -> str:
        """What agents read."""
        return note_of(self.statements)


def hindrance(current: CurrentTicket, source: Source, now: datetime) -> Skipped | None:
    """Why the desk wants the ticket left alone; None where nothing hinders.

    Ask before scoring, and again with the state that is read just before writing.

    Args:
        current: the ticket.
        source: whose rules hold.
        now: in UTC, aware.
    """
    reason = next(_hindrances(current, source, now), None)
    return None if reason is None else Skipped(reason)


def hindrance_for_people(current: CurrentTicket, source: Source, now: datetime) -> Skipped | None:
    """The same where a person has decided that something is written: the ticket may be assigned, old or a machine's."""
    rules = replace(source.rules, skip_assigned=False, skip_robots=False, skip_older_than_days=None)
    if (skipped := hindrance(current, replace(source, rules=rules), now)) is not None:
        return skipped
    return Skipped("watched") if source.mode == "watch" else None


def propose(
    current: CurrentTicket, predictions: Sequence[Prediction], source: Source, *, model_version: str, now: datetime
) -> Proposal | Skipped:
    """What is to be written to a ticket, or why nothing is.

    Fields are set in mode `auto` only, where the answer's decision is `auto`. Everything else that a person may see is
    suggested.

    Args:
        current: the ticket.
        predictions: the answers about it, with their explanations.
        source: where it is from.
        model_version: of the model that answered.
        now: in UTC, aware.
    """
    if (skipped := hindrance(current, source, now)) is not None:
        return skipped
    if source.mode == "watch":
        return Skipped("watched")
    if is_in_blind_sample(source, current.ticket.id):
        return Skipped("blind_sample")
    dropped: dict[str, DropReason] = {}
    statements: list[Statement] = []
    for prediction in predictions:
        if prediction.decision not in ("auto", "suggest"):
            continue
        if reason := _superfluous(prediction.target, prediction.value, current.state, current.baseline):
            dropped[prediction.target] = reason
            continue
        is_applied = source.mode == "auto" and prediction.decision == "auto"
        if is_applied and (held := held_back(prediction, source)):
            dropped[prediction.target] = held
            is_applied = False
        statements.append(
            Statement(target=prediction.target, label=prediction.value, is_applied=is_applied, prediction=prediction)
        )
    if default := _default_group(current, predictions, source):
        statements.append(default)
    if not statements:
        return Skipped("nothing_to_say", dropped)
    mark = mark_of(source.name, current.ticket.id, model_version, predictions)
    return Proposal(statements=tuple(statements), mark=mark, dropped=dropped)


def before_write(
    remote_state: TicketState,
    proposal: Proposal,
    baseline: TicketState,
    live_labels: Mapping[str, Collection[str] | None],
) -> Proposal | Skipped:
    """The proposal without what is no longer so; ask for this with the state that was read just before writing.

    Args:
        remote_state: the ticket as it is now.
        proposal: what was to be written.
        baseline: as in `CurrentTicket`.
        live_labels: by target what the system takes today; None, or no entry, where it does not tell.
    """
    dropped = dict(proposal.dropped)
    statements = []
    for statement in proposal.statements:
        live = live_labels.get(statement.target)
        reason = _superfluous(statement.target, statement.label, remote_state, baseline)
        if reason is None and live is not None and _plain(statement.label) not in map(_plain, live):
            reason = "inactive_label"
        if reason is None:
            statements.append(_with_live_labels(statement, live))
        else:
            dropped[statement.target] = reason
    if not statements:
        return Skipped("nothing_to_say", dropped)
    return replace(proposal, statements=tuple(statements), dropped=dropped)


def fields_for_people(
    current: CurrentTicket,
    decided: Mapping[str, str],
    source: Source,
    live_labels: Mapping[str, Collection[str] | None],
    now: datetime,
) -> dict[str, str] | Skipped:
    """The fields to set that a person has decided on in triage, or why none is.

    Rules about what is done without a person do not bind one: the ticket may be assigned, old, or a machine's. What the
    desk wants left alone altogether stays so, and so does a value that somebody has set at the ticketing system.

    Args:
        current: the ticket as it was read just before writing.
        decided: by target what people decided on.
        source: where it is from.
        live_labels: as for `before_write`.
        now: in UTC, aware.
    """
    if (skipped := hindrance_for_people(current, source, now)) is not None:
        return skipped
    dropped: dict[str, DropReason] = {}
    fields = {}
    for target, label in decided.items():
        live = live_labels.get(target)
        reason = _superfluous(target, label, current.state, current.baseline)
        if reason is None and target not in source.writable:
            reason = "not_writable"
        if reason is None and live is not None and _plain(label) not in map(_plain, live):
            reason = "inactive_label"
        if reason is None:
            fields[target] = label
        else:
            dropped[target] = reason
    return fields or Skipped("nothing_to_say", dropped)


def is_in_blind_sample(source: Source, ticket_id: str) -> bool:
    """Whether people decide this ticket without a suggestion, so that accuracy is measured on what nobody prompted.

    The same ticket is always in or always out, as long as the secret is the same. The hash is keyed with it, so that
    nobody can tell beforehand which tickets will be in; and with the source's name, so that two sources that count
    alike do not share their samples.
    """
    key = hmac.digest(source.blind_secret.encode(), f"blind sample of {source.name}".encode(), "sha256")
    digest = hmac.digest(key, ticket_id.encode("utf-8", "replace"), "sha256")
    return int.from_bytes(digest[:8]) / 2**64 < source.blind_share


def mark_of(source_name: str, ticket_id: str, model_version: str, predictions: Iterable[Prediction]) -> str:
    """`triage:` and 16 hexadecimal digits, the same for the same answers of the same version about the same ticket.

    Confidences do not count, as a note need not be written again for another decimal; nor does what a person has set
    since.
    """
    answers = sorted((each.target, each.value, each.decision) for each in predictions)
    said = json.dumps([source_name, ticket_id, model_version, answers])
    return f"triage:{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _hindrances(current: CurrentTicket, source: Source, now: datetime) -> Iterator[SkipReason]:
    """The reasons that hold, the cheapest to find first."""
    ticket, state, rules = current.ticket, current.state, source.rules
    if source.is_own_account(current.actor):
        yield "own_change"
    if rules.skip_closed and state.is_closed:
        yield "closed"
    if rules.skip_assigned and state.assignee and not source.is_own_account(state.assignee):
        yield "assigned"
    if _is_too_old(ticket, rules, now):
        yield "too_old"
    if rules.skip_robots and is_automatic(ticket):
        yield "robot"
    if not all(_matches(_values(name, ticket, state), patterns) for name, patterns in rules.allow.items()):
        yield "not_allowed"
    if any(_matches(_values(name, ticket, state), patterns) for name, patterns in rules.block.items()):
        yield "blocked"
    if _holds_any(f"{ticket.subject}\n{ticket.body}", rules.bypass_words):
        yield "bypassed"


def _is_too_old(ticket: NewTicket, rules: Rules, now: datetime) -> bool:
    days = rules.skip_older_than_days
    return days is not None and ticket.opened_at is not None and now - ticket.opened_at > timedelta(days=days)


def _values(name: str, ticket: NewTicket, state: TicketState) -> tuple[str, ...]:
    """What a ticket has for a field: what was filed, and what it is now."""
    told: Mapping[str, Iterable[str | None]] = {
        "status": (state.status,),
        "tags": state.tags or (),
        "channel": (ticket.channel,),
        "language": (ticket.language,),
        "customer_id": (ticket.customer_id, ticket.customer_as_filed),
    }
    every = (state.fields.get(name), ticket.attributes.get(name), *told.get(name, ()))
    return tuple(value for value in every if value)


def _matches(values: Iterable[str], patterns: Iterable[str]) -> bool:
    folded = [_plain(pattern) for pattern in patterns]
    return any(fnmatchcase(_plain(value), pattern) for value in values for pattern in folded)


def _holds_any(text: str, words: Sequence[str]) -> bool:
    """Whether a word or phrase stands in the text, and not only within a longer word."""
    if not words:
        return False
    folded = _plain(text)
    return any(re.search(rf"(?<!\w){re.escape(_plain(word))}(?!\w)", folded) for word in words)


def _superfluous(target: str, label: str, state: TicketState, baseline: TicketState) -> DropReason | None:
    """Why nothing need be said of a target; also a value that a person took out is a person's decision."""
    has = _plain(state.fields.get(target, ""))
    if has != _plain(baseline.fields.get(target, "")):
        return "human_set"
    return "same_value" if has == _plain(label) else None


def held_back(prediction: Prediction, source: Source) -> DropReason | None:
    """Why a source's rules keep an answer from being applied by itself, however sure it is; None where none does."""
    if prediction.target not in source.writable:
        return "not_writable"
    never = source.rules.never_auto.get(prediction.target, ())
    return "never_auto" if _plain(prediction.value) in map(_plain, never) else None


def _default_group(current: CurrentTicket, predictions: Sequence[Prediction], source: Source) -> Statement | None:
    """The desk's default group, for a ticket without one of which no group is sure enough.

    A desk that does not use the answers about groups (`skipped`) wants no group from us either.
    """
    group = source.rules.default_group
    target = "assignment_group"
    is_unsure = any(each.target == target and each.decision in ("suggest", "abstain") for each in predictions)
    has_none = not (current.state.fields.get(target) or current.baseline.fields.get(target))
    if group is None or source.mode != "auto" or target not in source.writable or not (is_unsure and has_none):
        return None
    return Statement(target=target, label=group, is_applied=True, prediction=None)


def _with_live_labels(statement: Statement, live: Collection[str] | None) -> Statement:
    """The statement without closed labels among the runners-up."""
    prediction = statement.prediction
    if prediction is None or live is None:
        return statement
    taken = set(map(_plain, live))
    top = tuple(each for each in prediction.top if _plain(each.value) in taken)
    return replace(statement, prediction=prediction._replace(top=top))


def _plain(text: str) -> str:
    """A text as it is compared: case, blanks and compatible characters do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
