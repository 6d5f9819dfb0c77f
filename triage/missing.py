"""What a ticket does not say though agents will have to ask for it: one question, to be shown and never sent.

Which details there are, how a text gives them and how agents ask for them stands in `missing.toml`. How often this
desk's agents asked, where a text did not say it, is learned in training (`training/asking_back.py`); where nothing was
learned, the list of usual wants in the same file counts.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from types import MappingProxyType

from triage.customers.contact import is_automatic
from triage.errors import InvalidInput
from triage.identifiers import DeskFormats, find_identifiers
from triage.ticket import NewTicket

__all__ = [
    "CONTEXT_FIELDS",
    "AskedBack",
    "Detail",
    "Details",
    "Missing",
    "MissingDetail",
    "Tally",
    "contexts_of",
    "find_missing",
    "parse_details",
]

CONTEXT_FIELDS = ("ticket_type", "category", "assignment_group")
"""What of a ticket its agents' questions depend on, the coarsest first."""

LEAST_SHARE = 0.2
"""How sure it must be that agents ask for a detail: the lower bound of the share, learned from this desk. A lower one
says more and is right less often; docs/context.md has what was measured."""

PRIOR_TICKETS = 20
"""As how many tickets of its own the wider context counts for a narrower one."""

MOST_ASKED = 2
"""Details that one question joins."""

LONGEST_READ = 8_000
"""Characters in which details are looked for: what is beyond is a thread or a log."""

