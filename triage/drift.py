"""Whether what comes today is like what a model was learned from: its answers, how sure it is, and the words.

The population stability index adds up (p - q) ln(p / q) over the cells of two distributions (Siddiqi 2006). Were both
drawn from one, it would be about chi-squared with one degree less than cells, times 1/n + 1/m (Yurdakul 2018). So small
numbers alone move it, and a verdict is never given for what they explain.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from triage.familiarity import FEWEST_WORDS, UNFAMILIAR_RATIO, Familiarity
from triage.features import TermRows, TermView
from triage.operating_points import Share
from triage.quality import Tally

__all__ = [
    "ACT_FROM",
    "LOOK_FROM",
    "DriftVerdict",
    "RisenWord",
    "Stability",
    "WordDrift",
    "confidence_counts",
    "stability",
    "word_drift",
    "worst",
]

LOOK_FROM, ACT_FROM = 0.1, 0.25
"""The thresholds that are usual for the index (Siddiqi 2006)."""

FEWEST_TICKETS = 30
"""Below that nothing is said."""

FEWEST_IN_A_CELL = 5
"""Labels of which fewer are expected are one cell: what chance does to an index is known for larger ones."""

N_BINS, NARROWEST_BIN = 10, 0.05
"""Confidences are compared by the tenths of what they were, where these are not closer than confidences can be told
apart: the answers of the training are those of models that had learned from a little less."""

N_WORDS = 12
"""Told of those that rose most."""

FEWEST_WITH_A_WORD = 3
"""A word of fewer tickets is one person's, and not told."""

_Z95 = 1.6449
"""Of a standard normal variable, 95 % lie below it."""

DriftVerdict = Literal["too_few", "none", "look", "act"]
"""Too few tickets to tell; no change worth a look; worth one; act."""

_ORDER: tuple[DriftVerdict, ...] = ("too_few", "none", "look", "act")


@dataclass(frozen=True, slots=True)
class Stability:
    """How far one distribution lies from another.

    Attributes:
        index: the population stability index; None where there is too little to compare.
        by_chance: what sampling alone would exceed once in twenty times at these numbers.
        n: answers of today.
        n_reference: answers of the training.
        cells: for each cell its name, and its share in the training and today.
    """

    index: float | None
    by_chance: float | None
    n: int
    n_reference: int
    cells: tuple[tuple[str, float, float], ...] = ()

    @property
    def verdict(self) -> DriftVerdict:
        """What it asks for."""
        if self.index is None or self.by_chance is None:
            return "too_few"
        if self.index <= self.by_chance:
            return "too_few" if self.by_chance >= ACT_FROM else "none"
        return "none" if self.index < LOOK_FROM else "look" if self.index < ACT_FROM else "act"


@dataclass(frozen=True, slots=True)
class RisenWord:
    """A word that more tickets hold than before.

    Attributes:
        word: itself.
        share: of today's tickets, 0 to 1.
        share_before: of the training's; None for a word that the model does not know.
        n: today's tickets with it.
    """

    word: str
    share: float
    share_before: float | None
    n: int


@dataclass(frozen=True, slots=True)
class WordDrift:
    """What the words of today's tickets say.

    Attributes:
        n: tickets that were read.
        unknown_ratio: the share of different words in a ticket that the model does not know, on average.
        unfamiliar: tickets below the desk's floors, of those long enough to be judged.
        risen: words that rose most, the new ones among them.
    """

    n: int
    unknown_ratio: float
    unfamiliar: Tally
    risen: tuple[RisenWord, ...]

    @property
    def verdict(self) -> DriftVerdict:
        """Twice as many strange tickets as there were are worth a look, five times as many ask to act."""
        if self.unfamiliar.n < FEWEST_TICKETS:
            return "too_few"
        times = self.unfamiliar.share.low / UNFAMILIAR_RATIO
        return "act" if times > 5 else "look" if times > 2 else "none"


