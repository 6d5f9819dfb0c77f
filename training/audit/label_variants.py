"""Labels compared with each other: one label in several spellings, which a model would have to tell apart.

Spellings of one form are joined whatever their tickets say (`training.audit.spelling.spelling_key`). What may be a
typing error is one only where it is much rarer and its tickets read like those of the label it is taken for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from training.audit.excerpt import Excerpt
from training.audit.finding import Finding
from training.audit.joined_labels import LABEL_VARIANTS
from training.audit.spelling import is_likely_typo, spelling_key
from training.histories.dataset import label_counts

__all__ = ["find_label_variants"]

NOTABLE = 0.01
"""A warning is given where so many tickets have a rarer spelling, or so many more could be answered."""

RARER = 10
"""What was mistyped is so many times as rare as what was meant."""

MOST_MISTYPED = 1_000
"""Of more labels than these nobody compares all pairs: they are names."""

HALF = 0.5
"""Of the tickets of what may be a typing error, so many are answered with what was meant, by a model without it."""

LIFTED = 2.0
"""And so many times as many as it answers so anyhow."""

FEWEST_TOLD_APART = 10
APART = 0.7
"""Of so many tickets a model can learn the difference, if there is one: it then tells so many of two apart."""

MOST_COMPARED = 300
MOST_LEARNED = 5_000
"""Tickets that the linear models learn from; an accuracy is then good to a percentage point or two."""

FEWEST_MEASURED = 200
FEWEST_OF_EACH = 4
"""Tickets of a label, on average: of fewer a linear model of the words is no measure."""

N_FOLDS = 3
NAMED = 6


def find_label_variants(excerpt: Excerpt, target: str) -> Iterator[Finding]:
    """Find labels that are spellings of others, by form and by what their tickets say."""
    counts = label_counts(excerpt.history, target)
    joins = _of_one_form(counts)
    merged = _merged(counts, joins)
    if 2 * len(merged) > merged.total():
        return  # names, no labels
    mistyped = _mistyped(excerpt, target, merged, joins)
    joins |= mistyped
    joins = {label: mistyped.get(meant, meant) for label, meant in joins.items()}
    if joins:
        yield _finding(excerpt, target, counts, joins, mistyped)


def _of_one_form(counts: Counter[str]) -> dict[str, str]:
    """Each rarer spelling and the commonest of the same form; of equals the first in the alphabet."""
    spellings: dict[str, list[str]] = {}
    for label in sorted(counts, key=lambda label: (-counts[label], label)):
        spellings.setdefault(spelling_key(label), []).append(label)
    return {label: commonest for commonest, *rarer in spellings.values() for label in rarer}


def _merged(counts: Counter[str], joins: Mapping[str, str]) -> Counter[str]:
    merged: Counter[str] = Counter()
    for label, n in counts.items():
        merged[joins.get(label, label)] += n
    return merged


def _mistyped(excerpt: Excerpt, target: str, counts: Counter[str], joins: Mapping[str, str]) -> dict[str, str]:
    """What was mistyped and what was meant: alike in letters, much rarer, and told as the other by its tickets."""
    suspects = _suspects(counts) if len(counts) <= MOST_MISTYPED else {}
    if not suspects:
        return {}
    rows, labels = excerpt.labelled(target)
    labels = np.asarray([joins.get(label, label) for label in labels.tolist()], dtype=object)
    is_suspect = np.isin(labels, list(suspects))
    learned = np.random.default_rng(0).permutation(np.flatnonzero(~is_suspect))[:MOST_LEARNED]
    asked = np.flatnonzero(is_suspect)
    if not asked.size or not _can_be_learned(labels[learned]):
        return {}
    holds = _weighted(excerpt.holds[rows])
    answers = LinearSVC(random_state=0).fit(holds[learned], labels[learned]).predict(holds[asked])
    found = {}
    for label, meant in suspects.items():
        mine = labels[asked] == label
        share = float(np.mean(answers[mine] == meant)) if mine.any() else 0.0
        usual = float(np.mean(labels[learned] == meant))
        if share >= max(HALF, LIFTED * usual) and not _told_apart(holds, labels, label, meant):
            found[label] = meant
    return found


def _suspects(counts: Counter[str]) -> dict[str, str]:
    """What may be mistyped, and the commonest label that it may be."""
    ordered = sorted(counts, key=lambda label: (-counts[label], label))
    found: dict[str, str] = {}
    for rare in reversed(ordered):
        for meant in ordered:
            if counts[meant] < RARER * counts[rare]:
                break
            if is_likely_typo(rare, meant):
                found[rare] = meant
                break
    return {rare: found.get(meant, meant) for rare, meant in found.items() if meant not in found}


def _told_apart(holds: csr_array, labels: NDArray[np.object_], label: str, other: str) -> bool:
    """Whether a model that may learn the difference between two labels finds one."""
    chance = np.random.default_rng(0)
    mine, others = (chance.permutation(np.flatnonzero(labels == name)) for name in (label, other))
    n = min(mine.size, others.size, MOST_COMPARED)
    if n < FEWEST_TOLD_APART:
        return False
    chosen = np.concatenate([mine[:n], others[:n]])
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0)
    answers = cross_val_predict(LinearSVC(random_state=0), holds[chosen], labels[chosen], cv=folds)
    return bool(np.mean(answers == labels[chosen]) >= APART)


def _finding(
    excerpt: Excerpt, target: str, counts: Counter[str], joins: Mapping[str, str], mistyped: Mapping[str, str]
) -> Finding:
    n_all, n_rarer = counts.total(), sum(counts[label] for label in joins)
    n_labels, n_meant = len(counts), len(counts) - len(joins)
    effects = {"labels": float(n_labels), "labels_joined": float(n_meant), "share_of_tickets": n_rarer / n_all}
    effects |= _accuracies(excerpt, target, joins)
    gain = effects.get("accuracy_joined", 0.0) - effects.get("accuracy_as_they_are", 0.0)
    rarer = sorted(joins, key=lambda label: (-counts[label], label))
    measured = (
        f" A linear model of the words alone answers {effects['accuracy_joined']:.0%} right when they are joined, and "
        f"{effects['accuracy_as_they_are']:.0%} as they are{excerpt.scope}."
        if "accuracy_joined" in effects
        else ""
    )
    typed = (
        f" {len(mistyped):,} of the spellings are taken for typing errors: their tickets read like those of the label."
        if mistyped
        else ""
    )
    alone = n_meant < 2
    return Finding(
        kind=LABEL_VARIANTS,
        severity="warning" if alone or max(n_rarer / n_all, gain) >= NOTABLE else "note",
        target=target,
        sentence=(
            f"{n_labels:,} labels of {target} are {n_meant:,} in several spellings: {_pairs(rarer, joins)}; "
            f"{n_rarer:,} of {n_all:,} tickets ({n_rarer / n_all:.1%}) have a rarer one.{measured}{typed}"
        ),
        advice=(
            "Joined, there is one label and nothing to learn."
            if alone
            else "Train with --clean, which joins them, or give each label one spelling in the export or the preset."
        ),
        n_rows=n_rarer,
        examples=_examples(excerpt, target, joins),
        effects=effects,
        terms=tuple(rarer),
        joins=dict(sorted(joins.items())),
        is_cleaned=not alone,
    )


def _pairs(rarer: list[str], joins: Mapping[str, str]) -> str:
    listed = [f"{label!r} is {joins[label]!r}" for label in rarer]
    more = f" and {len(listed) - NAMED:,} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more


def _examples(excerpt: Excerpt, target: str, joins: Mapping[str, str]) -> tuple[str, ...]:
    rows, labels = excerpt.labelled(target)
    return excerpt.examples(rows[np.isin(labels, list(joins))])


def _accuracies(excerpt: Excerpt, target: str, joins: Mapping[str, str]) -> dict[str, float]:
    """How many tickets a linear model answers right as labels are and joined, of families one ticket each."""
    rows, labels = excerpt.labelled(target)
    _, first = np.unique(excerpt.families[rows], return_index=True)
    chosen = np.random.default_rng(0).permutation(first)[:MOST_LEARNED]
    if chosen.size < FEWEST_MEASURED:
        return {}
    holds = _weighted(excerpt.holds[rows[chosen]])
    as_they_are = labels[chosen]
    joined = np.asarray([joins.get(label, label) for label in as_they_are.tolist()], dtype=object)
    found = {}
    for name, asked in (("accuracy_as_they_are", as_they_are), ("accuracy_joined", joined)):
        if not _can_be_learned(asked):
            return {}
        folds = KFold(N_FOLDS, shuffle=True, random_state=0)
        answers = cross_val_predict(LinearSVC(random_state=0), holds, asked, cv=folds)
        found[name] = float(np.mean(answers == asked))
    return found


def _can_be_learned(labels: NDArray[np.object_]) -> bool:
    """Whether there are two labels, and tickets enough of each."""
    return 2 <= np.unique(labels).size <= labels.size / FEWEST_OF_EACH


def _weighted(holds: csr_array) -> csr_array:
    """The words that tickets hold, rare ones weighing more (TF-IDF), each ticket of length one."""
    n_holding = np.asarray(holds.sum(axis=0)).ravel()
    weights = np.log(holds.shape[0] / np.maximum(1.0, n_holding))
    narrow = (holds.data * weights[holds.indices], holds.indices.astype(np.int32), holds.indptr.astype(np.int32))
    return csr_array(normalize(csr_array(narrow, shape=holds.shape)))