_Z = 1.2816  # one side, 90 %
_LANGUAGES = ("en", "de")
_KEYS = ("question", "given", "asked", "identifiers", "marks", "fields")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_LATER = re.compile(
    r"\b(?:persists?|continues?|reoccurs?|bestehen bleibt|weiterhin besteht|weiterhin bestehen|erneut auftritt)\b"
)
_GERMAN = "der die das und ist nicht ich wir bei mit auf ein eine zu den dem für seit kein keine bitte habe"
_ENGLISH = "the and is not i we with on a an to for since no please have my our it of in this that can"
_SMALL_WORDS = (frozenset(_GERMAN.split()), frozenset(_ENGLISH.split()))
"""By which a text shows its language."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Detail:
    """Something that a ticket may or may not say.

    Attributes:
        name: of it.
        question: by language, how one asks for it.
        given: how a text has it.
        asked: how a question wants it.
        identifiers: kinds of identifiers that are it.
        marks: of redaction that stand for it.
        fields: of a ticket that hold it.
    """

    name: str
    question: Mapping[str, str]
    given: re.Pattern[str]
    asked: re.Pattern[str]
    identifiers: frozenset[str] = frozenset()
    marks: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """All that `missing.toml` says.

    Attributes:
        all: every detail, in the order of the file.
        asking: what makes a sentence a question.
        wanted: by type, group or category of a ticket, in lower case, what is usually wanted, the most valuable first.
    """

    all: tuple[Detail, ...]
    asking: re.Pattern[str]
    wanted: Mapping[str, tuple[str, ...]]

    def given_in(self, ticket: NewTicket, formats: DeskFormats = ()) -> frozenset[str]:
        """The details that a ticket has, by name."""
        text = f"{ticket.subject}\n{ticket.body}"[:LONGEST_READ]
        lowered = text.lower()
        fields = {name.lower() for name, value in ticket.attributes.items() if value.strip()}
        kinds = {one.kind for one in find_identifiers(text, formats)}
        return frozenset(
            detail.name
            for detail in self.all
            if detail.identifiers & kinds
            or fields.intersection(detail.fields)
            or any(mark in lowered for mark in detail.marks)
            or detail.given.search(lowered)
        )

    def asked_in(self, reply: str) -> frozenset[str]:
        """The details that an agent's reply asks for, by name; what is wanted only if something happens is not."""
        asked: set[str] = set()
        for sentence in _SENTENCE.findall(reply[:LONGEST_READ].lower().replace("\\n", "\n")):
            if (self.asking.search(sentence) or sentence.endswith("?")) and not _LATER.search(sentence):
                asked.update(detail.name for detail in self.all if detail.asked.search(sentence))
        return frozenset(asked)

    def wanting(self, own: Mapping[str, Sequence[str]]) -> "Details":
        """The same with a desk's own lists of what is wanted in the place of the usual ones.

        Raises:
            InvalidInput: a list names a detail that there is not.
        """
        known = {detail.name for detail in self.all}
        for what, names in own.items():
            if unknown := [name for name in names if name not in known]:
                raise InvalidInput(
                    f"No detail named {unknown[0]!r} is wanted of {what}. Known: {', '.join(sorted(known))}."
                )
        lists = {what.lower(): tuple(names) for what, names in own.items()}
        return replace(self, wanted=MappingProxyType({**self.wanted, **lists}))

    def detail(self, name: str) -> Detail | None:
        """The detail of a name; None where there is none any more."""
        return next((detail for detail in self.all if detail.name == name), None)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often agents asked for something: of `n` tickets that did not say it, for `asked`."""

    n: int
    asked: int


@dataclass(frozen=True, slots=True)
class AskedBack:
    """What a desk's agents asked back for, as its history shows it.

    Attributes:
        n_tickets: whose replies were read.
        tallies: by context (`` for the desk, `ticket_type=incident`, `ticket_type=incident|category=VPN`) and detail.
        pending: by context how many tickets waited for their caller, of how many; empty where the history has no such
            state.
    """

    n_tickets: int
    tallies: Mapping[str, Mapping[str, Tally]] = field(default_factory=dict)
    pending: Mapping[str, Tally] = field(default_factory=dict)

    def share(self, name: str, contexts: Sequence[str]) -> tuple[float, float]:
        """How often a detail is asked for where a ticket does not say it: the share, and its lower bound (90 %).

        Each context's own count is joined with what the wider ones say, which weighs as much as `PRIOR_TICKETS`.

        Args:
            name: of the detail.
            contexts: the widest first, as `contexts_of` gives them.
        """
        return _joined(self.tallies.get(context, {}).get(name) for context in contexts)

    def pending_share(self, contexts: Sequence[str]) -> tuple[float, float]:
        """How often a ticket waits for its caller, likewise."""
        return _joined(self.pending.get(context) for context in contexts)


def _joined(tallies: Iterable[Tally | None]) -> tuple[float, float]:
    share, n = 0.0, 0.0
    for tally in tallies:
        if tally is not None and tally.n:
            prior = PRIOR_TICKETS if n else 0
            share, n = (tally.asked + prior * share) / (tally.n + prior), tally.n + prior
    return (share, max(0.0, share - _Z * sqrt(share * (1 - share) / n))) if n else (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class MissingDetail:
    """A detail that a ticket does not say.

    Attributes:
        name: of it.
        share: how often agents of this desk asked for it where a ticket like this did not say it, 0 to 1; None where
            the usual list has it and nothing was learned.
        desk_share: the same for all of the desk's tickets.
    """

    name: str
    share: float | None = None
    desk_share: float | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What to ask for.

    Attributes:
        question: one, in the ticket's language.
        language: `en` or `de`.
        details: what it asks for, the most valuable first; two at most.
    """

    question: str
    language: str
    details: tuple[MissingDetail, ...]


def contexts_of(values: Mapping[str, str | None]) -> tuple[str, ...]:
    """The contexts of a ticket, from the widest to the narrowest.

    Args:
        values: by field of `CONTEXT_FIELDS` what it is, filed, suggested or decided.
    """
    known = [(name, value) for name in CONTEXT_FIELDS if (value := values.get(name))]
    alone = [f"{name}={value}" for name, value in known]
    pairs = ["|".join((alone[0], one)) for one in alone[1:]] if known and known[0][0] == "ticket_type" else []
    return ("", *alone, *pairs)


def find_missing(
    ticket: NewTicket,
    details: Details,
    values: Mapping[str, str | None],
    learned: AskedBack | None = None,
    formats: DeskFormats = (),
) -> Missing | None:
    """What to ask for about a ticket; None where it says all, or nothing is sure.

    Args:
        ticket: as filed, redacted.
        details: that there are.
        values: by field of `CONTEXT_FIELDS` what is known or suggested of it.
        learned: from the desk's history; None where its replies are not known.
        formats: of the desk's own identifiers.
    """
    is_empty = not ticket.subject.strip() and not ticket.body.strip()
    if is_empty or is_automatic(ticket):  # a machine cannot be asked
        return None
    given = details.given_in(ticket, formats)
    contexts = contexts_of(values)
    if learned is not None and learned.tallies:
        missing = _learned(details, given, contexts, learned)
    elif learned is not None and learned.pending and not _are_waited_for(learned, contexts):
        return None
    else:
        missing = _usual(details, given, values)
    if not missing:
        return None
    language = _language(ticket)
    asked = [found.question[language] for one in missing if (found := details.detail(one.name)) is not None]
    if not asked:
        return None
    beginning, joint = (
        ("Können Sie uns noch sagen, ", ", und ") if language == "de" else ("Could you tell us ", ", and ")
    )
    return Missing(f"{beginning}{joint.join(asked)}?", language, tuple(missing))


