"""What a ticket is about: the service or device that its text names, else the model's suggestion; and its identifiers.

Nothing is said where nothing is sure. What the same customer reported last is shown as evidence for people; no
prediction is made of it, and it is asked for only where single customers may be described.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from triage.customers.contact import DEVICES, SERVICES
from triage.gazetteer import Gazetteer, ListedName, Mention, Spelling
from triage.identifiers import DeskFormats, Identifier, find_identifiers
from triage.prediction import Prediction
from triage.text import MAX_CHARACTERS
from triage.ticket import NewTicket

__all__ = ["SURENESS", "Affected", "Finding", "How", "Lists", "find_affected", "kind_of_field"]

How = Literal["exact", "typo", "predicted", "own_past"]
"""How it was found: named in the text, named there with a slip, suggested by the model, the customer's last one."""

Field = Literal["subject", "body"]

SURENESS: Mapping[tuple[Spelling, Field], float] = MappingProxyType(
    {
        ("exact", "subject"): 0.95,
        ("capitals", "subject"): 0.9,
        ("typo", "subject"): 0.9,
        ("compound", "subject"): 0.55,
        ("exact", "body"): 0.7,
        ("capitals", "body"): 0.7,
        ("typo", "body"): 0.55,
        ("compound", "body"): 0.55,
    }
)
"""How often what a text names is what the ticket turns out to be about, by spelling and place; rounded down from what
`python -m benchmarks affected` measures; compounds are too rare there to tell, and count as the least sure. That the
text names it at all is far surer: bodies name things in passing."""

MOST_NAMED = 3
"""Named things that are told; a text that names more is a list, and its first ones are as good as any."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a ticket may be about.

    Attributes:
        name: as the desk lists it, or as the model or the customer's last ticket has it.
        kind: what it is: `service`, `configuration_item` or the list's own word.
        how: it was found.
        confidence: 0 to 1; None for what is only the customer's past.
        words: of the text that name it, as written; empty where no text does.
        field: `subject` or `body`, where they stand; None where nowhere.
        start, end: the place in that field, in characters; both 0 where there is none.
        owner: the group that looks after it, where the list says so.
    """

    name: str
    kind: str
    how: How
    confidence: float | None
    words: str = ""
    field: Field | None = None
    start: int = 0
    end: int = 0
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Lists:
    """What a desk lists, ready to be looked for.

    Attributes:
        names: of services, devices, applications and sites.
        formats: how its own identifiers look.
    """

    names: Gazetteer
    formats: DeskFormats = ()


@dataclass(frozen=True, slots=True)
class Affected:
    """What a ticket is about.

    Attributes:
        findings: the surest first.
        identifiers: of the subject, then of the body.
        evidence: what the customer reported last, by the ticket's field; for people to see and for nothing else.
    """

    findings: tuple[Finding, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    evidence: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.findings or self.identifiers or self.evidence)


def kind_of_field(field: str) -> str | None:
    """Whether a field of a ticket, or a target, names a service or a device; None where it is about neither."""
    lowered = field.lower()
    if lowered in SERVICES and lowered != "category":
        return "service"
    return "configuration_item" if lowered in DEVICES else None


def find_affected(
    ticket: NewTicket,
    lists: Lists,
    *,
    predictions: Iterable[Prediction] = (),
    past: Mapping[str, str] = MappingProxyType({}),
    real_words: Set[str] = frozenset(),
) -> Affected:
    """What the ticket is about.

    Args:
        ticket: as filed, redacted.
        lists: of the desk.
        predictions: of a model for this ticket; those for a service or a device are used where the text names none.
        past: what the same customer reported last, by field; empty where nobody may know.
        real_words: folded, that are right as they are: no slips of the keyboard.
    """
    named = _named(ticket, lists.names, real_words)
    kinds = {finding.kind for finding in named}
    suggested = [finding for finding in _suggested(predictions) if finding.kind not in kinds]
    known = {finding.name.casefold() for finding in (*named, *suggested)}
    evidence = [
        Finding(value, kind, "own_past", None)
        for field, value in past.items()
        if (kind := kind_of_field(field)) is not None and value.casefold() not in known
    ]
    return Affected((*named, *suggested), _identifiers(ticket, lists.formats), tuple(evidence))


def _named(ticket: NewTicket, names: Gazetteer, real_words: Set[str]) -> tuple[Finding, ...]:
    """What the text names, each once: the surest first, of equals what the subject names, then in order."""
    found: dict[ListedName, Finding] = {}
    subject = ticket.subject[:MAX_CHARACTERS]
    texts: tuple[tuple[Field, str], ...] = (
        ("subject", subject),
        ("body", ticket.body[: MAX_CHARACTERS - len(subject)]),
    )
    for field, text in texts:
        for mention in names.find(text, real_words):
            finding = _finding(mention, field, text)
            known = found.get(mention.listed)
            if known is None or (finding.confidence or 0) > (known.confidence or 0):
                found[mention.listed] = finding
    # beside a name that is written right, a word of the body is more often a word than a slip
    sure = [one for one in found.values() if one.how == "exact" or one.field == "subject"] or list(found.values())
    return tuple(sorted(sure, key=lambda one: -(one.confidence or 0))[:MOST_NAMED])


def _finding(mention: Mention, field: Field, text: str) -> Finding:
    listed = mention.listed
    return Finding(
        name=listed.name,
        kind=listed.kind,
        how="typo" if mention.spelling == "typo" else "exact",
        confidence=SURENESS[mention.spelling, field],
        words=text[mention.start : mention.end],
        field=field,
        start=mention.start,
        end=mention.end,
        owner=listed.owner,
    )


def _suggested(predictions: Iterable[Prediction]) -> Sequence[Finding]:
    """What a model suggests or applies; what it withholds is nothing that it is sure of."""
    return [
        Finding(one.value, kind, "predicted", one.confidence)
        for one in predictions
        if (kind := kind_of_field(one.target)) is not None and one.decision in ("auto", "suggest")
    ]


def _identifiers(ticket: NewTicket, formats: DeskFormats) -> tuple[Identifier, ...]:
    found: dict[str, Identifier] = {}
    for text in (ticket.subject, ticket.body):
        for one in find_identifiers(text, formats):
            found.setdefault(one.text.casefold(), one)
    return tuple(found.values())
