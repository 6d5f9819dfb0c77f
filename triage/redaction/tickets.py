"""Tickets without personal data and secrets in what somebody wrote; ids and names stay as they are."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from triage.markup import plain_text
from triage.redaction.appearance import as_seen
from triage.redaction.kinds import Kind
from triage.redaction.replacement import Redacted, redact, redact_wrapped
from triage.redaction.rules import EVERYTHING, RedactionRules
from triage.redaction.screen import suspected
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["RedactedTicket", "RedactedWork", "redact_named", "redact_ticket", "redact_worked"]


class RedactedTicket(NamedTuple):
    """A ticket without personal data in what somebody wrote, and how often each kind was replaced in all of it."""

    ticket: NewTicket
    counts: Mapping[Kind, int]


class RedactedWork(NamedTuple):
    """The same of a ticket that people have worked on."""

    ticket: WorkedTicket
    counts: Mapping[Kind, int]


def redact_ticket(ticket: NewTicket, rules: RedactionRules = EVERYTHING) -> RedactedTicket:
    """A ticket whose subject, body and attributes hold nothing personal or secret; the very same where they do not.

    Args:
        ticket: as filed.
        rules: what is redacted where.
    """
    if _is_clean(ticket):
        return RedactedTicket(ticket, {})
    subject = redact_wrapped(ticket.subject, rules.kinds_of("subject"))
    body = redact_wrapped(ticket.body, rules.kinds_of("body"))
    attributes, counts = _redacted_values(ticket.attributes, rules)
    counts = counts + Counter(subject.counts) + Counter(body.counts)
    if not counts:
        return RedactedTicket(ticket, {})
    return RedactedTicket(replace(ticket, subject=subject.text, body=body.text, attributes=attributes), counts)


def redact_worked(ticket: WorkedTicket, rules: RedactionRules = EVERYTHING) -> RedactedWork:
    """The same of a worked ticket: its resolution and its own columns, too; labels in canonical columns stay.

    Args:
        ticket: with what people decided.
        rules: what is redacted where.
    """
    filed = redact_ticket(ticket.filed, rules)
    resolution = None if ticket.resolution is None else redact_wrapped(ticket.resolution, rules.kinds_of("resolution"))
    attributes, counts = _redacted_values(ticket.attributes, rules)
    counts = counts + Counter(filed.counts) + Counter({} if resolution is None else resolution.counts)
    if not counts:
        return RedactedWork(ticket, {})
    text = None if resolution is None else resolution.text
    return RedactedWork(replace(ticket, filed=filed.ticket, resolution=text, attributes=attributes), counts)


def redact_named(name: str, value: str, rules: RedactionRules = EVERYTHING) -> Redacted:
    """A value without what is personal; its name may say what it is, as a word before a number does in a text."""
    kinds = rules.kinds_of(name)
    heading = f"{name}: "
    told = redact(heading + value, kinds)
    if told.text.startswith(heading):
        return Redacted(told.text[len(heading) :], told.counts)
    return redact(value, kinds)


def _redacted_values(values: Mapping[str, str], rules: RedactionRules) -> tuple[Mapping[str, str], Counter[Kind]]:
    counts: Counter[Kind] = Counter()
    redacted = {}
    for name, value in values.items():
        found = redact_named(name, value, rules)
        redacted[name] = found.text
        counts += Counter(found.counts)
    return (redacted, counts) if counts else (values, counts)


def _is_clean(ticket: NewTicket) -> bool:
    """Whether no finder would find anything in any of its texts, told by one look at all of them."""
    values = ticket.attributes
    texts = "\n".join((ticket.subject, ticket.body, *values.values()))
    return (
        not suspected(as_seen(texts)[0])
        and plain_text(ticket.subject) is ticket.subject
        and plain_text(ticket.body) is ticket.body
        and not any(map(_says_what_follows, values))
    )


@lru_cache(maxsize=1024)
def _says_what_follows(name: str) -> bool:
    """Whether a value of this name could be personal or secret for its name alone."""
    return bool(suspected(as_seen(f"{name}: ")[0]))
