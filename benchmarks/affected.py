"""How well the service that a text names is found, with slips planted; how long it takes; and what is said missing.

What is said missing is held against the replies of a real export, where its folder is there.
"""

import csv
import gzip
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from benchmarks.measurement import Measurement, median_seconds
from data.details import read_details
from data.samples.desk import generate_desk
from data.samples.phrases import LANGUAGES, Phrase, load_phrasebook
from data.samples.typos import slip_once
from training.asking_back import learn_asked_back
from triage.affected import Lists, find_affected
from triage.gazetteer import Gazetteer, ListedName, fold
from triage.missing import find_missing
from triage.text import normalise
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["run"]

N_TICKETS, N_INVENTED, N_MANY = 6_000, 200, 50_000
LONG_TEXT = 20_000
WAYS = ("as listed", "lower case", "hyphens or none", "plural", "one slip", "in a compound")
LEARNED_RATIO = 0.7

_SYLLABLES = (
    *("ba", "cor", "dex", "fin", "gra", "hal", "ix", "jor", "kel", "lum", "mar"),
    *("nex", "or", "pax", "quo", "ril", "sol", "tek", "uv", "vor", "wen", "zar"),
)
_HEADS = ("Portal", "Suite", "Server", "Manager", "Desk", "Cloud", "Client")
_TAILS = ("seite", "zugang", "anmeldung", "problem")


def run() -> Iterator[Measurement]:
    """Names planted in generated texts, the sample desk's own services, the time, and replies of a real export."""
    tickets = [ticket for ticket in generate_desk(n_tickets=N_TICKETS).tickets if ticket.filed.body]
    yield from _planted(tickets)
    yield from _own_services(tickets)
    yield from _surely(tickets)
    yield from _time(tickets)
    yield from _missing()


@dataclass(frozen=True, slots=True)
class _Planted:
    text: str
    name: str | None
    way: str


def _planted(tickets: Sequence[WorkedTicket]) -> Iterator[Measurement]:
    chance = Random(5)  # noqa: S311  (texts, no secrets)
    names = _invented(chance, N_INVENTED)
    gazetteer = Gazetteer(names)
    texts = [_plant(chance, ticket.filed.body, names) for ticket in tickets]
    planted, found_of = Counter[str](), Counter[str]()
    by_spelling, right_by_spelling = Counter[str](), Counter[str]()
    n_found = n_right = 0
    for one in texts:
        planted[one.way] += 1
        mentions = gazetteer.find(one.text)
        found_of[one.way] += any(mention.listed.name == one.name for mention in mentions)
        for mention in mentions:
            n_found, n_right = n_found + 1, n_right + (mention.listed.name == one.name)
            by_spelling[mention.spelling] += 1
            right_by_spelling[mention.spelling] += mention.listed.name == one.name
    named = sum(planted[way] for way in WAYS)
    yield Measurement(
        f"{named:,} names planted in {len(texts):,} texts, {N_INVENTED} listed",
        f"precision {n_right / n_found:.3f}, recall {sum(found_of[way] for way in WAYS) / named:.3f}",
        f"{n_found - n_right} wrong",
        {"precision": n_right / n_found, "recall": sum(found_of[way] for way in WAYS) / named},
    )
    for way in WAYS:
        yield Measurement(f"written {way}", f"recall {found_of[way] / planted[way]:.3f}", f"of {planted[way]:,}")
    for spelling, n in by_spelling.items():
        yield Measurement(f"found as {spelling}", f"precision {right_by_spelling[spelling] / n:.3f}", f"of {n:,}")


def _invented(chance: Random, n: int) -> list[ListedName]:
    """Names of one or two words that no language has, some with an everyday word beside them."""
    names: dict[str, ListedName] = {}
    while len(names) < n:
        words = ["".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(2, 3))).title()]
        if chance.random() < 0.4:
            words.append(chance.choice(_HEADS))
        name = " ".join(words)
        names.setdefault(fold(name.replace(" ", "")), ListedName(name, "application"))
    return list(names.values())


def _plant(chance: Random, body: str, names: Sequence[ListedName]) -> _Planted:
    """Half of the texts as they are; in the others a name, in one of the ways that people write one."""
    if chance.random() < 0.5:
        return _Planted(body, None, "not at all")
    name, way = chance.choice(names).name, chance.choice(WAYS)
    written = {
        "as listed": name,
        "lower case": name.lower(),
        "hyphens or none": name.replace(" ", chance.choice(("-", ""))),
        "plural": f"{name}s",
        "one slip": slip_once(chance, name),
        "in a compound": name + chance.choice(_TAILS) if " " not in name else f"{name}-{chance.choice(_TAILS)}",
    }[way]
    words = body.split(" ")
    at = chance.randrange(len(words) + 1)
    return _Planted(" ".join([*words[:at], written, *words[at:]]), name, way)


def _own_services(tickets: Sequence[WorkedTicket]) -> Iterator[Measurement]:
    """The sample desk's services under their names and what people call them, against what the desk settled on."""
    for what, names in (("by their names alone", _services(False)), ("with what people call them", _services(True))):
        lists = Lists(Gazetteer(names))
        first = [(find_affected(ticket.filed, lists).findings[:1], ticket.category) for ticket in tickets]
        told = [(found[0].name, category) for found, category in first if found]
        right = sum(name == category for name, category in told)
        yield Measurement(
            f"services of the sample desk, {what}: the first one told is the one that was settled on",
            f"precision {right / max(len(told), 1):.3f}",
            f"told of {len(told) / len(first):.0%} of tickets",
        )
    filed = [ticket for ticket in tickets if "service" in ticket.filed.attributes]
    right = sum(ticket.filed.attributes["service"] == ticket.category for ticket in filed)
    yield Measurement(
        "beside it: the service that the caller picked",
        f"precision {right / len(filed):.3f}",
        f"picked in {len(filed) / len(tickets):.0%} of tickets",
    )


