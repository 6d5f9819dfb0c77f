"""What a problem is recognised by: which words, and which service, its incidents have more often than all others.

A centre is a naive Bayes classifier of one problem against the rest. It is made of the incidents alone, so that nothing
of it changes when a model is learned anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self

__all__ = ["Centre", "KnownProblem", "nearest_problem", "similarity"]

MARGIN = 1.0
"""By so much, in natural logarithms of odds, the best of several known problems must be ahead of the second."""


@dataclass(frozen=True, slots=True)
class Centre:
    """What a problem is recognised by.

    Attributes:
        weights: by term how much it speaks for the problem, in natural logarithms of odds; a pair of neighbouring words
            counts what it says beyond its words.
        services: the same by service; another service than these counts `other_service`, none counts nothing.
        other_service: what a service speaks against it that none of its incidents has.
        threshold: from this sum on an incident belongs to it.
    """

    weights: Mapping[str, float]
    services: Mapping[str, float] = field(default_factory=dict)
    other_service: float = 0.0
    threshold: float = 0.0

    def score(self, words: Sequence[str], service: str | None) -> float:
        """By how much a text and a service are beyond what is asked; below 0 it does not belong."""
        terms = {*words, *map(" ".join, pairwise(words))}
        said = sum(self.weights.get(term, 0.0) for term in terms)
        about = 0.0 if service is None else self.services.get(service, self.other_service)
        return said + about - self.threshold

    def joined_with(self, other: "Centre") -> "Centre":
        """What recognises both, until the next look finds what does so best."""
        weights = {term: max(self.weights.get(term, 0.0), other.weights.get(term, 0.0)) for term in self._with(other)}
        services = {name: max(self.services.get(name, 0.0), weight) for name, weight in other.services.items()}
        threshold = max(self.threshold, other.threshold)
        return Centre(weights, {**self.services, **services}, max(self.other_service, other.other_service), threshold)

    def _with(self, other: "Centre") -> list[str]:
        return list({**self.weights, **other.weights})

    def has_said(self, words: Iterable[str]) -> int:
        """How many of its words a text has."""
        return sum(word in self.weights for word in set(words))

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "weights": {term: round(weight, 4) for term, weight in self.weights.items()},
            "services": {name: round(weight, 4) for name, weight in self.services.items()},
            "other_service": round(self.other_service, 4),
            "threshold": round(self.threshold, 4),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """As it was stored; one without terms belongs to nothing."""
        return cls(
            dict(stored.get("weights", {})),
            dict(stored.get("services", {})),
            float(stored.get("other_service", 0.0)),
            float(stored.get("threshold", 0.0)),
        )


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """A problem that new tickets may belong to."""

    id: int
    centre: Centre


def nearest_problem(words: Sequence[str], service: str | None, known: Iterable[KnownProblem]) -> int | None:
    """To which known problem an incident belongs; None where it belongs to none, or could belong to several.

    Args:
        words: its own words in order, as `words_of` in `incident.py` has them.
        service: what it is about, as `service_of` has it; None where nobody says.
        known: the problems; how many there are is what it costs.
    """
    scored = sorted(
        ((one.centre.score(words, service), one.id) for one in known if one.centre.has_said(words) >= FEWEST_WORDS),
        reverse=True,
    )
    if not scored or scored[0][0] < 0:
        return None
    if len(scored) > 1 and scored[0][0] - scored[1][0] < MARGIN and scored[1][0] >= 0:
        return None
    return scored[0][1]


FEWEST_WORDS = 2
"""One word alone never makes an incident belong to a problem, however rare it is."""


def similarity(one: Centre, other: Centre) -> float:
    """The cosine of the weights of two centres, 0 to 1."""
    a, b = one.weights, other.weights
    dot = sum(weight * b[term] for term, weight in a.items() if term in b)
    length = (sum(w * w for w in a.values()) * sum(w * w for w in b.values())) ** 0.5
    return dot / length if length else 0.0
