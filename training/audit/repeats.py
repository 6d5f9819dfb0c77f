"""Tickets that repeat others: how much they would flatter, and how often people disagreed about the same words."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from training.audit.excerpt import Excerpt
from training.audit.finding import Finding

__all__ = ["find_disagreements", "find_repeats"]

TEST_RATIO = 0.2
NOTABLE = 0.01
LARGE = 0.1
FEWEST = 5


def find_repeats(excerpt: Excerpt, *, seed: int) -> Iterator[Finding]:
    """Find tickets that a random split would measure on after having learned from the same, or nearly the same."""
    n = len(excerpt.tickets)
    is_test = np.zeros(n, dtype=bool)
    is_test[np.random.default_rng(seed).permutation(n)[: round(TEST_RATIO * n)]] = True
    exact, near = (_share_seen(numbers, is_test) for numbers in (excerpt.texts, excerpt.families))
    repeating = np.flatnonzero(np.bincount(excerpt.families)[excerpt.families] > 1)
    if near < NOTABLE:
        return
    yield Finding(
        kind="repeated_texts",
        severity="note",
        sentence=(
            f"{repeating.size:,} tickets nearly repeat another{excerpt.scope}. Of a fifth set aside at random "
            f"{near:.1%} would have a near-duplicate, and {exact:.1%} their very text, among the tickets learned from."
        ),
        advice="Do nothing here: without dates they stay on one side of the split. Do the same if you split elsewhere.",
        n_rows=int(repeating.size),
        examples=excerpt.examples(repeating),
        effects={"near_duplicates_across_random_split": near, "same_text_across_random_split": exact},
    )


def _share_seen(numbers: NDArray[np.int64], is_test: NDArray[np.bool_]) -> float:
    return float(np.isin(numbers[is_test], numbers[~is_test]).mean()) if is_test.any() else 0.0


def find_disagreements(excerpt: Excerpt, target: str) -> Iterator[Finding]:
    """Find texts that stand there more than once with different labels: a lower bound of how noisy the labels are."""
    rows, labels = excerpt.labelled(target)
    said: dict[int, list[int]] = {}
    for i, text in enumerate(excerpt.texts[rows].tolist()):
        said.setdefault(text, []).append(i)
    n_repeated = 0
    odd: list[int] = []
    for members in said.values():
        if len(members) < 2:
            continue
        n_repeated += len(members)
        commonest, _ = Counter(labels[members].tolist()).most_common(1)[0]
        odd += [i for i in members if labels[i] != commonest]
    if len(odd) < FEWEST:
        return
    share = len(odd) / n_repeated
    yield Finding(
        kind="conflicting_labels",
        severity="warning" if share >= LARGE else "note",
        target=target,
        sentence=(
            f"{n_repeated:,} tickets have text and attributes that stand there more than once; {len(odd):,} of them "
            f"({share:.1%}) have another {target} than most of the same text{excerpt.scope}. No model knows better."
        ),
        advice="Expect at least this share of labels to be wrong or arbitrary. Agree on a rule for the examples.",
        n_rows=len(odd),
        examples=excerpt.examples(rows[np.asarray(odd)]),
        effects={"share_of_repeated_texts": share},
    )
