"""What people of the sample desk say, by language: phrases with slots, parsed once; a new language is a TOML file.

A phrase is kept as its first literal and the slots that follow, because it is filled a million times.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

__all__ = ["LANGUAGES", "Phrase", "Phrasebook", "ServicePhrases", "load_phrasebook", "parse_phrase"]

LANGUAGES: tuple[str, ...] = ("en", "de")
"""The languages of the desk; each has its `phrases_*.toml`."""

_SLOT = re.compile(r"\{(\w+)\}")


class Phrase(NamedTuple):
    """Text up to the first slot, then each slot's name with the text after it."""

    head: str
    slots: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ServicePhrases:
    """What is said of one service: its names (`bare` without article), what breaks, what is wanted, telling details."""

    things: tuple[Phrase, ...]
    bare: tuple[Phrase, ...]
    broken: tuple[Phrase, ...]
    wanted: tuple[Phrase, ...]
    clues: tuple[Phrase, ...]
    fixes: tuple[Phrase, ...]
    alerts: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """All phrases of one language.

    `manner` is how one writes (greetings, signatures), `shared` what may be said of any service; `impact` and
    `urgency` hold three lists each, from high to low. `vague_things` and `vague_bare` name no service.
    """

    language: str
    manner: Mapping[str, tuple[Phrase, ...]]
    shared: Mapping[str, tuple[Phrase, ...]]
    impact: tuple[tuple[Phrase, ...], ...]
    urgency: tuple[tuple[Phrase, ...], ...]
    vague_bare: tuple[Phrase, ...]
    services: Mapping[str, ServicePhrases]


def parse_phrase(text: str) -> Phrase:
    """A phrase ready to be filled: `"error {code} again"` becomes `("error ", (("code", " again"),))`."""
    parts = _SLOT.split(text)
    return Phrase(parts[0], tuple(zip(parts[1::2], parts[2::2], strict=True)))


def _parse_all(texts: Iterable[str]) -> tuple[Phrase, ...]:
    return tuple(parse_phrase(text) for text in texts)


def _without_article(texts: Iterable[str], articles: frozenset[str]) -> tuple[Phrase, ...]:
    split = (text.partition(" ") for text in texts)
    return _parse_all(rest if first in articles else first + gap + rest for first, gap, rest in split)


def _service_phrases(row: Mapping[str, list[str]], articles: frozenset[str]) -> ServicePhrases:
    return ServicePhrases(
        things=_parse_all(row["things"]),
        bare=_without_article(row["things"], articles),
        broken=_parse_all(row["broken"]),
        wanted=_parse_all(row["wanted"]),
        clues=_parse_all(row["clues"]),
        fixes=_parse_all(row.get("fixes", ())),
        alerts=_parse_all(row.get("alerts", ())),
    )


@cache
def load_phrasebook(language: str) -> Phrasebook:
    """The phrases of one language, read once from its TOML file."""
    source = files("data.samples").joinpath(f"phrases_{language}.toml")
    raw: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    articles = frozenset(raw["slots"]["articles"])
    manner = {**raw["manner"], "when": raw["slots"]["when"], "subject_glue": raw["slots"]["subject_glue"]}
    levels = ("high", "medium", "low")
    return Phrasebook(
        language=language,
        manner={name: _parse_all(texts) for name, texts in manner.items()},
        shared={name: _parse_all(texts) for name, texts in raw["shared"].items() if isinstance(texts, list)},
        impact=tuple(_parse_all(raw["shared"]["impact"][level]) for level in levels),
        urgency=tuple(_parse_all(raw["shared"]["urgency"][level]) for level in levels),
        vague_bare=_without_article(raw["shared"]["vague_things"], articles),
        services={name: _service_phrases(row, articles) for name, row in raw["services"].items()},
    )
