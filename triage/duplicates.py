"""How sure it is that a person says again what they have said before: a copy, a forwarded mail, a reminder, a call.

The weights were learned on generated desks, see `benchmarks/links.py`. A further sign is a field of `Likeness`, a place
in its `numbers` and a weight in each row of `_WEIGHTS`.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp, fsum

from triage.customers.contact import service_of
from triage.features import TermView, text_of
from triage.markup import own_subject, own_words, plain_text
from triage.text import normalise, words
from triage.ticket import NewTicket

__all__ = ["FEWEST_TELLING", "Likeness", "Rarity", "ReadTicket", "confidence_of", "likenesses", "rarity_in", "read"]

_RUN = 4
_MOST_WORDS = 1_500
"""Words of a text that are looked at; a pasted log says no more about who says it again."""

FEWEST_TELLING = 1.5
"""Weight of words below which a text says too little to be known again."""

_FEWEST_RUNS = 1.0
_LONGEST_CODE = 60
_COMMON, _RARE = 3.5, 7.5
"""Inverse document frequencies, as scikit-learn has them: of what is in a tenth of all tickets, and in one of 700."""

_FEWEST_OTHERS = 2
"""Further tickets of a person from which it can be told what they always write."""

Run = tuple[str, ...]

_NEARLY_SAME = 0.85
"""Of the words of two texts, those that both have: from here on they are the same text."""

Rarity = Callable[[str], float]
"""How rare a word, or a pair of neighbouring words with a blank between them, is at a desk; 0 to 1."""

_NUMBER = re.compile(r"\d+")
_CODE = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[^\W\d_])\w+(?:-\w+)*(?![\w-])")
_LONG_NUMBER = re.compile(r"(?<![\w.])\d{5,40}(?![\w.])")
_KINDS_OF_NUMBERS = frozenset(
    ("weblink", "emailaddress", "deviceaddress", "ipaddress", "bankaccount", "longnumber", "redacted")
)
"""What `triage/text.py` and redaction put in the place of what differs from ticket to ticket; says nothing here."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two tickets of one person say the same; shares are 0 to 1.

    Attributes:
        shared: of the telling words of the shorter one, those that the other has.
        union: of the telling words of both, those that both have.
        runs: of the shorter one's runs of four words, those that the other has: what was sent again word for word.
        has_same_subject: whether the subjects are one, without what mail programs put before them.
        quotes: of the earlier one's runs of four words, those that the whole later mail has, with all that it quotes.
        names: whether the later one names the earlier one's number.
        n_codes: identifiers that both name, such as an error's or a device's.
        codes_differ: whether there is a form of which each names some, and none of the other's: another device.
        has_same_service: whether both say the same service.
        services_differ: whether they say different ones.
    """

    shared: float
    union: float
    runs: float
    has_same_subject: bool
    quotes: float
    names: bool
    n_codes: int
    codes_differ: bool
    has_same_service: bool
    services_differ: bool

    @property
    def numbers(self) -> tuple[float, ...]:
        """The same in a row, for which weights are learned."""
        return (
            self.shared,
            self.union,
            self.runs,
            float(self.has_same_subject),
            self.quotes,
            float(self.names),
            float(min(self.n_codes, 2)),
            float(self.codes_differ),
            float(self.has_same_service),
            float(self.services_differ),
        )


@dataclass(frozen=True, slots=True)
class ReadTicket:
    """A ticket whose text was read once, to be held against others.

    Attributes:
        ticket: as it was filed.
        own: the words that its sender wrote, in order.
        everything: those with all that they quote.
        weights: how much each of these words says of what a ticket is about, 0 to 1.
        pairs: how rare each pair of neighbours is: the pairs of a form that many fill in are not.
        subject: the subject's words as one text; empty where they say too little.
        codes: identifiers, each with its form.
    """

    ticket: NewTicket
    own: tuple[str, ...]
    everything: tuple[str, ...]
    weights: Mapping[str, float]
    pairs: Mapping[tuple[str, str], float]
    subject: str
    codes: Mapping[str, str]

    @property
    def telling(self) -> dict[str, float]:
        """The sender's words that say something, each once."""
        return {word: weight for word in self.own if (weight := self.weights[word])}

    @property
    def says_something(self) -> bool:
        """Whether there is enough to be known again."""
        return sum(self.telling.values()) >= FEWEST_TELLING


