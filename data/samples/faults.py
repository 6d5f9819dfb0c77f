"""What is said of one fault that comes back, of an outage, and of changes; a new fault is a table in `faults.toml`."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from data.samples.phrases import LANGUAGES, Phrase, ServicePhrases, load_phrasebook, parse_phrase

__all__ = ["Fault", "FaultBook", "load_faults", "outage_phrases"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One specific fault of a service, with what people say of it by language."""

    service: str
    said: Mapping[str, ServicePhrases]


@dataclass(frozen=True, slots=True)
class FaultBook:
    """Every fault, at most one a service; and what changes are called, those of a service and others."""

    faults: tuple[Fault, ...]
    change_titles: tuple[Phrase, ...]
    other_titles: tuple[Phrase, ...]


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads(files("data.samples").joinpath("faults.toml").read_text(encoding="utf-8"))


@cache
def load_faults() -> FaultBook:
    """What stands in `faults.toml`, read once."""
    raw = _raw()
    return FaultBook(
        faults=tuple(Fault(row["service"], _said(row["service"], row)) for row in raw["faults"]),
        change_titles=_parse_all(raw["changes"]["titles"]),
        other_titles=_parse_all(raw["changes"]["other"]),
    )


@cache
def outage_phrases(service: str) -> Mapping[str, ServicePhrases]:
    """What is said, by language, when a service fails as a whole."""
    return _said(service, _raw()["outage"])


def _said(service: str, row: Mapping[str, Any]) -> Mapping[str, ServicePhrases]:
    said = {}
    for language in LANGUAGES:
        usual = load_phrasebook(language).services[service]
        said[language] = ServicePhrases(
            things=usual.things,
            bare=usual.bare,
            broken=_parse_all(row[language]["broken"]),
            wanted=(),
            clues=_parse_all(row[language]["clues"]),
            fixes=(),
            alerts=(),
        )
    return said


def _parse_all(texts: Iterable[str]) -> tuple[Phrase, ...]:
    return tuple(parse_phrase(text) for text in texts)
