"""Does the wording give the label away: words that say nothing, words that only one class has, the label's own name?"""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from training.audit.excerpt import Excerpt
from training.audit.finding import Finding, quoted
from training.audit.neutral_words import frequent_short_columns, neutral_columns, placeholder_columns
from triage.text import normalise, words

__all__ = ["find_label_names", "find_telling_words"]

CLOSE = 0.9
"""Neutral words give a label away when they reach this share of what the whole text gains over the commonest label.
Measured: 0.98 for the Endava ticket type; 0.79 and below for eight sound targets of four desks."""

GAIN = 0.05
"""Where the whole text gains less over the commonest label, there is nothing to give away."""

EXTREME_RATIO = 20.0
"""So many times as frequent in the tickets of one label as in all others."""

FEWEST_HOLDING = 20
FEWEST_MEASURED = 200
MOST_MEASURED = 10_000
"""Tickets that the two classifiers are compared on; accuracies are then good to a percentage point."""

N_FOLDS = 3

LARGE_CLASS = 0.05
"""A label of fewer tickets is a small team, whose few people have their own turns of phrase and their own language."""

HALF = 0.5
NEARLY_ALL = 0.95
ONE_SIDED = 1.645
"""The 95 % quantile of the normal distribution, for a bound on one side."""


def find_telling_words(excerpt: Excerpt, target: str) -> Iterator[Finding]:
    """Find neutral words that tell the label, and words that stand in the tickets of one label alone."""
    neutral = neutral_columns(excerpt)
    leak = _neutral_words_tell(excerpt, target, neutral | frequent_short_columns(excerpt))
    if leak is not None:
        yield leak
    yield from _extreme_words(excerpt, target, neutral, is_leaking=leak is not None)


def _neutral_words_tell(excerpt: Excerpt, target: str, neutral: NDArray[np.bool_]) -> Finding | None:
    rows, labels = _measured_on(excerpt, target)
    if rows.size < FEWEST_MEASURED or np.unique(labels).size < 2:
        return None
    holds = excerpt.holds[rows]
    repeated = holds.sum(axis=0) >= 2
    if not (repeated & neutral).any():
        return None
    majority = max(Counter(labels.tolist()).values()) / labels.size
    whole = _accuracy(holds[:, repeated], labels)
    alone = _accuracy(holds[:, repeated & neutral], labels)
    if whole - majority < GAIN or alone - majority < CLOSE * (whole - majority):
        return None
    used = excerpt.vocabulary[neutral]
    commonest = excerpt.vocabulary[np.argsort(-np.where(neutral, excerpt.holds.sum(axis=0), 0), kind="stable")[:3]]
    return Finding(
        kind="neutral_words_tell_label",
        severity="warning",
        target=target,
        sentence=(
            f"Words that say nothing, such as {quoted(commonest)}, tell {target} almost as well as the whole text: "
            f"{alone:.3f} against {whole:.3f} ({majority:.3f} by always answering the commonest label), in "
            f"threefold cross-validation on {rows.size:,} different tickets. The texts were made or cleaned "
            "differently for each label, and a model would learn how and not what."
        ),
        advice="Train with --clean, or export the tickets as they were filed; do not trust figures for this target.",
        n_rows=int(rows.size),
        examples=excerpt.examples(rows),
        effects={"neutral_words_accuracy": alone, "whole_text_accuracy": whole, "majority_accuracy": majority},
        terms=tuple(sorted(used.tolist())),
        is_cleaned=True,
    )


