"""Pictures of a desk's customers, as PNG files; a new one is a function here, called in `draw_customers`."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from training.customers.described_desk import DescribedDesk, share_of_top
from training.evaluation.ranking import n_top
from training.reports.figures import FIRST, INK, SECOND, picture, save_pictures

__all__ = ["contacts_by_rank", "draw_customers"]


def draw_customers(desk: DescribedDesk, folder: Path) -> list[Path]:
    """Draw a desk's customers into a folder, which is made where there is none; gives the files."""
    return save_pictures({"contacts-per-customer.png": contacts_by_rank(desk.contacts_by_rank)}, folder)


def contacts_by_rank(counts: Sequence[int]) -> Figure:
    """Contacts of each customer by rank, both on logarithmic scales, with the share of the top 5 % in the title.

    Args:
        counts: of a year, the most first.
    """
    n = n_top(len(counts))
    share = f"5 % of the customers made {100 * share_of_top(counts):.0f} % of the contacts of a year"
    with picture(share if counts else "Nobody but accounts that write for many") as (figure, axes):
        ranks = range(1, len(counts) + 1)
        axes.plot(ranks[:n], counts[:n], "o", color=SECOND, markersize=4, label=f"the top 5 % ({n:,})")
        axes.plot(ranks[n:], counts[n:], "o", color=FIRST, markersize=4, label=f"all others ({len(counts) - n:,})")
        axes.set(
            xscale="log",
            yscale="log",
            xlim=(0.8, 1.25 * max(1, len(counts))),
            ylim=(0.8, 1.25 * max([1, *counts])),
            xlabel="customer, by rank (accounts that write for many are left out)",
            ylabel="contacts in 365 days",
        )
        axes.legend(frameon=False, labelcolor=INK)
        _number(axes)
        return figure


def _number(axes: Axes) -> None:
    """Numbers as people write them."""
    for axis in (axes.xaxis, axes.yaxis):
        _, high = axis.get_view_interval()
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 3_000 else (1,)))  # or numbers would overlap
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.minorticks_off()
