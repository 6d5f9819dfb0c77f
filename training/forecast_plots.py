"""Pictures of a forecast and what came, as PNG files; a new one is a function here, called in `draw_forecast`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.evaluation.intervals import clopper_pearson
from training.evaluation.reliability import reliability
from training.forecast import TOP
from training.forecast_evaluation import ForecastMeasures

__all__ = ["calibration_plot", "draw_forecast", "lift_plot"]

_INK, _MUTED, _GRID, _FIRST, _SECOND = "#1f2430", "#5b6270", "#d9dce3", "#2f5fa8", "#c2571a"


def draw_forecast(found: ForecastMeasures, folder: Path) -> list[Path]:
    """Draw a forecast's measures into a folder, which is made where there is none; gives the files."""
    folder.mkdir(exist_ok=True)
    drawn = {"forecast-lift.png": lift_plot(found), "forecast-calibration.png": calibration_plot(found)}
    for name, figure in drawn.items():
        figure.savefig(folder / name, dpi=150)
    return [folder / name for name in drawn]


def lift_plot(found: ForecastMeasures) -> Figure:
    """Which share of those who called often the first so many of a hundred hold, by forecast, by count, by chance."""
    shares = np.linspace(0, 1, 201)
    rankings = found.rankings()
    with _drawing(
        f"The first 5 % by forecast hold {rankings['forecast'].found(TOP):.0%} of those who called often"
    ) as (
        figure,
        axes,
    ):
        axes.plot([0, 1], [0, 1], color=_MUTED, linestyle=(0, (4, 3)), linewidth=1.2, label="by chance")
        for name, label, colour in (("count", "by contacts of 30 days", _SECOND), ("forecast", "by forecast", _FIRST)):
            curve = [rankings[name].found(share) for share in shares]
            axes.plot(shares, curve, color=colour, linewidth=1.8, label=label)
        axes.axvline(TOP, color=_MUTED, linewidth=0.8)
        axes.text(TOP + 0.01, 0.02, "5 %", color=_MUTED)
        axes.set(
            xlim=(0, 1),
            ylim=(0, 1.01),
            xlabel="share of customers looked at, the likeliest first",
            ylabel=_often(found, "of those who made"),
        )
        axes.legend(frameon=False, labelcolor=_INK, loc="lower right", reverse=True)
        return figure


def calibration_plot(found: ForecastMeasures) -> Figure:
    """How often it came true by probability, with 95 % intervals, beside the line on which both are equal."""
    bins = reliability(found.probabilities, found.happened)
    x, y = [one.confidence for one in bins], [one.accuracy for one in bins]
    ends = [clopper_pearson(round(one.accuracy * one.n), one.n) for one in bins]
    with _drawing(f"Probability and share lie {found.calibration_error:.3f} apart on average") as (figure, axes):
        top = min(1.0, 1.1 * max([*x, *(high for _, high in ends)]))
        axes.plot([0, top], [0, top], color=_MUTED, linestyle=(0, (4, 3)), linewidth=1.2)
        axes.vlines(x, [low for low, _ in ends], [high for _, high in ends], color=_FIRST, linewidth=1.2, alpha=0.55)
        axes.plot(x, y, "o-", color=_FIRST, markersize=4.5, linewidth=1.4)
        axes.set(
            xlim=(0, top), ylim=(0, top), xlabel="probability said before", ylabel=_often(found, "share that then made")
        )
        return figure


def _often(found: ForecastMeasures, what: str) -> str:
    forecast = found.learned.forecast
    return f"{what} {forecast.n_contacts}+ contacts in {forecast.horizon_days} days"


@contextmanager
def _drawing(title: str) -> Iterator[tuple[Figure, Axes]]:
    """A figure to draw on, whatever style the machine has."""
    with mpl.rc_context():
        mpl.rcdefaults()
        figure = Figure(figsize=(7, 4.4), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(title, loc="left", color=_INK, fontsize=12)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1, decimals=0))
            axis.label.set_color(_INK)
        axes.tick_params(colors=_MUTED, length=0)
        axes.grid(color=_GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_GRID)
        yield figure, axes