def read(ticket: NewTicket, rarity: Rarity) -> ReadTicket:
    """A ticket, read once.

    Args:
        ticket: as it was filed.
        rarity: how rare a word is at the desk.
    """
    own = text_of(ticket)
    whole = normalise(f"{plain_text(ticket.subject)}\n{plain_text(ticket.body)}")
    said, everything = words(own)[:_MOST_WORDS], words(whole)[: 2 * _MOST_WORDS]
    subject = words(normalise(own_subject(plain_text(ticket.subject))))
    weights = {word: _shape(word) and _shape(word) * rarity(word) for word in {*said, *everything, *subject}}
    pairs = {pair: rarity(" ".join(pair)) for pair in {*pairwise(said), *pairwise(everything)}}
    says_enough = sum(weights[word] for word in set(subject)) >= FEWEST_TELLING
    came = f"{ticket.subject}\n{own_words(plain_text(ticket.body))}"[: 10 * _MOST_WORDS].lower()
    codes = [
        code
        for code in (*_CODE.findall(own[: 10 * _MOST_WORDS]), *_LONG_NUMBER.findall(came))
        if len(code) <= _LONGEST_CODE
    ]
    return ReadTicket(
        ticket=ticket,
        own=tuple(said),
        everything=tuple(everything),
        weights=weights,
        pairs=pairs,
        subject=" ".join(subject) if says_enough else "",
        codes={code: _NUMBER.sub("9", code) for code in codes if len(code) <= _LONGEST_CODE},
    )


@lru_cache(maxsize=2)  # a view has a hundred thousand terms, and every ticket asks for the same one
def rarity_in(view: TermView) -> Rarity:
    """How rare a word or a pair is in the history that a model was learned from, 0 to 1; 1 for one that is unknown."""
    known: dict[str, float] = dict(zip(view.known, view.idf.tolist(), strict=True))

    def rarity(term: str) -> float:
        idf = known.get(term, _RARE)
        return min(max((idf - _COMMON) / (_RARE - _COMMON), 0.0), 1.0)

    return rarity


def likenesses(new: ReadTicket, earlier: Sequence[ReadTicket]) -> list[Likeness]:
    """How much a ticket says the same as each earlier one of the same person.

    What stands in most tickets of a person (a form that they fill in, their name, their room) says nothing of any.
    """
    said = [set(each.own) for each in earlier]
    return [
        _likeness(
            new, each, _habits([other for other, words in zip(earlier, said, strict=True) if _differ(words, own)])
        )
        for each, own in zip(earlier, said, strict=True)
    ]


def _differ(some: set[str], others: set[str]) -> bool:
    """Whether two texts are not nearly the same, as those are that somebody sends again and again."""
    return len(some & others) < _NEARLY_SAME * max(len(some | others), 1)


def _likeness(new: ReadTicket, earlier: ReadTicket, habits: Mapping[str, float]) -> Likeness:
    together = {**earlier.weights, **new.weights}
    weights = {word: weight * (1.0 - habits.get(word, 0.0)) ** 2 for word, weight in together.items()}
    some, others = set(new.own), set(earlier.own)
    both, one, other = (fsum(map(weights.__getitem__, each)) for each in (some & others, some, others))
    services = service_of(new.ticket.attributes), service_of(earlier.ticket.attributes)
    shorter, longer = sorted((new.own, earlier.own), key=len)
    pairs = {**earlier.pairs, **new.pairs}

    def weigh(run: Run) -> float:
        rare = sum(pairs[pair] for pair in pairwise(run)) / (_RUN - 1)
        return rare * sum(map(weights.__getitem__, run)) / _RUN

    return Likeness(
        shared=both / max(min(one, other), FEWEST_TELLING),
        union=both / max(one + other - both, FEWEST_TELLING),
        runs=_same_runs(shorter, longer, weigh),
        has_same_subject=bool(new.subject) and new.subject == earlier.subject,
        quotes=_same_runs(earlier.own, new.everything, weigh),
        names=_names(new, earlier.ticket),
        n_codes=sum(weights.get(code, 1.0) > 0 for code in new.codes.keys() & earlier.codes.keys()),
        codes_differ=_codes_differ(new.codes, earlier.codes),
        has_same_service=services[0] is not None and services[0] == services[1],
        services_differ=None not in services and services[0] != services[1],
    )


