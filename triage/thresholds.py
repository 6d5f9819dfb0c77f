"""From where on answers may be applied by themselves: what a desk asks for, proved on answers to unseen tickets.

The promise belongs to the target: of all that is applied, so many are right. A guard watches every label. Where a desk
gives costs, the threshold is the cheapest one.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from triage.policy import NEVER
from triage.targets import Target

__all__ = ["LabelThreshold", "Standing", "UnseenAnswers", "label_thresholds", "lowest_proved", "tail_probability"]

CERTAINTY = 0.9
"""How sure the promise of a target is: nine in ten desks get what they asked for, or more."""

LABEL_CERTAINTY = 0.95
"""How sure one label's own proof, or disproof, is; a desk has dozens of them."""

STARTS = (2, 6, 18)
"""Where the sequences of tests begin, in multiples of the fewest answers that could prove anything: one wrong label
among the surest must not end all of them."""

N_STEPS = 200
"""Thresholds that are tried: each lets one in two hundred more of the answers in."""

Standing = Literal["proved", "unproved", "raised", "withheld"]
"""A label's own evidence at its threshold: shows the precision asked for, is too little, wanted a higher threshold
than the target's, allows none."""


@dataclass(frozen=True, slots=True, eq=False)
class UnseenAnswers:
    """First answers to one target's question, on n tickets that whoever answered had not learned from.

    Attributes:
        labels: the answered label's place, int64 of shape (n,).
        confidences: how sure each answer was, float64 of shape (n,).
        is_right: whether it was right, bool of shape (n,).
    """

    labels: NDArray[np.int64]
    confidences: NDArray[np.float64]
    is_right: NDArray[np.bool_]

    @classmethod
    def of(cls, confidences: NDArray[np.float64], labels: NDArray[np.int64]) -> "UnseenAnswers":
        """Those of confidences of shape (n, n_labels) in tickets whose right labels stand at these places."""
        first = confidences.argmax(axis=1)
        return cls(first, confidences.max(axis=1), first == labels)

    def of_label(self, label: int) -> "UnseenAnswers":
        """Those that name this label."""
        named = self.labels == label
        return UnseenAnswers(self.labels[named], self.confidences[named], self.is_right[named])


@dataclass(frozen=True, slots=True)
class LabelThreshold:
    """From where on one label's answers count, and what they have shown.

    Attributes:
        threshold: from here on they may be applied; `NEVER` where they may not.
        standing: what the label's own answers say of that.
        n_answers: how often the label was answered on unseen tickets.
        n_right: how often rightly.
    """

    threshold: float
    standing: Standing
    n_answers: int
    n_right: int


def label_thresholds(unseen: UnseenAnswers, n_labels: int, target: Target) -> tuple[LabelThreshold, ...]:
    """For each label, in the order of the columns, from where on its answers may be applied.

    All follow the threshold of the target. A label whose answers above that are shown to be worse than asked must prove
    itself further up, or is withheld. Where the target has no threshold, as where `per_label` is asked for, each label
    has what it proves alone.

    Args:
        unseen: answers of the target.
        n_labels: how many labels it has.
        target: what is asked of it.
    """
    common = NEVER if target.per_label else _target_threshold(unseen, target)
    return tuple(_of_label(unseen.of_label(label), common, target.asked_precision) for label in range(n_labels))


def _target_threshold(unseen: UnseenAnswers, target: Target) -> float:
    if target.cost_wrong is not None and target.cost_by_hand is not None:
        return _cheapest(unseen, target.cost_wrong, target.cost_by_hand)
    return lowest_proved(unseen.confidences, unseen.is_right, target.precision)


def _of_label(own: UnseenAnswers, common: float, precision: float) -> LabelThreshold:
    counted = (own.is_right.size, int(own.is_right.sum()))
    if common >= NEVER:
        alone = _lowest_proved_alone(own.confidences, own.is_right, precision)
        return LabelThreshold(alone, "proved" if alone < NEVER else "withheld", *counted)
    right = own.is_right[own.confidences >= common]
    if right.size and tail_probability(right.size - int(right.sum()), right.size, 1 - precision) <= 1 - LABEL_CERTAINTY:
        alone = _lowest_proved_alone(own.confidences, own.is_right, precision)
        return LabelThreshold(alone, "raised" if alone < NEVER else "withheld", *counted)
    is_proved = right.size and tail_probability(int(right.sum()), right.size, precision) <= 1 - LABEL_CERTAINTY
    return LabelThreshold(common, "proved" if is_proved else "unproved", *counted)


