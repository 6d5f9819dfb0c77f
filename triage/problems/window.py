"""The incidents of a window as sparse rows: words and pairs of neighbouring words, once each.

Words are numbers while they are gathered, and only pairs that several incidents share are spelled out, so that a year
of a large desk fits into memory.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from triage.problems.incident import Incident

__all__ = ["NOBODY", "Window", "gather"]

COMMON_RATIO, COMMON_FROM = 0.05, 200
"""A term of more incidents than this share, and than so many, tells nothing of any one of them."""

FEWEST_WITH = 3
"""A term of fewer incidents is a name, a number or a slip."""

NOBODY = -1
"""Stands for who or what is not known."""

_DIGITS = 3
"""Numbers of so many digits or fewer are rooms, hours and amounts, and tell nothing alone."""


@dataclass(frozen=True, slots=True)
class Window:
    """Incidents in order of time, and their terms.

    Attributes:
        incidents: with everything but their words.
        starts: where each incident's terms begin, and where the last one's end; int64 of shape (n + 1,).
        columns: the terms, rising within an incident; int32 of shape (n_cells,).
        names: of the terms; a pair has a blank in it.
        places: of each incident among those that people wrote, 0 to 1, so that the desk's own rhythm is taken out of
            time; float64 of shape (n,).
        customers: a number for each person, `NOBODY` where nobody is known; int64 of shape (n,).
        services: a number for each service, `NOBODY` where none is known; int64 of shape (n,).
        service_names: what those numbers stand for.
        is_automatic: whether a machine wrote it; bool of shape (n,).
        days: when it was opened, in days since 1970 (UTC); float64 of shape (n,).
    """

    incidents: Sequence[Incident]
    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    names: Sequence[str]
    places: NDArray[np.float64]
    customers: NDArray[np.int64]
    services: NDArray[np.int64]
    service_names: Sequence[str]
    is_automatic: NDArray[np.bool_]
    days: NDArray[np.float64]

    def __len__(self) -> int:
        """How many incidents they are."""
        return len(self.incidents)

    @property
    def rows(self) -> NDArray[np.int32]:
        """For each cell whose term it is; int32 of shape (n_cells,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))

    def cells(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The terms of some incidents: for each cell the place in `chosen`, and the term."""
        lengths = self.starts[chosen + 1] - self.starts[chosen]
        whose = np.repeat(np.arange(len(chosen)), lengths)
        before = np.cumsum(lengths) - lengths
        at = np.arange(len(whose)) - np.repeat(before - self.starts[chosen], lengths)
        return whose, self.columns[at]


def gather(incidents: Iterable[Incident]) -> Window:
    """The window of incidents, whatever their order; of two by one id the first counts.

    Where nobody says which incident is whose, each counts as another person's.
    """
    numbers: dict[str, int] = {}
    kept: dict[str, Incident] = {}
    said: list[NDArray[np.int32]] = []
    for incident in incidents:
        if incident.id in kept:
            continue
        kept[incident.id] = replace(incident, words=())
        numbered = [numbers.setdefault(word, len(numbers)) for word in incident.words]
        said.append(np.array(numbered, dtype=np.int32))
    found = list(kept.values())
    order = np.argsort([incident.opened_at.timestamp() for incident in found], kind="stable")
    ordered = [found[at] for at in order]
    is_automatic = np.array([one.is_automatic for one in ordered], dtype=np.bool_)
    starts, columns, names = _rows([said[at] for at in order], list(numbers), ~is_automatic)
    service_names = sorted({one.service for one in ordered if one.service is not None})
    n_people = max(int((~is_automatic).sum()), 1)
    return Window(
        incidents=ordered,
        starts=starts,
        columns=columns,
        names=names,
        places=(np.cumsum(~is_automatic) - 0.5) / n_people,
        customers=_numbered([one.customer_id for one in ordered]),
        services=_numbered([one.service for one in ordered], service_names),
        service_names=service_names,
        is_automatic=is_automatic,
        days=np.array([one.opened_at.timestamp() / 86_400 for one in ordered], dtype=np.float64),
    )


def _numbered(values: Sequence[str | None], known: Sequence[str] | None = None) -> NDArray[np.int64]:
    """A number for each value, the same for the same one."""
    names = {name: at for at, name in enumerate(known or dict.fromkeys(each for each in values if each is not None))}
    return np.array([NOBODY if each is None else names[each] for each in values], dtype=np.int64)


def _rows(
    said: Sequence[NDArray[np.int32]], words: Sequence[str], is_people: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
    """Terms by incident: those that at least `FEWEST_WITH` of people's have, and not too many of them."""
    n = len(said)
    lengths = np.array([len(each) for each in said], dtype=np.int64)
    flat = np.concatenate(said).astype(np.int64) if n else np.empty(0, dtype=np.int64)
    whose = np.repeat(np.arange(n), lengths)
    n_words = max(len(words), 1)
    is_number = np.array([word.isdecimal() and len(word) <= _DIGITS for word in words], dtype=np.bool_)
    alone = ~is_number[flat] if n else np.empty(0, dtype=np.bool_)
    pairs = flat[:-1] * n_words + flat[1:]
    together = whose[1:] == whose[:-1]
    single_rows, singles, word_at = _shared(whose[alone], flat[alone], is_people)
    pair_rows, paired, pair_at = _shared(whose[:-1][together], pairs[together], is_people)
    names = [words[at] for at in word_at] + [f"{words[at // n_words]} {words[at % n_words]}" for at in pair_at]
    cells = np.concatenate([single_rows * len(names) + singles, pair_rows * len(names) + paired + len(word_at)])
    cells.sort()
    rows, columns = np.divmod(cells, max(len(names), 1))
    starts = np.searchsorted(rows, np.arange(n + 1)).astype(np.int64)
    return starts, columns.astype(np.int32), names


def _shared(
    whose: NDArray[np.int64], terms: NDArray[np.int64], is_people: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Cells of the terms that are neither too rare nor too common: rows, places among the kept terms, and those."""
    if not len(terms):
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, empty
    n, n_people = len(is_people), int(is_people.sum())
    known, at = np.unique(terms, return_inverse=True)
    cells = np.unique(at * n + whose)  # once an incident
    at, rows = np.divmod(cells, n)
    n_with = np.bincount(at[is_people[rows]], minlength=len(known))  # a machine may say one thing a thousand times
    is_kept = (n_with >= FEWEST_WITH) & (n_with <= max(COMMON_RATIO * n_people, COMMON_FROM))
    places = np.cumsum(is_kept) - 1
    kept = is_kept[at]
    return rows[kept], places[at[kept]], known[is_kept]
