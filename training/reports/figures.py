"""Pictures as PNG files: how all of them look, and the folder that they are written into.

The report's own plots are in `training/reports/plots.py`: those take the page's colours.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from triage.errors import InvalidInput

__all__ = ["FIRST", "INK", "MUTED", "SECOND", "check_plots", "picture", "save_pictures"]

INK, MUTED, FIRST, SECOND = "#1f2430", "#5b6270", "#2f5fa8", "#c2571a"
_GRID = "#d9dce3"


def check_plots(folder: Path) -> None:
    """Nothing, where pictures can be written into a folder; a refusal before the long work begins otherwise.

    Raises:
        InvalidInput: it is a file, or there is no folder to make it in.
    """
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is a file; name a folder for the plots.")
    if not folder.parent.is_dir():
        raise InvalidInput(f"There is no folder {folder.parent} to make {folder.name} in.")


def save_pictures(pictures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write pictures, by their files' names, into a folder, which is made where there is none; gives the files."""
    folder.mkdir(exist_ok=True)
    for name, figure in pictures.items():
        figure.savefig(folder / name, dpi=150)
    return [folder / name for name in pictures]


@contextmanager
def picture(title: str) -> Iterator[tuple[Figure, Axes]]:
    """A figure to draw on, whatever style the machine has, with nothing louder than what is drawn."""
    with mpl.rc_context():
        mpl.rcdefaults()
        figure = Figure(figsize=(7, 4.4), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(title, loc="left", color=INK, fontsize=12)
        axes.xaxis.label.set_color(INK)
        axes.yaxis.label.set_color(INK)
        axes.tick_params(colors=MUTED, length=0)
        axes.grid(color=_GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_GRID)
        yield figure, axes
