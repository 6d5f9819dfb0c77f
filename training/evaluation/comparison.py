"""Two versions on the same tickets: by how much they differ, and whether chance explains it.

Both answered the same tickets, none of which either had learned from. Resampling those tickets with both answers
(Efron's paired bootstrap, percentile intervals) keeps what is hard about a ticket hard for both, so much smaller
differences show than two separate measurements would.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from training.evaluation.held_out import TargetAnswers
from triage.reliability import N_BINS

__all__ = ["FEWEST", "MEASURES", "Comparison", "Difference", "TargetComparison", "compare"]

FEWEST = 100
"""Common tickets below which nothing is said: a share of 0.90 in a hundred may stand for anything from 0.82 to 0.95."""

N_RESAMPLES = 1_000
INTERVAL = (2.5, 97.5)
"""The percentiles of the resampled differences between which a difference lies with 95 % confidence."""

MEASURES: Mapping[str, str] = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "ece": "calibration error",
    "coverage": "share above threshold",
    "precision_at_coverage": "right among these",
}
"""What is compared of each target, and how people call it; of `ece` less is better, of the others more."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of both models on the same tickets, and between what the difference of the two lies (95 %)."""

    before: float
    after: float
    low: float
    high: float

    @property
    def change(self) -> float:
        """The second model's measure less the first's."""
        return self.after - self.before

    @property
    def is_rise(self) -> bool:
        """Whether it rose by more than chance explains."""
        return self.low > 0

    @property
    def is_fall(self) -> bool:
        """Whether it fell by more than chance explains."""
        return self.high < 0

    def __str__(self) -> str:
        """In numbers, for people."""
        return f"{self.before:.3f} to {self.after:.3f}, a change of {self.low:+.3f} to {self.high:+.3f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetComparison:
    """One target that the first model answers.

    Attributes:
        is_answered: whether the second model answers it, too.
        n: labelled tickets that both answered, with the same label on both sides.
        n_relabelled: further ones, whose label is another one now than when the first model answered; neither model
            can be judged by the other's truth, so they are left out.
        window: first and last day those were opened, ISO dates; None where nobody wrote it down.
        asked: the precision that either's covered answers were asked to keep, first and second.
        forgotten: labels of these tickets that the first model could answer and the second cannot.
        n_covered: how many answers of the second lie above the threshold.
        n_covered_right: how many of these are right.
        measures: for each of `MEASURES` the difference; empty below `FEWEST` tickets, and without
            `precision_at_coverage` where one of the two covers no ticket.
        per_class: for each label that these tickets have, how many have it and the difference in F1.
    """

    is_answered: bool
    n: int
    n_relabelled: int
    window: tuple[str, str] | None
    asked: tuple[float, float]
    forgotten: tuple[str, ...]
    n_covered: int
    n_covered_right: int
    measures: Mapping[str, Difference]
    per_class: Mapping[str, tuple[int, Difference]]

    @property
    def is_comparable(self) -> bool:
        """Whether there are enough common tickets to say anything."""
        return self.n >= FEWEST


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models, target by target, the targets of the first."""

    before: str
    after: str
    targets: Mapping[str, TargetComparison]

    @property
    def is_comparable(self) -> bool:
        """Whether anything can be said of any target."""
        return any(found.is_comparable for found in self.targets.values())

    def sentence(self, target: str) -> str:
        """What a person should know of a target."""
        return _sentence(self.before, self.after, target, self.targets[target])

    def as_dict(self) -> dict[str, Any]:
        """As JSON wants it."""
        return {
            "before": self.before,
            "after": self.after,
            "targets": {name: _target_as_dict(found) for name, found in self.targets.items()},
            "sentences": [self.sentence(name) for name in self.targets],
        }


def compare(
    before: Mapping[str, TargetAnswers],
    after: Mapping[str, TargetAnswers],
    *,
    names: tuple[str, str],
    seed: int = 0,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Comparison:
    """Set two models' answers to the same tickets side by side.

    Args:
        before: the first model's answers, usually the champion's.
        after: the second model's, usually the challenger's.
        names: what to call the two.
        seed: for the resampling.
        on_progress: told the share done, 0 to 1, now and then.
    """
    found = {}
    for i, (target, answers) in enumerate(before.items()):
        on_progress(i / len(before))
        others = after.get(target)
        found[target] = _lost(answers) if others is None else _compare_target(answers, others, seed)
    return Comparison(*names, found)


def _lost(answers: TargetAnswers) -> TargetComparison:
    return TargetComparison(
        is_answered=False,
        n=0,
        n_relabelled=0,
        window=None,
        asked=(answers.precision, answers.precision),
        forgotten=(),
        n_covered=0,
        n_covered_right=0,
        measures={},
        per_class={},
    )


def _compare_target(before: TargetAnswers, after: TargetAnswers, seed: int) -> TargetComparison:
    _, at_before, at_after = np.intersect1d(before.key, after.key, return_indices=True)
    before, after = before.take(at_before), after.take(at_after)
    is_agreed = before.label == after.label
    before, after = before.take(is_agreed), after.take(is_agreed)
    n = after.key.size
    measures, per_class = _resampled(before, after, seed) if n >= FEWEST else ({}, {})
    dated = after.opened_at[~np.isnat(after.opened_at)]
    is_right = after.answer == after.label
    return TargetComparison(
        is_answered=True,
        n=n,
        n_relabelled=int((~is_agreed).sum()),
        window=(str(dated.min())[:10], str(dated.max())[:10]) if dated.size else None,
        asked=(before.precision, after.precision),
        forgotten=tuple(sorted(set(after.label.tolist()) & set(before.vocabulary) - set(after.vocabulary))),
        n_covered=int(after.is_covered.sum()),
        n_covered_right=int((after.is_covered & is_right).sum()),
        measures=measures,
        per_class=per_class,
    )


def _resampled(
    before: TargetAnswers, after: TargetAnswers, seed: int
) -> tuple[dict[str, Difference], dict[str, tuple[int, Difference]]]:
    """The differences on these very tickets, and on resamples of them."""
    classes, truth = np.unique(after.label, return_inverse=True)
    n, n_classes = truth.size, classes.size
    occurs = csr_matrix((np.ones(n), (np.arange(n), truth)), shape=(n, n_classes))
    counted = [_counted(answers, classes, truth) for answers in (before, after)]
    columns = csr_matrix(hstack([occurs, *counted])).T.tocsr()
    sums = np.vstack([np.asarray(columns.sum(axis=1)).T, _resample(columns, np.random.default_rng(seed))])
    support = sums[:, :n_classes]
    parts = np.split(sums[:, n_classes:], 2, axis=1)
    (measures_before, f1_before), (measures_after, f1_after) = (_measures(support, part) for part in parts)
    measures = {
        name: _difference(measures_before[name], measures_after[name])
        for name in MEASURES
        if not np.isnan(measures_before[name][0] + measures_after[name][0])
    }
    per_class = {
        str(label): (int(support[0, i]), _difference(f1_before[:, i], f1_after[:, i]))
        for i, label in enumerate(classes)
    }
    return measures, per_class


def _counted(answers: TargetAnswers, classes: NDArray[np.str_], truth: NDArray[np.int64]) -> csr_matrix:
    """What is summed over tickets to measure one model: a row a ticket.

    Columns: answered with each class, rightly so, surplus of confidence in each bin, right, covered, covered and right.
    """
    n, n_classes = truth.size, classes.size
    answered = np.minimum(np.searchsorted(classes, answers.answer), n_classes - 1)
    is_known = classes[answered] == answers.answer
    is_right = is_known & (answered == truth)
    bins = np.minimum((answers.confidence * N_BINS).astype(np.int64), N_BINS - 1)
    rows = np.arange(n)
    shares = np.column_stack([is_right, answers.is_covered, answers.is_covered & is_right]).astype(np.float64)
    return hstack(
        [
            csr_matrix((is_known.astype(np.float64), (rows, answered)), shape=(n, n_classes)),
            csr_matrix((is_right.astype(np.float64), (rows, truth)), shape=(n, n_classes)),
            csr_matrix((answers.confidence - is_right, (rows, bins)), shape=(n, N_BINS)),
            csr_matrix(shares),
        ]
    )


def _resample(columns: csr_matrix, chance: np.random.Generator) -> NDArray[np.float64]:
    """The columns' sums over resamples of the tickets, shape (N_RESAMPLES, n_columns)."""
    n = columns.shape[1]
    n_at_once = max(1, 2_000_000 // n)  # 16 MB of weights
    sums = []
    for begun in range(0, N_RESAMPLES, n_at_once):
        size = min(n_at_once, N_RESAMPLES - begun)
        drawn = chance.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        sums.append((columns @ np.ascontiguousarray(weights.T, dtype=np.float64)).T)
    return np.vstack(sums)


def _measures(
    support: NDArray[np.float64], sums: NDArray[np.float64]
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Each measure of shape (n_resamples,), and F1 of shape (n_resamples, n_classes).

    Macro-F1 counts the labels that the tickets have, the same ones for both models.
    """
    n_classes = support.shape[1]
    answered, right, surplus, shares = np.split(sums, np.cumsum([n_classes, n_classes, N_BINS]), axis=1)
    n = support.sum(axis=1)
    f1 = 2 * right / np.maximum(support + answered, 1)
    n_right, n_covered, n_covered_right = shares.T
    return {
        "accuracy": n_right / n,
        "macro_f1": f1.sum(axis=1, where=support > 0) / (support > 0).sum(axis=1),
        "ece": np.abs(surplus).sum(axis=1) / n,
        "coverage": n_covered / n,
        "precision_at_coverage": np.where(n_covered > 0, n_covered_right / np.maximum(n_covered, 1), np.nan),
    }, f1


def _difference(before: NDArray[np.float64], after: NDArray[np.float64]) -> Difference:
    """Of the tickets themselves, which come first, with the interval of their resamples."""
    resampled = (after - before)[1:]
    low, high = np.percentile(resampled[~np.isnan(resampled)], INTERVAL)
    return Difference(float(before[0]), float(after[0]), float(low), float(high))


def _sentence(before: str, after: str, target: str, found: TargetComparison) -> str:
    if not found.is_answered:
        return f"{target}: model {after} does not answer it."
    relabelled = f" ({found.n_relabelled:,} with another label now left out)" if found.n_relabelled else ""
    on = f"{found.n:,} tickets that both answered unseen{relabelled}"
    if not found.is_comparable:
        return f"{target}: {on} are too few to say; {FEWEST} are the least."
    better = [name for name, m in found.measures.items() if (m.is_fall if name == "ece" else m.is_rise)]
    worse = [name for name, m in found.measures.items() if (m.is_rise if name == "ece" else m.is_fall)]
    said = [
        f"model {after} is {word} than model {before} in "
        + "; ".join(f"{MEASURES[name]} ({found.measures[name]})" for name in names)
        for word, names in (("better", better), ("worse", worse))
        if names
    ]
    opened = f", opened {found.window[0]} to {found.window[1]}" if found.window else ""
    lost = f" Model {after} cannot answer {', '.join(map(repr, found.forgotten))}." if found.forgotten else ""
    return f"{target}: {', and '.join(said) or 'no difference beyond chance'} on {on}{opened}.{lost}"


def _target_as_dict(found: TargetComparison) -> dict[str, Any]:
    per_class = {label: {"n": n, "f1": _as_dict(f1)} for label, (n, f1) in found.per_class.items()}
    measures = {name: _as_dict(difference) for name, difference in found.measures.items()}
    return asdict(found) | {"is_comparable": found.is_comparable, "measures": measures, "per_class": per_class}


def _as_dict(difference: Difference) -> dict[str, float]:
    return asdict(difference) | {"change": difference.change}