def lowest_proved(confidences: NDArray[np.float64], is_right: NDArray[np.bool_], precision: float) -> float:
    """The lowest threshold at which the precision is proved with 90 % certainty; `NEVER` where none is.

    By fixed-sequence testing (Angelopoulos, Bates, Candes, Jordan and Lei 2021, "Learn then Test"): thresholds are
    tested from the highest down, exactly (binomial), until one fails, so that trying two hundred costs no more
    certainty than trying one. As one wrong label among the surest answers ends a sequence early, there are three, which
    begin at `STARTS` and share the allowed error (Bonferroni). The sequence depends on confidences alone.

    Args:
        confidences: of first answers, float64 of shape (n,).
        is_right: whether each was right, shape (n,).
        precision: what to keep, 0 to 1.
    """
    thresholds, n_answers, n_right = _candidates(confidences, is_right)
    error = (1 - CERTAINTY) / len(STARTS)
    fewest = np.log(error) / np.log(precision)
    p_values = [tail_probability(right, n, precision) for n, right in zip(n_answers, n_right, strict=True)]
    is_rejected = np.asarray(p_values) <= error
    lowest = -1
    for start in np.searchsorted(n_answers, fewest * np.asarray(STARTS)).tolist():
        failed = np.flatnonzero(~is_rejected[start:])
        end = start + (int(failed[0]) if failed.size else is_rejected.size - start)
        if end > start:
            lowest = end - 1  # one that begins further down ends no earlier
    return _reachable(thresholds[lowest]) if lowest >= 0 else NEVER


def _lowest_proved_alone(confidences: NDArray[np.float64], is_right: NDArray[np.bool_], precision: float) -> float:
    """The lowest threshold at which one label's answers prove the precision with 95 % certainty, else `NEVER`.

    By an exact bound at each threshold (Clopper and Pearson 1934); 59 right answers of 59 are the fewest that show
    0.95.
    """
    thresholds, n_answers, n_right = _candidates(confidences, is_right, every=True)
    for threshold, n, right in reversed(list(zip(thresholds, n_answers.tolist(), n_right.tolist(), strict=True))):
        if right > precision * n and tail_probability(right, n, precision) <= 1 - LABEL_CERTAINTY:
            return _reachable(threshold)
    return NEVER


def _cheapest(unseen: UnseenAnswers, cost_wrong: float, cost_by_hand: float) -> float:
    """The threshold at which the unseen tickets would have cost least; `NEVER` where that is to decide all by hand."""
    thresholds, n_answers, n_right = _candidates(unseen.confidences, unseen.is_right)
    saved = n_answers * cost_by_hand - (n_answers - n_right) * cost_wrong
    if not saved.size or saved.max() <= 0:
        return NEVER
    return _reachable(thresholds[int(saved.argmax())])


def _reachable(threshold: float) -> float:
    """The threshold; confidences that round to 1 prove it like others, and must not be taken for "never"."""
    return float(min(threshold, np.nextafter(NEVER, 0.0)))


def _candidates(
    confidences: NDArray[np.float64], is_right: NDArray[np.bool_], *, every: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Thresholds from the highest down, and how many answers and right ones lie at or above each.

    Equal confidences stand or fall together.
    """
    order = np.argsort(-confidences, kind="stable")
    ordered = confidences[order]
    ends = np.flatnonzero(np.append(ordered[1:] < ordered[:-1], True)) if order.size else np.empty(0, dtype=np.int64)
    if not every and ends.size > N_STEPS:
        steps = np.linspace(order.size / N_STEPS, order.size, N_STEPS) - 1
        ends = ends[np.unique(np.searchsorted(ends, steps))]
    return ordered[ends], ends + 1, np.cumsum(is_right[order], dtype=np.int64)[ends]


def tail_probability(n_hits: int, n: int, chance: float) -> float:
    """How likely so many hits or more are in n independent trials with this chance each (binomial)."""
    if n_hits <= 0:
        return 1.0
    counts = np.arange(n_hits, n + 1)
    of = _log_factorials(1 << int(n).bit_length())
    terms = of[n] - of[counts] - of[n - counts] + counts * np.log(chance) + (n - counts) * np.log1p(-chance)
    return float(min(np.exp(terms).sum(), 1.0))


@lru_cache(maxsize=1)
def _log_factorials(most: int) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])
