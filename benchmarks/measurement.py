"""What a benchmark yields, and how a time is taken."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Measurement", "median_seconds"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of a benchmark's table: what was measured, the figure with its unit, and what to hold it against."""

    what: str
    measured: str
    beside: str = ""


def median_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """The median time of doing the work; the first time, which warms caches, is not counted."""
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)
