"""Run the benchmarks that are named, or all that are not long, and print what they found.

A new one is a module with a function `run` that yields measurements, and its name in `BENCHMARKS`.
"""

import os
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table

from benchmarks import accuracy, customers, growth, markup, profiles, reading, scoring, serving, training
from benchmarks.measurement import Measurement

BENCHMARKS: dict[str, Callable[[], Iterator[Measurement]]] = {
    "reading": reading.run,
    "markup": markup.run,
    "scoring": scoring.run,
    "serving": serving.run,
    "training": training.run,
    "profiles": profiles.run,
    "customers": customers.run,
    "accuracy": accuracy.run,
    "growth": growth.run,
}

LONG = ("growth",)
"""Run only when they are named."""


def main() -> int:
    """Run and print; 2 for a name that there is not."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_LOGGING_LEVEL"] = "WARNING"
    names = sys.argv[1:] or [name for name in BENCHMARKS if name not in LONG]
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"No benchmark named {unknown[0]!r}. Known: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    for name in names:
        table = Table(name, "measured", "beside", title_justify="left")
        for found in BENCHMARKS[name]():
            table.add_row(found.what, found.measured, found.beside)
        Console().print(table)
    return 0


sys.exit(main())