def stability(reference: Mapping[str, int], today: Mapping[str, int], *, in_order: bool = False) -> Stability:
    """The index of two counts by name; what is rare is one cell.

    Args:
        reference: of the training.
        today: of now.
        in_order: whether the cells keep the order of the training's names; the largest come first otherwise.
    """
    m, n = sum(reference.values()), sum(today.values())
    if m < FEWEST_TICKETS or n < FEWEST_TICKETS:
        return Stability(None, None, n, m)
    large = [name for name, count in reference.items() if min(count, count * n / m) >= FEWEST_IN_A_CELL]
    if not in_order:
        large.sort(key=lambda name: -reference[name])
    cells = [(name, reference[name], today.get(name, 0)) for name in large]
    rest = m - sum(count for _, count, _ in cells), n - sum(count for _, _, count in cells)
    if any(rest):
        cells.append(("all others", *rest))
    if len(cells) < 2:  # one cell holds everything, whatever happens
        return Stability(None, None, n, m)
    # a cell that nothing fell into counts as half a ticket, else one empty cell would make the index infinite
    before = np.maximum([count for _, count, _ in cells], 0.5) / m
    now = np.maximum([count for _, _, count in cells], 0.5) / n
    index = float(((now - before) * np.log(now / before)).sum())
    by_chance = _chi_squared_95(len(cells) - 1) * (1 / n + 1 / m)
    return Stability(index, by_chance, n, m, tuple((name, was / m, is_ / n) for name, was, is_ in cells))


def confidence_counts(
    reference: NDArray[np.float64], today: NDArray[np.float64]
) -> tuple[dict[str, int], dict[str, int]]:
    """Both by the tenths of the training's confidences, from the least sure; near ones stay together."""
    if not reference.size:
        return {}, {}
    edges: list[float] = []
    for edge in np.quantile(reference, np.linspace(0, 1, N_BINS + 1)[1:-1]).tolist():
        if NARROWEST_BIN <= edge <= 1 - NARROWEST_BIN and (not edges or edge - edges[-1] >= NARROWEST_BIN):
            edges.append(edge)
    names = [f"{low:.2f} to {high:.2f}" for low, high in pairwise([0.0, *edges, 1.0])]
    was, is_ = (
        np.bincount(np.searchsorted(edges, each, side="right"), minlength=len(names)) for each in (reference, today)
    )
    return dict(zip(names, was.tolist(), strict=True)), dict(zip(names, is_.tolist(), strict=True))


def word_drift(view: TermView, familiarity: Familiarity, rows: TermRows) -> WordDrift | None:
    """What the words of today's tickets say; None where there are none.

    Args:
        view: the terms that the model knows.
        familiarity: its floors.
        rows: today's tickets.
    """
    n = len(rows)
    if not n:
        return None
    counts = familiarity.counts(rows)
    judged = counts.n >= FEWEST_WORDS
    strange = judged & (counts.n_unknown > 0) & (counts.content_ratio < familiarity.floors.content_ratio)
    has_words = counts.n > 0
    unknown = counts.n_unknown[has_words] / counts.n[has_words]
    return WordDrift(
        n=n,
        unknown_ratio=float(unknown.mean()) if unknown.size else 0.0,
        unfamiliar=Tally(int(strange.sum()), int(judged.sum())),
        risen=_risen(view, familiarity, rows),
    )


def worst(verdicts: Sequence[DriftVerdict]) -> DriftVerdict:
    """The one that asks for most; where nothing can be told of some, the others count."""
    return max(verdicts, key=_ORDER.index, default="too_few")


def _risen(view: TermView, familiarity: Familiarity, rows: TermRows) -> tuple[RisenWord, ...]:
    """Words whose share rose most surely: by how many standard errors it lies above what it was."""
    n = len(rows)
    found: list[tuple[float, RisenWord]] = []
    with_word = np.bincount(rows.at, minlength=len(view.known))
    for at in np.flatnonzero(familiarity.words & (with_word >= FEWEST_WITH_A_WORD)).tolist():
        count = int(with_word[at])
        # the smoothed share of tickets that an inverse document frequency stands for
        before = min(exp(1.0 - float(view.idf[at])), 1.0)
        _add(found, RisenWord(view.known[at], count / n, before, count), n)
    new = Counter(word for words in rows.unknown for word in words)
    for word, count in new.items():
        if count >= FEWEST_WITH_A_WORD:
            _add(found, RisenWord(word, count / n, None, count), n)
    found.sort(key=lambda each: (-each[0], each[1].word))
    return tuple(word for _, word in found[:N_WORDS])


def _add(found: list[tuple[float, RisenWord]], word: RisenWord, n: int) -> None:
    before = word.share_before or 0.0
    if Share.of(word.n, n).low > before:
        found.append(((word.share - before) / sqrt(max(before * (1 - before), 1 / n) / n), word))


def _chi_squared_95(degrees: int) -> float:
    """The 95th percentile, by the approximation of Wilson and Hilferty (1931); within 1 % from two degrees on."""
    spread = 2 / (9 * degrees)
    return degrees * (1 - spread + _Z95 * sqrt(spread)) ** 3
