"""What a benchmark yields, and how a time is taken."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["CannotRun", "Measurement", "median_seconds"]


class CannotRun(Exception):
    """A benchmark needs something that is not on this machine; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of a benchmark's table: what was measured, the figure with its unit, and what to hold it against.

    Attributes:
        what: was measured.
        measured: the figure, for people.
        beside: another figure that puts it into proportion.
        figures: the same for programs, by name.
    """

    what: str
    measured: str
    beside: str = ""
    figures: Mapping[str, object] = field(default_factory=dict)


def median_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """The median time of doing the work; the first time, which warms caches, is not counted."""
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)
