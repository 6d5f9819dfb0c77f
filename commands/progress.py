"""Progress on stderr: a bar in a terminal, nothing where no person looks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

__all__ = ["progress_bar", "progress_steps"]


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[float], None]]:
    """A bar for work whose share done, 0 to 1, is told by calling what this gives."""
    with _shown(BarColumn()) as progress:
        task = progress.add_task(title, total=1.0)
        yield lambda done: progress.update(task, completed=done)
        progress.update(task, completed=1.0)


@contextmanager
def progress_steps(title: str) -> Iterator[Callable[[str], None]]:
    """A line that says what is going on, for work of unknown length; told by calling what this gives."""
    with _shown(SpinnerColumn()) as progress:
        task = progress.add_task(title, total=None)
        yield lambda step: progress.update(task, description=f"{title}: {step}")


def _shown(column: BarColumn | SpinnerColumn) -> Progress:
    console = Console(file=sys.stderr)  # the stream of now: output may be sent elsewhere while the bar is shown
    return Progress(
        TextColumn("{task.description}"),
        column,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not sys.stderr.isatty(),
    )
