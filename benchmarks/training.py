"""A whole training: seconds and peak memory, each size in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measurement import Measurement

SIZES = (8_000, 34_000)

PROGRAM = """
import json, resource, sys, time
from data.samples.desk import generate_desk
from training.experiment import run_experiment
from training.configs.parameters import read_parameters
desk = generate_desk(n_tickets=int(sys.argv[1]), n_customers=max(10, int(sys.argv[1]) // 13))
begun = time.perf_counter()
experiment = run_experiment(desk.tickets, read_parameters())
seconds = time.perf_counter() - begun
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                  experiment.measures["assignment_group"].accuracy]))
"""


def run() -> Iterator[Measurement]:
    """Three targets on generated desks of growing size."""
    first = None
    for size in SIZES:
        done = subprocess.run([sys.executable, "-c", PROGRAM, str(size)], capture_output=True, text=True, check=True)
        seconds, megabytes, accuracy = json.loads(done.stdout)
        first = first or seconds
        yield Measurement(
            f"{size:,} tickets, three targets",
            f"{seconds:.1f} s, {megabytes:,.0f} MB at the peak, groups {accuracy:.3f}",
            f"{seconds / first:.1f} x the time for {size / SIZES[0]:.1f} x the tickets",
        )
