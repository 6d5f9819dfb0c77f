"""Two versions side by side, from what each reached on its own held-out tickets, and what the gate knows of the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.journal import Entry
from models.manifest import Manifest

__all__ = ["MEASURES", "Cell", "GateVerdict", "PairRow", "pair_rows", "verdict_of"]

MEASURES: Mapping[str, tuple[str, str]] = {
    "accuracy": ("right first answers", "accuracy_interval"),
    "macro_f1": ("macro-F1, each label counting the same", "macro_f1_interval"),
    "coverage": ("share above the threshold", ""),
    "precision_at_coverage": ("right among these", "precision_interval"),
    "ece": ("calibration error (less is better)", ""),
}
"""What is compared: how people call it, and where its interval stands."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A measure of one version and its 95 % interval, each 0 to 1; None where it was not measured."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class PairRow:
    """A measure of both versions; the first of a target's `n_measures` rows heads the others."""

    target: str
    measure: str
    one: Cell
    other: Cell
    is_first: bool
    n_measures: int = len(MEASURES)


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What the gate said when it compared the two on the same tickets.

    Attributes:
        entry: the line of the journal.
        objections: where the newer was worse by more than chance explains, a sentence each.
    """

    entry: Entry
    objections: tuple[str, ...]


def pair_rows(one: Manifest, other: Manifest) -> list[PairRow]:
    """For each target of either, each measure of both."""
    targets = dict.fromkeys((*one.metrics, *other.metrics))
    return [
        PairRow(
            target,
            words,
            _cell(one.metrics.get(target), name, at),
            _cell(other.metrics.get(target), name, at),
            is_first=not place,
        )
        for target in targets
        for place, (name, (words, at)) in enumerate(MEASURES.items())
    ]


def verdict_of(journal: Sequence[Entry], one: str, other: str) -> GateVerdict | None:
    """What the gate last said of these two; None where it was never asked about them.

    A version that serves again was not compared anew, so of promotions only a version's first one tells.
    """
    promoted: set[str] = set()
    found = None
    for entry in journal:
        is_first = entry.event == "promoted" and entry.version not in promoted
        if entry.event == "promoted":
            promoted.add(entry.version)
        is_pair = {entry.version, entry.before} == {one, other} and entry.version != entry.before
        if is_pair and (is_first or entry.event == "refused"):
            said = entry.evidence or tuple(rule.replace("_", " ") for rule in entry.objections)
            found = GateVerdict(entry, said)
    return found


def _cell(measured: Mapping[str, Any] | None, name: str, interval: str) -> Cell:
    if measured is None or measured.get(name) is None:
        return Cell(None)
    if name == "precision_at_coverage" and not measured.get("coverage"):
        return Cell(None)
    low, high = measured.get(interval) or (None, None)
    return Cell(measured[name], low, high)
