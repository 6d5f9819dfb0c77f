"""Tickets that say nearly the same: forwarded mails, filled-in forms, the same alert at another hour.

They are found by MinHash signatures in bands (locality-sensitive hashing), and what a band suggests is checked by
counting the words that two texts share, so chance only decides what is overlooked, never what is joined.
"""

import zlib
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from triage.features import attribute_terms, text_of
from triage.text import words
from triage.ticket import NewTicket

__all__ = ["MOST_COMPARED", "group_term_sets", "near_duplicate_groups"]

SIMILAR = 0.8
"""The share of their terms (Jaccard: common over all) from which two texts are nearly the same."""

MOST_COMPARED = 300_000
"""Beyond so many different texts only equal ones are grouped: a training must not wait for what changes a figure by
thousandths, and in a history of that size the largest families of alerts and forms are equal word for word."""

N_BANDS, N_ROWS = 16, 8
"""Of two texts with Jaccard 0.8 a band of 8 rows agrees with 0.8^8, one of 16 with 1 - (1 - 0.8^8)^16 = 0.95; for 0.9
that is 0.9999 (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4)."""

_PAIRS_AT_ONCE = 100_000


def near_duplicate_groups(
    tickets: Sequence[NewTicket], *, seed: int = 0, on_progress: Callable[[float], None] = lambda _: None
) -> NDArray[np.int64]:
    """One number a ticket, int64 of shape (n,), equal for tickets that say nearly the same.

    Compared are the different words and the facts that a model would see; words of digits alone are left out, as they
    are what differs between an alert and the next. Similarity passes on: where b is nearly a and c is nearly b, all
    three are one group. Equal tickets always are. More than `MOST_COMPARED` different texts are compared for equality
    alone. One core reads 15,000 tickets of a generated desk a second, three times as many e-mails without numbers and
    addresses, and compares 15,000: 34,000 such e-mails take three seconds; at these rates 200,000 tickets of a desk
    take half a minute, and a million, whose words are then only read, somewhat more than one.

    Args:
        tickets: as filed.
        seed: chooses the hash functions.
        on_progress: told the share done, 0 to 1.
    """
    return group_term_sets(_counted((_comparable(ticket) for ticket in tickets), len(tickets), on_progress), seed=seed)


def group_term_sets(term_sets: Iterable[Collection[str]], *, seed: int = 0) -> NDArray[np.int64]:
    """The same of terms that were read already: a collection a ticket, repeats and order of no account."""
    numbers: dict[str, int] = {}
    different: dict[bytes, int] = {}
    which = [
        different.setdefault(
            array("i", sorted({numbers.setdefault(term, len(numbers)) for term in terms})).tobytes(), len(different)
        )
        for terms in term_sets
    ]
    texts = [np.frombuffer(text, dtype=np.intc) for text in different]
    if len(texts) < 2 or len(texts) > MOST_COMPARED:
        return np.asarray(which, dtype=np.int64)
    hashes = np.fromiter((zlib.crc32(term.encode("utf-8", "surrogatepass")) for term in numbers), np.uint32)
    found = _joined(texts, _suggested(_signatures(texts, hashes, seed)))
    return found[which].astype(np.int64)


def _comparable(ticket: NewTicket) -> list[str]:
    said = [word for word in words(text_of(ticket)) if not word.isdigit()]
    return said + attribute_terms(ticket)


def _signatures(texts: Sequence[NDArray[np.intc]], hashes: NDArray[np.uint32], seed: int) -> NDArray[np.uint32]:
    """For each text the smallest of its terms' hashes under each permutation, shape (n, N_BANDS * N_ROWS)."""
    sketches = MinHash.generator(
        (hashes[text].tolist() for text in texts), num_perm=N_BANDS * N_ROWS, seed=seed + 1, hashfunc=int
    )
    signatures = np.empty((len(texts), N_BANDS * N_ROWS), dtype=np.uint32)
    for row, sketch in enumerate(sketches):
        signatures[row] = sketch.hashvalues
    return signatures


def _suggested(signatures: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Pairs worth comparing, shape (n_pairs, 2): in each bucket of a band every text with the first and the one before.

    A bucket of a thousand alerts so suggests two thousand pairs, not half a million.
    """
    mix = np.random.default_rng(0).integers(1, 2**63, size=N_ROWS, dtype=np.uint64)
    pairs = []
    for band in np.split(signatures, N_BANDS, axis=1):
        keys = (band * mix).sum(axis=1, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        again = np.flatnonzero(keys[order][1:] == keys[order][:-1]) + 1
        is_first = np.ones(order.size, dtype=bool)
        is_first[again] = False
        first = np.maximum.accumulate(np.where(is_first, np.arange(order.size), 0))
        pairs += [np.column_stack([order[first[again]], order[again]])]
        pairs += [np.column_stack([order[again - 1], order[again]])]
    return np.unique(np.concatenate(pairs), axis=0)


def _joined(texts: Sequence[NDArray[np.intc]], pairs: NDArray[np.int64]) -> NDArray[np.int32]:
    """The number of each text's group, after the pairs that are not similar enough were dropped."""
    sizes = np.fromiter((text.size for text in texts), dtype=np.int64, count=len(texts))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    columns = np.concatenate(texts)
    holds = csr_array((np.ones(columns.size, dtype=np.int32), columns, starts))
    kept = []
    for part in np.split(pairs, range(_PAIRS_AT_ONCE, len(pairs), _PAIRS_AT_ONCE)):
        common = (holds[part[:, 0]] * holds[part[:, 1]]).sum(axis=1)
        union = sizes[part[:, 0]] + sizes[part[:, 1]] - common
        kept.append(part[common >= SIMILAR * union])
    edges = np.concatenate(kept)
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(len(texts),) * 2)
    _, groups = connected_components(graph, directed=False)
    return np.asarray(groups)


def _counted(items: Iterator[list[str]], n: int, on_progress: Callable[[float], None]) -> Iterator[list[str]]:
    """The items, telling the share given now and then; reading words is nearly all of the work."""
    for i, item in enumerate(items):
        if i % 1024 == 0:
            on_progress(i / n)
        yield item
