"""Run the benchmarks that are named, or all that are not long, and print what they found.

A new one is a module with a function `run` that yields measurements, and its name in `BENCHMARKS`.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table

from benchmarks import (
    accuracy,
    affected,
    customers,
    growth,
    hostile,
    links,
    markup,
    pages,
    profiles,
    queue,
    reading,
    risk,
    roots,
    scoring,
    similar,
    swap,
    training,
)
from benchmarks.measurement import CannotRun, Measurement
from benchmarks.reliability import rows as reliability
from benchmarks.results import write_results
from benchmarks.serving import comparison
from benchmarks.sizes import rows

BENCHMARKS: dict[str, Callable[[], Iterator[Measurement]]] = {
    "reading": reading.run,
    "markup": markup.run,
    "scoring": scoring.run,
    "serving": comparison.run,
    "training": training.run,
    "profiles": profiles.run,
    "customers": customers.run,
    "accuracy": accuracy.run,
    "hostile": hostile.run,
    "growth": growth.run,
    "swap": swap.run,
    "sizes": rows.run,
    "reliability": reliability.run,
    "queue": queue.run,
    "pages": pages.run,
    "risk": risk.run,
    "roots": roots.run,
    "similar": similar.run,
    "affected": affected.run,
    "links": links.run,
}

LONG = ("growth", "sizes", "reliability", "swap", "queue", "pages", "roots", "similar", "links")
"""Run only when they are named."""


def main() -> int:
    """Run, print and write down; 2 for a name that there is not, 1 where one could not run."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_LOGGING_LEVEL"] = "WARNING"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exception, so that servers under way are ended
    names = sys.argv[1:] or [name for name in BENCHMARKS if name not in LONG]
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"No benchmark named {unknown[0]!r}. Known: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    are_run = [_is_run(name) for name in names]  # those after one that cannot run are run all the same
    return 0 if all(are_run) else 1


def _is_run(name: str) -> bool:
    try:
        found = list(BENCHMARKS[name]())
    except CannotRun as reason:
        print(f"The benchmark {name!r} is not run: {reason}", file=sys.stderr)
        return False
    table = Table(name, "measured", "beside", title_justify="left")
    for one in found:
        table.add_row(one.what, one.measured, one.beside)
    Console().print(table)
    print(f"Written to {write_results(name, found)}.", file=sys.stderr)
    return True


sys.exit(main())