def _measured_on(excerpt: Excerpt, target: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Rows and labels to compare classifiers on: of each family one ticket, of labels those with enough to fold."""
    rows, labels = excerpt.labelled(target)
    _, first = np.unique(excerpt.families[rows], return_index=True)
    first = np.random.default_rng(0).permutation(first)[:MOST_MEASURED]
    rows, labels = rows[first], labels[first]
    frequent = {label for label, n in Counter(labels.tolist()).items() if n >= 2 * N_FOLDS}
    kept = np.fromiter((label in frequent for label in labels), dtype=bool, count=labels.size)
    return rows[kept], labels[kept]


def _accuracy(rows: csr_array, labels: NDArray[np.object_]) -> float:
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0)
    narrow = csr_array((rows.data, rows.indices.astype(np.int32), rows.indptr.astype(np.int32)), shape=rows.shape)
    found = cross_val_predict(LinearSVC(C=0.1, random_state=0), normalize(narrow), labels, cv=folds)
    return float(np.mean(found == labels))


def _extreme_words(excerpt: Excerpt, target: str, neutral: NDArray[np.bool_], *, is_leaking: bool) -> Iterator[Finding]:
    rows, labels = excerpt.labelled(target)
    if np.unique(labels).size < 2:
        return
    holds = excerpt.holds[rows]
    total = holds.sum(axis=0)
    empty = neutral | placeholder_columns(excerpt)
    found: dict[str, float] = {}
    coverage: dict[str, float] = {}
    forms: dict[str, str] = {}
    for label, n in Counter(labels.tolist()).items():
        if n < FEWEST_HOLDING:
            continue
        mine = np.flatnonzero(labels == label)
        inside = holds[mine].sum(axis=0)
        bound = _ratio_bound(inside, n, total - inside, rows.size - n)
        extreme = (bound > EXTREME_RATIO) & (total >= FEWEST_HOLDING)
        if n >= LARGE_CLASS * rows.size:
            suspicious = np.flatnonzero(extreme if is_leaking else extreme & empty)
            coverage[label] = float(np.mean(holds[mine][:, suspicious].sum(axis=1) > 0)) if suspicious.size else 0.0
            found |= {str(excerpt.vocabulary[i]): float(bound[i]) for i in suspicious}
        if (always := np.flatnonzero(extreme & ~empty & (inside >= NEARLY_ALL * n))).size:
            forms[label] = str(excerpt.vocabulary[always[np.argmax(inside[always])]])
    if found and (is_leaking or max(coverage.values()) >= HALF):
        yield _extreme_finding(excerpt, target, found, coverage)
    if forms and not is_leaking:
        yield Finding(
            kind="word_of_one_label",
            severity="note",
            target=target,
            sentence=(
                f"Nearly every ticket of {quoted(forms, 4)} ({target}) holds a word that hardly any other has "
                f"({quoted(forms.values(), 4)}){excerpt.scope}."
            ),
            advice="Keep it if a form or the customer writes it. Leave it out if a rule or an agent adds it later.",
            terms=tuple(sorted(set(forms.values()))),
        )


def _extreme_finding(excerpt: Excerpt, target: str, found: dict[str, float], coverage: dict[str, float]) -> Finding:
    terms = sorted(found, key=lambda term: -found[term])
    label = max(coverage, key=lambda name: coverage[name])
    columns = np.flatnonzero(np.isin(excerpt.vocabulary, terms))
    rows, _ = excerpt.labelled(target)
    holding = rows[np.flatnonzero(excerpt.holds[rows][:, columns].sum(axis=1) > 0)]
    return Finding(
        kind="extreme_words",
        severity="warning",
        target=target,
        sentence=(
            f"{len(terms):,} words are at least {EXTREME_RATIO:g} times as frequent in the tickets of one {target} as "
            f"in all others, with 95 % certainty, and say nothing about why: {quoted(terms)}. Of the tickets of "
            f"{label!r} {coverage[label]:.0%} hold one{excerpt.scope}."
        ),
        advice="Train with --clean, or export the tickets as they were filed.",
        n_rows=int(holding.size),
        examples=excerpt.examples(holding),
        effects={"largest_share_of_a_label": coverage[label], "largest_ratio": max(found.values(), default=0.0)},
        terms=tuple(terms),
        is_cleaned=True,
    )


def _ratio_bound(
    inside: NDArray[np.float64], n_inside: int, outside: NDArray[np.float64], n_outside: int
) -> NDArray[np.float64]:
    """How many times as frequent at least, with 95 % certainty on one side; shape (n_words,).

    The logarithm of a ratio of shares is nearly normal, with halves added so that none may be zero (Katz et al. 1978).
    """
    ratio = ((inside + 0.5) / (n_inside + 1)) / ((outside + 0.5) / (n_outside + 1))
    variance = 1 / (inside + 0.5) - 1 / (n_inside + 1) + 1 / (outside + 0.5) - 1 / (n_outside + 1)
    return np.asarray(ratio * np.exp(-ONE_SIDED * np.sqrt(variance)))


def find_label_names(excerpt: Excerpt, target: str) -> Iterator[Finding]:
    """Find labels whose own name stands in their tickets' text much more often than in others'."""
    rows, labels = excerpt.labelled(target)
    column_of = {word: column for column, word in enumerate(excerpt.vocabulary.tolist())}
    holds = excerpt.holds[rows].tocsc()
    own = np.zeros(rows.size, dtype=bool)
    any_name = np.zeros(rows.size, dtype=bool)
    named: dict[str, float] = {}
    for label in sorted(set(labels.tolist())):
        name = [column_of.get(word) for word in words(normalise(label))]
        if not any(len(word) > 2 for word in words(normalise(label))) or None in name:
            continue
        stands = np.asarray(holds[:, name].sum(axis=1)).ravel() == len(set(name))
        mine = labels == label
        own |= stands & mine
        any_name |= stands
        if stands.any():
            named[label] = float(np.mean(stands[mine]))
    share = float(own.mean()) if rows.size else 0.0
    right = float(own.sum() / any_name.sum()) if any_name.any() else 0.0
    if share < GAIN or right < HALF:
        return
    terms = sorted(named, key=lambda label: -named[label])
    yield Finding(
        kind="label_in_text",
        severity="warning" if share >= HALF and right >= CLOSE else "note",
        target=target,
        sentence=(
            f"{share:.1%} of the tickets hold the name of their own {target} in the text, most of all "
            f"{quoted(terms, 3)}; of the tickets that hold any label's name {right:.0%} have that label{excerpt.scope}."
        ),
        advice="Check who writes it. Keep it if customers do; remove it if it is added when the ticket is routed.",
        n_rows=int(own.sum()),
        examples=excerpt.examples(rows[own]),
        effects={"share_with_own_name": share, "right_where_a_name_stands": right},
        terms=tuple(terms[:20]),
    )
