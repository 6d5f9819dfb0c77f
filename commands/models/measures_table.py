"""Measures as a table on the terminal, and the cautions that belong to them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from training.evaluation.intervals import Interval
    from training.evaluation.measures import TargetMeasures

__all__ = ["cautions", "measures_table"]

FEW = 100
"""A share of 0.90 in a hundred tickets may stand for anything from 0.82 to 0.95 (95 % interval, Clopper-Pearson)."""

_SHOWN = {
    "accuracy": "accuracy",
    "  always the commonest": "baseline_accuracy",
    "macro-F1": "macro_f1",
    "weighted F1": "weighted_f1",
    "right among first three": "top3",
    "calibration error": "ece",
    "share above threshold": "coverage",
}
"""What a person is shown of the measures, and under which name."""

_WITH_INTERVAL = ("accuracy", "macro_f1")


def cautions(measures: "Mapping[str, TargetMeasures]") -> list[str]:
    """What a person should know before promoting the model, a sentence each."""
    found = [
        f"{name} is right in {m.accuracy:.3f} of the tickets; always answering {m.baseline_label!r} would be right in "
        f"{m.baseline_accuracy:.3f}."
        for name, m in measures.items()
        if m.accuracy <= m.baseline_accuracy
    ]
    if few := [name for name, m in measures.items() if m.n < FEW]:
        found.append(f"Measured on fewer than {FEW} tickets, too few to tell figures from chance: {', '.join(few)}.")
    return found


def measures_table(measures: "Mapping[str, TargetMeasures]") -> Table:
    """A column a target, a row a measure, with intervals."""
    table = Table("", *measures)
    for column in table.columns[1:]:
        column.justify = "right"
        column.min_width = len("0.000-0.000")  # a cut figure is another figure
    table.add_row("tickets", *(f"{m.n:,}" for m in measures.values()))
    for name, attribute in _SHOWN.items():
        table.add_row(name, *(f"{getattr(m, attribute):.3f}" for m in measures.values()))
        if attribute in _WITH_INTERVAL:
            ends = (getattr(m, f"{attribute}_interval") for m in measures.values())
            table.add_row("  95 % interval", *map(_range, ends))
    if any(m.coverage for m in measures.values()):
        right = (f"{m.precision_at_coverage:.3f}" if m.coverage else "-" for m in measures.values())
        table.add_row("  right among these", *right)
        table.add_row("  95 % interval", *(_range(m.precision_interval) for m in measures.values()))
    for precision in next(iter(measures.values())).coverage_at:
        shares = (f"{m.coverage_at[precision].coverage:.3f}" for m in measures.values())
        table.add_row(f"answerable at {precision}, with hindsight", *shares)
        table.add_row("  95 % interval", *(_range(m.coverage_at[precision].interval) for m in measures.values()))
    return table


def _range(interval: "Interval | None") -> str:
    return f"{interval[0]:.3f}-{interval[1]:.3f}" if interval else "-"
