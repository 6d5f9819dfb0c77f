"""Which tickets are alike: a row of numbers for each ticket, and the nearest rows among many.

A row is three blocks side by side. *Words* are the ticket's TF-IDF row, hashed into fewer columns. *Meaning* is what
its words occur with, mean and look like (`triage.word_vectors`), projected into fewer columns. *Answers* are square
roots of the model's confidences, whose product is the Bhattacharyya coefficient of two answers. Each block has its
weight, the row has length one, and so the product of two rows is a weighted mean of how alike two tickets are.
"""

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol, Self

import numkong
import numpy as np
from numpy.typing import NDArray
from usearch.index import Index

from triage.features import TermRows
from triage.model import AT_ONCE, TriageModel
from triage.priority import IMPACT, PRIORITY, URGENCY
from triage.ticket import NewTicket

__all__ = [
    "APPROXIMATE_FROM",
    "ROWS_VERSION",
    "ApproximateNeighbours",
    "ExactNeighbours",
    "Found",
    "Neighbours",
    "NeighboursTogether",
    "as_bytes",
    "floor_of",
    "n_dims_of",
    "similarity",
    "ticket_vectors",
]

ROWS_VERSION: Final = 1
"""Raised whenever a row is made otherwise: rows that were kept before cannot be compared with it."""

N_WORDS: Final = 128
"""Columns that terms are hashed into; 256 find no more tickets of the same topic."""

N_MEANING: Final = 256
"""Columns that word vectors are projected into; all 606 find no more tickets of the same topic."""

MOST_ANSWERS: Final = 128
"""Labels of all targets together that have a column of their own; more are hashed into so many."""

N_PLACES: Final = 4
"""A column is added at so many places: two of them may share one, and hardly ever all."""

WORDS_WEIGHT, MEANING_WEIGHT, ANSWERS_WEIGHT = 1.0, 3.0**0.5, 1.0
"""Meaning is three blocks in one, so all five count the same. With answers at 1.5 the five nearest share their topic
more often by a point, and the other half of a text is found less often by two."""

WORDS_ALONE_WEIGHT: Final = 2.0
"""Of the words of a model without meaning: answers count for a fifth there, too."""

FLOOR, FLOOR_OF_WORDS_ALONE = 0.5, 0.4
"""Less alike than this is not worth showing: the lowest step of 0.05 from where on two in three of the nearest share
their topic. The second is for models without meaning, as texts share meaning more easily than words."""

APPROXIMATE_FROM: Final = 200_000
"""From so many rows on an exact search would take more than the 5 ms that a request can spare on a busy core."""

_OF_URGENCY = (PRIORITY, IMPACT, URGENCY)
"""These say how much a ticket matters and not what it is about: half of a desk's tickets are alike in them."""

_SCALE: Final = 160.0
"""A number of a row becomes a byte by this: 0.79 and less in absolute value fit, and no block alone makes a row."""

_QUERIES_AT_ONCE: Final = 32
"""What a batch of queries takes in memory stays bounded: 8 bytes for each and each row."""

_CONNECTIVITY, _EXPANSION = 16, 128
"""Of the graph: how many neighbours a row keeps, and how many are looked at."""

Found = tuple[NDArray[np.int64], NDArray[np.float32]]
"""For each query the places of the nearest rows, nearest first, and how alike they are; both of shape (n, k). Where
there are fewer, the place is -1 and the similarity 0."""


def ticket_vectors(model: TriageModel, tickets: Sequence[NewTicket]) -> NDArray[np.float32]:
    """Words and meaning of each ticket in one row of unit length: a dot product of two rows is their similarity.

    Rows that one version of a model made can be compared, and no others. A ticket without a text is a row of zeros:
    nothing is like it.

    Args:
        model: with or without `meaning`; the rows are as long.
        tickets: as filed, with the texts that are stored.

    Returns:
        Shape (n, n_dims_of(model)).
    """
    parts = [_vectors(model, tickets[start : start + AT_ONCE]) for start in range(0, len(tickets), AT_ONCE)]
    return np.concatenate([np.empty((0, n_dims_of(model)), dtype=np.float32), *parts])


def n_dims_of(model: TriageModel) -> int:
    """How long a row of this model is."""
    n_labels = sum(len(model.labels[target]) for target in _told_by(model))
    return N_WORDS + N_MEANING + min(n_labels, MOST_ANSWERS)


