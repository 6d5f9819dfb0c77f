"""Which incidents of a window have a term, and what a part of them is recognised by."""

import numpy as np
from numpy.typing import NDArray

from triage.problems.recognition import Centre
from triage.problems.window import NOBODY, Window

__all__ = ["Index"]

MOST_TERMS = 40
"""So many terms a centre has at most."""

FEWEST_PERSONS = 3
"""A word of fewer persons is somebody's own, such as a name, and no problem is recognised or named by it."""

LEAST_WEIGHT = 3.5
"""A term thirty times as frequent in a group as elsewhere speaks for it; less is how people write."""

LEAST_THRESHOLD = 10.0
"""An incident belongs to a group if its words, together, are so much likelier there, in natural logarithms of odds."""

MOST_OF_SERVICE = 2.5
"""So much a service speaks for or against a group at most: people choose the wrong one in a form."""


class Index:
    """The incidents of a window by term, in order of time."""

    def __init__(self, window: Window) -> None:
        self.window = window
        rows = window.rows
        order = np.argsort(window.columns, kind="stable")
        self._terms, self._rows = window.columns[order].astype(np.int64), rows[order].astype(np.int64)
        self._starts = np.searchsorted(self._terms, np.arange(len(window.names) + 1))
        self.column_of = {name: at for at, name in enumerate(window.names)}
        self.is_people = ~window.is_automatic
        self.n_with = np.bincount(self._terms[self.is_people[self._rows]], minlength=len(window.names))

    def of_people(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every term of what people wrote with its incident, by term and then by time."""
        by_people = self.is_people[self._rows]
        return self._terms[by_people], self._rows[by_people]

    def having(self, term: int) -> NDArray[np.int64]:
        """The incidents that have a term, rising."""
        return self._rows[self._starts[term] : self._starts[term + 1]]

    def scores(self, centre: Centre) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """For each incident how far beyond what is asked it is, and how many of the centre's words it has."""
        window, n = self.window, len(self.window)
        scores, n_words = np.full(n, -centre.threshold), np.zeros(n, dtype=np.int64)
        for term, weight in centre.weights.items():
            column = self.column_of.get(term)
            if column is None:
                continue  # a centre of an earlier window
            having = self.having(column)
            scores[having] += weight
            if " " not in term:
                n_words[having] += 1
        by_service = [centre.services.get(name, centre.other_service) for name in window.service_names]
        return scores + np.array([*by_service, 0.0])[window.services], n_words  # the last one is NOBODY's

    def centre(self, members: NDArray[np.int64]) -> Centre:
        """What some incidents are recognised by against all others; int64 places, people's incidents."""
        window, n_in = self.window, len(members)
        n_out = int(self.is_people.sum()) - n_in
        terms, n_with = self._shared(members)
        inside = (n_with + 0.5) / (n_in + 1)
        outside = (np.maximum(self.n_with[terms] - n_with, 0) + 0.5) / (n_out + 1)
        said = dict(
            zip((window.names[term] for term in terms.tolist()), np.log(inside / outside).tolist(), strict=True)
        )
        worth = dict(zip(said, n_with.tolist(), strict=True))
        own = {term: weight for term, weight in _beyond_words(said).items() if weight >= LEAST_WEIGHT}
        kept = sorted(own, key=lambda term: (-own[term] * worth[term], term))[:MOST_TERMS]
        services, other_service = _service_weights(window, members, self.is_people)
        threshold = max(LEAST_THRESHOLD, float(np.log(max(n_out, 1) / max(n_in, 1))))
        return Centre({term: own[term] for term in kept}, services, other_service, threshold)

    def _shared(self, members: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The terms that several persons among some incidents have, and how many of these have each."""
        whose, terms = self.window.cells(members)
        customers = self.window.customers[members]
        n = int(customers.max(initial=0)) + 1
        persons = np.where(customers == NOBODY, n + np.arange(len(members)), customers)  # each of nobody is another
        known, at, n_with = np.unique(terms, return_inverse=True, return_counts=True)
        n_persons = np.bincount(np.unique(at * (n + len(members)) + persons[whose]) // (n + len(members)))
        is_shared = n_persons >= FEWEST_PERSONS
        return known[is_shared].astype(np.int64), n_with[is_shared]


def _beyond_words(weights: dict[str, float]) -> dict[str, float]:
    """The weights with pairs counting only what they say beyond their words."""
    beyond = {}
    for term, weight in weights.items():
        parts = term.split(" ")
        known = sum(max(weights.get(part, 0.0), 0.0) for part in parts) if len(parts) > 1 else 0.0
        beyond[term] = weight - known
    return beyond


def _service_weights(
    window: Window, members: NDArray[np.int64], is_people: NDArray[np.bool_]
) -> tuple[dict[str, float], float]:
    """How much each service of a group speaks for it, and any other against it."""
    n_services = len(window.service_names)
    inside = window.services[members]
    every = window.services[is_people]
    if not (inside != NOBODY).any():
        return {}, 0.0
    n_in = np.bincount(inside[inside != NOBODY], minlength=n_services)
    n_out = np.bincount(every[every != NOBODY], minlength=n_services) - n_in
    weights = np.log((n_in + 0.5) / (n_in.sum() + 1)) - np.log((n_out + 0.5) / (n_out.sum() + 1))
    weights = np.clip(weights, -MOST_OF_SERVICE, MOST_OF_SERVICE)
    known = {window.service_names[at]: float(weights[at]) for at in np.flatnonzero(n_in).tolist()}
    return known, -min(MOST_OF_SERVICE, float(np.log1p(n_in.sum())))
