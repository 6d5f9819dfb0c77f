"""The tickets that an audit reads, with their words in columns; read once, looked at by every check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.histories.near_duplicates import group_term_sets
from triage.features import attribute_terms, text_of
from triage.text import words
from triage.ticket import WorkedTicket

__all__ = ["MOST_READ", "Excerpt", "read_excerpt"]

MOST_READ = 50_000
"""Of a larger history so many tickets are read, chosen by chance: a share of 1 % is then known to within 0.1 points."""

N_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What the checks look at.

    Attributes:
        history: all tickets.
        tickets: those that were read: all of them, or `MOST_READ`.
        vocabulary: the words in the order of their columns.
        holds: whether a ticket holds a word, float64 zeros and ones of shape (n_tickets, n_words).
        texts: a number for each ticket's exact words and facts, shape (n_tickets,).
        families: a number for what it nearly says, shape (n_tickets,).
    """

    history: Sequence[WorkedTicket]
    tickets: Sequence[WorkedTicket]
    vocabulary: NDArray[np.object_]
    holds: csr_array
    texts: NDArray[np.int64]
    families: NDArray[np.int64]

    @property
    def scope(self) -> str:
        """Words for a sentence, where not everything was read."""
        if len(self.tickets) == len(self.history):
            return ""
        return f" (in a sample of {len(self.tickets):,} of {len(self.history):,} tickets)"

    def labelled(self, target: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """The rows that have a label for this target, and their labels; both of shape (n_labelled,)."""
        found = [(i, label) for i, ticket in enumerate(self.tickets) if (label := ticket.label(target)) is not None]
        return (
            np.asarray([i for i, _ in found], dtype=np.int64),
            np.asarray([label for _, label in found], dtype=object),
        )

    def examples(self, rows: NDArray[np.int64]) -> tuple[str, ...]:
        """Ids of the first tickets among these rows."""
        return tuple(self.tickets[i].filed.id for i in rows[:N_EXAMPLES].tolist())


def read_excerpt(
    tickets: Sequence[WorkedTicket],
    families: NDArray[np.int64] | None = None,
    *,
    seed: int,
    on_progress: Callable[[float], None],
) -> Excerpt:
    """Read a history for an audit.

    Args:
        tickets: all of it.
        families: a number for what each of them nearly says, int64 of shape (n,); where None, they are compared.
        seed: chooses the tickets where there are too many.
        on_progress: told the share done, 0 to 1.
    """
    read = list(tickets)
    if len(read) > MOST_READ:
        chosen = np.sort(np.random.default_rng(seed).choice(len(read), MOST_READ, replace=False))
        read = [read[i] for i in chosen.tolist()]
        families = None if families is None else families[chosen]
    numbers: dict[str, int] = {}
    texts: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    which = []
    compared: list[list[str]] = []
    for i, ticket in enumerate(read):
        if i % 1024 == 0:
            on_progress(0.7 * i / len(read))
        said = words(text_of(ticket.filed))
        known = attribute_terms(ticket.filed)
        columns += {numbers.setdefault(word, len(numbers)) for word in said}
        ends.append(len(columns))
        which.append(texts.setdefault("\0".join(said + known), len(texts)))
        if families is None:
            compared.append([word for word in said if not word.isdigit()] + known)
    return Excerpt(
        history=tickets,
        tickets=read,
        vocabulary=np.asarray(list(numbers), dtype=object),
        holds=csr_array(
            (np.ones(len(columns)), np.asarray(columns, np.int32), np.asarray(ends, np.int32)),
            shape=(len(read), len(numbers)),
        ),
        texts=np.asarray(which, dtype=np.int64),
        families=group_term_sets(compared, seed=seed) if families is None else families,
    )
