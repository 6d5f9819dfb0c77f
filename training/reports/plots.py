"""The report's plots as inline SVG: the same data, the same bytes; colours are the page's, in light and in dark.

No label and no other word of a desk's own is drawn here, only numbers and our own words: labels are hostile input, and
may need letters that no font at hand has. They stand in the page's tables.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.evaluation.intervals import clopper_pearson
from training.evaluation.learning_curve import LearningCurve
from training.evaluation.measures import TargetMeasures

__all__ = ["learning_curve_plot", "reliability_plot", "risk_coverage_plot"]

_STYLE: dict[Any, Any] = {  # matplotlib types its settings' names one by one
    "svg.hashsalt": "triage",
    "svg.fonttype": "none",
    "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "grid.linewidth": 0.6,
    "path.simplify": True,
}

# Colours that stand for the page's own, by the name of its custom property.
_INK, _MUTED, _GRID, _FIRST, _SECOND = "#010101", "#020202", "#030303", "#040404", "#050505"
_PAGE_COLOURS = {_INK: "ink", _MUTED: "muted", _GRID: "rule", _FIRST: "first", _SECOND: "second"}


def reliability_plot(measures: TargetMeasures, name: str) -> Markup:
    """Share of right answers by confidence, with 95 % intervals, beside the line on which both are equal."""
    with _drawing() as (figure, axes):
        axes.plot([0, 1], [0, 1], color=_MUTED, linestyle=(0, (4, 3)), linewidth=1.2)
        x = [b.confidence for b in measures.reliability]
        y = [b.accuracy for b in measures.reliability]
        ends = [clopper_pearson(round(b.accuracy * b.n), b.n) for b in measures.reliability]
        axes.vlines(x, [low for low, _ in ends], [high for _, high in ends], color=_FIRST, linewidth=1.2, alpha=0.55)
        axes.plot(x, y, "o-", color=_FIRST, markersize=4.5, linewidth=1.4)
        low = max(0.0, min(*x, *(low for low, _ in ends)) - 0.04)
        axes.set(xlim=(low, 1.01), ylim=(low, 1.01), xlabel="confidence", ylabel="share of right answers")
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        return _svg(figure, name)


def risk_coverage_plot(measures: TargetMeasures, name: str) -> Markup:
    """Share of wrong answers by share of tickets answered, the surest first, and where the thresholds put the model."""
    curve = measures.risk_coverage
    with _drawing() as (figure, axes):
        axes.plot(curve.coverage, curve.error, color=_FIRST, linewidth=1.8)
        if measures.precision_interval:
            low, high = measures.precision_interval
            axes.vlines(measures.coverage, 1 - high, 1 - low, color=_SECOND, linewidth=1.4)
            axes.plot([measures.coverage], [1 - measures.precision_at_coverage], "D", color=_SECOND, markersize=6)
        # the first few answers swing between all right and all wrong, and would stretch the axis
        settled = [e for c, e in zip(curve.coverage, curve.error, strict=True) if c >= 0.1]
        top = max(1.15 * max(settled), 0.01)
        axes.set(xlim=(0, 1.01), ylim=(0, top), xlabel="share of tickets answered", ylabel="wrong among these")
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0 if top > 0.05 else 1))
        return _svg(figure, name)


def learning_curve_plot(curve: LearningCurve, name: str) -> Markup:
    """Accuracy and macro-F1 by tickets learned from, and what the law says of twice as many."""
    with _drawing() as (figure, axes):
        n = [point.n_tickets for point in curve.points]
        accuracy = [point.accuracy for point in curve.points]
        axes.plot(n, accuracy, "o-", color=_FIRST, markersize=4.5, linewidth=1.6)
        axes.plot(n, [point.macro_f1 for point in curve.points], "s-", color=_SECOND, markersize=4, linewidth=1.2)
        ticks = n
        if curve.forecast:
            ahead = curve.forecast
            low, high = (ahead.accuracy - ahead.gain + end for end in ahead.gain_interval)
            axes.plot([n[-1], ahead.n_tickets], [accuracy[-1], ahead.accuracy], color=_FIRST, linestyle=(0, (2, 2)))
            axes.vlines(ahead.n_tickets, low, high, color=_FIRST, linewidth=1.4, alpha=0.7)
            axes.plot([ahead.n_tickets], [ahead.accuracy], "o", color=_FIRST, fillstyle="none", markersize=6)
            ticks = [*n, ahead.n_tickets]
        axes.set_xscale("log")
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.minorticks_off()
        axes.set(xlabel="tickets learned from (each step doubles)")
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0 if _span(axes) > 0.03 else 1))
        return _svg(figure, name)


def _span(axes: Axes) -> float:
    low, high = axes.get_ylim()
    return high - low


@contextmanager
def _drawing() -> Iterator[tuple[Figure, Axes]]:
    """A figure to draw on in the page's style, whatever style the machine has; it lasts as long as the style is set."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(5.6, 3.3), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        axes.tick_params(colors=_MUTED, length=0, labelsize=9.5)
        axes.grid(color=_GRID)
        for spine in axes.spines.values():
            spine.set_color(_GRID)
        axes.xaxis.label.set_color(_INK)
        axes.yaxis.label.set_color(_INK)
        yield figure, axes


def _svg(figure: Figure, name: str) -> Markup:
    """The drawing as an element to stand in a page; `name` keeps its ids apart from those of other drawings."""
    out = StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(out, format="svg", metadata=nothing)
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    # what a page has no use for: the size in points, a style for everything, and groups' names
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r'font-family: [^;"]*;? ?', "", svg)
    svg = re.sub(r"(\.[0-9]{2})[0-9]+", r"\1", svg)
    svg = re.sub(r'(id="|"#|url\(#)', rf"\g<1>{name}-", svg)
    for colour, role in _PAGE_COLOURS.items():
        svg = svg.replace(colour, f"var(--{role})")
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', svg, count=1)
    return Markup(re.sub(r"\s*\n\s*", "\n", svg).strip())  # noqa: S704 - not a word of it is anybody's but ours