def _habits(others: Sequence[ReadTicket]) -> dict[str, float]:
    """Of a person's other earlier tickets the share that holds a word; nothing where they are too few to tell."""
    if len(others) < _FEWEST_OTHERS:
        return {}
    usual = Counter(word for each in others for word in set(each.everything))
    return {word: n / len(others) for word, n in usual.items()}


def confidence_of(like: Likeness, similarity: float | None) -> float:
    """How sure it is that the later ticket says again what the earlier one said, 0 to 1.

    Args:
        like: what both have in common.
        similarity: of their vectors; None where no model can tell.
    """
    weights = _WEIGHTS[similarity is not None]
    numbers = (1.0, *like.numbers, *(() if similarity is None else (similarity,)))
    return 1.0 / (1.0 + exp(-sum(weight * number for weight, number in zip(weights, numbers, strict=True))))


def _shape(word: str) -> float:
    """How much a word says by its form, 0 to 1: short ones carry the grammar in most languages, numbers come and go."""
    if word in _KINDS_OF_NUMBERS:
        return 0.0
    if any(map(str.isdigit, word)):
        return 0.0 if word.isdigit() and len(word) < 3 else 1.0
    if word.isascii() or len(word) > 3:
        return min(max(len(word) - 2, 0), 3) / 3
    return 0.5  # in some scripts words are short


def _same_runs(some: Sequence[str], others: Sequence[str], weigh: Callable[[Run], float]) -> float:
    """Of the runs of words of one text, by weight, those that another has; 0 where they say too little."""
    there = set(_runs(others))
    weighed = [(weigh(run), run in there) for run in _runs(some)]
    together = sum(weight for weight, _ in weighed)
    return sum(weight for weight, is_there in weighed if is_there) / max(together, _FEWEST_RUNS)


def _runs(said: Sequence[str]) -> list[Run]:
    return [tuple(said[at : at + _RUN]) for at in range(len(said) - _RUN + 1)]


def _codes_differ(some: Mapping[str, str], others: Mapping[str, str]) -> bool:
    common = some.keys() & others.keys()
    return bool(set(some.values()) & set(others.values()) - {some[code] for code in common})


def _names(new: ReadTicket, earlier: NewTicket) -> bool:
    """Whether a text names a ticket's number; a short number may be anything."""
    numbers = {normalise(each) for each in (earlier.id, earlier.id_as_filed or "") if len(each) >= 5}
    text = f"{new.ticket.subject}\n{new.ticket.body}".lower()
    return any(re.search(rf"(?<!\w){re.escape(number)}(?!\w)", text) for number in numbers if number.strip())


_WEIGHTS: dict[bool, tuple[float, ...]] = {
    False: (-6.41, 7.13, 0.50, 1.72, 0.50, 4.66, 2.83, 0.50, -7.77, 0.53, -4.82),
    True: (-8.83, 5.24, 0.50, 1.00, 0.50, 3.78, 3.43, 0.50, -8.12, 0.25, -4.42, 6.10),
}
"""By whether vectors are there: the constant, then the weights of `Likeness.numbers`, and of the vectors' similarity.

Each keeps the sign that it must have, and at least half a point: generated people repeat subjects without meaning it
more often than others do.
"""
