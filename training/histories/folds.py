"""Parts of a history to learn from and to answer out of sample, for calibrating on what the fit had not seen.

As in the split: forward in time where that is how the model will be used, else by what belongs together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from triage.ticket import WorkedTicket

__all__ = ["Fold", "FoldPlan", "folds_forward", "folds_of_groups"]


FEWEST_FOLDS = 3
AFFORDABLE_ROWS = 50_000
"""As many folds as learn from so many rows together, though never fewer: a fit of nine tenths of a history answers
more like the one of all than a fit of two thirds."""

LEARNED_BEFORE = 0.5
"""The share of a dated history that no fold answers: what is learned from less is another model. A choice, not
measured: a larger share leaves fewer answers to prove thresholds with."""

MAX_ANSWERED = 40_000
"""Folds are made until so many tickets are answered: each costs a whole fit. A choice, not measured."""


MOST_OF_A_GROUP = 0.01
FEWEST_OF_A_GROUP = 60
"""A group answers with at most this share of all rows, or so many rows, which just prove a threshold. The account of a
monitoring system with a tenth of the tickets, answered as a stranger's, would else decide how sure the model may be of
everybody else's."""


class Fold(NamedTuple):
    """Rows to learn from and rows to answer, int64 each."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FoldPlan:
    """On which answers base models are blended and thresholds set.

    Attributes:
        folds: each answers its test rows by a fit of its training rows.
        groups: tickets that belong together, int64 of shape (n,).
    """

    folds: Sequence[Fold]
    groups: NDArray[np.int64]

    def with_learned_only(self, n: int) -> "FoldPlan":
        """The plan for n more rows at the end, which every fold learns from and none answers."""
        added = np.arange(self.groups.size, self.groups.size + n)
        return FoldPlan(
            [Fold(np.concatenate([fold.train, added]), fold.test) for fold in self.folds],
            np.concatenate([self.groups, -1 - np.arange(n)]),
        )


def folds_of_groups(groups: NDArray[np.int64], n_folds: int, *, seed: int) -> list[Fold]:
    """Rows are answered once, by a fit that saw nothing of their group; none where there is one group alone.

    Every row is, but for what a large group has beyond `MOST_OF_A_GROUP`, and what a large history has beyond
    `MAX_ANSWERED`.

    Args:
        groups: tickets that belong together, int64 of shape (n,).
        n_folds: how many parts at most; see `AFFORDABLE_ROWS`.
        seed: deals the groups.
    """
    n_folds = min(_affordable(n_folds, groups.size), np.unique(groups).size)
    if n_folds < 2:
        return []
    parts = GroupKFold(n_folds, shuffle=True, random_state=seed).split(groups, groups, groups)
    speaks = _few_of_each(groups, max(FEWEST_OF_A_GROUP, round(MOST_OF_A_GROUP * groups.size)), seed)
    return _enough([Fold(train, test[speaks[test]]) for train, test in parts])


def folds_forward(tickets: Sequence[WorkedTicket], n_folds: int) -> list[Fold]:
    """The later half of a history in blocks by time; each is answered by a fit of what was settled when it began.

    Tickets without a date take part in learning alone. Of a large history the latest blocks suffice: see
    `MAX_ANSWERED`.

    Args:
        tickets: in any order.
        n_folds: how many blocks at most; see `AFFORDABLE_ROWS`.
    """
    opened = np.asarray([t.filed.opened_at.timestamp() if t.filed.opened_at else -np.inf for t in tickets])
    final = np.asarray([at.timestamp() if (at := t.settled_at) else -np.inf for t in tickets])
    dated = np.flatnonzero(np.isfinite(opened))
    in_order = dated[np.argsort(opened[dated], kind="stable")]
    answered = in_order[round(LEARNED_BEFORE * in_order.size) :]
    folds = []
    for block in np.array_split(answered, _affordable(n_folds, len(tickets))):
        if block.size:
            begins = opened[block].min()
            train = np.flatnonzero((opened < begins) & (final <= begins))
            if train.size:
                folds.append(Fold(train, block))
    return _enough(folds)


def _affordable(n_folds: int, n_rows: int) -> int:
    return min(n_folds, max(FEWEST_FOLDS, AFFORDABLE_ROWS // max(1, n_rows)))


def _few_of_each(groups: NDArray[np.int64], most: int, seed: int) -> NDArray[np.bool_]:
    """Whether each row is among so many of its group, drawn by chance; shape (n,)."""
    order = np.random.default_rng(seed).permutation(groups.size)
    order = order[np.argsort(groups[order], kind="stable")]
    ordered = groups[order]
    begins = np.searchsorted(ordered, ordered)  # where each row's group begins
    chosen = np.zeros(groups.size, dtype=np.bool_)
    chosen[order[np.arange(groups.size) - begins < most]] = True
    return chosen


def _enough(folds: list[Fold]) -> list[Fold]:
    """The last folds, as few of them as answer `MAX_ANSWERED` tickets."""
    n_answered = np.cumsum([fold.test.size for fold in reversed(folds)])
    return folds[max(0, len(folds) - 1 - int(np.searchsorted(n_answered, MAX_ANSWERED))) :]
