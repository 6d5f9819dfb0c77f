"""What a customer writes: subject and body from what happened, who they are and the channel they use.

Nothing here knows the assignment group or anything that is decided later. What makes a desk hard to learn stands in
the ratios on top: texts that could be about any service, wording that fits an incident as well as a request, and
other services mentioned in passing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from data.samples.catalogue import Catalogue
from data.samples.occasions import Occasion
from data.samples.phrases import LANGUAGES, Phrase, Phrasebook, ServicePhrases, load_phrasebook
from data.samples.slots import SlotFiller, pick
from data.samples.typos import mistype

__all__ = ["Writer", "Written"]

VAGUE_RATIO = 0.05
"""Texts that name no service."""

EITHER_RATIO = 0.16
"""Texts whose main clause fits an incident as well as a request."""

SPECIFIC_RATIO = 0.45
"""Texts that say something only this service is told."""

CONTEXT_RATIO = 0.22
"""Texts that mention another service in passing."""

VERY_SHORT_RATIO = 0.04
"""Texts of a word or two."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True, slots=True)
class Written:
    """A ticket's text in its language."""

    subject: str
    body: str
    language: str


@dataclass(frozen=True, slots=True)
class _Matter:
    """What one ticket is about, as its writer puts it: `tone` is vague, either or plain."""

    clause: str
    wish: str | None
    tone: str
    is_incident: bool


def _said(occasion: Occasion, book: Phrasebook) -> ServicePhrases:
    """What may be said of an occasion: of its own cause where it has one, else of its service."""
    return book.services[occasion.service.name] if occasion.said is None else occasion.said[book.language]