def _surely(tickets: Sequence[WorkedTicket]) -> Iterator[Measurement]:
    """By spelling and place how often the first name of a subject or a body is what was settled on."""
    gazetteer = Gazetteer(_services(True))
    told, right = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for ticket in tickets:
        for field, text in (("subject", ticket.filed.subject), ("body", ticket.filed.body)):
            for mention in gazetteer.find(text)[:1]:
                told[field, mention.spelling] += 1
                right[field, mention.spelling] += mention.listed.name == ticket.category
    for (field, spelling), n in sorted(told.items()):
        yield Measurement(
            f"first in the {field}, found as {spelling}: what was settled on",
            f"precision {right[field, spelling] / n:.3f}",
            f"of {n:,}",
        )


def _services(with_aliases: bool) -> list[ListedName]:
    books = [load_phrasebook(language) for language in LANGUAGES]
    return [
        ListedName(
            name,
            aliases=tuple(one for book in books for one in _called(book.services[name].bare)) if with_aliases else (),
        )
        for name in books[0].services
    ]


def _called(phrases: Sequence[Phrase]) -> list[str]:
    return [phrase.head for phrase in phrases if not phrase.slots and phrase.head]


def _time(tickets: Sequence[WorkedTicket]) -> Iterator[Measurement]:
    chance = Random(6)  # noqa: S311  (as above)
    names = _invented_many(chance)
    gazetteer = Gazetteer(names)
    plain = " ".join(ticket.filed.body for ticket in tickets[:500])[:LONG_TEXT]
    said = [name.name.split(" ")[0].lower() for name in chance.sample(names, 500)]
    named = " ".join(chance.choice(said) if chance.random() < 0.1 else word for word in plain.split(" "))[:LONG_TEXT]
    for what, text in (("of tickets", plain), ("of which every tenth word is one of a name", named)):
        seconds = median_seconds(lambda text=text: gazetteer.find(text), repeats=15)  # type: ignore[misc]
        yield Measurement(
            f"{len(text):,} characters {what} against {len(names):,} names",
            f"{seconds * 1e3:.1f} ms",
            f"{seconds / median_seconds(lambda text=text: normalise(text), repeats=15):.1f} x normalising it",  # type: ignore[misc]
        )
    yield Measurement(
        f"making ready {len(names):,} names", f"{median_seconds(lambda: Gazetteer(names), repeats=3) * 1e3:.0f} ms"
    )


def _invented_many(chance: Random) -> list[ListedName]:
    vocabulary = ["".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(2, 4))).title() for _ in range(8_000)]
    return [
        ListedName(
            f"{' '.join(chance.sample(vocabulary, chance.randint(1, 3)))} {i}"
            if i % 2
            else " ".join(chance.sample(vocabulary, 2))
        )
        for i in range(N_MANY)
    ]


def _missing() -> Iterator[Measurement]:
    """Learned from the first part of an export with first replies, held against the replies of the later part."""
    path = Path(os.environ.get("TRIAGE_BENCHMARK_DATA", "../shared/data")) / "multilingual_helpdesk.csv.gz"
    if not path.is_file():
        return
    tickets = list(_answered(path))
    cut = int(len(tickets) * LEARNED_RATIO)
    details = read_details()
    learned = learn_asked_back(tickets[:cut], details)
    if learned is None:
        return
    names = [detail.name for detail in details.all]
    most_asked = max(names, key=lambda name: learned.share(name, ("",))[0])
    n_spoken = n_said = n_asked = n_any = 0
    by_chance = of_most = 0.0
    for ticket in tickets[cut:]:
        values = {"ticket_type": ticket.ticket_type, "assignment_group": ticket.assignment_group}
        found = find_missing(ticket.filed, details, values, learned)
        if found is None:
            continue
        asked, given = details.asked_in(ticket.attributes["answer"]), details.given_in(ticket.filed)
        lacking = [name for name in names if name not in given]
        right = [one.name in asked for one in found.details]
        n_spoken, n_said, n_asked = n_spoken + 1, n_said + len(right), n_asked + sum(right)
        n_any += any(right)
        by_chance += len(right) * sum(name in asked for name in lacking) / len(lacking)
        of_most += most_asked in asked
    n = len(tickets) - cut
    yield Measurement(
        f"details said missing in {n_spoken:,} of {n:,} later tickets that their reply asks for",
        f"precision {n_asked / n_said:.3f}",
        f"a detail of chance {by_chance / n_said:.3f}, always {most_asked} {of_most / n_spoken:.3f}",
    )
    yield Measurement("questions of which the reply asks for a detail", f"{n_any / n_spoken:.3f}")


def _answered(path: Path) -> Iterator[WorkedTicket]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for i, row in enumerate(csv.DictReader(file)):
            if row["language"] in ("en", "de"):
                filed = NewTicket(
                    id=str(i), subject=row["subject"], body=row["body"].replace("\\n", "\n"), language=row["language"]
                )
                yield replace(
                    WorkedTicket(filed=filed),
                    ticket_type=row["type"].lower(),
                    assignment_group=row["queue"],
                    attributes={"answer": row["answer"]},
                )