def floor_of(model: TriageModel) -> float:
    """How alike two tickets must be to be worth showing, by what the model has."""
    return FLOOR_OF_WORDS_ALONE if model.meaning is None else FLOOR


def similarity(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """How alike the two tickets of each pair are, 0 to 1 mostly: of rows of shape (n, d), float32 of shape (n,)."""
    return np.asarray(np.einsum("ij,ij->i", one, other))


def as_bytes(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """The rows with a byte a number, of the same shape; their similarities are off by 0.003 (standard deviation)."""
    return np.asarray(np.clip(np.rint(vectors * np.float32(_SCALE)), -127, 127).astype(np.int8))


class Neighbours(Protocol):
    """Rows that others are compared with."""

    def nearest(self, vectors: NDArray[np.float32], k: int) -> Found:
        """The k rows nearest to each of these of shape (n, d)."""


class ExactNeighbours:
    """Compares with every row. Safe to share between threads.

    Args:
        rows: of `as_bytes`, of shape (n, d); may be mapped from a file.
    """

    def __init__(self, rows: NDArray[np.int8]) -> None:
        self._rows = rows

    def nearest(self, vectors: NDArray[np.float32], k: int) -> Found:
        """The k rows nearest to each of these of shape (n, d)."""
        found = _nothing(len(vectors), k)
        if not len(self._rows):
            return found
        queries = as_bytes(vectors)
        for start in range(0, len(queries), _QUERIES_AT_ONCE):
            products = np.asarray(numkong.cdist(queries[start : start + _QUERIES_AT_ONCE], self._rows, "dot"))
            for i, own in enumerate(products.astype(np.int32), start=start):
                _put(found, i, own, _highest(own, k))
        return found


class ApproximateNeighbours:
    """Follows a graph of neighbours (HNSW) and finds nearly all. Safe to share between threads, which take turns.

    Args:
        graph: of `as_bytes` rows by their places; see `empty_graph`.
    """

    def __init__(self, graph: Index) -> None:
        self.graph = graph
        self._lock = threading.Lock()  # two searches with one thread each would use the same working memory

    @staticmethod
    def empty_graph(n_dims: int) -> Index:
        """A graph without rows."""
        return Index(
            ndim=n_dims,
            metric="ip",
            dtype="i8",
            connectivity=_CONNECTIVITY,
            expansion_add=_EXPANSION,
            expansion_search=_EXPANSION,
            enable_key_lookups=False,
        )

    @classmethod
    def of(cls, rows: NDArray[np.int8]) -> Self:
        """A graph of these rows of shape (n, d), which takes about 0.2 ms each."""
        found = cls(cls.empty_graph(rows.shape[1]))
        found.add(rows, 0)
        return found

    def add(self, rows: NDArray[np.int8], first: int) -> None:
        """Adds rows of shape (n, d), the place of the first being `first`."""
        if len(rows):
            with self._lock:
                self.graph.add(np.arange(first, first + len(rows), dtype=np.uint64), rows, threads=1)

    def nearest(self, vectors: NDArray[np.float32], k: int) -> Found:
        """Nearly all of the k rows nearest to each of these of shape (n, d)."""
        found = _nothing(len(vectors), k)
        if not len(self.graph) or not k:
            return found
        for i, query in enumerate(as_bytes(vectors)):
            with self._lock:
                matches = self.graph.search(query, k, threads=1)
            keys = np.asarray(matches.keys, dtype=np.int64)
            found[0][i, : keys.size] = keys
            found[1][i, : keys.size] = _similarities(1 - np.asarray(matches.distances))
        return found


class NeighboursTogether:
    """Several sets of rows as one, the places of each after those of the one before.

    Args:
        parts: the sets and how many rows each has.
    """

    def __init__(self, parts: Sequence[tuple[Neighbours, int]]) -> None:
        self._parts = parts

    def nearest(self, vectors: NDArray[np.float32], k: int) -> Found:
        """The k rows nearest to each of these of shape (n, d)."""
        found, first = [_nothing(len(vectors), 0)], 0
        for part, n_rows in self._parts:
            places, alike = part.nearest(vectors, k)
            found.append((np.where(places < 0, places, places + first), alike))
            first += n_rows
        places, alike = (np.hstack(each) for each in zip(*found, strict=True))
        order = np.lexsort((places, -alike, places < 0), axis=1)[:, :k]
        best = _nothing(len(vectors), k)
        best[0][:, : order.shape[1]] = np.take_along_axis(places, order, axis=1)
        best[1][:, : order.shape[1]] = np.take_along_axis(alike, order, axis=1)
        return best


def _vectors(model: TriageModel, tickets: Sequence[NewTicket]) -> NDArray[np.float32]:
    rows = model.view.rows(tickets)
    if model.meaning is None:
        blocks = [np.float32(WORDS_ALONE_WEIGHT) * _unit(_hashed_terms(rows, N_WORDS + N_MEANING))]
    else:
        dense = model.meaning.vectors.rows(rows)
        projected = dense @ _projection(dense.shape[1], N_MEANING)
        blocks = [
            np.float32(WORDS_WEIGHT) * _unit(_hashed_terms(rows, N_WORDS)),
            np.float32(MEANING_WEIGHT) * _unit(projected),
        ]
    blocks.append(np.float32(ANSWERS_WEIGHT) * _answers(model, tickets))
    found = np.hstack(blocks)
    found[[not (ticket.subject.strip() or ticket.body.strip()) for ticket in tickets]] = 0
    return _unit(found)


def _told_by(model: TriageModel) -> list[str]:
    """The learned targets by which tickets are alike; all of them where every one is about urgency."""
    learned = [head.target for head in model.heads]
    return [target for target in learned if target not in _OF_URGENCY] or learned


def _hashed_terms(rows: TermRows, n: int) -> NDArray[np.float32]:
    """The tickets' terms in n columns, each at a few places and with signs that are as good as chance."""
    places, signs = _places(rows.at, n)
    cells = rows.tickets[:, None] * n + places
    summed = np.bincount(cells.ravel(), (signs * rows.weights[:, None]).ravel(), minlength=len(rows) * n)
    return summed.reshape(len(rows), n).astype(np.float32)


def _answers(model: TriageModel, tickets: Sequence[NewTicket]) -> NDArray[np.float32]:
    """Square roots of the confidences of every label of the targets that say what it is about, scaled to length one."""
    found = model.confidences(tickets)
    roots = np.sqrt(np.hstack([found[target] for target in _told_by(model)])).astype(np.float32)
    n_labels = roots.shape[1]
    return _unit(roots if n_labels <= MOST_ANSWERS else roots @ _projection(n_labels, MOST_ANSWERS))


@lru_cache(maxsize=8)
def _projection(n_from: int, n_to: int) -> NDArray[np.float32]:
    """What turns rows of one length into rows of another, their products kept but for chance; shape (n_from, n_to)."""
    places, signs = _places(np.arange(n_from), n_to)
    table = np.zeros((n_from, n_to), dtype=np.float32)
    np.add.at(table, (np.arange(n_from)[:, None], places), signs)
    return table


def _places(columns: NDArray[np.int64], n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each column some of n places and a sign at each, both of shape (n_columns, 4), by the hash SplitMix64."""
    numbers = columns[:, None] * N_PLACES + np.arange(1, N_PLACES + 1)
    mixed: NDArray[np.uint64] = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    signs = (mixed & np.uint64(1)).astype(np.float32) * 2 - 1
    return ((mixed >> np.uint64(1)) % np.uint64(n)).astype(np.int64), signs


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows scaled to length one; a row of zeros stays one."""
    return np.asarray(rows / np.maximum(np.sqrt(np.einsum("ij,ij->i", rows, rows)), np.float32(1e-9))[:, None])


def _nothing(n: int, k: int) -> Found:
    """The answer to n queries that nothing was found for."""
    return np.full((n, k), -1, dtype=np.int64), np.zeros((n, k), dtype=np.float32)


def _put(found: Found, i: int, products: NDArray[np.int32], places: NDArray[np.int64]) -> None:
    found[0][i, : places.size] = places
    found[1][i, : places.size] = _similarities(products[places])


def _similarities(products: NDArray[np.int32] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Products of bytes as similarities; what rounding has put above one is one."""
    return np.minimum(products / np.float32(_SCALE**2), np.float32(1)).astype(np.float32)


def _highest(products: NDArray[np.int32], k: int) -> NDArray[np.int64]:
    """The places of the k highest, the highest first; of equal ones that of the earlier place."""
    k = min(k, products.size)
    if not k:
        return np.empty(0, dtype=np.int64)
    places = np.argpartition(products, products.size - k)[products.size - k :]
    return places[np.lexsort((places, -products[places]))]