class Writer:
    """Writes tickets, one after the other, from one source of chance."""

    def __init__(self, rng: Random, catalogue: Catalogue) -> None:
        self._rng = rng
        self._catalogue = catalogue
        self._filler = SlotFiller(rng)
        self._books = {language: load_phrasebook(language) for language in LANGUAGES}

    def write(self, occasion: Occasion, channel: str, impact: int, urgency: int) -> Written:
        """The text of one ticket; impact and urgency run from 0 (high) to 2 (low) and are hinted at now and then."""
        rng, customer = self._rng, occasion.customer
        book = self._books[customer.language if rng.random() < 0.96 else "en"]
        self._filler.begin(book, customer, occasion.service, pick(rng, self._catalogue.services))
        if occasion.is_alert:
            return self._alert(occasion, book)
        matter = self._matter(occasion, book)
        subject = self._subject(matter, book)
        if rng.random() < VERY_SHORT_RATIO and "precise" not in customer.traits:
            body = self._filler.pick(book.shared["very_short"])
        else:
            body = self._body(occasion, matter, book, channel, (impact, urgency), subject)
        if not customer.types_umlauts and book.language == "de":
            subject, body = subject.translate(_UMLAUTS), body.translate(_UMLAUTS)
        subject, body = (mistype(rng, text, customer.typo_ratio) for text in (subject, body))
        return Written(subject, body, book.language)

    def _alert(self, occasion: Occasion, book: Phrasebook) -> Written:
        fill = self._filler
        alert = fill.pick(book.services[occasion.service.name].alerts)
        level = pick(self._rng, ("WARNING", "CRITICAL", "MAJOR"))
        fired_at = occasion.opened_at.isoformat()
        body = f"{alert}\nseverity={level} state=FIRING count={1 + int(self._rng.random() * 9)}\nfired at {fired_at}"
        return Written(f"[{level}] {alert}", f"{body}\nsent by the monitoring, do not reply", book.language)

    def _matter(self, occasion: Occasion, book: Phrasebook) -> _Matter:
        fill, shared = self._filler, book.shared
        own = _said(occasion, book)
        if occasion.said is not None:
            return _Matter(fill.pick(own.broken), None, "plain", is_incident=True)
        if occasion.symptom is not None:
            return _Matter(fill.fill(own.broken[occasion.symptom % len(own.broken)]), None, "plain", is_incident=True)
        care = 0.15 if "precise" in occasion.customer.traits else 1.0
        chance = self._rng.random()
        if chance < VAGUE_RATIO * care:
            fill.be_vague(book)
            return self._vague_matter(occasion, book)
        if chance < (VAGUE_RATIO + EITHER_RATIO) * care:
            return _Matter(fill.pick(shared["either"]), None, "either", occasion.is_incident)
        specific = self._rng.random() < SPECIFIC_RATIO / (1.0 - VAGUE_RATIO - EITHER_RATIO)
        if occasion.is_incident:
            clause = fill.pick(own.broken if specific else shared["symptoms"])
            return _Matter(clause, None, "plain", is_incident=True)
        return self._wish(own.wanted if specific else shared["wishes"], "plain", book)

    def _vague_matter(self, occasion: Occasion, book: Phrasebook) -> _Matter:
        shared = book.shared
        with_thing = self._rng.random() < 0.4
        if occasion.is_incident:
            clause = self._filler.pick(shared["symptoms"] if with_thing else shared["vague_broken"])
            return _Matter(clause, None, "vague", is_incident=True)
        return self._wish(shared["wishes"] if with_thing else shared["vague_wanted"], "vague", book)

    def _wish(self, wishes: Sequence[Phrase], tone: str, book: Phrasebook) -> _Matter:
        wish = self._filler.pick(wishes)
        self._filler.set("wish", wish)
        return _Matter(self._filler.pick(book.shared["request_frames"]), wish, tone, is_incident=False)

    def _subject(self, matter: _Matter, book: Phrasebook) -> str:
        rng, fill, shared = self._rng, self._filler, book.shared
        if rng.random() < (0.6 if matter.tone == "vague" else 0.15):
            subject = fill.pick(shared["vague_subjects"])
        elif matter.tone == "either":
            subject = matter.clause if rng.random() < 0.5 else fill.fill(book.manner["subject_bare"][0])
        else:
            fill.set("clause", matter.clause)
            subject = fill.pick(shared["request_subjects" if matter.wish else "incident_subjects"])
        subject += fill.pick(book.manner["subject_glue"]) if rng.random() < 0.4 else ""
        prefix = fill.pick(book.manner["prefixes"]) if rng.random() < 0.1 else ""
        return prefix + subject[:1].upper() + subject[1:]

    def _body(
        self,
        occasion: Occasion,
        matter: _Matter,
        book: Phrasebook,
        channel: str,
        levels: tuple[int, int],
        subject: str,
    ) -> str:
        clauses = self._clauses(occasion, matter, book, levels)
        if channel == "chat":
            return self._as_chat(clauses, book)
        if channel == "phone":
            self._filler.set("clause", clauses[0])
            clauses[0] = self._filler.pick(book.manner["phone"])
        elif self._rng.random() < 0.4:
            clauses.insert(0, self._filler.pick(book.manner["openers"]))
        text = " ".join(self._sentence(clause) for clause in clauses if clause)
        if "precise" in occasion.customer.traits:
            text += self._precisely(matter, book)
        return self._as_mail(text, subject, book) if channel == "email" else text

    def _clauses(self, occasion: Occasion, matter: _Matter, book: Phrasebook, levels: tuple[int, int]) -> list[str]:
        """What is said, in order: the matter, then details as people happen to give them."""
        rng, fill, shared = self._rng, self._filler, book.shared
        own = _said(occasion, book)
        clauses = [matter.clause, *self._details(matter, own, book)]
        if rng.random() < CONTEXT_RATIO:
            clauses.insert(int(rng.random() * (len(clauses) + 1)), fill.pick(shared["contexts"]))
        tells_type = matter.tone != "either" or rng.random() < 0.25
        if matter.is_incident and tells_type and rng.random() < 0.4:
            clauses.append(fill.pick(shared["tried"]))
        # what is bad is said more often than what is not
        if rng.random() < (0.5 if levels[0] == 2 else 0.85):
            clauses.append(fill.pick(book.impact[levels[0]]))
        if rng.random() < (0.5 if levels[1] == 2 else 0.85):
            clauses.append(fill.pick(book.urgency[levels[1]]))
        if tells_type and rng.random() < 0.6:
            clauses.append(fill.pick(shared["asks_incident" if matter.is_incident else "asks_request"]))
        return clauses

    def _details(self, matter: _Matter, own: ServicePhrases, book: Phrasebook) -> list[str]:
        rng, fill = self._rng, self._filler
        if matter.tone == "vague":
            return [fill.pick(book.shared["vague_broken"])] if matter.is_incident and rng.random() < 0.3 else []
        details = [fill.pick(own.clues)] if rng.random() < 0.3 else []
        if matter.tone == "plain" and matter.is_incident and rng.random() < 0.25:
            details.append(fill.pick(book.shared["symptoms"]))
        return details

    def _sentence(self, clause: str) -> str:
        end = "!" if self._rng.random() < 0.03 else "."
        return clause[:1].upper() + clause[1:] + end

    def _precisely(self, matter: _Matter, book: Phrasebook) -> str:
        fill, manner = self._filler, book.manner
        steps, environment, expected, observed = (heading.head for heading in manner["headings"])
        lines = [f"\n{environment}: {fill.fill(manner['environment'][0])}"]
        if matter.is_incident:
            n_steps = 2 + int(self._rng.random() * 3)
            lines.append(f"{steps}:")
            lines.extend(f"{number}) {fill.pick(manner['steps'])}" for number in range(1, n_steps + 1))
            lines.append(f"{expected}: {fill.pick(manner['expected'])}")
            lines.append(f"{observed}: {fill.fill(manner['observed'][0])}")
        return "\n".join(lines)

    def _as_chat(self, clauses: list[str], book: Phrasebook) -> str:
        greeting = [self._filler.pick(book.manner["chat"])] if self._rng.random() < 0.6 else []
        kept = [clause for clause in clauses[:3] if clause]
        text = pick(self._rng, (", ", " - ", "\n", ". ")).join(greeting + kept)
        return text.lower() if self._rng.random() < 0.5 else text

    def _as_mail(self, text: str, subject: str, book: Phrasebook) -> str:
        rng, fill, manner = self._rng, self._filler, book.manner
        parts = [fill.pick(manner["greetings"])] if rng.random() < 0.85 else []
        if rng.random() < 0.07:
            fill.set("subject", subject)
            parts.append(fill.pick(manner["forwards"]))
        parts.append(text)
        if rng.random() < 0.85:
            parts.append(fill.pick(manner["closings"]))
            parts.append(fill.pick(manner["signatures"]))
        return "\n".join(parts)
