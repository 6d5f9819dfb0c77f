"""Trainings of growing size with sixty groups: seconds and peak memory, each size in a process of its own.

The generated desk's groups are parted by the caller's region, as large desks do. All sizes together take long, so
it is run when it is named: `python -m benchmarks growth`. One size alone, with its steps on stderr:
`python -m benchmarks.growth 34000 CACHE`.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from benchmarks.measurement import Measurement
from data.samples.desk import generate_desk
from models.encoder import PACKAGED, find_encoder
from training.configs.parameters import read_parameters
from training.experiment import run_experiment
from training.features.distillation import Distillation
from triage.ticket import WorkedTicket

SIZES = (34_000, 340_000, 1_000_000)

CUSTOMERS_PER_TICKET = 1 / 13

REGIONS = {
    "Dublin": "west",
    "Leeds": "north",
    "Rotterdam": "north",
    "Porto": "south",
    "Lyon": "south",
    "Graz": "centre",
    "Zurich": "centre",
    "Gdansk": "east",
    "Hamburg": "east",
}


@dataclass(frozen=True, slots=True)
class Grown:
    """One training: seconds, gigabytes (of the tickets alone, and at the peak), and how well the groups are told."""

    seconds: float
    gigabytes_before: float
    gigabytes: float
    n_groups: int
    accuracy: float
    ece: float
    coverage: float
    precision: float


def run() -> Iterator[Measurement]:
    """All targets of the generated desk; words' meanings are encoded on the way and kept from size to size."""
    before: tuple[int, float] | None = None
    with tempfile.TemporaryDirectory() as cache:
        for size in SIZES:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.growth", str(size), cache],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            grown = Grown(**json.loads(done.stdout))
            growth = f"{grown.seconds / before[1]:.1f} x the time for {size / before[0]:.1f} x; " if before else ""
            yield Measurement(
                f"{size:,} tickets, {grown.n_groups} groups",
                f"{grown.seconds:,.0f} s, {grown.gigabytes:.1f} GB at the peak, "
                f"{grown.gigabytes_before:.1f} of them tickets",
                f"{growth}groups {grown.accuracy:.3f}, ECE {grown.ece:.3f}, "
                f"coverage {grown.coverage:.3f} at precision {grown.precision:.3f}",
            )
            before = size, grown.seconds


def grow(n_tickets: int, cache: Path) -> Grown:
    """Generate a desk and learn it."""
    tickets = [_of_region(t) for t in generate_desk(n_tickets=n_tickets, n_customers=_n_customers(n_tickets)).tickets]
    before, begun = _gigabytes(), time.perf_counter()

    def tell(step: str) -> None:
        print(f"{time.perf_counter() - begun:8.0f} s {_gigabytes():6.1f} GB  {step}", file=sys.stderr, flush=True)

    distillation = Distillation(find_encoder(PACKAGED), cache)
    experiment = run_experiment(tickets, read_parameters(), distillation=distillation, on_step=tell)
    found = experiment.measures["assignment_group"]
    return Grown(
        seconds=time.perf_counter() - begun,
        gigabytes_before=before,
        gigabytes=_gigabytes(),
        n_groups=len(found.per_class),
        accuracy=found.accuracy,
        ece=found.ece,
        coverage=found.coverage,
        precision=found.precision_at_coverage,
    )


def _n_customers(n_tickets: int) -> int:
    return max(10, round(n_tickets * CUSTOMERS_PER_TICKET))


def _of_region(ticket: WorkedTicket) -> WorkedTicket:
    return replace(ticket, assignment_group=f"{ticket.assignment_group} {REGIONS[ticket.filed.attributes['location']]}")


def _gigabytes() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    print(json.dumps(asdict(grow(int(sys.argv[1]), Path(sys.argv[2])))))
