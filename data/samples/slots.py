"""Fills the slots of phrases for one ticket at a time; a new slot is a line in `SlotFiller.__init__` or in `begin`."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypeVar

from data.samples.catalogue import Service
from data.samples.people import LOCATIONS, SampleCustomer, invented_name
from data.samples.phrases import Phrase, Phrasebook

__all__ = ["SlotFiller", "pick"]

T = TypeVar("T")

_COMMON_CODES = ("0x8000####", "HTTP 50#", "HTTP 403", "TIME_OUT", "ERR-###", "####", "E-##")


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of the options, all alike; three times as fast as `Random.choice`, and this is called most."""
    return options[int(rng.random() * len(options))]


class SlotFiller:
    """Turns phrases into text.

    What stays the same within a ticket (who writes, what about, on which device) is set by `begin`; numbers, codes,
    times and third persons are drawn anew for every slot.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._values: dict[str, str] = {}
        self._codes: Sequence[str] = _COMMON_CODES
        self._when: Sequence[Phrase] = ()
        self._fresh: Mapping[str, Callable[[], str]] = {
            "n": lambda: str(1 + int(rng.random() * 9)),
            "code": self._code,
            "version": lambda: f"{1 + int(rng.random() * 24)}.{int(rng.random() * 10)}.{int(rng.random() * 10)}",
            "when": lambda: self.fill(pick(rng, self._when)),
            "place": lambda: pick(rng, LOCATIONS),
            "person": lambda: invented_name(rng),
            "person_mail": lambda: invented_name(rng).lower().replace(" ", ".") + "@example.com",
        }

    def begin(self, book: Phrasebook, customer: SampleCustomer, service: Service, other: Service) -> None:
        """Set everything for the next ticket; `other` is a service that the text may mention beside its own."""
        rng = self._rng
        self._when = book.manner["when"]
        self._codes = service.codes if rng.random() < 0.5 else _COMMON_CODES
        name = invented_name(rng) if "shared_mailbox" in customer.traits else customer.display_name
        quote = rng.random()
        device = f"LT-{10_000 + int(rng.random() * 90_000)}"
        self._values = {
            "name": name,
            "first": name.partition(" ")[0],
            "department": pick(rng, book.manner["departments"]).head,
            "device": f"'{device}'" if quote < 0.3 else f'"{device}"' if quote < 0.5 else device,
        }
        own, foreign = book.services[service.name], book.services[other.name]
        self._name_it("thing", "bare", own.things, own.bare)
        self._name_it("other", "otherbare", foreign.things, foreign.bare)

    def be_vague(self, book: Phrasebook) -> None:
        """Name the service of this ticket by a word that could be any, and its codes likewise."""
        self._name_it("thing", "bare", book.shared["vague_things"], book.vague_bare)
        self._codes = _COMMON_CODES

    def set(self, slot: str, text: str) -> None:
        """Give a slot its text for the rest of this ticket."""
        self._values[slot] = text

    def fill(self, phrase: Phrase) -> str:
        """The phrase as text."""
        head, slots = phrase
        if not slots:
            return head
        values, fresh = self._values, self._fresh
        parts = [head]
        for slot, tail in slots:
            value = values.get(slot)
            parts.append(fresh[slot]() if value is None else value)
            parts.append(tail)
        return "".join(parts)

    def pick(self, phrases: Sequence[Phrase]) -> str:
        """One of the phrases, as text."""
        return self.fill(phrases[int(self._rng.random() * len(phrases))])

    def _name_it(self, slot: str, bare_slot: str, things: Sequence[Phrase], bare: Sequence[Phrase]) -> None:
        at = int(self._rng.random() * len(things))
        self._values[slot] = self.fill(things[at])
        self._values[bare_slot] = self.fill(bare[at])

    def _code(self) -> str:
        code = pick(self._rng, self._codes)
        return "".join(str(int(self._rng.random() * 10)) if char == "#" else char for char in code)
