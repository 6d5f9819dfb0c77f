"""Pictures of a desk's customers, as PNG files; a new one is a function here, called in `draw_customers`."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from training.described_desk import DescribedDesk, n_top, share_of_top
from triage.errors import InvalidInput

__all__ = ["check_plots", "contacts_by_rank", "draw_customers"]

_INK, _MUTED, _GRID, _FIRST, _SECOND = "#1f2430", "#5b6270", "#d9dce3", "#2f5fa8", "#c2571a"


def check_plots(folder: Path) -> None:
    """Nothing, where pictures can be written into a folder; a refusal before the long work begins otherwise.

    Raises:
        InvalidInput: it is a file, or there is no folder to make it in.
    """
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is a file; name a folder for the plots.")
    if not folder.parent.is_dir():
        raise InvalidInput(f"There is no folder {folder.parent} to make {folder.name} in.")


def draw_customers(desk: DescribedDesk, folder: Path) -> list[Path]:
    """Draw a desk's customers into a folder, which is made where there is none; gives the files."""
    folder.mkdir(exist_ok=True)
    drawn = {"contacts-per-customer.png": contacts_by_rank(desk.contacts_by_rank)}
    for name, figure in drawn.items():
        figure.savefig(folder / name, dpi=150)
    return [folder / name for name in drawn]


def contacts_by_rank(counts: Sequence[int]) -> Figure:
    """Contacts of each customer by rank, both on logarithmic scales, with the share of the top 5 % in the title.

    Args:
        counts: of a year, the most first.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        figure = Figure(figsize=(7, 4.4), layout="constrained")
        axes = figure.add_subplot()
        n = n_top(counts)
        ranks = range(1, len(counts) + 1)
        axes.plot(ranks[:n], counts[:n], "o", color=_SECOND, markersize=4, label=f"the top 5 % ({n:,})")
        axes.plot(ranks[n:], counts[n:], "o", color=_FIRST, markersize=4, label=f"all others ({len(counts) - n:,})")
        share = f"5 % of the customers made {100 * share_of_top(counts):.0f} % of the contacts of a year"
        axes.set_title(
            share if counts else "Nobody but accounts that write for many", loc="left", color=_INK, fontsize=12
        )
        axes.set(
            xscale="log",
            yscale="log",
            xlim=(0.8, 1.25 * max(1, len(counts))),
            ylim=(0.8, 1.25 * max([1, *counts])),
            xlabel="customer, by rank (accounts that write for many are left out)",
            ylabel="contacts in 365 days",
        )
        axes.legend(frameon=False, labelcolor=_INK)
        _quieten(axes)
        return figure


def _quieten(axes: Axes) -> None:
    """Numbers as people write them, and nothing louder than the points."""
    for axis in (axes.xaxis, axes.yaxis):
        _, high = axis.get_view_interval()
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 3_000 else (1,)))  # or numbers would overlap
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.label.set_color(_INK)
    axes.minorticks_off()
    axes.tick_params(colors=_MUTED, length=0)
    axes.grid(color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_GRID)