def _learned(
    details: Details, given: frozenset[str], contexts: Sequence[str], learned: AskedBack
) -> list[MissingDetail]:
    found = []
    for detail in details.all:
        if detail.name not in given:
            share, bound = learned.share(detail.name, contexts)
            if bound >= LEAST_SHARE:
                found.append(MissingDetail(detail.name, share, learned.share(detail.name, ("",))[0]))
    return sorted(found, key=lambda one: -(one.share or 0))[:MOST_ASKED]


def _are_waited_for(learned: AskedBack, contexts: Sequence[str]) -> bool:
    """Whether tickets of these contexts wait for their caller surely now and then, and no less than the desk's do."""
    share, bound = learned.pending_share(contexts)
    return bound >= LEAST_SHARE and share >= learned.pending_share(("",))[0]


def _usual(details: Details, given: frozenset[str], values: Mapping[str, str | None]) -> list[MissingDetail]:
    """The first ones of the usual list of its category, group or type, where the text has less than half of it."""
    known = [(values.get(name) or "").lower() for name in reversed(CONTEXT_FIELDS)]
    wanted = next((details.wanted[value] for value in known if value in details.wanted), ())
    lacking = [name for name in wanted if name not in given]
    if 2 * len(lacking) <= len(wanted):
        return []
    return [MissingDetail(name) for name in lacking[:MOST_ASKED]]


def _language(ticket: NewTicket) -> str:
    """German where the ticket says so, or where its text has more of German's small words than of English's."""
    if ticket.language:
        return "de" if ticket.language.lower().startswith(("de", "ger")) else "en"
    said = _WORD.findall(f"{ticket.subject} {ticket.body}"[:2_000].lower())
    german, english = (sum(word in known for word in said) for known in _SMALL_WORDS)
    return "de" if german > english else "en"


def parse_details(text: str, name: str) -> Details:
    """The details that a TOML text describes.

    Raises:
        InvalidInput: no TOML, or a table that does not fit its form.
    """
    try:
        tables = tomllib.loads(text)
        asking = tables.pop("asking")
        wanted = {kind: tuple(names) for kind, names in tables.pop("wanted").items()}
        found = tuple(_detail(key, table) for key, table in tables.items())
        return Details(found, _pattern(phrase for phrases in asking.values() for phrase in phrases), {}).wanting(wanted)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"{name} does not describe details: {error}.") from None


def _detail(name: str, table: Mapping[str, object]) -> Detail:
    if unknown := [key for key in table if key not in _KEYS]:
        raise ValueError(f"[{name}] has {unknown[0]!r}, known are {', '.join(_KEYS)}")
    question = table["question"]
    if not isinstance(question, Mapping) or set(question) != set(_LANGUAGES):
        raise ValueError(f"[{name}] needs a question in {' and '.join(_LANGUAGES)}")
    return Detail(
        name,
        MappingProxyType(dict(question)),
        _pattern(_texts(table["given"])),
        _pattern(_texts(table["asked"])),
        frozenset(_texts(table.get("identifiers", []))),
        tuple(_texts(table.get("marks", []))),
        tuple(_texts(table.get("fields", []))),
    )


def _texts(given: object) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) and one.strip() for one in given):
        raise TypeError("phrases are lists of texts")
    return given


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of the phrases, as whole words; `*` is one word or its ending, `#` a number."""
    parts = {"*": r"\w{0,40}+", "#": r"\d{1,9}+", " ": r"[ \t]{1,3}"}
    written = ("".join(parts.get(sign, re.escape(sign)) for sign in phrase.lower()) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(set(written)))})(?!\w)")
